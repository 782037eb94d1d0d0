import {
    ApplicationAutoScalingClient,
    DeleteScalingPolicyCommand,
    DeregisterScalableTargetCommand,
    DescribeScalableTargetsCommand,
    DescribeScalingPoliciesCommand,
    DescribeScheduledActionsCommand,
    ListTagsForResourceCommand,
    PutScalingPolicyCommand,
    PutScheduledActionCommand,
    RegisterScalableTargetCommand,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
    CreateClusterCommand,
    CreateServiceCommand,
    DescribeServicesCommand,
    ECSClient,
    RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's Application Auto Scaling", () => {
    let world: GatewayWorld;
    let scaling: ApplicationAutoScalingClient;
    const of = {
        ServiceNamespace: "ecs",
        ResourceId: "service/stage/agent",
        ScalableDimension: "ecs:service:DesiredCount",
    } as const;
    const missing =
        "service namespace: ecs, resource ID: service/stage/agent, scalable dimension: ecs:service:DesiredCount";

    before(async () => {
        world = await GatewayWorld.open();
        scaling = world.client(ApplicationAutoScalingClient);
        const ecs = world.client(ECSClient);
        await ecs.send(new CreateClusterCommand({ clusterName: "stage" }));
        await ecs.send(
            new RegisterTaskDefinitionCommand({ family: "agent", containerDefinitions: [{ name: "a", image: "a" }] }),
        );
        const service = { cluster: "stage", serviceName: "agent", taskDefinition: "agent", desiredCount: 1 };
        await ecs.send(new CreateServiceCommand(service));
    });
    after(() => world.close());

    const register = (bounds: object, resource: string = of.ResourceId) =>
        scaling.send(new RegisterScalableTargetCommand({ ...of, ResourceId: resource, ...bounds }));

    const count = async () => {
        const described = new DescribeServicesCommand({ cluster: "stage", services: ["agent"] });
        return (await world.client(ECSClient).send(described)).services?.[0]?.desiredCount;
    };

    it("is not in MiniStack", async () => {
        const call = world.past(ApplicationAutoScalingClient).send(new DescribeScalableTargetsCommand(of));
        await refusalOf(call);
    });

    it("refuses what has no target, no service or no bounds", async () => {
        const refused = await refusalOf(scaling.send(new PutScalingPolicyCommand({ ...of, PolicyName: "cpu" })));
        expect(refused).to.deep.equal({
            code: "ObjectNotFoundException",
            message: `No scalable target registered for ${missing}`,
        });
        expect((await refusalOf(scaling.send(new DeregisterScalableTargetCommand(of)))).message).to.equal(
            `No scalable target found for ${missing}`,
        );
        expect(await refusalOf(register({ MinCapacity: 1, MaxCapacity: 2 }, "service/stage/none"))).to.deep.equal({
            code: "ValidationException",
            message: "ECS service doesn't exist: service/stage/none",
        });
        expect(await refusalOf(register({ MinCapacity: 3, MaxCapacity: 2 }))).to.deep.equal({
            code: "ValidationException",
            message: "Maximum capacity cannot be less than minimum capacity",
        });
        expect((await refusalOf(register({ MinCapacity: 1 }))).code).to.equal("ValidationException");
    });

    it("moves a service's count into the bounds, and changes only the bounds that are given", async () => {
        const { ScalableTargetARN } = await register({ MinCapacity: 2, MaxCapacity: 4 });
        expect(await count()).to.equal(2);
        await register({ MaxCapacity: 3 });
        expect(await count()).to.equal(2);
        await register({ MinCapacity: 0, MaxCapacity: 0 });
        expect(await count()).to.equal(0);
        await register({ MinCapacity: 2, MaxCapacity: 4 });
        const { ScalableTargets = [] } = await scaling.send(
            new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [of.ResourceId] }),
        );
        expect(ScalableTargets).to.have.length(1);
        expect(ScalableTargets[0]).to.include({ ...of, ScalableTargetARN, MinCapacity: 2, MaxCapacity: 4 });
        expect(ScalableTargets[0]?.CreationTime).to.be.instanceOf(Date);
    });

    it("keeps tags, policies and scheduled actions over a restart, and removes them with the target", async () => {
        const { ScalableTargetARN: ResourceARN } = await register({ MinCapacity: 2, MaxCapacity: 4 });
        await scaling.send(new TagResourceCommand({ ResourceARN, Tags: { project: "story", stage: "dev" } }));
        await scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["stage"] }));
        const configuration = {
            TargetValue: 60,
            PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        } as const;
        const { Alarms, PolicyARN } = await scaling.send(
            new PutScalingPolicyCommand({
                ...of,
                PolicyName: "cpu",
                PolicyType: "TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration: configuration,
            }),
        );
        expect(PolicyARN).to.match(/:scalingPolicy:[^:]*:resource\/ecs\/service\/stage\/agent:policyName\/cpu$/);
        expect(Alarms?.map(({ AlarmName = "" }) => AlarmName.replace(/-[0-9a-f-]{36}$/, ""))).to.deep.equal([
            "TargetTracking-service/stage/agent-AlarmHigh",
            "TargetTracking-service/stage/agent-AlarmLow",
        ]);
        const action = {
            ...of,
            ScheduledActionName: "stop",
            Schedule: "cron(0 20 * * ? *)",
            Timezone: "Europe/Berlin",
            ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 },
        };
        await scaling.send(new PutScheduledActionCommand(action));
        await scaling.send(
            new PutScheduledActionCommand({ ...of, ScheduledActionName: "stop", Schedule: "rate(1 day)" }),
        );
        await world.restartGateway();
        scaling = world.client(ApplicationAutoScalingClient);

        const read = async () => ({
            policies: (await scaling.send(new DescribeScalingPoliciesCommand({ ...of, PolicyNames: ["cpu"] })))
                .ScalingPolicies,
            actions: (await scaling.send(new DescribeScheduledActionsCommand(of))).ScheduledActions,
        });
        const { policies = [], actions = [] } = await read();
        expect(policies[0]).to.include({ PolicyName: "cpu", PolicyType: "TargetTrackingScaling", PolicyARN });
        expect(policies[0]?.TargetTrackingScalingPolicyConfiguration).to.deep.equal(configuration);
        expect(actions[0]).to.include({ Schedule: "rate(1 day)", Timezone: "Europe/Berlin" });
        expect(actions[0]?.ScalableTargetAction).to.deep.equal({ MinCapacity: 0, MaxCapacity: 0 });
        const tags = async () => (await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
        expect(await tags()).to.deep.equal({ project: "story" });

        await scaling.send(new DeregisterScalableTargetCommand(of));
        expect(await read()).to.deep.equal({ policies: [], actions: [] });
        expect(await refusalOf(tags())).to.deep.include({ code: "ResourceNotFoundException" });
        const gone = scaling.send(new DeleteScalingPolicyCommand({ ...of, PolicyName: "cpu" }));
        expect((await refusalOf(gone)).code).to.equal("ObjectNotFoundException");
    });
});
