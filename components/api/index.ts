import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck, DEFAULT_LOG_RETENTION_DAYS } from "../core/arguments.ts";
import { assumedBy, grant } from "../core/iam.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "../core/names.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform, transform } from "../core/transform.ts";
import { type ApiDomain, type ApiKey, createApiDomain, createApiKeys } from "./access.ts";
import { ApiDefinition } from "./definition.ts";
import { type ApiOperation, createPaths, type MethodContext, methodOf, type PathPart, partsOf } from "./methods.ts";

/** Arguments of {@link StoryApi}. */
export interface StoryApiArgs extends NamingArgs {
    /**
     * The operations; no two have the same path and method.
     *
     * @example [{ path: "/stories/{id}", method: "GET", name: "read", function: lambdas.functions.read }]
     */
    operations: ApiOperation[];
    /**
     * The user pool whose tokens are accepted.
     *
     * @default none; required where an operation wants a token
     * @example auth.userPool.arn
     */
    userPoolArn?: pulumi.Input<string>;
    /**
     * Origins whose pages may call the API, for example `https://app.example.com`, or `*` alone for those of every origin.
     * Not empty.
     *
     * @example ["https://app.example.com"]
     */
    corsOrigins: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Seconds that a call may take, 1 to 900. Up to 29 an answer is buffered, above it is streamed.
     *
     * @default 900
     * @example 29
     */
    timeoutSeconds?: number;
    /**
     * Requests a second, and at once, before callers get 429.
     *
     * @default 50 and 100
     * @example { rateLimit: 10, burstLimit: 20 }
     */
    throttle?: { rateLimit: number; burstLimit: number };
    /** Days that the access log is kept, as CloudWatch Logs allows. @default 30 @example 90 */
    logRetentionDays?: number;
    /** A customer key for the access log. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** A web application firewall (WAFv2, regional) in front of the API. @default none @example firewall.arn */
    webAclArn?: pulumi.Input<string>;
    /**
     * Make the role by which API Gateway writes logs, a setting of account and region that all APIs there share. It
     * stays when the component is gone. Set it to false where another stack has set it.
     *
     * @default true
     * @example false
     */
    manageAccountLogging?: boolean;
    /**
     * The API keys of callers, by short names, for operations with `apiKey`.
     *
     * @default none
     * @example { partner: { rateLimit: 10, burstLimit: 20 } }
     */
    apiKeys?: Record<string, ApiKey>;
    /**
     * A domain that the API is called by.
     *
     * @default API Gateway's own, with the stage as its first path part
     * @example { name: "api.example.com", certificateArn }
     */
    domain?: ApiDomain;
    /** The API's name. @default `P-api-E` @example "shop" */
    apiName?: string;
    /** The access log's log group. @default `/aws/apigateway/P-E` @example "/shop/api" */
    accessLogName?: string;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers; those of a method are made once per operation. */
    transform?: {
        restApi?: Transform<aws.apigateway.RestApiArgs>;
        authorizer?: Transform<aws.apigateway.AuthorizerArgs>;
        resource?: Transform<aws.apigateway.ResourceArgs>;
        method?: Transform<aws.apigateway.MethodArgs>;
        integration?: Transform<aws.apigateway.IntegrationArgs>;
        permission?: Transform<aws.lambda.PermissionArgs>;
        deployment?: Transform<aws.apigateway.DeploymentArgs>;
        stage?: Transform<aws.apigateway.StageArgs>;
        methodSettings?: Transform<aws.apigateway.MethodSettingsArgs>;
        accessLog?: Transform<aws.cloudwatch.LogGroupArgs>;
        requestValidator?: Transform<aws.apigateway.RequestValidatorArgs>;
        model?: Transform<aws.apigateway.ModelArgs>;
        gatewayResponse?: Transform<aws.apigateway.ResponseArgs>;
        logsRole?: Transform<aws.iam.RoleArgs>;
        account?: Transform<aws.apigateway.AccountArgs>;
        webAclAssociation?: Transform<aws.wafv2.WebAclAssociationArgs>;
        apiKey?: Transform<aws.apigateway.ApiKeyArgs>;
        usagePlan?: Transform<aws.apigateway.UsagePlanArgs>;
        domainName?: Transform<aws.apigateway.DomainNameArgs>;
        basePathMapping?: Transform<aws.apigateway.BasePathMappingArgs>;
        record?: Transform<aws.route53.RecordArgs>;
        preflightMethod?: Transform<aws.apigateway.MethodArgs>;
        preflightIntegration?: Transform<aws.apigateway.IntegrationArgs>;
        preflightMethodResponse?: Transform<aws.apigateway.MethodResponseArgs>;
        preflightIntegrationResponse?: Transform<aws.apigateway.IntegrationResponseArgs>;
    };
}

