import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { StoryAgentService, type StoryAgentServiceArgs, StoryImage } from "../../../components/index.ts";
import { modes, type RunOptions, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const image = { ref: `repository@sha256:${"a".repeat(64)}`, grantPull: () => {} };
const network = {
    vpcId: "vpc-1",
    publicSubnetIds: ["public-1", "public-2"],
    isolatedSubnetIds: ["isolated-1", "isolated-2"],
};

async function agent(change: Partial<StoryAgentServiceArgs> = {}, options: RunOptions = {}) {
    const { resources } = await run(
        () => new StoryAgentService("agent", { ...naming, image, network, ...change }),
        options,
    );
    return resources;
}

/** The problems of arguments that are otherwise well. */
async function problemsOf(change: Partial<StoryAgentServiceArgs>): Promise<string> {
    try {
        await agent(change);
    } catch (error) {
        return String(error);
    }
    return "";
}

describe("StoryAgentService", () => {
    for (const options of modes) {
        it(`has the names that a deployment has (${options.mode})`, async () => {
            const made = await agent({}, options);
            expect(made.one("aws:ecs/cluster:Cluster").inputs.name).to.equal("story-42-ecs-cluster-dev");
            expect(made.one("aws:ecs/service:Service").inputs.name).to.equal("story-generator");
            expect(made.one("aws:cloudwatch/logGroup:LogGroup").inputs.name).to.equal("/ecs/story-42-dev");
            expect(made.one("aws:lb/loadBalancer:LoadBalancer").inputs.name).to.equal("story-42-alb-dev");
            expect(made.ofType("aws:iam/role:Role").map((role) => role.inputs.name)).to.have.members([
                "story-42-ecs-task-dev",
                "story-42-ecs-task-execution-dev",
            ]);
        });

        it(`runs tasks in the public subnets behind a balancer in the isolated ones (${options.mode})`, async () => {
            const made = await agent({}, options);
            const service = made.one("aws:ecs/service:Service").inputs;
            expect(service.networkConfiguration).to.deep.include({
                subnets: ["public-1", "public-2"],
                assignPublicIp: true,
            });
            const balancer = made.one("aws:lb/loadBalancer:LoadBalancer").inputs;
            expect(balancer).to.deep.include({ internal: true, subnets: ["isolated-1", "isolated-2"] });
            const ingress = made.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
            expect(ingress.flatMap((rule) => Object.keys(rule.inputs))).to.not.include("cidrIpv4");
            expect(ingress.find((rule) => rule.name === "agent-alb-from-cloudfront")?.inputs.prefixListId).to.equal(
                "pl-3b927c52",
            );
        });

        it(`deploys a changed image through the task definition to the service (${options.mode})`, async () => {
            const { resources } = await run(() => {
                const built = new StoryImage("agent-image", {
                    ...naming,
                    repositoryName: "story-42-story-generator-dev",
                    context: ".",
                    dockerfile: "docker/story-generator/Dockerfile",
                    platform: "linux/amd64",
                });
                return new StoryAgentService("agent", { ...naming, image: built, network });
            }, options);
            const definition = resources.one("aws:ecs/taskDefinition:TaskDefinition");
            const imageName = resources.one("docker-build:index:Image").name;
            expect(definition.inputFrom("containerDefinitions")).to.include(imageName);
            expect(resources.one("aws:ecs/service:Service").inputFrom("taskDefinition")).to.include(definition.name);
        });
    }

    it("tells the container its environment in the same order, however a program names it", async () => {
        const environmentOf = async (variables: Record<string, string>) => {
            const made = await agent({ variables });
            const [container] = JSON.parse(
                made.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
            );
            return container.environment;
        };
        const one = await environmentOf({ LOG_LEVEL: "INFO", AUTH_ENABLED: "true" });
        expect(await environmentOf({ AUTH_ENABLED: "true", LOG_LEVEL: "INFO" })).to.deep.equal(one);
        expect(one).to.deep.include({ name: "PORT", value: "8000" });
    });

    it("lets the execution role read the secrets that tasks are given, and no others", async () => {
        const { resources } = await run(() => {
            const key = new aws.secretsmanager.Secret("tts", { name: "tts-key" });
            return new StoryAgentService("agent", {
                ...naming,
                image,
                network,
                secrets: { TECH42_TTS_API_KEY: key },
            });
        });
        const policy = resources.one("aws:iam/rolePolicy:RolePolicy", "agent-execution-secrets");
        const secretArn = "arn:aws:mock:us-east-1:123456789012:Secret/tts-key";
        expect(JSON.parse(policy.inputs.policy).Statement).to.deep.equal([
            { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [secretArn] },
        ]);
        const [container] = JSON.parse(
            resources.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
        );
        expect(container.secrets).to.deep.equal([{ name: "TECH42_TTS_API_KEY", valueFrom: secretArn }]);
        // A task can't start before its role may read its secrets.
        expect(resources.one("aws:ecs/service:Service").dependsOn).to.include(policy.name);
    });

    it("gives tasks the version of a secret that it is given, which the role may read in any", async () => {
        const { resources } = await run(() => {
            const arn = pulumi.output("arn:aws:secretsmanager:us-east-1:1:secret:tts-AbCdEf");
            const secrets = { KEY: { arn, versionId: pulumi.output("v2") } };
            return new StoryAgentService("agent", { ...naming, image, network, secrets });
        });
        const [container] = JSON.parse(
            resources.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
        );
        expect(container.secrets[0].valueFrom).to.equal("arn:aws:secretsmanager:us-east-1:1:secret:tts-AbCdEf:::v2");
        const policy = resources.one("aws:iam/rolePolicy:RolePolicy", "agent-execution-secrets").inputs.policy;
        expect(policy).to.include("secret:tts-AbCdEf").and.not.include(":::v2");
    });

    it("starts no task before its role may pull the image", async () => {
        const { resources } = await run(() => {
            const built = new StoryImage("agent-image", {
                ...naming,
                repositoryName: "agent",
                existingImage: image.ref,
            });
            return new StoryAgentService("agent", { ...naming, image: built, network });
        });
        expect(resources.one("aws:ecs/service:Service").dependsOn).to.include("agent-image-agent-execution-image");
    });

    it("has task definitions of its own among those of the account", async () => {
        const definition = (await agent()).one("aws:ecs/taskDefinition:TaskDefinition");
        const { family, containerDefinitions } = definition.inputs;
        expect(family).to.equal("story-42-story-generator-dev");
        // Those that were made in another family stay in it.
        expect(definition.ignoreChanges).to.deep.equal(["family"]);
        const [{ logConfiguration }] = JSON.parse(containerDefinitions);
        expect(logConfiguration.options["awslogs-stream-prefix"]).to.equal("story-generator");
    });

    it("names the target group of another port otherwise, since both are there until the listener has moved", async () => {
        const groupName = async (change: Partial<StoryAgentServiceArgs>) =>
            (await agent(change)).one("aws:lb/targetGroup:TargetGroup").inputs.name;
        expect(await groupName({})).to.equal("story-42-tg-dev");
        expect(await groupName({ port: 8080 })).to.equal("story-42-tg-dev-8080");
        expect(await groupName({ port: 65_535, environment: "a-rather-long-one" })).to.have.lengthOf.at.most(32);
    });

    it("protects the balancer where asked, so that a preview already refuses", async () => {
        expect((await agent({ protect: true })).one("aws:lb/loadBalancer:LoadBalancer").protect).to.equal(true);
        expect((await agent()).one("aws:lb/loadBalancer:LoadBalancer").protect).to.equal(false);
    });

    it("lets nothing count the tasks that could not move them", async () => {
        const made = await agent({ desiredCount: 3, autoscaling: { min: 3, max: 3 } });
        expect(made.all.filter((one) => one.type.startsWith("aws:appautoscaling"))).to.be.empty;
    });

    it("keeps idle connections for less time than the service does", async () => {
        const { idleTimeout } = (await agent()).one("aws:lb/loadBalancer:LoadBalancer").inputs;
        expect(idleTimeout).to.be.below(130);
    });

    it("gives roles no wildcard", async () => {
        const made = await agent();
        const statements = made
            .ofType("aws:iam/rolePolicy:RolePolicy")
            .flatMap((policy) => JSON.parse(policy.inputs.policy).Statement);
        expect(statements).to.not.be.empty;
        for (const statement of statements) {
            expect([statement.Action].flat().filter((action: string) => action.includes("*"))).to.deep.equal([]);
            expect([statement.Resource].flat()).to.not.include("*");
        }
    });

    it("tags every child that can carry tags", async () => {
        const made = await agent({ tags: { Team: "stories" } });
        const tagged = made.all.filter(
            (one) =>
                /:(Cluster|LogGroup|Role|TaskDefinition|SecurityGroup|LoadBalancer|TargetGroup|Listener|Service)$/.test(
                    one.type,
                ) && one.type.startsWith("aws:"),
        );
        expect(tagged).to.have.lengthOf(11);
        for (const one of tagged) {
            expect(one.inputs.tags, one.name).to.include({
                Project: "story-42",
                Environment: "dev",
                ManagedBy: "Pulumi",
                Team: "stories",
            });
        }
    });

    it("makes nothing when it is not enabled", async () => {
        const made = await agent({ enabled: false });
        expect(made.all.map((one) => one.type)).to.deep.equal(["story42:index:StoryAgentService"]);
    });

    it("stops at a desired count of 0, and scaling does not start it again", async () => {
        const made = await agent({ desiredCount: 0, autoscaling: { min: 1, max: 2 } });
        const service = made.one("aws:ecs/service:Service");
        expect(service.inputs.desiredCount).to.equal(0);
        expect(service.ignoreChanges).to.not.include("desiredCount");
        expect(made.ofType("aws:appautoscaling/target:Target")).to.be.empty;
    });

    it("scales between its bounds, and stops by the clock where asked", async () => {
        const nightStop = { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "Europe/Berlin" };
        const made = await agent({ autoscaling: { min: 2, max: 4 }, nightStop });
        expect(made.one("aws:appautoscaling/target:Target").inputs).to.include({ minCapacity: 2, maxCapacity: 4 });
        const actions = made.ofType("aws:appautoscaling/scheduledAction:ScheduledAction").map((one) => one.inputs);
        expect(actions.map((one) => [one.schedule, one.timezone, one.scalableTargetAction])).to.deep.equal([
            [nightStop.stop, "Europe/Berlin", { minCapacity: 0, maxCapacity: 0 }],
            [nightStop.start, "Europe/Berlin", { minCapacity: 2, maxCapacity: 4 }],
        ]);
    });

    it("mounts file systems of EFS where they are asked for, and nothing but /tmp else", async () => {
        const taskOf = async (change: Partial<StoryAgentServiceArgs>) => {
            const { volumes, containerDefinitions } = (await agent(change)).one(
                "aws:ecs/taskDefinition:TaskDefinition",
            ).inputs;
            return { volumes, mountPoints: JSON.parse(containerDefinitions)[0].mountPoints };
        };
        const tmp = { sourceVolume: "tmp", containerPath: "/tmp", readOnly: false };
        expect(await taskOf({})).to.deep.equal({ volumes: [{ name: "tmp" }], mountPoints: [tmp] });
        const fileSystems = [
            { path: "/data", fileSystemId: "fs-1" },
            { path: "/models", fileSystemId: "fs-2", accessPointId: "fsap-2" },
        ];
        const { volumes, mountPoints } = await taskOf({ fileSystems });
        const transitEncryption = "ENABLED";
        expect(volumes.slice(1)).to.deep.equal([
            { name: "efs-1", efsVolumeConfiguration: { fileSystemId: "fs-1", transitEncryption } },
            {
                name: "efs-2",
                efsVolumeConfiguration: {
                    fileSystemId: "fs-2",
                    transitEncryption,
                    authorizationConfig: { accessPointId: "fsap-2" },
                },
            },
        ]);
        expect(mountPoints.slice(1)).to.deep.equal([
            { sourceVolume: "efs-1", containerPath: "/data", readOnly: false },
            { sourceVolume: "efs-2", containerPath: "/models", readOnly: false },
        ]);
        expect(await problemsOf({ fileSystems: [{ path: "/tmp", fileSystemId: "fs-1" }] })).to.match(/path twice, or/);
    });

    describe("with a container of one's own", () => {
        const containersOf = async (change: Partial<StoryAgentServiceArgs>) =>
            JSON.parse((await agent(change)).one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions);

        it("asks by Node for /health, as a user without rights, where nothing else is said", async () => {
            const [container, ...others] = await containersOf({});
            expect(others).to.be.empty;
            expect(container).to.include({ user: "65532:65532", readonlyRootFilesystem: true, cpu: 512, memory: 1024 });
            expect(container.healthCheck.command.slice(0, 3)).to.deep.equal(["CMD", "node", "-e"]);
            expect(container.healthCheck.command[3]).to.contain("http://127.0.0.1:8000/health");
        });

        it("asks another path, of the balancer as of the container", async () => {
            const made = await agent({ health: { path: "/ready" } });
            expect(made.one("aws:lb/targetGroup:TargetGroup").inputs.healthCheck.path).to.equal("/ready");
            const [container] = await containersOf({ health: { path: "/ready" } });
            expect(container.healthCheck.command[3]).to.contain("http://127.0.0.1:8000/ready");
        });

        it("asks by another command, or leaves it to the balancer", async () => {
            const command = ["CMD-SHELL", "wget -q -O- http://localhost:8000/health"];
            expect((await containersOf({ health: { command } }))[0].healthCheck.command).to.deep.equal(command);
            expect((await containersOf({ health: { command: [] } }))[0]).to.not.have.property("healthCheck");
        });

        it("runs as another user, with a file system that can be written to", async () => {
            const [container] = await containersOf({ user: "app", readonlyRootFilesystem: false });
            expect(container).to.include({ user: "app", readonlyRootFilesystem: false });
        });

        it("has sidecars, whose CPU, memory and secrets are the task's", async () => {
            const secret = { arn: pulumi.output("arn:aws:secretsmanager:us-east-1:1:secret:key-AbCdEf") };
            const sidecars = [
                {
                    name: "collector",
                    image: "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.0",
                    memory: 256,
                    cpu: 64,
                    essential: false,
                    variables: { B: "2", A: "1" },
                    secrets: { KEY: secret },
                },
            ];
            const made = await agent({ sidecars });
            const definition = made.one("aws:ecs/taskDefinition:TaskDefinition").inputs;
            expect(definition).to.include({ cpu: "512", memory: "1024" });
            const [own, collector] = JSON.parse(definition.containerDefinitions);
            expect(own).to.include({ cpu: 448, memory: 768 });
            expect(collector).to.deep.include({
                name: "collector",
                memory: 256,
                cpu: 64,
                essential: false,
                readonlyRootFilesystem: true,
                environment: [
                    { name: "A", value: "1" },
                    { name: "B", value: "2" },
                ],
                logConfiguration: own.logConfiguration,
            });
            expect(collector).to.not.have.any.keys("variables", "user");
            const reading = made.one("aws:iam/rolePolicy:RolePolicy", "agent-execution-secrets").inputs.policy;
            expect(reading).to.contain("secret:key-AbCdEf");
        });

        it("is started with the permissions that it needs more, before the service begins", async () => {
            const made = await agent({
                executionPermissions: [
                    { actions: ["ecr:BatchGetImage"], resources: ["arn:aws:ecr:::repository/mine"] },
                ],
            });
            const policy = made.one("aws:iam/rolePolicy:RolePolicy", "agent-execution-permissions");
            expect(JSON.parse(policy.inputs.policy).Statement).to.deep.equal([
                { Effect: "Allow", Action: ["ecr:BatchGetImage"], Resource: ["arn:aws:ecr:::repository/mine"] },
            ]);
            expect(made.one("aws:ecs/service:Service").dependsOn).to.include(policy.name);
        });
    });

    it("is reached from the internet by TLS alone, where that is asked for", async () => {
        const made = await agent({ publicAccess: { certificateArn: "arn:certificate" } });
        expect(made.one("aws:lb/loadBalancer:LoadBalancer").inputs).to.deep.include({
            internal: false,
            subnets: network.publicSubnetIds,
        });
        expect(made.one("aws:lb/listener:Listener").inputs).to.include({
            port: 443,
            protocol: "HTTPS",
            certificateArn: "arn:certificate",
            sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        });
        const ingress = made.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
        expect(ingress.map(({ name }) => name)).to.have.members(["agent-alb-from-internet", "agent-service-from-alb"]);
        expect(ingress.find(({ name }) => name === "agent-alb-from-internet")?.inputs).to.include({
            cidrIpv4: "0.0.0.0/0",
            fromPort: 443,
            toPort: 443,
        });
    });

    it("runs tasks on spare capacity where that is asked for, once the cluster has it", async () => {
        const made = await agent({ spot: true });
        const service = made.one("aws:ecs/service:Service");
        expect(service.inputs).to.not.have.property("launchType");
        expect(service.inputs.capacityProviderStrategies).to.deep.equal([
            { capacityProvider: "FARGATE_SPOT", weight: 1 },
        ]);
        expect(service.dependsOn).to.include("agent-capacity-providers");
        expect(
            made.one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders").inputs.capacityProviders,
        ).to.include("FARGATE_SPOT");
    });

    it("gives tasks no public address in subnets with a NAT gateway", async () => {
        const made = await agent({ network: { ...network, privateSubnetIds: ["private-1", "private-2"] } });
        expect(made.one("aws:ecs/service:Service").inputs.networkConfiguration).to.deep.include({
            subnets: ["private-1", "private-2"],
            assignPublicIp: false,
        });
    });

    it("leaves the count to scaling only where that can move it", async () => {
        const ignored = async (autoscaling: StoryAgentServiceArgs["autoscaling"]) =>
            (await agent({ autoscaling })).one("aws:ecs/service:Service").ignoreChanges;
        expect(await ignored({ min: 2, max: 4 })).to.deep.equal(["desiredCount"]);
        // Or a service that was stopped by a count of 0 would not start again.
        expect(await ignored({ min: 1, max: 1 })).to.deep.equal([]);
        expect(await ignored(undefined)).to.deep.equal([]);
    });

    it("has no scaling without bounds", async () => {
        const made = await agent();
        expect(made.all.filter((one) => one.type.startsWith("aws:appautoscaling"))).to.be.empty;
    });

    it("lays the caller's transform over a child", async () => {
        const made = await agent({ transform: { loadBalancer: { idleTimeout: 4000 } } });
        expect(made.one("aws:lb/loadBalancer:LoadBalancer").inputs.idleTimeout).to.equal(4000);
    });

    const rejected: [string, Partial<StoryAgentServiceArgs>][] = [
        ["names.loadBalancer", { names: { loadBalancer: "a".repeat(33) } }],
        ["names.targetGroup", { names: { targetGroup: "-tg" } }],
        ["names.cluster", { names: { cluster: "my cluster" } }],
        ["image.ref", { image: { ...image, ref: "repository:latest" } }],
        ["desiredCount", { desiredCount: -1 }],
        ["cpu", { cpu: 300 }],
        ["memory", { memory: 100 }],
        ["port", { port: 70_000 }],
        ["architecture", { architecture: "amd64" as "arm64" }],
        ["autoscaling.min", { autoscaling: { min: 5, max: 2 } }],
        ["autoscaling.max", { autoscaling: { min: 0, max: 0 } }],
        ["nightStop", { nightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" } }],
        [
            "nightStop.stop",
            { autoscaling: { min: 1, max: 1 }, nightStop: { stop: "20:00", start: "cron(0 6 * * ? *)" } },
        ],
        ["variables", { variables: { PORT: "80" } }],
        ["health.path", { health: { path: "health" } }],
        ["health.command", { health: { command: ["curl", "localhost"] } }],
        ["sidecars leave the service 24 MB", { sidecars: [{ name: "one", image: "one", memory: 1000 }] }],
        ["sidecars[0].memory", { sidecars: [{ name: "one", image: "one", memory: 2000 }] }],
        ["a name twice", { sidecars: [{ name: "story-generator-container", image: "one", memory: 100 }] }],
    ];
    for (const [argument, change] of rejected) {
        it(`refuses a bad ${argument}, by name`, async () => {
            expect(await problemsOf(change))
                .to.include(argument)
                .and.include('StoryAgentService "agent"');
        });
    }
});
