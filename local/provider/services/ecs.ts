import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, required, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(ecs.ECSClient);
const registry = (cloud: Clients) => cloud.of(ecr.ECRClient);
const ecsTags = (tags: Properties | undefined) =>
    Object.entries(tags ?? {}).map(([key, value]) => ({ key, value: String(value) }));

const repository: ResourceType = {
    replaceOn: ["name"],
    deleteFirst: true,
    computed: ["arn", "registryId", "repositoryUrl"],
    notEmulated: ["imageTagMutabilityExclusionFilters"],
    writeOnly: ["forceDelete"],
    async create(inputs, cloud) {
        const made = await registry(cloud).send(
            new ecr.CreateRepositoryCommand({
                repositoryName: inputs.name,
                imageTagMutability: inputs.imageTagMutability,
                imageTagMutabilityExclusionFilters: inputs.imageTagMutabilityExclusionFilters,
                imageScanningConfiguration: inputs.imageScanningConfiguration,
                tags: tagList(inputs.tags),
            }),
        );
        return required(made.repository?.repositoryName, "repository name");
    },
    async read(id, cloud) {
        const found = await ifThere(
            registry(cloud).send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [id] })),
        );
        const it = only(found?.repositories);
        if (!it) {
            return undefined;
        }
        const { tags } = await registry(cloud).send(
            new ecr.ListTagsForResourceCommand({ resourceArn: it.repositoryArn }),
        );
        return {
            arn: it.repositoryArn,
            name: it.repositoryName,
            registryId: it.registryId,
            repositoryUrl: it.repositoryUri,
            imageTagMutability: it.imageTagMutability,
            imageScanningConfiguration: it.imageScanningConfiguration && { ...it.imageScanningConfiguration },
            tags: tagMap(tags),
        };
    },
    async update(id, inputs, cloud, old) {
        await registry(cloud).send(
            new ecr.PutImageTagMutabilityCommand({
                repositoryName: id,
                imageTagMutability: inputs.imageTagMutability ?? "MUTABLE",
                imageTagMutabilityExclusionFilters: inputs.imageTagMutabilityExclusionFilters,
            }),
        );
        await registry(cloud).send(
            new ecr.PutImageScanningConfigurationCommand({
                repositoryName: id,
                imageScanningConfiguration: inputs.imageScanningConfiguration ?? { scanOnPush: false },
            }),
        );
        await registry(cloud).send(new ecr.TagResourceCommand({ resourceArn: old.arn, tags: tagList(inputs.tags) }));
    },
    async delete(id, cloud, state) {
        await ifThere(
            registry(cloud).send(new ecr.DeleteRepositoryCommand({ repositoryName: id, force: state.forceDelete })),
        );
    },
};

async function putLifecycle(inputs: Properties, cloud: Clients): Promise<string> {
    await registry(cloud).send(
        new ecr.PutLifecyclePolicyCommand({ repositoryName: inputs.repository, lifecyclePolicyText: inputs.policy }),
    );
    return inputs.repository;
}

const lifecyclePolicy: ResourceType = {
    replaceOn: ["repository"],
    computed: ["registryId"],
    create: putLifecycle,
    async read(id, cloud) {
        const it = await ifThere(registry(cloud).send(new ecr.GetLifecyclePolicyCommand({ repositoryName: id })));
        return it && { repository: id, policy: it.lifecyclePolicyText, registryId: it.registryId };
    },
    async update(_id, inputs, cloud) {
        await putLifecycle(inputs, cloud);
    },
    async delete(id, cloud) {
        await ifThere(registry(cloud).send(new ecr.DeleteLifecyclePolicyCommand({ repositoryName: id })));
    },
};

async function clusterOf(id: string, cloud: Clients): Promise<ecs.Cluster | undefined> {
    const found = await ifThere(
        client(cloud).send(new ecs.DescribeClustersCommand({ clusters: [id], include: ["SETTINGS", "TAGS"] })),
    );
    const it = only(found?.clusters);
    return it?.status === "INACTIVE" ? undefined : it;
}

