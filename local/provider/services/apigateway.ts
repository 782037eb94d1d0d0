import * as apigateway from "@aws-sdk/client-api-gateway";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { required } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(apigateway.APIGatewayClient);
const replace = (path: string, value: unknown) => ({ op: "replace" as const, path, value: String(value ?? "") });
const arnOf = (cloud: Clients, path: string) => `arn:aws:apigateway:${cloud.region}::${path}`;

const restApi: ResourceType = {
    replaceOn: ["endpointConfiguration"],
    computed: ["arn", "executionArn", "rootResourceId", "createdDate"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateRestApiCommand({
                name: inputs.name,
                description: inputs.description,
                endpointConfiguration: { types: [inputs.endpointConfiguration?.types ?? "EDGE"].flat() },
                tags: inputs.tags,
            }),
        );
        return required(made.id, "API id");
    },
    async read(id, cloud) {
        const it = await ifThere(client(cloud).send(new apigateway.GetRestApiCommand({ restApiId: id })));
        if (!it) {
            return undefined;
        }
        const { items } = await client(cloud).send(new apigateway.GetResourcesCommand({ restApiId: id, limit: 500 }));
        return {
            arn: arnOf(cloud, `/restapis/${id}`),
            executionArn: `arn:aws:execute-api:${cloud.region}:${cloud.account}:${id}`,
            rootResourceId: items?.find((one) => one.path === "/")?.id,
            name: it.name,
            description: it.description,
            endpointConfiguration: { types: it.endpointConfiguration?.types?.[0] },
            createdDate: it.createdDate?.toISOString(),
            tags: { ...it.tags, ...(await tagsOf(`/restapis/${id}`, cloud)) },
        };
    },
    async update(id, inputs, cloud) {
        await client(cloud).send(
            new apigateway.UpdateRestApiCommand({
                restApiId: id,
                patchOperations: [replace("/name", inputs.name), replace("/description", inputs.description)],
            }),
        );
        await client(cloud).send(
            new apigateway.TagResourceCommand({
                resourceArn: arnOf(cloud, `/restapis/${id}`),
                tags: inputs.tags ?? {},
            }),
        );
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new apigateway.DeleteRestApiCommand({ restApiId: id })));
    },
};

/** Tags are kept beside what carries them. */
async function tagsOf(path: string, cloud: Clients): Promise<Record<string, string>> {
    const found = await ifThere(client(cloud).send(new apigateway.GetTagsCommand({ resourceArn: arnOf(cloud, path) })));
    return found?.tags ?? {};
}

/** The own id of a thing of an API whose import id is `API/ID`. */
const ownId = (_actual: Properties, imported: string) => imported.slice(imported.indexOf("/") + 1);

/** A thing of an API whose import id is `API/ID`. */
function partsOf(id: string, known: Properties): [restApiId: string, id: string] {
    const [api = "", own = ""] = id.includes("/") ? id.split("/") : [known.restApi ?? known.restApiId, id];
    return [api, own];
}

const resource: ResourceType = {
    replaceOn: ["restApi", "pathPart", "parentId"],
    deleteFirst: true,
    computed: ["path"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateResourceCommand({
                restApiId: inputs.restApi,
                parentId: inputs.parentId,
                pathPart: inputs.pathPart,
            }),
        );
        return required(made.id, "resource id");
    },
    async read(id, cloud, known) {
        const [restApiId, resourceId] = partsOf(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetResourceCommand({ restApiId, resourceId })));
        return it && { restApi: restApiId, parentId: it.parentId, pathPart: it.pathPart, path: it.path };
    },
    idOf: ownId,
    async delete(id, cloud, state) {
        const [restApiId, resourceId] = partsOf(id, state);
        await ifThere(client(cloud).send(new apigateway.DeleteResourceCommand({ restApiId, resourceId })));
    },
};