type Args = Named<StoryApiArgs>;

const DEFAULT_TIMEOUT_SECONDS = 900;
/** How long API Gateway waits for a buffered answer, unless the quota is raised (API Gateway quotas). */
const BUFFERED_TIMEOUT_SECONDS = 29;
/** The longest `namePrefix` of a role that the provider accepts. */
const MAX_ROLE_NAME_PREFIX = 38;
const DEFAULT_THROTTLE = { rateLimit: 50, burstLimit: 100 };

/** Seconds that an answer may be silent: API Gateway ends a stream that is for 300 (API Gateway quotas). */
export const MAX_ANSWER_SECONDS = 290;

/** Whether an API with this time limit streams its answers; its functions must answer the same way. */
export function isStreamed(timeoutSeconds: number = DEFAULT_TIMEOUT_SECONDS): boolean {
    return timeoutSeconds > BUFFERED_TIMEOUT_SECONDS;
}

/**
 * The REST API: a method per operation, by default behind the user pool, a preflight for each path, and the errors that the gateway answers
 * itself, all with CORS. 3.50 USD per million calls.
 */
export class StoryApi extends pulumi.ComponentResource {
    /** The API itself, without its address: that is the stage's. */
    readonly restApi: aws.apigateway.RestApi;
    /** The stage named after the environment, where the API is called. */
    readonly stage: aws.apigateway.Stage;
    /** Where the stage logs each call. */
    readonly accessLog: aws.cloudwatch.LogGroup;
    /** The API's address with its stage, or by its own domain, without a slash at the end. */
    readonly endpoint: pulumi.Output<string>;
    /** The address of each operation, by its name; parameters of the path are in braces, as given. */
    readonly operationEndpoints: Record<string, pulumi.Output<string>>;
    /** The keys of callers, by their short names; `value` is what a caller sends. */
    readonly apiKeys: Record<string, aws.apigateway.ApiKey>;
    /** Seconds after which an answer in one piece is lost: 290 at most, whatever `timeoutSeconds` stands above that. */
    readonly longestAnswerSeconds: number;

    /** The resources of the API. */
    readonly nodes: ApiNodes;

    constructor(name: string, given: StoryApiArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryApi", name, {}, opts);
        this.longestAnswerSeconds = Math.min(args.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS, MAX_ANSWER_SECONDS);
        const definition = new ApiDefinition(this);
        this.restApi = this.#createRestApi(name, args, definition);
        const { authorizer, methods } = this.#createMethods(name, args, definition);
        this.#createGatewayResponses(name, args, definition);
        const deployment = this.#createDeployment(name, args, definition);
        this.accessLog = this.#createAccessLog(name, args);
        this.stage = this.#createStage(name, args, deployment, this.accessLog);
        this.#createMethodSettings(name, args);
        this.#associateWebAcl(name, args);
        this.apiKeys = createApiKeys(this, name, args, this.stage);
        this.endpoint = args.domain ? createApiDomain(this, name, args, args.domain, this.stage) : this.stage.invokeUrl;
        this.operationEndpoints = Object.fromEntries(
            args.operations.map((operation) => [operation.name, pulumi.interpolate`${this.endpoint}${operation.path}`]),
        );
        const { restApi, stage, accessLog, apiKeys } = this;
        this.nodes = { restApi, authorizer, methods, deployment, stage, accessLog, apiKeys };
        this.registerOutputs({ endpoint: this.endpoint });
    }

    /** The API's name. */
    get name(): pulumi.Output<string> {
        return this.restApi.name;
    }

    /** The name of the stage that is called. */
    get stageName(): pulumi.Output<string> {
        return this.stage.stageName;
    }

