import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../core/arguments.ts";
import { assumedBy, type Grantee, Grants, grant } from "../core/iam.ts";
import { functionLogGroup, type Naming, nameProblems } from "../core/names.ts";
import { tagsFor } from "../core/tags.ts";
import { type Transform, transform } from "../core/transform.ts";

/** One function of {@link StoryLambdas}. */
export interface StoryFunctionArgs {
    /** The function's name. */
    functionName: string;
    /** What it is for, in a sentence. Default: none. */
    description?: string;
    /** The image that it runs, by digest: `ADDRESS@sha256:DIGEST`. */
    image: pulumi.Input<string>;
    /** Memory in MB, 128 to 10240; processor time grows with it. Default: 512. */
    memory?: number;
    /** Seconds that an invocation may take, 1 to 900. Default: 900. */
    timeout?: number;
    /** Environment variables; not for secrets: pass a secret's ARN and grant its reading. Default: none. */
    environment?: Record<string, pulumi.Input<string>>;
    /** Concurrent invocations kept for (and allowed to) the function, 0 to 1000. Default: the account's pool. */
    reservedConcurrency?: number;
    /** The role's name. Default: the function's name. */
    roleName?: string;
}

/** Arguments of {@link StoryLambdas}. */
export interface StoryLambdasArgs extends Naming {
    /** The functions, by the short name that their logical names carry, for example `text`. */
    functions: Record<string, StoryFunctionArgs>;
    /** The processor, which must be the images'. Default: `x86_64`. */
    architecture?: "x86_64" | "arm64";
    /** Days that logs are kept, as CloudWatch Logs allows. Default: 30. */
    logRetentionDays?: number;
    /** A customer key for logs and dead letters. Default: AWS's own. */
    kmsKeyArn?: pulumi.Input<string>;
    /** Tags of everything that can carry them, over the component's own. Default: none. */
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

/** Functions from container images, each with a role, log group, dead letters, tracing and a live alias of its own. */
export class StoryLambdas<Name extends string = string> extends pulumi.ComponentResource {
    /** The functions, by the short names of the argument. */
    readonly functions: Record<Name, StoryFunction>;

    constructor(
        name: string,
        args: StoryLambdasArgs & { functions: Record<Name, StoryFunctionArgs> },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        check(name, args);
        super("story42:index:StoryLambdas", name, {}, opts);
        const made = Object.entries<StoryFunctionArgs>(args.functions).map(([key, it]) => [
            key,
            new StoryFunction(`${name}-${key}`, it, args, { parent: this }),
        ]);
        this.functions = Object.fromEntries(made);
        this.registerOutputs({});
    }
}

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
    readonly #grants: Grants;

    constructor(
        name: string,
        args: StoryFunctionArgs,
        shared: Omit<StoryLambdasArgs, "functions">,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("story42:index:StoryFunction", name, {}, opts);
        this.granteeName = name;
        this.#grants = new Grants(this, name);
        this.role = this.#createRole(name, args, shared);
        this.logGroup = this.#createLogGroup(name, args, shared);
        this.deadLetterQueue = this.#createDeadLetterQueue(name, args, shared);
        this.#grantOwnNeeds(shared);
        this.function = this.#createFunction(name, args, shared);
        this.alias = this.#createAlias(name, shared);
        this.#createEventInvokeConfig(name, shared);
        this.registerOutputs({ functionName: this.function.name, aliasArn: this.alias.arn });
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
        return new aws.iam.Role(
            ...transform<aws.iam.RoleArgs>(
                shared.transform?.role,
                `${name}-role`,
                {
                    name: roleName,
                    description: `What ${args.functionName} may do`,
                    assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
                    tags: tagsFor(shared, roleName, shared.tags),
                },
                { parent: this },
            ),
        );
    }

