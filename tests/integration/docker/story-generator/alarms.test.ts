/** What the service counts, and which alarms of its stack that sets off. */
import { expect } from "chai";
import { startUpstreams } from "../../../../standins/upstreams/server.ts";
import { Scene, WISH } from "../../../kit/agent/scene.ts";
import { ServiceProcess } from "../../../kit/agent/world.ts";
import { type Datum, embeddedMetrics, stateOf } from "../../../kit/cloudWatch.ts";
import type { Registered } from "../../../kit/monitor.ts";
import { runStack } from "../../../kit/program.ts";

const GONE = "us.amazon.nova-premier-v1:0";

describe("the alarms about what the agent service counts", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let alarms: Registered[];
    let variables: Record<string, string>;
    /** The dashboard's metrics of the service, as its body has them. */
    let shown: [namespace: string, name: string, ...dimensions: string[]][];
    /** Its searches for metrics of the service. */
    let searches: string[];

    before(async () => {
        const made = await runStack({ environment: "dev", projectName: "tales" });
        alarms = made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
        const { widgets } = JSON.parse(made.one("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody);
        const metrics = widgets.flatMap((one: { properties: { metrics: unknown[] } }) => one.properties.metrics);
        shown = metrics.filter((one: unknown[]) => one.includes("story-generator"));
        searches = metrics
            .map(([one]: [{ expression?: string }]) => one.expression ?? "")
            .filter((one: string) => one.includes('service="story-generator"'));
        const [container] = JSON.parse(made.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions);
        const given = container.environment.filter(({ name }: { name: string }) =>
            /^(PROJECT|ENVIRONMENT)$/.test(name),
        );
        variables = Object.fromEntries(given.map(({ name, value }: Record<string, string>) => [name, value]));
    });

    /** What is counted of a story. */
    async function metricsOf(wish: object, overrides: Record<string, string> = {}): Promise<Datum[]> {
        const service = await ServiceProcess.start(scene.world, { ...variables, ...overrides });
        try {
            await service.makeStory(scene.ann.idToken, { ...WISH, ...wish });
        } finally {
            await service.end();
        }
        return embeddedMetrics(service.logs.join(""));
    }

    /** The alarms that a story sets off, by their names without project and environment. */
    async function alarmsOf(wish: object, overrides: Record<string, string> = {}): Promise<string[]> {
        const metrics = await metricsOf(wish, overrides);
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

    it("have beside them what the dashboard shows of stories that are made, and of others by stage and cause", async () => {
        const ofMade = await metricsOf({ topic: "A sea of ink" });
        scene.upstreams.down("model");
        const ofFailed = await metricsOf({ topic: "A sea without ink" });
        const called = (name: string, data: Datum[]) => data.filter((one) => one.name === name);
        expect(called("storySeconds", ofMade)).to.have.length(1);
        expect(called("storySeconds", ofFailed)).to.deep.equal([]);
        expect(called("runFailed", ofMade)).to.deep.equal([]);
        const own = { service: "story-generator", environment: "dev", project: "tales" };
        expect(called("runFailed", ofFailed).map(({ dimensions }) => dimensions)).to.deep.equal([
            own,
            { ...own, stage: "writer", cause: "Unknown" },
        ]);
        for (const [namespace, name, ...pairs] of shown.filter(([, one]) => /^(storySeconds|runFailed)$/.test(one))) {
            const dimensions = Object.fromEntries(
                Array.from({ length: 3 }, (_, at) => [pairs[2 * at], pairs[2 * at + 1]]),
            );
            const counted = [...ofMade, ...ofFailed].map((one) => [one.namespace, one.name, one.dimensions]);
            expect(counted).to.deep.include([namespace, name, dimensions]);
        }
        const [, names = "", found = ""] =
            /^SEARCH\('\{Story42,([\w,]+)\} MetricName="(\w+)"/.exec(searches.join()) ?? [];
        expect(called(found, ofFailed).map(({ dimensions }) => Object.keys(dimensions).sort())).to.deep.include(
            names.split(",").sort(),
        );
    });

    it("do not tell of a topic that the model refuses", async () => {
        scene.upstreams.refuse();
        expect(await alarmsOf({ topic: "A sea that is refused" })).to.deep.equal([]);
    });
});