    #createRestApi(name: string, args: Args, definition: ApiDefinition): aws.apigateway.RestApi {
        const apiName = args.apiName ?? physicalNames(args).restApi;
        const given = transform<aws.apigateway.RestApiArgs>(
            args.transform?.restApi,
            `${name}-rest-api`,
            {
                name: apiName,
                description: `Story operations of ${args.project} ${args.environment}`,
                endpointConfiguration: { types: "REGIONAL" },
                tags: tagsFor(args, apiName),
            },
            { parent: this },
        );
        // Tags belong to the API itself and are not part of a deployment.
        const { tags: _tags, ...defining } = given[1];
        return definition.add(new aws.apigateway.RestApi(...given), defining);
    }

    #createMethods(name: string, args: Args, definition: ApiDefinition): Pick<ApiNodes, "authorizer" | "methods"> {
        const restApi = this.restApi.id;
        const authorizer =
            args.userPoolArn === undefined
                ? undefined
                : definition.make(aws.apigateway.Authorizer, `${name}-authorizer`, args.transform?.authorizer, {
                      name: physicalNames(args).apiAuthorizer,
                      restApi,
                      type: "COGNITO_USER_POOLS",
                      identitySource: "method.request.header.Authorization",
                      providerArns: [args.userPoolArn],
                  });
        const validator = definition.make(
            aws.apigateway.RequestValidator,
            `${name}-validator`,
            args.transform?.requestValidator,
            { name: "body", restApi, validateRequestBody: true, validateRequestParameters: true },
        );
        // The gateway reports one problem of a body at a time, the functions report all: it checks only for a JSON object.
        const model = definition.make(aws.apigateway.Model, `${name}-model`, args.transform?.model, {
            name: "JsonObject",
            restApi,
            contentType: "application/json",
            schema: JSON.stringify({ $schema: "http://json-schema.org/draft-04/schema#", type: "object" }),
        });
        const seconds = args.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
        const context: MethodContext = {
            parent: this,
            name,
            args,
            restApi: this.restApi,
            authorizer,
            validator,
            model,
            streamed: isStreamed(seconds),
            timeoutMilliseconds: seconds * 1000,
            definition,
        };
        return { authorizer, methods: createPaths(args.operations, context) };
    }

    /** The gateway's own error answers, in the contract's shape and with CORS for the pages that may call. */
    #createGatewayResponses(name: string, args: Args, definition: ApiDefinition): void {
        const error = (short: string, message: string) =>
            `{"error":"${short}","message":${message},"request_id":"$context.requestId"}`;
        const bodies: Record<string, string | undefined> = {
            DEFAULT_4XX: error("request_refused", "$context.error.messageString"),
            DEFAULT_5XX: error("gateway_error", "$context.error.messageString"),
            UNAUTHORIZED: '{"message":"Unauthorized"}',
            BAD_REQUEST_BODY: error("bad_request", '"The request body must be a JSON object"'),
            INTEGRATION_TIMEOUT: error("timeout", '"The answer took too long"'),
        };
        const statusCodes: Record<string, string> = {
            UNAUTHORIZED: "401",
            BAD_REQUEST_BODY: "400",
            INTEGRATION_TIMEOUT: "504",
        };
        for (const [responseType, body] of Object.entries(bodies)) {
            definition.make(
                aws.apigateway.Response,
                `${name}-${responseType.toLowerCase().replaceAll("_", "-")}`,
                args.transform?.gatewayResponse,
                {
                    restApiId: this.restApi.id,
                    responseType,
                    statusCode: statusCodes[responseType],
                    responseTemplates: { "application/json": body ?? "" },
                    responseParameters: {
                        "gatewayresponse.header.Access-Control-Allow-Origin": pulumi
                            .output(args.corsOrigins)
                            .apply(allowedOrigin),
                        "gatewayresponse.header.Vary": "'Origin'",
                    },
                },
                { parent: this },
            );
        }
    }

    #createDeployment(name: string, args: Args, definition: ApiDefinition): aws.apigateway.Deployment {
        return child(this, aws.apigateway.Deployment, `${name}-deployment`, args.transform?.deployment, {
            restApi: this.restApi.id,
            triggers: { definition: definition.digest },
        });
    }

    #createAccessLog(name: string, args: Args): aws.cloudwatch.LogGroup {
        const logGroupName = args.accessLogName ?? physicalNames(args).apiAccessLog;
        return child(this, aws.cloudwatch.LogGroup, `${name}-access-log`, args.transform?.accessLog, {
            name: logGroupName,
            retentionInDays: args.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
            kmsKeyId: args.kmsKeyArn,
            tags: tagsFor(args, logGroupName),
        });
    }

    #createStage(
        name: string,
        args: Args,
        deployment: aws.apigateway.Deployment,
        accessLog: aws.cloudwatch.LogGroup,
    ): aws.apigateway.Stage {
        return child(
            this,
            aws.apigateway.Stage,
            `${name}-stage`,
            args.transform?.stage,
            {
                restApi: this.restApi.id,
                deployment: deployment.id,
                stageName: args.environment,
                xrayTracingEnabled: true,
                accessLogSettings: { destinationArn: accessLog.arn, format: accessLogFormat },
                tags: tagsFor(args, `${args.project}-${args.environment}`),
            },
            // Logging works only once the account may write logs; no output expresses this dependency.
            { dependsOn: this.#createAccountLogging(name, args) },
        );
    }

    /** The role by which API Gateway writes logs in this account and region. */
    #createAccountLogging(name: string, args: Args): aws.apigateway.Account[] {
        if (args.manageAccountLogging === false) {
            return [];
        }
        // Other APIs of the account and region keep using the role and the setting when this stack is gone: neither is deleted.
        const kept = { retainOnDelete: true };
        const roleName = `${args.project}-api-logs-${args.environment}`;
        const role = child(
            this,
            aws.iam.Role,
            `${name}-logs-role`,
            args.transform?.logsRole,
            {
                // The provider completes the name: a fixed one would clash with the role that a destroyed stack left.
                namePrefix: `${roleName}-`.slice(0, MAX_ROLE_NAME_PREFIX),
                description: "Lets API Gateway write its logs",
                assumeRolePolicy: assumedBy("apigateway.amazonaws.com"),
                tags: tagsFor(args, roleName),
            },
            // A role that was made with a fixed name keeps it.
            { ...kept, ignoreChanges: ["name", "namePrefix"] },
        );
        const policy = grant(
            { role, granteeName: `${name}-logs` },
            "write",
            [
                {
                    Effect: "Allow",
                    Action: [
                        "logs:CreateLogGroup",
                        "logs:CreateLogStream",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                        "logs:GetLogEvents",
                        "logs:FilterLogEvents",
                    ],
                    // API Gateway tries the role out as it is set, and refuses one that names log groups ("The role ARN
                    // does not have required permissions"). These are the statements of AWS's own
                    // AmazonAPIGatewayPushToCloudWatchLogs.
                    Resource: "*",
                },
            ],
            { parent: this, ...kept },
        );
        return [
            child(
                this,
                aws.apigateway.Account,
                `${name}-account`,
                args.transform?.account,
                { cloudwatchRoleArn: role.arn },
                { ...kept, dependsOn: policy },
            ),
        ];
    }

    #createMethodSettings(name: string, args: Args): void {
        const { rateLimit, burstLimit } = args.throttle ?? DEFAULT_THROTTLE;
        child(this, aws.apigateway.MethodSettings, `${name}-method-settings`, args.transform?.methodSettings, {
            restApi: this.restApi.id,
            stageName: this.stage.stageName,
            methodPath: "*/*",
            settings: {
                loggingLevel: "ERROR",
                dataTraceEnabled: false,
                // Metrics per method are billed as custom metrics; the API's own, which alarms watch, are free.
                metricsEnabled: false,
                throttlingRateLimit: rateLimit,
                throttlingBurstLimit: burstLimit,
            },
        });
    }

    #associateWebAcl(name: string, args: Args): void {
        if (args.webAclArn !== undefined) {
            child(this, aws.wafv2.WebAclAssociation, `${name}-web-acl`, args.transform?.webAclAssociation, {
                resourceArn: this.stage.arn,
                webAclArn: args.webAclArn,
            });
        }
    }
}