    #createLogGroup(name: string, args: StoryFunctionArgs, shared: Shared): aws.cloudwatch.LogGroup {
        const logGroupName = functionLogGroup(args.functionName);
        return new aws.cloudwatch.LogGroup(
            ...transform<aws.cloudwatch.LogGroupArgs>(
                shared.transform?.logGroup,
                `${name}-log-group`,
                {
                    name: logGroupName,
                    retentionInDays: shared.logRetentionDays ?? 30,
                    kmsKeyId: shared.kmsKeyArn,
                    tags: tagsFor(shared, logGroupName, shared.tags),
                },
                { parent: this },
            ),
        );
    }

    #createDeadLetterQueue(name: string, args: StoryFunctionArgs, shared: Shared): aws.sqs.Queue {
        const queueName = `${args.functionName}-dead-letters`;
        return new aws.sqs.Queue(
            ...transform<aws.sqs.QueueArgs>(
                shared.transform?.deadLetterQueue,
                `${name}-dead-letters`,
                {
                    name: queueName,
                    messageRetentionSeconds: FOURTEEN_DAYS_SECONDS,
                    ...(shared.kmsKeyArn ? { kmsMasterKeyId: shared.kmsKeyArn } : { sqsManagedSseEnabled: true }),
                    tags: tagsFor(shared, queueName, shared.tags),
                },
                { parent: this },
            ),
        );
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
        return new aws.lambda.Function(
            ...transform<aws.lambda.FunctionArgs>(
                shared.transform?.function,
                `${name}-function`,
                {
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
                    tags: tagsFor(shared, args.functionName, shared.tags),
                },
                { parent: this },
            ),
        );
    }

    #createAlias(name: string, shared: Shared): aws.lambda.Alias {
        return new aws.lambda.Alias(
            ...transform<aws.lambda.AliasArgs>(
                shared.transform?.alias,
                `${name}-live`,
                {
                    name: "live",
                    description: "The version that callers get",
                    functionName: this.function.name,
                    functionVersion: this.function.version,
                },
                { parent: this },
            ),
        );
    }

    #createEventInvokeConfig(name: string, shared: Shared): void {
        new aws.lambda.FunctionEventInvokeConfig(
            ...transform<aws.lambda.FunctionEventInvokeConfigArgs>(
                shared.transform?.eventInvokeConfig,
                `${name}-event-invoke`,
                {
                    functionName: this.function.name,
                    qualifier: this.alias.name,
                    maximumRetryAttempts: 1,
                    maximumEventAgeInSeconds: ONE_HOUR_SECONDS,
                },
                { parent: this },
            ),
        );
    }
}

type Shared = Omit<StoryLambdasArgs, "functions">;

const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;
const ONE_HOUR_SECONDS = 3600;

function check(name: string, args: StoryLambdasArgs): void {
    const check = new ArgumentCheck("StoryLambdas", name, args)
        .that(Object.keys(args.functions).length > 0, "functions is empty; it must name at least one function")
        .oneOf("architecture", args.architecture, ["x86_64", "arm64"])
        .retentionDays("logRetentionDays", args.logRetentionDays);
    for (const [key, it] of Object.entries(args.functions)) {
        const at = `functions.${key}`;
        check
            .matches(at, key, /^[a-z][a-z0-9-]*$/, "a short name of lower-case letters, digits and hyphens")
            .add(nameProblems("function", `${at}.functionName`, it.functionName))
            .add(nameProblems("role", `${at}.roleName`, it.roleName))
            .matches(`${at}.image`, it.image, /@sha256:[0-9a-f]{64}$/, "an image by digest, ADDRESS@sha256:DIGEST")
            .integer(`${at}.memory`, it.memory, { min: 128, max: 10_240, unit: "MB" })
            .integer(`${at}.timeout`, it.timeout, { min: 1, max: 900, unit: "seconds" })
            .integer(`${at}.reservedConcurrency`, it.reservedConcurrency, { min: 0, max: 1000 });
    }
    check.done();
}

/** AWS keeps no empty environment: one that is asked for would be a change at every preview. */
function environmentOf({ environment = {} }: StoryFunctionArgs): { variables: typeof environment } | undefined {
    return Object.keys(environment).length === 0 ? undefined : { variables: environment };
}
