import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import {
    CreateRepositoryCommand,
    DeleteRepositoryCommand,
    DescribeRepositoriesCommand,
    ECRClient,
    type ImageTagMutabilityExclusionFilter,
    PutImageCommand,
    PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateClusterCommand,
    CreateServiceCommand,
    DeleteClusterCommand,
    DeleteServiceCommand,
    DescribeServiceDeploymentsCommand,
    DescribeServicesCommand,
    ECSClient,
    ListServiceDeploymentsCommand,
    RegisterTaskDefinitionCommand,
    UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's repositories and services", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open();
    });
    after(() => world.close());

    it("keeps the exclusions from a repository's immutable tags, and tags that are not excluded", async () => {
        const ecr = world.client(ECRClient);
        const repositoryName = "agent";
        const excluding = (...filters: string[]) => ({
            imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" as const,
            imageTagMutabilityExclusionFilters: filters.map(
                (filter): ImageTagMutabilityExclusionFilter => ({ filterType: "WILDCARD", filter }),
            ),
        });
        const create = () => ecr.send(new CreateRepositoryCommand({ repositoryName, ...excluding("cache*") }));
        const filtersOf = async (client = ecr) => {
            const described = new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] });
            const { repositories = [] } = await client.send(described);
            return repositories[0]?.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter);
        };
        const { repository } = await create();
        expect(repository?.imageTagMutabilityExclusionFilters).to.deep.equal(
            excluding("cache*").imageTagMutabilityExclusionFilters,
        );
        expect(await filtersOf()).to.deep.equal(["cache*"]);
        expect(await filtersOf(world.past(ECRClient))).to.equal(undefined);

        const put = (imageTag: string, digit: string, client = ecr) => {
            const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
            const digest = `sha256:${digit.repeat(64)}`;
            const config = { mediaType: "application/vnd.docker.container.image.v1+json", size: 2, digest };
            const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] });
            return client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest }));
        };
        await put("v1", "a");
        await put("cache-v1", "a");
        await put("cache-v1", "b");
        expect(await refusalOf(put("v1", "b"))).to.deep.equal({
            code: "ImageTagAlreadyExistsException",
            message:
                "The image tag 'v1' already exists in the 'agent' repository and cannot be overwritten because the " +
                "repository is immutable.",
        });
        await put("v1", "b", world.past(ECRClient));

        await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...excluding("*-next", "dev") }));
        expect(await filtersOf()).to.deep.equal(["*-next", "dev"]);
        await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
        expect(await filtersOf()).to.equal(undefined);
        await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        await create();
        await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        expect(await filtersOf()).to.equal(undefined);
    });

    it("keeps whether a service evens its tasks out, and refuses a second one and to delete a cluster that has some", async () => {
        const ecs = world.client(ECSClient);
        const cluster = "stage";
        await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
        await ecs.send(
            new RegisterTaskDefinitionCommand({ family: "agent", containerDefinitions: [{ name: "a", image: "a" }] }),
        );
        const create = (serviceName: string, settings: object = {}) =>
            ecs.send(
                new CreateServiceCommand({
                    cluster,
                    serviceName,
                    taskDefinition: "agent",
                    desiredCount: 0,
                    ...settings,
                }),
            );
        const read = async (client = ecs) => {
            const { services = [] } = await client.send(
                new DescribeServicesCommand({ cluster, services: ["set", "unset"] }),
            );
            return services.map(({ availabilityZoneRebalancing }) => availabilityZoneRebalancing);
        };
        const { service } = await create("set", { availabilityZoneRebalancing: "DISABLED" });
        expect(service?.availabilityZoneRebalancing).to.equal("DISABLED");
        await create("unset");
        expect(await read()).to.deep.equal(["DISABLED", "ENABLED"]);
        await ecs.send(new UpdateServiceCommand({ cluster, service: "set", availabilityZoneRebalancing: "ENABLED" }));
        await ecs.send(new UpdateServiceCommand({ cluster, service: "unset", desiredCount: 0 }));
        expect(await read()).to.deep.equal(["ENABLED", "ENABLED"]);
        expect(await read(world.past(ECSClient))).to.deep.equal([undefined, undefined]);

        const tagsOf = async (client = ecs) => {
            const asked = new DescribeServicesCommand({ cluster, services: ["set"] });
            const { services: [service] = [] } = await client.send(asked);
            return [service?.propagateTags, service?.enableECSManagedTags];
        };
        const tagged = { propagateTags: "SERVICE", enableECSManagedTags: true } as const;
        await ecs.send(new UpdateServiceCommand({ cluster, service: "set", ...tagged }));
        expect(await tagsOf()).to.deep.equal(["SERVICE", true]);
        await ecs.send(new UpdateServiceCommand({ cluster, service: "set", desiredCount: 0 }));
        expect(await tagsOf()).to.deep.equal(["SERVICE", true]);
        expect(await tagsOf(world.past(ECSClient))).not.to.deep.equal(["SERVICE", true]);

        const again = new CreateServiceCommand({
            cluster,
            serviceName: "set",
            taskDefinition: "agent",
            desiredCount: 3,
        });
        expect(await refusalOf(ecs.send(again))).to.deep.equal({
            code: "InvalidParameterException",
            message: "Creation of service was not idempotent.",
        });
        expect((await refusalOf(world.past(ECSClient).send(again))).code).to.equal("ClientException");

        const removal = new DeleteClusterCommand({ cluster });
        expect(await refusalOf(ecs.send(removal))).to.deep.equal({
            code: "ClusterContainsServicesException",
            message: "The Cluster cannot be deleted while Services are active.",
        });
        await ecs.send(new DeleteServiceCommand({ cluster, service: "set" }));
        await world.past(ECSClient).send(removal);
        await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
        await ecs.send(new DeleteServiceCommand({ cluster, service: "unset" }));
        await ecs.send(removal);
    });

    it("lists a service's deployments, of which the AWS provider waits for one that is newer than its request", async () => {
        const ecs = world.client(ECSClient);
        const where = { cluster: "listed", service: "agent" };
        await ecs.send(new CreateClusterCommand({ clusterName: where.cluster }));
        await ecs.send(
            new RegisterTaskDefinitionCommand({ family: "listed", containerDefinitions: [{ name: "a", image: "a" }] }),
        );
        const { service } = await ecs.send(
            new CreateServiceCommand({
                cluster: where.cluster,
                serviceName: where.service,
                taskDefinition: "listed",
                desiredCount: 1,
            }),
        );
        const [, id = "no deployment"] = service?.deployments?.[0]?.id?.split("/") ?? [];
        const list = async (after: number, client = ecs) => {
            const asked = new ListServiceDeploymentsCommand({ ...where, createdAt: { after: new Date(after) } });
            return (await client.send(asked)).serviceDeployments ?? [];
        };
        const [listed, ...others] = await list(Date.now() - 60_000);
        expect(others).to.deep.equal([]);
        expect(listed?.targetServiceRevisionArn).to.match(new RegExp(`:service-revision/listed/agent/${id}$`));
        expect(await list(Date.now() + 60_000)).to.deep.equal([]);
        expect(await list(Date.now() - 60_000, world.past(ECSClient))).to.deep.equal([]);

        const arn = listed?.serviceDeploymentArn ?? "";
        const unknown = arn.replace(id, "unknown");
        const described = await ecs.send(
            new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn, unknown] }),
        );
        expect(described.serviceDeployments?.map(({ status }) => status)).to.deep.equal(["SUCCESSFUL"]);
        expect(described.failures).to.deep.equal([{ arn: unknown, reason: "MISSING" }]);
    });
});