/** A method and what hangs on it have no ids of their own: made of the API, the resource and the verb. */
function methodKey(id: string, known: Properties) {
    const [restApiId = "", resourceId = "", httpMethod = "", statusCode = ""] = id.includes("/")
        ? id.split("/")
        : [known.restApi, known.resourceId, known.httpMethod, known.statusCode];
    return { restApiId, resourceId, httpMethod, statusCode };
}

const keyOf = (inputs: Properties) => ({
    restApiId: inputs.restApi,
    resourceId: inputs.resourceId,
    httpMethod: inputs.httpMethod,
});
const keyProperties = ({
    restApiId,
    resourceId,
    httpMethod,
}: {
    restApiId: string;
    resourceId: string;
    httpMethod: string;
}) => ({
    restApi: restApiId,
    resourceId,
    httpMethod,
});

const method: ResourceType = {
    replaceOn: ["restApi", "resourceId", "httpMethod"],
    deleteFirst: true,
    async create(inputs, cloud) {
        await putMethod(inputs, cloud);
        return methodId(inputs);
    },
    idOf: methodId,
    async read(id, cloud, known) {
        const key = methodKey(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetMethodCommand(key)));
        return (
            it && {
                ...keyProperties(key),
                authorization: it.authorizationType,
                authorizerId: it.authorizerId,
                requestValidatorId: it.requestValidatorId,
                requestModels: it.requestModels,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new apigateway.UpdateMethodCommand({
                ...keyOf(inputs),
                patchOperations: [
                    replace("/authorizationType", inputs.authorization),
                    ...(inputs.authorizerId ? [replace("/authorizerId", inputs.authorizerId)] : []),
                    ...(inputs.requestValidatorId ? [replace("/requestValidatorId", inputs.requestValidatorId)] : []),
                    ...Object.entries(inputs.requestModels ?? {}).map(([type, model]) =>
                        replace(`/requestModels/${type.replace("/", "~1")}`, model),
                    ),
                ],
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(client(cloud).send(new apigateway.DeleteMethodCommand(keyOf(state))));
    },
};

function methodId({ restApi, resourceId, httpMethod }: Properties): string {
    return `agm-${restApi}-${resourceId}-${httpMethod}`;
}

async function putMethod(inputs: Properties, cloud: Clients): Promise<void> {
    await client(cloud).send(
        new apigateway.PutMethodCommand({
            ...keyOf(inputs),
            authorizationType: inputs.authorization,
            authorizerId: inputs.authorizerId,
            requestValidatorId: inputs.requestValidatorId,
            requestModels: inputs.requestModels,
        }),
    );
}

function methodResponseId({ restApi, resourceId, httpMethod, statusCode }: Properties): string {
    return `agmr-${restApi}-${resourceId}-${httpMethod}-${statusCode}`;
}

async function putMethodResponse(inputs: Properties, cloud: Clients): Promise<void> {
    await client(cloud).send(
        new apigateway.PutMethodResponseCommand({
            ...keyOf(inputs),
            statusCode: inputs.statusCode,
            responseParameters: inputs.responseParameters,
            responseModels: inputs.responseModels,
        }),
    );
}

const methodResponse: ResourceType = {
    replaceOn: ["restApi", "resourceId", "httpMethod", "statusCode"],
    deleteFirst: true,
    async create(inputs, cloud) {
        await putMethodResponse(inputs, cloud);
        return methodResponseId(inputs);
    },
    idOf: methodResponseId,
    // The emulator takes no patch of one, but puts it again.
    async update(_id, inputs, cloud) {
        await putMethodResponse(inputs, cloud);
    },
    async read(id, cloud, known) {
        const key = methodKey(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetMethodResponseCommand(key)));
        return (
            it && {
                ...keyProperties(key),
                statusCode: it.statusCode,
                responseParameters: it.responseParameters,
                responseModels: it.responseModels,
            }
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new apigateway.DeleteMethodResponseCommand({ ...keyOf(state), statusCode: state.statusCode }),
            ),
        );
    },
};

async function putIntegration(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new apigateway.PutIntegrationCommand({
            ...keyOf(inputs),
            type: inputs.type,
            integrationHttpMethod: inputs.integrationHttpMethod,
            uri: inputs.uri,
            requestTemplates: inputs.requestTemplates,
            timeoutInMillis: inputs.timeoutMilliseconds,
            responseTransferMode: inputs.responseTransferMode,
        }),
    );
    return integrationId(inputs);
}

