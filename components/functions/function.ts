import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_LOG_RETENTION_DAYS } from "../core/arguments.ts";
import { assumedBy, type Grantee, Grants, grant } from "../core/iam.ts";
import { functionLogGroup, type Named, type NamingArgs, named } from "../core/names.ts";
import { LIVE_ALIAS } from "../core/references.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** One function of {@link StoryLambdas}. */
export interface StoryFunctionArgs {
    /** The function's name. @example "shop-tell" */
    functionName: string;
    /** What it is for, in a sentence. @default none @example "Tells stories" */
    description?: string;
    /** The image that it runs, by digest: `ADDRESS@sha256:DIGEST`. @example image.ref */
    image: pulumi.Input<string>;
    /** Memory in MB, 128 to 10240; processor time grows with it. @default 512 @example 1024 */
    memory?: number;
    /** Seconds that an invocation may take, 1 to 900. @default 900 @example 60 */
    timeout?: number;
    /**
     * Environment variables; not for secrets: pass a secret's ARN and grant its reading.
     *
     * @default none
     * @example { TABLE: data.table.name }
     */
    environment?: Record<string, pulumi.Input<string>>;
    /**
     * Concurrent invocations kept for (and allowed to) the function, 0 to 1000.
     *
     * @default the account's pool
     * @example 10
     */
    reservedConcurrency?: number;
    /** The role's name. @default the function's name @example "shop-tell" */
    roleName?: string;
}

/** What the functions of one {@link StoryLambdas} share. */
export interface SharedFunctionArgs extends NamingArgs {
    /** The processor, which must be the images'. @default `x86_64` @example "arm64" */
    architecture?: "x86_64" | "arm64";
    /** Days that logs are kept, as CloudWatch Logs allows. @default 30 @example 90 */
    logRetentionDays?: number;
    /** A customer key for logs and dead letters. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers; made once per function, told apart by their names. */
    transform?: {
        role?: Transform<aws.iam.RoleArgs>;
        logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
        deadLetterQueue?: Transform<aws.sqs.QueueArgs>;
        function?: Transform<aws.lambda.FunctionArgs>;
        alias?: Transform<aws.lambda.AliasArgs>;
        eventInvokeConfig?: Transform<aws.lambda.FunctionEventInvokeConfigArgs>;
    };
}

type Shared = Named<SharedFunctionArgs>;

/** One function with what belongs to it. */
export class StoryFunction extends pulumi.ComponentResource implements Grantee {
    /** The function; call its `alias`. */
    readonly function: aws.lambda.Function;
    /** The version that callers get. */
    readonly alias: aws.lambda.Alias;
    readonly role: aws.iam.Role;
    /** Where it logs, in JSON. */
    readonly logGroup: aws.cloudwatch.LogGroup;
    /** Where asynchronous events go that failed twice. */
    readonly deadLetterQueue: aws.sqs.Queue;
    readonly granteeName: string;
    /** The resources of the function. */
    readonly nodes: FunctionNodes;
    readonly #grants: Grants;

    constructor(
        name: string,
        args: StoryFunctionArgs,
        given: SharedFunctionArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("story42:index:StoryFunction", name, {}, opts);
        const shared = named(given);
        this.granteeName = name;
        this.#grants = new Grants(this, name);
        this.role = this.#createRole(name, args, shared);
        this.logGroup = this.#createLogGroup(name, args, shared);
        this.deadLetterQueue = this.#createDeadLetterQueue(name, args, shared);
        this.#grantOwnNeeds(shared);
        this.function = this.#createFunction(name, args, shared);
        this.alias = this.#createAlias(name, shared);
        const { role, logGroup, deadLetterQueue, alias } = this;
        const eventInvokeConfig = this.#createEventInvokeConfig(name, shared);
        this.nodes = { function: this.function, alias, role, logGroup, deadLetterQueue, eventInvokeConfig };
        this.registerOutputs({ functionName: this.function.name, aliasArn: this.alias.arn });
    }

    /** The function's name. */
    get functionName(): pulumi.Output<string> {
        return this.function.name;
    }

    /** The name of the queue that asynchronous events go to that failed twice. */
    get deadLetterQueueName(): pulumi.Output<string> {
        return this.deadLetterQueue.name;
    }

