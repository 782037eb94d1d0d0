/** Images, functions, the API and the agent service, for programs in any language. */
import * as pulumi from "@pulumi/pulumi";
import { grantPull } from "../components/image.ts";
import {
    type ApiOperation,
    type Permission,
    type Sidecar,
    StoryAgentService,
    type StoryAgentServiceArgs,
    StoryApi,
    type StoryApiArgs,
    type StoryFunction,
    type StoryFunctionArgs,
    StoryImage,
    type StoryImageArgs,
    StoryLambdas,
    type StoryLambdasArgs,
    type TaskSecret,
} from "../components/index.ts";
import { type Data, defineComponent, grantPermissions } from "./component.ts";

/** Outputs of {@link StoryImage}. */
export interface StoryImageOutputs {
    /** The image as `ADDRESS@sha256:DIGEST`. */
    ref: pulumi.Output<string>;
    /** The image's digest, `sha256:...`. */
    digest: pulumi.Output<string>;
    /** The repository's address, without scheme, tag or digest. */
    repositoryUrl: pulumi.Output<string>;
    repositoryArn: pulumi.Output<string>;
}

export const image = defineComponent<Data<StoryImageArgs>, StoryImageOutputs>((name, inputs, opts) => {
    const component = new StoryImage(name, inputs, opts);
    const { ref, digest, repositoryUrl, repository } = component;
    return { component, outputs: { ref, digest, repositoryUrl, repositoryArn: repository.arn } };
});

/** One function of {@link StoryLambdas}. */
export interface FunctionInputs extends StoryFunctionArgs {
    /**
     * The function's permissions beside writing logs, traces and dead letters.
     *
     * @default nothing
     * @example [{ actions: ["dynamodb:PutItem"], resources: [data.tableArn] }]
     */
    permissions?: Permission[];
}

/** Arguments of {@link StoryLambdas}. */
export interface StoryLambdasInputs extends Omit<Data<StoryLambdasArgs>, "functions"> {
    /**
     * The functions, by the short name that their logical names carry, for example `text`.
     *
     * @example { tell: { functionName: "shop-tell", image: image.ref } }
     */
    functions: Record<string, FunctionInputs>;
}

/** The outputs of a function. */
export interface LiveFunction {
    functionName: pulumi.Output<string>;
    /** The name of the alias that callers call. */
    aliasName: pulumi.Output<string>;
    aliasArn: pulumi.Output<string>;
    /** The address by which an API Gateway calls the alias. */
    invokeArn: pulumi.Output<string>;
    /** The role that the function runs with. */
    roleName: pulumi.Output<string>;
    logGroupName: pulumi.Output<string>;
    /** The queue of asynchronous events that failed twice. */
    deadLetterQueueName: pulumi.Output<string>;
}

/** Outputs of {@link StoryLambdas}. */
export interface StoryLambdasOutputs {
    /** The functions, by their short names. */
    liveFunctions: Record<string, LiveFunction>;
}

export const lambdas = defineComponent<StoryLambdasInputs, StoryLambdasOutputs>((name, inputs, opts) => {
    const component = new StoryLambdas(name, inputs, opts);
    for (const [key, storyFunction] of Object.entries(component.functions)) {
        grantPermissions(storyFunction, inputs.functions[key]?.permissions);
    }
    const outputs = Object.entries(component.functions).map(([key, storyFunction]) => [key, outputsOf(storyFunction)]);
    return { component, outputs: { liveFunctions: Object.fromEntries(outputs) } };
});

function outputsOf({ function: it, alias, role, logGroup, deadLetterQueue }: StoryFunction): LiveFunction {
    return {
        functionName: it.name,
        aliasName: alias.name,
        aliasArn: alias.arn,
        invokeArn: alias.invokeArn,
        roleName: role.name,
        logGroupName: logGroup.name,
        deadLetterQueueName: deadLetterQueue.name,
    };
}

/**
 * Unused properties of a {@link LiveFunction}: Pulumi's YAML checks types, and accepts a function of `liveFunctions` as a value
 * only where all its properties are allowed.
 */
export interface UnusedFunctionOutputs {
    /** As `liveFunctions` has it; not needed here. */
    aliasArn?: pulumi.Input<string>;
    /** As `liveFunctions` has it; not needed here. */
    roleName?: pulumi.Input<string>;
    /** As `liveFunctions` has it; not needed here. */
    logGroupName?: pulumi.Input<string>;
}

/** A function behind an API, called by its alias: one of the `liveFunctions` of a `StoryLambdas`, or another. */
export interface ApiFunctionInputs extends UnusedFunctionOutputs {
    functionName: pulumi.Input<string>;
    aliasName: pulumi.Input<string>;
    invokeArn: pulumi.Input<string>;
    /** As `liveFunctions` has it; not needed here. @example lambdas.functions.tell.deadLetterQueue.name */
    deadLetterQueueName?: pulumi.Input<string>;
}

/** One operation of {@link StoryApi}: a method of a path. */
export interface ApiOperationInputs extends Omit<ApiOperation, "function"> {
    /** The function that answers. @example lambdas.liveFunctions.read */
    function: pulumi.Input<ApiFunctionInputs>;
}

/** Arguments of {@link StoryApi}. */
export interface StoryApiInputs extends Omit<Data<StoryApiArgs>, "operations"> {
    /**
     * The operations; no two have the same path and method.
     *
     * @example [{ path: "/stories/{id}", method: "GET", name: "read", function: lambdas.liveFunctions.read }]
     */
    operations: ApiOperationInputs[];
}

