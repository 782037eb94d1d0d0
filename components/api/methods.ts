import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mapProviderOutput } from "../core/mocked.ts";
import { child, type Transform } from "../core/transform.ts";
import type { ApiDefinition } from "./definition.ts";

/** A Lambda function behind the API, called through its live alias. `StoryFunction` is one. */
export interface ApiFunction {
    /** The version that is live. */
    readonly alias: Pick<aws.lambda.Alias, "functionName" | "name" | "invokeArn">;
}

/** One operation of the API: a method of a path. */
export interface ApiOperation {
    /**
     * The path: parts of letters, digits and `._-`, each after a slash, for example `/generate-story`. `{id}` is a
     * parameter, and `{rest+}`, at the end alone, all that follows: `/stories/{id}/pages`.
     *
     * @example "/stories/{id}/pages"
     */
    path: string;
    /** The method. One with a body wants a JSON object. @default `POST` @example "GET" */
    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    /** The operation's name in resource names, for example `generate-story`. @example "read-pages" */
    name: string;
    /** The function that answers. @example lambdas.functions.read */
    function: ApiFunction;
    /**
     * Who may call: users of the pool by their token, IAM principals with permission (requests signed for AWS), or
     * everybody. A Lambda authorizer can be set by `transform.method` (docs/package.md).
     *
     * @default `user-pool`
     * @example "iam"
     */
    authorization?: "user-pool" | "iam" | "none";
    /** Whether a call also needs one of `apiKeys`, in the header `x-api-key`. @default false @example true */
    apiKey?: boolean;
}

/** The API's arguments that methods depend on. */
export interface MethodInputs {
    corsOrigins: pulumi.Input<pulumi.Input<string>[]>;
    transform?: {
        resource?: Transform<aws.apigateway.ResourceArgs>;
        method?: Transform<aws.apigateway.MethodArgs>;
        integration?: Transform<aws.apigateway.IntegrationArgs>;
        permission?: Transform<aws.lambda.PermissionArgs>;
        preflightMethod?: Transform<aws.apigateway.MethodArgs>;
        preflightIntegration?: Transform<aws.apigateway.IntegrationArgs>;
        preflightMethodResponse?: Transform<aws.apigateway.MethodResponseArgs>;
        preflightIntegrationResponse?: Transform<aws.apigateway.IntegrationResponseArgs>;
    };
}

/** What all methods of one API share. */
export interface MethodContext {
    parent: pulumi.Resource;
    /** Logical name of the API's component: children's names begin with it. */
    name: string;
    args: MethodInputs;
    restApi: aws.apigateway.RestApi;
    /** The authorizer that checks tokens, if there is a user pool. */
    authorizer: aws.apigateway.Authorizer | undefined;
    validator: aws.apigateway.RequestValidator;
    /** The model that request bodies must match. */
    model: aws.apigateway.Model;
    /** Whether answers are streamed, and how long API Gateway waits for one. */
    streamed: boolean;
    timeoutMilliseconds: number;
    /** The definition that the methods are added to. */
    definition: ApiDefinition;
}

/** A part of a path, with the path above it from the API's root on. */
export interface PathPart {
    above: string;
    part: string;
    path: string;
}

/** The parts of a path, from the API's root on. */
export function partsOf(path: string): PathPart[] {
    const parts = path.split("/").slice(1);
    return parts.map((part, index) => {
        const above = parts.slice(0, index).map((one) => `/${one}`);
        return { above: above.join(""), part, path: `${above.join("")}/${part}` };
    });
}

/** The method of an operation. */
export function methodOf({ method = "POST" }: ApiOperation): string {
    return method;
}

/**
 * Creates the resources of all paths, one per path part, with their methods and a preflight for each path. Returns the methods
 * by the operations' names.
 */
export function createPaths(
    operations: readonly ApiOperation[],
    context: MethodContext,
): Record<string, aws.apigateway.Method> {
    const methods: Record<string, aws.apigateway.Method> = {};
    const { name, args, restApi, definition } = context;
    const made = new Map<string, aws.apigateway.Resource>();
    const at = (path: string) => operations.filter((operation) => operation.path === path);
    for (const whole of new Set(operations.map((operation) => operation.path))) {
        for (const { above, part, path } of partsOf(whole)) {
            if (!made.has(path)) {
                const resource = definition.make(
                    aws.apigateway.Resource,
                    `${name}-${path.slice(1)}`,
                    args.transform?.resource,
                    { restApi: restApi.id, parentId: made.get(above)?.id ?? restApi.rootResourceId, pathPart: part },
                    formerNameAliases(at(path), path, context, ""),
                );
                made.set(path, resource);
            }
        }
        const resource = made.get(whole);
        if (resource) {
            for (const operation of at(whole)) {
                methods[operation.name] = createCall(operation, resource, context);
            }
            createPreflight(whole, at(whole), resource, context);
        }
    }
    return methods;
}

/** Aliases for deployed stacks, in which the resources of a path were named after its only operation. */
function formerNameAliases(
    operations: readonly ApiOperation[],
    path: string,
    { name }: MethodContext,
    suffix: string,
): pulumi.CustomResourceOptions {
    const former = operations.filter((operation) => `/${operation.name}` !== path);
    return former.length > 0
        ? { aliases: former.map((operation) => ({ name: `${name}-${operation.name}${suffix}` })) }
        : {};
}

/** Methods whose requests have no body. */
const BODILESS = ["GET", "DELETE"];