const cluster: ResourceType = {
    replaceOn: ["name"],
    deleteFirst: true,
    computed: ["arn"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ecs.CreateClusterCommand({
                clusterName: inputs.name,
                settings: inputs.settings,
                tags: ecsTags(inputs.tags),
            }),
        );
        return required(made.cluster?.clusterArn, "cluster ARN");
    },
    async read(id, cloud) {
        const it = await clusterOf(id, cloud);
        return it && { arn: it.clusterArn, name: it.clusterName, settings: it.settings, tags: tagMap(it.tags) };
    },
    idOf: ({ arn }) => arn,
    async update(id, inputs, cloud, old) {
        await client(cloud).send(new ecs.UpdateClusterSettingsCommand({ cluster: id, settings: inputs.settings }));
        await client(cloud).send(new ecs.TagResourceCommand({ resourceArn: old.arn, tags: ecsTags(inputs.tags) }));
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ecs.DeleteClusterCommand({ cluster: id })));
    },
};

async function putCapacityProviders(inputs: Properties, cloud: Clients): Promise<string> {
    await client(cloud).send(
        new ecs.PutClusterCapacityProvidersCommand({
            cluster: inputs.clusterName,
            capacityProviders: inputs.capacityProviders,
            defaultCapacityProviderStrategy: inputs.defaultCapacityProviderStrategies ?? [],
        }),
    );
    return inputs.clusterName;
}

const capacityProviders: ResourceType = {
    replaceOn: ["clusterName"],
    create: putCapacityProviders,
    async read(id, cloud) {
        const it = await clusterOf(id, cloud);
        return it && { clusterName: it.clusterName, capacityProviders: it.capacityProviders };
    },
    async update(_id, inputs, cloud) {
        await putCapacityProviders(inputs, cloud);
    },
    // They go with their cluster.
    async delete() {},
};

const taskDefinition: ResourceType = {
    computed: ["arn", "arnWithoutRevision", "revision"],
    writeOnly: ["containerDefinitions", "skipDestroy", "trackLatest"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ecs.RegisterTaskDefinitionCommand({
                family: inputs.family,
                requiresCompatibilities: inputs.requiresCompatibilities,
                networkMode: inputs.networkMode,
                cpu: inputs.cpu,
                memory: inputs.memory,
                runtimePlatform: inputs.runtimePlatform,
                executionRoleArn: inputs.executionRoleArn,
                taskRoleArn: inputs.taskRoleArn,
                volumes: inputs.volumes,
                containerDefinitions: JSON.parse(inputs.containerDefinitions),
                tags: ecsTags(inputs.tags),
            }),
        );
        return required(made.taskDefinition?.taskDefinitionArn, "task definition ARN");
    },
    async read(id, cloud, known) {
        const taskDefinitionName = known.arn ?? id;
        const found = await ifThere(
            client(cloud).send(
                new ecs.DescribeTaskDefinitionCommand({ taskDefinition: taskDefinitionName, include: ["TAGS"] }),
            ),
        );
        const it = found?.taskDefinition;
        if (!it?.taskDefinitionArn || it.status === "INACTIVE") {
            return undefined;
        }
        return {
            arn: it.taskDefinitionArn,
            arnWithoutRevision: it.taskDefinitionArn.slice(0, it.taskDefinitionArn.lastIndexOf(":")),
            revision: it.revision,
            family: it.family,
            requiresCompatibilities: it.requiresCompatibilities,
            networkMode: it.networkMode,
            cpu: it.cpu,
            memory: it.memory,
            runtimePlatform: it.runtimePlatform && { ...it.runtimePlatform },
            executionRoleArn: it.executionRoleArn,
            taskRoleArn: it.taskRoleArn,
            volumes: it.volumes?.map((volume) => ({ name: volume.name })),
            containerDefinitions: JSON.stringify(it.containerDefinitions ?? []),
            tags: tagMap(found?.tags),
        };
    },
    async delete(id, cloud, state) {
        await ifThere(client(cloud).send(new ecs.DeregisterTaskDefinitionCommand({ taskDefinition: state.arn ?? id })));
    },
};