function integrationId({ restApi, resourceId, httpMethod }: Properties): string {
    return `agi-${restApi}-${resourceId}-${httpMethod}`;
}

const integration: ResourceType = {
    replaceOn: ["restApi", "resourceId", "httpMethod", "type", "integrationHttpMethod"],
    deleteFirst: true,
    // Stored nowhere in the emulator, whose answers are always buffered.
    notEmulated: ["responseTransferMode"],
    create: putIntegration,
    idOf: integrationId,
    async read(id, cloud, known) {
        const key = methodKey(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetIntegrationCommand(key)));
        return (
            it && {
                ...keyProperties(key),
                type: it.type,
                integrationHttpMethod: it.httpMethod,
                uri: it.uri,
                requestTemplates: it.requestTemplates,
                timeoutMilliseconds: it.timeoutInMillis,
            }
        );
    },
    async update(_id, inputs, cloud) {
        // Put again it would lose its responses.
        const templates = Object.entries(inputs.requestTemplates ?? {});
        await client(cloud).send(
            new apigateway.UpdateIntegrationCommand({
                ...keyOf(inputs),
                patchOperations: [
                    ...(inputs.uri ? [replace("/uri", inputs.uri)] : []),
                    ...(inputs.timeoutMilliseconds ? [replace("/timeoutInMillis", inputs.timeoutMilliseconds)] : []),
                    ...templates.map(([type, text]) => replace(`/requestTemplates/${type.replace("/", "~1")}`, text)),
                ],
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(client(cloud).send(new apigateway.DeleteIntegrationCommand(keyOf(state))));
    },
};

async function putIntegrationResponse(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new apigateway.PutIntegrationResponseCommand({
            ...keyOf(inputs),
            statusCode: inputs.statusCode,
            responseParameters: inputs.responseParameters,
            responseTemplates: inputs.responseTemplates,
        }),
    );
    return integrationResponseId(inputs);
}

function integrationResponseId({ restApi, resourceId, httpMethod, statusCode }: Properties): string {
    return `agir-${restApi}-${resourceId}-${httpMethod}-${statusCode}`;
}

const integrationResponse: ResourceType = {
    replaceOn: ["restApi", "resourceId", "httpMethod", "statusCode"],
    deleteFirst: true,
    create: putIntegrationResponse,
    idOf: integrationResponseId,
    async read(id, cloud, known) {
        const key = methodKey(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetIntegrationResponseCommand(key)));
        return (
            it && {
                ...keyProperties(key),
                statusCode: it.statusCode,
                responseParameters: it.responseParameters,
                responseTemplates: it.responseTemplates,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await putIntegrationResponse(inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new apigateway.DeleteIntegrationResponseCommand({ ...keyOf(state), statusCode: state.statusCode }),
            ),
        );
    },
};

const authorizer: ResourceType = {
    replaceOn: ["restApi"],
    computed: ["arn"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateAuthorizerCommand({
                restApiId: inputs.restApi,
                name: inputs.name,
                type: inputs.type,
                identitySource: inputs.identitySource,
                providerARNs: inputs.providerArns,
            }),
        );
        return required(made.id, "authorizer id");
    },
    async read(id, cloud, known) {
        const [restApiId, authorizerId] = partsOf(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetAuthorizerCommand({ restApiId, authorizerId })));
        return (
            it && {
                arn: arnOf(cloud, `/restapis/${restApiId}/authorizers/${authorizerId}`),
                restApi: restApiId,
                name: it.name,
                type: it.type,
                identitySource: it.identitySource,
                providerArns: it.providerARNs,
            }
        );
    },
    idOf: ownId,
    async update(id, inputs, cloud, old) {
        const before: string[] = old.providerArns ?? [];
        const after: string[] = inputs.providerArns ?? [];
        await client(cloud).send(
            new apigateway.UpdateAuthorizerCommand({
                restApiId: inputs.restApi,
                authorizerId: id,
                patchOperations: [
                    replace("/name", inputs.name),
                    replace("/identitySource", inputs.identitySource),
                    ...after
                        .filter((arn) => !before.includes(arn))
                        .map((value) => ({ op: "add" as const, path: "/providerARNs", value })),
                    ...before
                        .filter((arn) => !after.includes(arn))
                        .map((value) => ({ op: "remove" as const, path: "/providerARNs", value })),
                ],
            }),
        );
    },
    async delete(id, cloud, state) {
        const [restApiId, authorizerId] = partsOf(id, state);
        await ifThere(client(cloud).send(new apigateway.DeleteAuthorizerCommand({ restApiId, authorizerId })));
    },
};