describe("The gateway's services whose images can't be pulled", () => {
    let world: GatewayWorld;
    let docker: Server;
    before(async () => {
        docker = createServer(({ url = "" }, response) => {
            const body = url.endsWith("/version") ? { ApiVersion: "1.41" } : { message: "no such image" };
            const status = url.endsWith("/version") ? 200 : 500;
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        });
        await new Promise<void>((resolve) => docker.listen(0, "127.0.0.1", resolve));
        const { port } = docker.address() as AddressInfo;
        world = await GatewayWorld.open({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
    });
    after(async () => {
        await world?.close();
        docker?.close();
    });

    it("are steady once another deployment has replaced the one that failed", async () => {
        const ecs = world.client(ECSClient);
        const where = { cluster: "stage", service: "agent" };
        const register = new RegisterTaskDefinitionCommand({
            family: "agent",
            networkMode: "awsvpc",
            containerDefinitions: [{ name: "agent", image: "registry.example.com/agent", memory: 256 }],
        });
        const statesOf = async (client = ecs) => {
            const asked = new DescribeServicesCommand({ cluster: where.cluster, services: [where.service] });
            const { services: [service] = [] } = await client.send(asked);
            return service?.deployments?.map(({ status, rolloutState }) => `${status} ${rolloutState}`);
        };
        await ecs.send(new CreateClusterCommand({ clusterName: where.cluster }));
        await ecs.send(register);
        await ecs.send(
            new CreateServiceCommand({
                cluster: where.cluster,
                serviceName: where.service,
                taskDefinition: "agent",
                desiredCount: 1,
                deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
            }),
        );
        while ((await statesOf())?.[0] !== "PRIMARY FAILED") {
            await setTimeout(100);
        }
        const { serviceDeployments: [failed] = [] } = await ecs.send(new ListServiceDeploymentsCommand(where));
        expect(failed?.status).to.equal("STOPPED");
        await ecs.send(register);
        const update = new UpdateServiceCommand({ ...where, taskDefinition: "agent:2", desiredCount: 0 });
        const { service } = await ecs.send(update);
        expect(service?.deployments).to.have.length(1);
        expect(await statesOf()).to.deep.equal(["PRIMARY COMPLETED"]);
        expect(await statesOf(world.past(ECSClient))).to.deep.equal(["PRIMARY COMPLETED", "ACTIVE FAILED"]);
        const { serviceDeployments: all = [] } = await ecs.send(new ListServiceDeploymentsCommand(where));
        expect(all.map(({ status }) => status)).to.have.members(["SUCCESSFUL", "STOPPED"]);
    });
});
