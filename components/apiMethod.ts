import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ApiOperation, StoryApiArgs } from "./api.ts";
import type { ApiDefinition } from "./apiDefinition.ts";
import { ofProvider } from "./mocked.ts";
import { transform } from "./transform.ts";

/** What all methods of one API share. */
export interface MethodContext {
    /** Logical name of the API's component: children's names begin with it. */
    name: string;
    args: StoryApiArgs;
    restApi: aws.apigateway.RestApi;
    authorizer: aws.apigateway.Authorizer;
    validator: aws.apigateway.RequestValidator;
    /** The model that request bodies must match. */
    model: aws.apigateway.Model;
    /** Whether answers are streamed, and how long API Gateway waits for one. */
    streamed: boolean;
    timeoutMilliseconds: number;
    /** What the methods become parts of. */
    definition: ApiDefinition;
    opts: pulumi.CustomResourceOptions;
}

/** Makes a path with its POST method and its preflight. */
export function createMethod(operation: ApiOperation, context: MethodContext): void {
    const { name, args, restApi, definition, opts } = context;
    const resource = definition.make(
        aws.apigateway.Resource,
        args.transform?.resource,
        `${name}-${operation.name}`,
        { restApi: restApi.id, parentId: restApi.rootResourceId, pathPart: operation.path.slice(1) },
        opts,
    );
    createPost(operation, resource, context);
    createPreflight(operation, resource, context);
}

function createPost(operation: ApiOperation, resource: aws.apigateway.Resource, context: MethodContext): void {
    const { name, args, restApi, definition, opts } = context;
    const method = definition.make(
        aws.apigateway.Method,
        args.transform?.method,
        `${name}-${operation.name}-post`,
        {
            restApi: restApi.id,
            resourceId: resource.id,
            httpMethod: "POST",
            authorization: "COGNITO_USER_POOLS",
            authorizerId: context.authorizer.id,
            requestValidatorId: context.validator.id,
            requestModels: { "application/json": context.model.name },
        },
        opts,
    );
    const { alias } = operation.function;
    definition.make(
        aws.apigateway.Integration,
        args.transform?.integration,
        `${name}-${operation.name}-lambda`,
        {
            restApi: restApi.id,
            resourceId: resource.id,
            httpMethod: method.httpMethod,
            type: "AWS_PROXY",
            integrationHttpMethod: "POST",
            uri: context.streamed ? ofProvider(alias.invokeArn, streamingInvokeArn) : alias.invokeArn,
            responseTransferMode: context.streamed ? "STREAM" : "BUFFERED",
            timeoutMilliseconds: context.timeoutMilliseconds,
        },
        opts,
    );
    new aws.lambda.Permission(
        ...transform<aws.lambda.PermissionArgs>(
            args.transform?.permission,
            `${name}-${operation.name}-permission`,
            {
                action: "lambda:InvokeFunction",
                function: alias.functionName,
                qualifier: alias.name,
                principal: "apigateway.amazonaws.com",
                sourceArn: pulumi.interpolate`${restApi.executionArn}/*/POST${operation.path}`,
            },
            opts,
        ),
    );
}

/** The browser's question before a POST from another origin, answered by the gateway itself. */
function createPreflight(
    operation: ApiOperation,
    resource: aws.apigateway.Resource,
    { name, args, restApi, definition, opts }: MethodContext,
): void {
    const at = { restApi: restApi.id, resourceId: resource.id };
    const prefix = `${name}-${operation.name}-options`;
    const method = definition.make(
        aws.apigateway.Method,
        args.transform?.preflightMethod,
        prefix,
        { ...at, httpMethod: "OPTIONS", authorization: "NONE" },
        opts,
    );
    const integration = definition.make(
        aws.apigateway.Integration,
        args.transform?.preflightIntegration,
        `${prefix}-mock`,
        {
            ...at,
            httpMethod: method.httpMethod,
            type: "MOCK",
            requestTemplates: { "application/json": '{"statusCode": 200}' },
        },
        opts,
    );
    const header = (name: string) => `method.response.header.${name}`;
    const response = definition.make(
        aws.apigateway.MethodResponse,
        args.transform?.preflightMethodResponse,
        `${prefix}-200`,
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
        opts,
    );
    const origins = pulumi.output(args.corsOrigins);
    definition.make(
        aws.apigateway.IntegrationResponse,
        args.transform?.preflightIntegrationResponse,
        `${prefix}-mock-200`,
        {
            ...at,
            httpMethod: integration.httpMethod,
            statusCode: response.statusCode,
            responseParameters: {
                [header("Access-Control-Allow-Headers")]:
                    "'Authorization,Content-Type,Idempotency-Key,X-Amz-Date,X-Api-Key,X-Amz-Security-Token'",
                [header("Access-Control-Allow-Methods")]: "'OPTIONS,POST'",
                [header("Access-Control-Allow-Origin")]: origins.apply(([first]) => `'${first}'`),
                [header("Access-Control-Max-Age")]: "'3600'",
                [header("Vary")]: "'Origin'",
            },
            responseTemplates: { "application/json": origins.apply(originTemplate) },
        },
        opts,
    );
}

/** A header has one value, an API many origins: the one that asks is answered with itself if it is on the list. */
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

/** The address by which API Gateway calls a function for a streamed answer, from the one for a buffered answer. */
function streamingInvokeArn(invokeArn: string): string {
    return invokeArn
        .replace("path/2015-03-31/", "path/2021-11-15/")
        .replace(/\/invocations$/, "/response-streaming-invocations");
}