/** The settings of a service that create and update share. */
function serviceSettings(inputs: Properties) {
    const { networkConfiguration: network, deploymentCircuitBreaker: breaker } = inputs;
    return {
        cluster: inputs.cluster,
        taskDefinition: inputs.taskDefinition,
        desiredCount: inputs.desiredCount,
        platformVersion: inputs.platformVersion,
        healthCheckGracePeriodSeconds: inputs.healthCheckGracePeriodSeconds,
        deploymentConfiguration: {
            minimumHealthyPercent: inputs.deploymentMinimumHealthyPercent,
            maximumPercent: inputs.deploymentMaximumPercent,
            deploymentCircuitBreaker: breaker && { enable: breaker.enable, rollback: breaker.rollback },
        },
        networkConfiguration: network && {
            awsvpcConfiguration: {
                subnets: network.subnets,
                securityGroups: network.securityGroups,
                assignPublicIp: network.assignPublicIp ? ("ENABLED" as const) : ("DISABLED" as const),
            },
        },
        loadBalancers: inputs.loadBalancers,
        enableECSManagedTags: inputs.enableEcsManagedTags,
        propagateTags: inputs.propagateTags,
    };
}

const service: ResourceType = {
    idOf: ({ arn }) => arn,
    replaceOn: ["cluster", "name", "launchType"],
    deleteFirst: true,
    computed: ["arn"],
    writeOnly: ["waitForSteadyState", "platformVersion"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ecs.CreateServiceCommand({
                serviceName: inputs.name,
                launchType: inputs.launchType,
                tags: ecsTags(inputs.tags),
                ...serviceSettings(inputs),
            }),
        );
        return required(made.service?.serviceArn, "service ARN");
    },
    async read(id, cloud, known) {
        const [clusterName, serviceName] = id.startsWith("arn:") ? [known.cluster, id] : id.split("/");
        const found = await ifThere(
            client(cloud).send(
                new ecs.DescribeServicesCommand({
                    cluster: clusterName,
                    services: [serviceName ?? id],
                    include: ["TAGS"],
                }),
            ),
        );
        const it = only(found?.services);
        if (!it || it.status === "INACTIVE") {
            return undefined;
        }
        const network = it.networkConfiguration?.awsvpcConfiguration;
        const deployment = it.deploymentConfiguration;
        return {
            arn: it.serviceArn,
            name: it.serviceName,
            cluster: it.clusterArn,
            taskDefinition: it.taskDefinition,
            launchType: it.launchType,
            desiredCount: it.desiredCount,
            healthCheckGracePeriodSeconds: it.healthCheckGracePeriodSeconds,
            deploymentMinimumHealthyPercent: deployment?.minimumHealthyPercent,
            deploymentMaximumPercent: deployment?.maximumPercent,
            deploymentCircuitBreaker: deployment?.deploymentCircuitBreaker && {
                enable: deployment.deploymentCircuitBreaker.enable,
                rollback: deployment.deploymentCircuitBreaker.rollback,
            },
            networkConfiguration: network && {
                subnets: network.subnets,
                securityGroups: network.securityGroups,
                assignPublicIp: network.assignPublicIp === "ENABLED",
            },
            loadBalancers: it.loadBalancers?.map(({ targetGroupArn, containerName, containerPort }) => ({
                targetGroupArn,
                containerName,
                containerPort,
            })),
            tags: tagMap(it.tags),
        };
    },
    async update(_id, inputs, cloud, old) {
        // A count that stays as it is recorded is not sent: somebody may have paused the service meanwhile.
        const { desiredCount, ...others } = serviceSettings(inputs);
        const changed = desiredCount === old.desiredCount ? {} : { desiredCount };
        await client(cloud).send(new ecs.UpdateServiceCommand({ service: inputs.name, ...others, ...changed }));
        await client(cloud).send(new ecs.TagResourceCommand({ resourceArn: old.arn, tags: ecsTags(inputs.tags) }));
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new ecs.DeleteServiceCommand({ cluster: state.cluster, service: state.name, force: true }),
            ),
        );
    },
};

export const ecsTypes: Record<string, ResourceType> = {
    "aws:ecr/repository:Repository": repository,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy,
    "aws:ecs/cluster:Cluster": cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": capacityProviders,
    "aws:ecs/taskDefinition:TaskDefinition": taskDefinition,
    "aws:ecs/service:Service": service,
};