/** Outputs of {@link StoryApi}. */
export interface StoryApiOutputs {
    /** The API's address with its stage, without a slash at the end. */
    endpoint: pulumi.Output<string>;
    /** The address of each operation, by its name. */
    operationEndpoints: Record<string, pulumi.Output<string>>;
    restApiId: pulumi.Output<string>;
    restApiName: pulumi.Output<string>;
    stageName: pulumi.Output<string>;
}

export const api = defineComponent<StoryApiInputs, StoryApiOutputs>((name, inputs, opts) => {
    const operations = inputs.operations.map(({ function: functionInputs, ...operation }) => {
        const { functionName, aliasName, invokeArn } = pulumi.output(functionInputs);
        const alias = { functionName, name: aliasName, invokeArn };
        return { ...operation, function: { alias } };
    });
    const component = new StoryApi(name, { ...inputs, operations }, opts);
    const { endpoint, operationEndpoints, restApi, stage } = component;
    const outputs = {
        endpoint,
        operationEndpoints,
        restApiId: restApi.id,
        restApiName: restApi.name,
        stageName: stage.stageName,
    };
    return { component, outputs };
});

/** An image that tasks run, such as the outputs of {@link StoryImage}. */
export interface TaskImageInputs {
    /** The image by digest, `ADDRESS@sha256:DIGEST`. @example image.ref */
    ref: pulumi.Input<string>;
    /**
     * The ECR repository that it is pulled from.
     *
     * @default none; anybody may pull it, or `executionPermissions` say that ECS may
     * @example image.repositoryArn
     */
    repositoryArn?: pulumi.Input<string>;
}

/** A container beside the service's own in each task. */
export interface SidecarInputs extends Omit<Sidecar, "secrets"> {
    /**
     * Environment variables that ECS reads from Secrets Manager as a task starts, as in the service's own.
     *
     * @default none
     * @example { API_KEY: data.ttsApiKeyReference }
     */
    secrets?: Record<string, pulumi.Input<string>>;
}

/** Arguments of {@link StoryAgentService}. */
export interface StoryAgentServiceInputs extends Omit<Data<StoryAgentServiceArgs>, "image" | "secrets" | "sidecars"> {
    /** The image that tasks run. @example { ref: image.ref, repositoryArn: image.repositoryArn } */
    image: TaskImageInputs;
    /**
     * Environment variables that ECS reads from Secrets Manager as a task starts, by the secrets' ARNs, each with
     * `:::VERSION-ID` after it where a new version shall start new tasks.
     *
     * @default none
     * @example { API_KEY: data.ttsApiKeyReference }
     */
    secrets?: Record<string, pulumi.Input<string>>;
    /**
     * Containers beside the service's own in each task.
     *
     * @default none
     * @example [{ name: "collector", image: "otel/collector@sha256:...", memory: 128 }]
     */
    sidecars?: SidecarInputs[];
    /** The permissions of tasks. @default nothing @example [{ actions: ["dynamodb:PutItem"], resources: [data.tableArn] }] */
    permissions?: Permission[];
}

/** Outputs of {@link StoryAgentService}; there are none where it is not enabled. */
export interface StoryAgentServiceOutputs {
    clusterName?: pulumi.Output<string>;
    serviceName?: pulumi.Output<string>;
    loadBalancerArn?: pulumi.Output<string>;
    loadBalancerDnsName?: pulumi.Output<string>;
    /** The last part of the load balancer's ARN, as CloudWatch names it. */
    loadBalancerArnSuffix?: pulumi.Output<string>;
    /** The last part of the target group's ARN, as CloudWatch names it. */
    targetGroupArnSuffix?: pulumi.Output<string>;
    /** The role that tasks run with. */
    taskRoleName?: pulumi.Output<string>;
    logGroupName?: pulumi.Output<string>;
}

/** A secret from its ARN, with or without a version after it. */
function secretOf(reference: pulumi.Input<string>): TaskSecret {
    const parts = pulumi.output(reference).apply((it) => /^(.+:secret:[^:]+):::(.+)$/.exec(it) ?? [it, it]);
    return { arn: parts.apply(([, arn = ""]) => arn), versionId: parts.apply(([, , version]) => version) };
}

function secretsOf(references: Record<string, pulumi.Input<string>> = {}): Record<string, TaskSecret> {
    return Object.fromEntries(Object.entries(references).map(([key, reference]) => [key, secretOf(reference)]));
}

export const agentService = defineComponent<StoryAgentServiceInputs, StoryAgentServiceOutputs>((name, inputs, opts) => {
    const { image, secrets, sidecars, permissions, ...args } = inputs;
    const component = new StoryAgentService(
        name,
        {
            ...args,
            image: {
                ref: image.ref,
                grantPull: (grantee) =>
                    image.repositoryArn === undefined
                        ? undefined
                        : grantPull(image.repositoryArn, grantee, { parent: grantee.role }),
            },
            secrets: secretsOf(secrets),
            sidecars: sidecars?.map((sidecar) => ({ ...sidecar, secrets: secretsOf(sidecar.secrets) })),
        },
        opts,
    );
    const { nodes } = component;
    if (!nodes) {
        return { component, outputs: {} };
    }
    grantPermissions(component, permissions);
    const outputs = {
        clusterName: nodes.cluster.name,
        serviceName: nodes.service.name,
        loadBalancerArn: nodes.loadBalancer.arn,
        loadBalancerDnsName: nodes.loadBalancer.dnsName,
        loadBalancerArnSuffix: nodes.loadBalancer.arnSuffix,
        targetGroupArnSuffix: nodes.targetGroup.arnSuffix,
        taskRoleName: nodes.taskRole.name,
        logGroupName: nodes.logGroup.name,
    };
    return { component, outputs };
});