const requestValidator: ResourceType = {
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateRequestValidatorCommand({
                restApiId: inputs.restApi,
                name: inputs.name,
                validateRequestBody: inputs.validateRequestBody,
                validateRequestParameters: inputs.validateRequestParameters,
            }),
        );
        return required(made.id, "validator id");
    },
    async read(id, cloud, known) {
        const [restApiId, requestValidatorId] = partsOf(id, known);
        const it = await ifThere(
            client(cloud).send(new apigateway.GetRequestValidatorCommand({ restApiId, requestValidatorId })),
        );
        return (
            it && {
                restApi: restApiId,
                name: it.name,
                validateRequestBody: it.validateRequestBody,
                validateRequestParameters: it.validateRequestParameters,
            }
        );
    },
    idOf: ownId,
    async delete(id, cloud, state) {
        const [restApiId, requestValidatorId] = partsOf(id, state);
        await ifThere(
            client(cloud).send(new apigateway.DeleteRequestValidatorCommand({ restApiId, requestValidatorId })),
        );
    },
};

const model: ResourceType = {
    deleteFirst: true,
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateModelCommand({
                restApiId: inputs.restApi,
                name: inputs.name,
                contentType: inputs.contentType,
                description: inputs.description,
                schema: inputs.schema,
            }),
        );
        return made.id ?? inputs.name;
    },
    async read(id, cloud, known) {
        const [restApiId, modelName] = id.includes("/") ? id.split("/") : [known.restApi, known.name];
        const it = await ifThere(client(cloud).send(new apigateway.GetModelCommand({ restApiId, modelName })));
        return (
            it && {
                restApi: restApiId,
                name: it.name,
                contentType: it.contentType,
                description: it.description,
                schema: it.schema,
            }
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(new apigateway.DeleteModelCommand({ restApiId: state.restApi, modelName: state.name })),
        );
    },
};

async function putGatewayResponse(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new apigateway.PutGatewayResponseCommand({
            restApiId: inputs.restApiId,
            responseType: inputs.responseType,
            statusCode: inputs.statusCode,
            responseParameters: inputs.responseParameters,
            responseTemplates: inputs.responseTemplates,
        }),
    );
    return gatewayResponseId(inputs);
}

function gatewayResponseId({ restApiId, responseType }: Properties): string {
    return `aggr-${restApiId}-${responseType}`;
}

const gatewayResponse: ResourceType = {
    replaceOn: ["restApiId", "responseType"],
    create: putGatewayResponse,
    idOf: gatewayResponseId,
    async read(id, cloud, known) {
        const [restApiId, responseType] = id.includes("/") ? id.split("/") : [known.restApiId, known.responseType];
        const it = await ifThere(
            client(cloud).send(new apigateway.GetGatewayResponseCommand({ restApiId, responseType })),
        );
        return it && !it.defaultResponse
            ? {
                  restApiId,
                  responseType: it.responseType,
                  statusCode: it.statusCode,
                  responseParameters: it.responseParameters,
                  responseTemplates: it.responseTemplates,
              }
            : undefined;
    },
    async update(_id, inputs, cloud) {
        await putGatewayResponse(inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new apigateway.DeleteGatewayResponseCommand({
                    restApiId: state.restApiId,
                    responseType: state.responseType,
                }),
            ),
        );
    },
};

