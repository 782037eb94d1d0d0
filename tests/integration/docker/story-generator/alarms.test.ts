/** What the service counts, and which alarms of its stack that sets off. */
import { expect } from "chai";
import { startUpstreams } from "../../../../standins/upstreams/server.ts";
import { Scene, WISH } from "../../../kit/agent/scene.ts";
import { ServiceProcess } from "../../../kit/agent/world.ts";
import { embeddedMetrics, stateOf } from "../../../kit/cloudWatch.ts";
import type { Registered } from "../../../kit/monitor.ts";
import { runStack } from "../../../kit/program.ts";

const GONE = "us.amazon.nova-premier-v1:0";

describe("the alarms about what the agent service counts", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let alarms: Registered[];
    let variables: Record<string, string>;

    before(async () => {
        const made = await runStack({ environment: "dev", projectName: "tales" });
        alarms = made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
        const [container] = JSON.parse(made.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions);
        const given = container.environment.filter(({ name }: { name: string }) =>
            /^(PROJECT|ENVIRONMENT)$/.test(name),
        );
        variables = Object.fromEntries(given.map(({ name, value }: Record<string, string>) => [name, value]));
    });

    /** The alarms that a story sets off, by their names without project and environment. */
    async function alarmsOf(wish: object, overrides: Record<string, string> = {}): Promise<string[]> {
        const service = await ServiceProcess.start(scene.world, { ...variables, ...overrides });
        try {
            await service.makeStory(scene.ann.idToken, { ...WISH, ...wish });
        } finally {
            await service.end();
        }
        const metrics = embeddedMetrics(service.logs.join(""));
        return alarms
            .filter(({ inputs }) => inputs.namespace === "Story42" && stateOf(inputs, metrics) === "ALARM")
            .map(({ inputs }) => inputs.name);
    }

    it("are silent when a story is written", async () => {
        expect(await alarmsOf({ topic: "A calm sea" })).to.deep.equal([]);
    });

    it("tell of searches that give nothing", async () => {
        scene.upstreams.down("search");
        expect(await alarmsOf({ topic: "A sea without maps" })).to.deep.equal(["tales-searches-dev"]);
    });

    it("tell of a model that is gone, and of the story that so was not written", async () => {
        const bedrock = await startUpstreams();
        const on = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.bedrockUrl };
        try {
            expect(await alarmsOf({}, { ...on, BEDROCK_MODEL_ID: GONE })).to.have.members([
                "tales-models-failed-dev",
                "tales-runs-failed-dev",
            ]);
            const another = { ...on, BEDROCK_MODEL_ID: GONE, BEDROCK_ALLOWED_MODEL_IDS: "us.amazon.nova-lite-v1:0" };
            expect(await alarmsOf({}, another)).to.deep.equal(["tales-models-failed-dev"]);
        } finally {
            await bedrock.stop();
        }
    });

    it("tell of a story that could not be written", async () => {
        scene.upstreams.down("model");
        expect(await alarmsOf({ topic: "A sea without words" })).to.deep.equal(["tales-runs-failed-dev"]);
    });

    it("do not tell of a topic that the model refuses", async () => {
        scene.upstreams.refuse();
        expect(await alarmsOf({ topic: "A sea that is refused" })).to.deep.equal([]);
    });
});