/** The resources of an API. */
export interface ApiNodes {
    /** The API itself. */
    restApi: aws.apigateway.RestApi;
    /** The authorizer that checks tokens; undefined without `userPoolArn`. */
    authorizer: aws.apigateway.Authorizer | undefined;
    /** The methods, by the operations' names. */
    methods: Record<string, aws.apigateway.Method>;
    /** The deployment of the API that the stage shows. */
    deployment: aws.apigateway.Deployment;
    /** The stage, where the API is called. */
    stage: aws.apigateway.Stage;
    /** Where the stage logs each call. */
    accessLog: aws.cloudwatch.LogGroup;
    /** The keys of callers, by their short names. */
    apiKeys: Record<string, aws.apigateway.ApiKey>;
}

/**
 * The gateway's own errors can't choose an origin from a list. With one origin they name it; with several they name the
 * caller's, so that any page can read that a call without a valid token was refused, and nothing else.
 */
function allowedOrigin(origins: string[]): string {
    return origins.length === 1 ? `'${origins[0]}'` : "method.request.header.Origin";
}

const accessLogFormat = JSON.stringify({
    requestId: "$context.requestId",
    time: "$context.requestTime",
    ip: "$context.identity.sourceIp",
    user: "$context.authorizer.claims.sub",
    method: "$context.httpMethod",
    path: "$context.resourcePath",
    status: "$context.status",
    responseLength: "$context.responseLength",
    latencyMs: "$context.responseLatency",
    integrationLatencyMs: "$context.integrationLatency",
    error: "$context.error.message",
});