    /** Lets `grantee` invoke the live version directly. */
    grantInvoke(grantee: Grantee): void {
        this.#grants.to(
            grantee,
            "invoke",
            [{ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: this.alias.arn }],
            { earlier: `invoke-${this.granteeName}` },
        );
    }

    #createRole(name: string, args: StoryFunctionArgs, shared: Shared): aws.iam.Role {
        const roleName = args.roleName ?? args.functionName;
        return child(this, aws.iam.Role, `${name}-role`, shared.transform?.role, {
            name: roleName,
            description: `What ${args.functionName} may do`,
            assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
            tags: tagsFor(shared, roleName),
        });
    }

    #createLogGroup(name: string, args: StoryFunctionArgs, shared: Shared): aws.cloudwatch.LogGroup {
        const logGroupName = functionLogGroup(args.functionName);
        return child(this, aws.cloudwatch.LogGroup, `${name}-log-group`, shared.transform?.logGroup, {
            name: logGroupName,
            retentionInDays: shared.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
            kmsKeyId: shared.kmsKeyArn,
            tags: tagsFor(shared, logGroupName),
        });
    }

    #createDeadLetterQueue(name: string, args: StoryFunctionArgs, shared: Shared): aws.sqs.Queue {
        const queueName = `${args.functionName}-dead-letters`;
        return child(this, aws.sqs.Queue, `${name}-dead-letters`, shared.transform?.deadLetterQueue, {
            name: queueName,
            messageRetentionSeconds: FOURTEEN_DAYS_SECONDS,
            ...(shared.kmsKeyArn ? { kmsMasterKeyId: shared.kmsKeyArn } : { sqsManagedSseEnabled: true }),
            tags: tagsFor(shared, queueName),
        });
    }

    /** What every function needs: its logs, its traces, its dead letters. */
    #grantOwnNeeds(shared: Shared): void {
        grant(
            this,
            "own",
            [
                {
                    Sid: "Logs",
                    Effect: "Allow",
                    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                    Resource: pulumi.interpolate`${this.logGroup.arn}:*`,
                },
                {
                    Sid: "DeadLetters",
                    Effect: "Allow",
                    Action: ["sqs:SendMessage"],
                    Resource: this.deadLetterQueue.arn,
                },
                {
                    // X-Ray has no resources to name.
                    Sid: "Traces",
                    Effect: "Allow",
                    Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                    Resource: "*",
                },
                ...(shared.kmsKeyArn
                    ? [
                          {
                              Sid: "DeadLettersKey",
                              Effect: "Allow" as const,
                              Action: ["kms:GenerateDataKey", "kms:Decrypt"],
                              Resource: shared.kmsKeyArn,
                          },
                      ]
                    : []),
            ],
            { parent: this },
        );
    }

    #createFunction(name: string, args: StoryFunctionArgs, shared: Shared): aws.lambda.Function {
        return child(this, aws.lambda.Function, `${name}-function`, shared.transform?.function, {
            name: args.functionName,
            description: args.description,
            packageType: "Image",
            imageUri: args.image,
            architectures: [shared.architecture ?? "x86_64"],
            role: this.role.arn,
            memorySize: args.memory ?? 512,
            timeout: args.timeout ?? 900,
            environment: environmentOf(args),
            reservedConcurrentExecutions: args.reservedConcurrency,
            deadLetterConfig: { targetArn: this.deadLetterQueue.arn },
            tracingConfig: { mode: "Active" },
            loggingConfig: { logFormat: "JSON", logGroup: this.logGroup.name },
            publish: true,
            tags: tagsFor(shared, args.functionName),
        });
    }

    #createAlias(name: string, shared: Shared): aws.lambda.Alias {
        return child(this, aws.lambda.Alias, `${name}-live`, shared.transform?.alias, {
            name: LIVE_ALIAS,
            description: "The version that callers get",
            functionName: this.function.name,
            functionVersion: this.function.version,
        });
    }

    #createEventInvokeConfig(name: string, shared: Shared): aws.lambda.FunctionEventInvokeConfig {
        return child(
            this,
            aws.lambda.FunctionEventInvokeConfig,
            `${name}-event-invoke`,
            shared.transform?.eventInvokeConfig,
            {
                functionName: this.function.name,
                qualifier: this.alias.name,
                maximumRetryAttempts: 1,
                maximumEventAgeInSeconds: ONE_HOUR_SECONDS,
            },
        );
    }
}

/** The resources of a function. */
export interface FunctionNodes {
    /** The function; call its `alias`. */
    function: aws.lambda.Function;
    /** The version that callers get. */
    alias: aws.lambda.Alias;
    /** The role that it runs with. */
    role: aws.iam.Role;
    /** Where it logs, in JSON. */
    logGroup: aws.cloudwatch.LogGroup;
    /** Where asynchronous events go that failed twice. */
    deadLetterQueue: aws.sqs.Queue;
    /** How often, and for how long, an asynchronous event is tried. */
    eventInvokeConfig: aws.lambda.FunctionEventInvokeConfig;
}

const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;
const ONE_HOUR_SECONDS = 3600;

/** AWS stores no empty environment: an empty one in the program would be a change at every preview. */
function environmentOf({ environment = {} }: StoryFunctionArgs): { variables: typeof environment } | undefined {
    return Object.keys(environment).length === 0 ? undefined : { variables: environment };
}