function createCall(
    operation: ApiOperation,
    resource: aws.apigateway.Resource,
    context: MethodContext,
): aws.apigateway.Method {
    const { parent, name, args, restApi, definition } = context;
    const httpMethod = methodOf(operation);
    const parameters = partsOf(operation.path).flatMap(({ part }) => /^\{(\w+)\+?\}$/.exec(part)?.[1] ?? []);
    const method = definition.make(
        aws.apigateway.Method,
        `${name}-${operation.name}-${httpMethod.toLowerCase()}`,
        args.transform?.method,
        {
            restApi: restApi.id,
            resourceId: resource.id,
            httpMethod,
            ...authorizationOf(operation, context),
            ...(operation.apiKey ? { apiKeyRequired: true } : {}),
            requestValidatorId: context.validator.id,
            ...(BODILESS.includes(httpMethod) ? {} : { requestModels: { "application/json": context.model.name } }),
            ...(parameters.length > 0
                ? { requestParameters: Object.fromEntries(parameters.map((it) => [`method.request.path.${it}`, true])) }
                : {}),
        },
    );
    const { alias } = operation.function;
    definition.make(aws.apigateway.Integration, `${name}-${operation.name}-lambda`, args.transform?.integration, {
        restApi: restApi.id,
        resourceId: resource.id,
        httpMethod: method.httpMethod,
        type: "AWS_PROXY",
        integrationHttpMethod: "POST",
        uri: context.streamed ? mapProviderOutput(alias.invokeArn, streamingInvokeArn) : alias.invokeArn,
        responseTransferMode: context.streamed ? "STREAM" : "BUFFERED",
        timeoutMilliseconds: context.timeoutMilliseconds,
    });
    // The source ARN of a request has its method and path; `*` stands for each path parameter.
    const pattern = operation.path.replaceAll(/\{[^}]*\}/g, "*");
    child(parent, aws.lambda.Permission, `${name}-${operation.name}-permission`, args.transform?.permission, {
        action: "lambda:InvokeFunction",
        function: alias.functionName,
        qualifier: alias.name,
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${restApi.executionArn}/*/${httpMethod}${pattern}`,
    });
    return method;
}

function authorizationOf(
    { authorization = "user-pool" }: ApiOperation,
    { authorizer }: MethodContext,
): Pick<aws.apigateway.MethodArgs, "authorization" | "authorizerId"> {
    return authorization === "user-pool"
        ? { authorization: "COGNITO_USER_POOLS", authorizerId: authorizer?.id }
        : { authorization: authorization === "iam" ? "AWS_IAM" : "NONE" };
}

/** The CORS preflight of a path, answered by the gateway itself. */
function createPreflight(
    path: string,
    operations: readonly ApiOperation[],
    resource: aws.apigateway.Resource,
    context: MethodContext,
): void {
    const { name, args, restApi, definition } = context;
    const at = { restApi: restApi.id, resourceId: resource.id };
    const prefix = `${name}-${path.slice(1)}-options`;
    const optsOf = (suffix: string) => formerNameAliases(operations, path, context, `-options${suffix}`);
    const method = definition.make(
        aws.apigateway.Method,
        prefix,
        args.transform?.preflightMethod,
        { ...at, httpMethod: "OPTIONS", authorization: "NONE" },
        optsOf(""),
    );
    const integration = definition.make(
        aws.apigateway.Integration,
        `${prefix}-mock`,
        args.transform?.preflightIntegration,
        {
            ...at,
            httpMethod: method.httpMethod,
            type: "MOCK",
            requestTemplates: { "application/json": '{"statusCode": 200}' },
        },
        optsOf("-mock"),
    );
    const header = (name: string) => `method.response.header.${name}`;
    const response = definition.make(
        aws.apigateway.MethodResponse,
        `${prefix}-200`,
        args.transform?.preflightMethodResponse,
        {
            ...at,
            httpMethod: method.httpMethod,
            statusCode: "200",
            responseParameters: Object.fromEntries(
                ["Allow-Headers", "Allow-Methods", "Allow-Origin", "Max-Age"]
                    .map((suffix) => header(`Access-Control-${suffix}`))
                    .concat(header("Vary"))
                    .map((key) => [key, true]),
            ),
        },
        optsOf("-200"),
    );
    const origins = pulumi.output(args.corsOrigins);
    definition.make(
        aws.apigateway.IntegrationResponse,
        `${prefix}-mock-200`,
        args.transform?.preflightIntegrationResponse,
        {
            ...at,
            httpMethod: integration.httpMethod,
            statusCode: response.statusCode,
            responseParameters: {
                [header("Access-Control-Allow-Headers")]:
                    "'Authorization,Content-Type,Idempotency-Key,X-Amz-Date,X-Api-Key,X-Amz-Security-Token,traceparent'",
                [header("Access-Control-Allow-Methods")]: `'${["OPTIONS", ...operations.map(methodOf)].join()}'`,
                [header("Access-Control-Allow-Origin")]: origins.apply(([first]) => `'${first}'`),
                [header("Access-Control-Max-Age")]: "'3600'",
                [header("Vary")]: "'Origin'",
            },
            responseTemplates: { "application/json": origins.apply(originTemplate) },
        },
        optsOf("-mock-200"),
    );
}

/** The header allows a single origin: the response template sets it to the caller's origin if that is on the list. */
export function originTemplate(origins: string[]): string {
    const isListed = origins.map((origin) => `$origin == "${origin}"`).join(" || ");
    return [
        '#set($origin = $input.params().header.get("Origin"))',
        '#if(!$origin || $origin == "")#set($origin = $input.params().header.get("origin"))#end',
        `#if(${isListed})`,
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)",
        "#end",
    ].join("\n");
}

/** The invocation URI for a streamed answer, made from the URI for a buffered one. */
function streamingInvokeArn(invokeArn: string): string {
    return invokeArn
        .replace("path/2015-03-31/", "path/2021-11-15/")
        .replace(/\/invocations$/, "/response-streaming-invocations");
}