/** A path parameter of another path in the same place under another name; API Gateway allows one name per place. */
function variableBeside(path: string, all: readonly PathPart[]): string | undefined {
    const own = partsOf(path).filter(({ part }) => part.startsWith("{"));
    const others = all.filter(({ part }) => part.startsWith("{"));
    return own.flatMap((one) => others.filter((it) => it.above === one.above && it.part !== one.part))[0]?.part;
}

function checked(name: string, given: StoryApiArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StoryApi", name, args);
    const { operations } = args;
    const calls = operations.map((operation) => `${methodOf(operation)} ${operation.path}`);
    const parts = operations.flatMap(({ path }) => (typeof path === "string" ? partsOf(path) : []));
    const names = operations.map((operation) => operation.name);
    check
        .that(operations.length > 0, "operations is empty; it must name at least one operation")
        .that(
            new Set(calls).size === calls.length,
            `operations has a path with one method twice (${calls.join(", ")}); each must have its own`,
        )
        .that(
            new Set(names).size === names.length,
            `operations has a name twice (${names.join(", ")}); each must have its own`,
        )
        .that(
            !Array.isArray(args.corsOrigins) || args.corsOrigins.length > 0,
            "corsOrigins is empty; it must name at least one origin such as https://app.example.com",
        )
        .integer("timeoutSeconds", args.timeoutSeconds, { min: 1, max: 900, unit: "seconds" })
        .integer("throttle.rateLimit", args.throttle?.rateLimit, { min: 1, max: 10_000, unit: "requests a second" })
        .integer("throttle.burstLimit", args.throttle?.burstLimit, { min: 1, max: 5_000, unit: "requests" })
        .retentionDays("logRetentionDays", args.logRetentionDays)
        .add(nameProblems("logGroup", "accessLogName", args.accessLogName));
    for (const [key, { rateLimit, burstLimit, monthlyQuota }] of Object.entries(args.apiKeys ?? {})) {
        check
            .integer(`apiKeys.${key}.rateLimit`, rateLimit, { min: 1, max: 10_000, unit: "requests a second" })
            .integer(`apiKeys.${key}.burstLimit`, burstLimit, { min: 1, max: 5_000, unit: "requests" })
            .integer(`apiKeys.${key}.monthlyQuota`, monthlyQuota, { min: 1, max: 2_147_483_647, unit: "requests" });
    }
    check.matches("domain.name", args.domain?.name, /^([a-z0-9-]+\.)+[a-z]{2,}$/, "a name such as api.example.com");
    for (const [index, operation] of operations.entries()) {
        const at = `operations[${index}]`;
        check
            .matches(
                `${at}.path`,
                operation.path,
                /^(\/([a-zA-Z0-9._-]+|\{\w+\}))*\/([a-zA-Z0-9._-]+|\{\w+\+?\})$/,
                "path parts, each after a slash, such as /stories/{id}",
            )
            .that(
                !variableBeside(operation.path, parts),
                `${at}.path is ${operation.path}, and another has ${variableBeside(operation.path, parts)} in the same place; a parameter must have one name there`,
            )
            .oneOf(`${at}.method`, operation.method, ["GET", "POST", "PUT", "PATCH", "DELETE"])
            .oneOf(`${at}.authorization`, operation.authorization, ["user-pool", "iam", "none"])
            .that(
                (operation.authorization ?? "user-pool") !== "user-pool" || args.userPoolArn !== undefined,
                `userPoolArn is missing; ${at} wants a user's token unless its authorization is iam or none`,
            )
            .that(!operation.apiKey || args.apiKeys !== undefined, `apiKeys is missing; ${at} needs one`)
            .that(
                operation.function?.alias !== undefined,
                `${at}.function has no alias; it must be a StoryFunction, or what has the alias of a function`,
            );
    }
    const origins = Array.isArray(args.corsOrigins) ? args.corsOrigins : [];
    check.that(!origins.includes("*") || origins.length === 1, "corsOrigins has * beside others; it must stand alone");
    for (const [index, origin] of origins.entries()) {
        const pattern = /^(\*|https?:\/\/[^/\s'"*]+)$/;
        check.matches(`corsOrigins[${index}]`, origin, pattern, "a scheme and a host, without a path, or *");
    }
    check.done();
    return args;
}