const deployment: ResourceType = {
    replaceOn: ["restApi", "triggers"],
    computed: ["createdDate"],
    writeOnly: ["triggers"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new apigateway.CreateDeploymentCommand({ restApiId: inputs.restApi, description: inputs.description }),
        );
        return required(made.id, "deployment id");
    },
    async read(id, cloud, known) {
        const [restApiId, deploymentId] = partsOf(id, known);
        const it = await ifThere(client(cloud).send(new apigateway.GetDeploymentCommand({ restApiId, deploymentId })));
        return it && { restApi: restApiId, description: it.description, createdDate: it.createdDate?.toISOString() };
    },
    idOf: ownId,
    async update(id, inputs, cloud) {
        await client(cloud).send(
            new apigateway.UpdateDeploymentCommand({
                restApiId: inputs.restApi,
                deploymentId: id,
                patchOperations: [replace("/description", inputs.description)],
            }),
        );
    },
    async delete(id, cloud, state) {
        const [restApiId, deploymentId] = partsOf(id, state);
        await ifThere(client(cloud).send(new apigateway.DeleteDeploymentCommand({ restApiId, deploymentId })));
    },
};

const stagePatches = (inputs: Properties) => [
    replace("/deploymentId", inputs.deployment),
    replace("/tracingEnabled", inputs.xrayTracingEnabled ?? false),
    ...(inputs.accessLogSettings
        ? [
              replace("/accessLogSettings/destinationArn", inputs.accessLogSettings.destinationArn),
              replace("/accessLogSettings/format", inputs.accessLogSettings.format),
          ]
        : []),
];

function stageId({ restApi, stageName }: Properties): string {
    return `ags-${restApi}-${stageName}`;
}

const stage: ResourceType = {
    replaceOn: ["restApi", "stageName"],
    deleteFirst: true,
    computed: ["arn", "executionArn", "invokeUrl", "webAclArn"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new apigateway.CreateStageCommand({
                restApiId: inputs.restApi,
                stageName: inputs.stageName,
                deploymentId: inputs.deployment,
                tracingEnabled: inputs.xrayTracingEnabled,
                tags: inputs.tags,
            }),
        );
        await client(cloud).send(
            new apigateway.UpdateStageCommand({
                restApiId: inputs.restApi,
                stageName: inputs.stageName,
                patchOperations: stagePatches(inputs),
            }),
        );
        return stageId(inputs);
    },
    idOf: stageId,
    async read(id, cloud, known) {
        const [restApiId, stageName] = id.includes("/") ? id.split("/") : [known.restApi, known.stageName];
        const it = await ifThere(client(cloud).send(new apigateway.GetStageCommand({ restApiId, stageName })));
        return (
            it && {
                arn: arnOf(cloud, `/restapis/${restApiId}/stages/${stageName}`),
                executionArn: `arn:aws:execute-api:${cloud.region}:${cloud.account}:${restApiId}/${stageName}`,
                invokeUrl: `https://${restApiId}.execute-api.${cloud.region}.amazonaws.com/${stageName}`,
                restApi: restApiId,
                stageName,
                deployment: it.deploymentId,
                xrayTracingEnabled: it.tracingEnabled,
                accessLogSettings: it.accessLogSettings && { ...it.accessLogSettings },
                webAclArn: it.webAclArn,
                tags: { ...it.tags, ...(await tagsOf(`/restapis/${restApiId}/stages/${stageName}`, cloud)) },
            }
        );
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new apigateway.UpdateStageCommand({
                restApiId: inputs.restApi,
                stageName: inputs.stageName,
                patchOperations: stagePatches(inputs),
            }),
        );
        await client(cloud).send(
            new apigateway.TagResourceCommand({
                resourceArn: arnOf(cloud, `/restapis/${inputs.restApi}/stages/${inputs.stageName}`),
                tags: inputs.tags ?? {},
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new apigateway.DeleteStageCommand({ restApiId: state.restApi, stageName: state.stageName }),
            ),
        );
    },
};

