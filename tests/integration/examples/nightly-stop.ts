import {
    CreateClusterCommand,
    CreateServiceCommand,
    DescribeServicesCommand,
    ECSClient,
    RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import type { ScriptExample } from "./example.ts";
import { script, storyStack } from "./stacks.ts";

export const run: ScriptExample["run"] = async (installed) => {
    const ecs = new ECSClient(installed.client);
    const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
            family: "nightly",
            containerDefinitions: [{ name: "agent", image: "agent", memory: 128 }],
        }),
    );
    for (const name of ["dev", "dev-2", "prod"]) {
        await ecs.send(new CreateClusterCommand({ clusterName: `nightly-${name}` }));
        await ecs.send(
            new CreateServiceCommand({
                cluster: `nightly-${name}`,
                serviceName: "agent",
                taskDefinition: taskDefinition?.taskDefinitionArn,
                desiredCount: 1,
            }),
        );
        const outputs = { region: "us-east-1", ecs_cluster_name: `nightly-${name}`, ecs_service_name: "agent" };
        await (await storyStack(installed, name, async () => outputs)).up();
    }
    await (await storyStack(installed, "dev-functions", async () => ({ region: "us-east-1" }))).up();
    const counts = async () => {
        const of = async (cluster: string) =>
            (await ecs.send(new DescribeServicesCommand({ cluster, services: ["agent"] }))).services?.[0]?.desiredCount;
        return [await of("nightly-dev"), await of("nightly-dev-2"), await of("nightly-prod")];
    };

    const said = await script(installed, ["nightly.js", "stop"]);
    expect(await counts()).to.deep.equal([0, 0, 1]);
    expect(said).to.contain("dev-functions: has no agent service").and.not.to.contain("prod");
    await script(installed, ["nightly.js", "start"]);
    expect(await counts()).to.deep.equal([1, 1, 1]);
};