/** Settings of methods and where the API keeps them. */
const methodSettingPaths = {
    loggingLevel: "logging/loglevel",
    dataTraceEnabled: "logging/dataTrace",
    metricsEnabled: "metrics/enabled",
    throttlingRateLimit: "throttling/rateLimit",
    throttlingBurstLimit: "throttling/burstLimit",
} as const;

async function patchMethodSettings(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new apigateway.UpdateStageCommand({
            restApiId: inputs.restApi,
            stageName: inputs.stageName,
            patchOperations: Object.entries(methodSettingPaths)
                .filter(([name]) => inputs.settings[name] !== undefined)
                .map(([name, path]) => replace(`/${inputs.methodPath}/${path}`, inputs.settings[name])),
        }),
    );
    return `${inputs.restApi}-${inputs.stageName}-${inputs.methodPath}`;
}

/** An import names API, stage and method path, which has slashes of its own. */
function splitPath(id: string): string[] {
    const [api = "", stageName = "", ...path] = id.split("/");
    return [api, stageName, path.join("/")];
}

const methodSettings: ResourceType = {
    replaceOn: ["restApi", "stageName", "methodPath"],
    create: patchMethodSettings,
    async read(id, cloud, known) {
        const [restApiId, stageName, methodPath = ""] =
            id.includes("/") && !known.restApi ? splitPath(id) : [known.restApi, known.stageName, known.methodPath];
        const it = await ifThere(client(cloud).send(new apigateway.GetStageCommand({ restApiId, stageName })));
        const found = it?.methodSettings?.[methodPath];
        return found && { restApi: restApiId, stageName, methodPath, settings: { ...found } };
    },
    async update(_id, inputs, cloud) {
        await patchMethodSettings(inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new apigateway.UpdateStageCommand({
                    restApiId: state.restApi,
                    stageName: state.stageName,
                    patchOperations: [{ op: "remove", path: `/${state.methodPath}` }],
                }),
            ),
        );
    },
};

async function setAccount(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new apigateway.UpdateAccountCommand({
            patchOperations: [replace("/cloudwatchRoleArn", inputs.cloudwatchRoleArn)],
        }),
    );
    return "api-gateway-account";
}

/** One for each account and region; it can't be made or deleted, only set. */
const account: ResourceType = {
    computed: ["apiKeyVersion", "features", "throttleSettings"],
    create: setAccount,
    async read(_id, cloud) {
        const it = await client(cloud).send(new apigateway.GetAccountCommand({}));
        return { cloudwatchRoleArn: it.cloudwatchRoleArn };
    },
    async update(_id, inputs, cloud) {
        await setAccount(inputs, cloud);
    },
    async delete() {},
};

export const apigatewayTypes: Record<string, ResourceType> = {
    "aws:apigateway/restApi:RestApi": restApi,
    "aws:apigateway/resource:Resource": resource,
    "aws:apigateway/method:Method": method,
    "aws:apigateway/methodResponse:MethodResponse": methodResponse,
    "aws:apigateway/integration:Integration": integration,
    "aws:apigateway/integrationResponse:IntegrationResponse": integrationResponse,
    "aws:apigateway/authorizer:Authorizer": authorizer,
    "aws:apigateway/requestValidator:RequestValidator": requestValidator,
    "aws:apigateway/model:Model": model,
    "aws:apigateway/response:Response": gatewayResponse,
    "aws:apigateway/deployment:Deployment": deployment,
    "aws:apigateway/stage:Stage": stage,
    "aws:apigateway/methodSettings:MethodSettings": methodSettings,
    "aws:apigateway/account:Account": account,
};
