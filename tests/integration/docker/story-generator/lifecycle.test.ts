import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { expect } from "chai";
import { Scene, until, WISH } from "../../../kit/agent/scene.ts";
import { makePerson, read, ServiceProcess, unusedPort } from "../../../kit/agent/world.ts";
import { runStack } from "../../../kit/program.ts";

describe("a container of the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    it("keeps a connection for longer than the balancer does, which would else write into a closed one", async () => {
        const balancer = (await runStack({ environment: "dev" })).one("aws:lb/loadBalancer:LoadBalancer");
        const agent = new Agent({ keepAlive: true });
        const request = get(`${scene.service.url}/health`, { agent });
        const [response] = (await once(request, "response")) as [IncomingMessage];
        response.resume();
        await once(response, "end");
        agent.destroy();
        const [, seconds] = /timeout=(\d+)/.exec(String(response.headers["keep-alive"])) ?? [];
        expect(Number(seconds)).to.be.above(balancer.inputs.idleTimeout);
    });

    describe("a container that goes away", () => {
        it("refuses new runs, finishes those that run, and ends", async () => {
            const leaving = await ServiceProcess.start(scene.world);
            scene.upstreams.slow("model", 100);
            const running = leaving.makeStory(scene.ann.idToken, WISH);
            await until(async () => (await scene.activeRuns(leaving)) === 1);
            const ended = leaving.end("SIGTERM");
            await until(async () => (await read(await leaving.get("/health"))).draining);
            expect((await leaving.post("/api/v1/story/generate-pipeline", scene.bob.idToken, WISH)).status).to.equal(
                503,
            );
            expect((await running).at(-1)?.type).to.equal("complete");
            expect(await ended).to.equal(0);
            // Lines are written while the service goes on; the last ones when it ends.
            await until(async () => leaving.logs.join("").includes('"message":"drained"'));
        });

        it("stops what does not end in time, and loses no finished stage", async () => {
            const leaving = await ServiceProcess.start(scene.world, { STOP_TIMEOUT_SECONDS: "11" });
            scene.upstreams.slow("model", 700);
            const people = await Promise.all(
                Array.from({ length: 5 }, (_, at) => makePerson(scene.world, leaving, `drain-${at}`)),
            );
            const runs = people.map((person) => leaving.makeStory(person.idToken, WISH));
            await until(async () => (await scene.activeRuns(leaving)) === 5);
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            expect(await leaving.end("SIGTERM")).to.equal(0);
            for (const [at, run] of runs.entries()) {
                const events = await run;
                expect(events.at(-1)).to.include({ type: "error", resumable: true, retry_after: 5 });
                const told = events.filter((event) => event.type === "agent_complete").map((event) => event.agent_id);
                expect(told.length).to.be.greaterThan(0);
                const token = people[at]?.idToken;
                const session = await scene.session(events[0]?.session_id, token);
                expect(session.data.completed_stages).to.include.members(told);
                expect(session.data.status).to.equal("running");
            }
        });

        it("may be killed: the run goes on in another from the last finished stage, the narration too", async () => {
            const killed = await ServiceProcess.start(scene.world);
            scene.upstreams.slow("model", 200);
            let id = "";
            try {
                for await (const event of killed.events(scene.ann.idToken, WISH)) {
                    id = String(event.session_id);
                    if (event.type === "agent_complete" && event.agent_id === "planning") {
                        await killed.end("SIGKILL");
                    }
                }
            } catch (error) {
                expect((error as Error).message).to.match(/terminated|ECONN|other side/);
            }
            scene.upstreams.heal();
            const events = await scene.service.makeStory(scene.ann.idToken, { session_id: id });
            expect(events.at(-1)?.type).to.equal("complete");
            expect(events.filter((event) => event.resumed).map((event) => event.agent_id)).to.include.members([
                "research",
                "planning",
            ]);

            const second = await ServiceProcess.start(scene.world);
            scene.upstreams.slow("speech", 400);
            await second.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {});
            await until(async () => {
                const state = await read(await second.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
                return state.status === "generating";
            });
            await second.end("SIGTERM");
            scene.upstreams.heal();
            expect((await scene.waitForAudio(id)).status).to.equal("ready");
        });
    });

    it("leaves nothing of a story that is deleted by way of another while it narrates", async () => {
        const id = await scene.story();
        const second = await ServiceProcess.start(scene.world);
        scene.upstreams.hold("speech");
        const before = scene.upstreams.calls("speech");
        await second.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {});
        await until(async () => scene.upstreams.calls("speech") > before);
        const removed = await fetch(`${scene.service.url}/api/v1/stories/${id}`, {
            method: "DELETE",
            headers: { authorization: `Bearer ${scene.ann.idToken}` },
        });
        expect(removed.status).to.equal(200);
        scene.upstreams.letGo("speech", "");
        await second.end("SIGTERM");
        expect(await scene.objectsOf(id)).to.equal(0);
    });

    it("makes no story without its storage: what is paid for is kept, or not asked for", async () => {
        const alone = await ServiceProcess.start(scene.world, {
            AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${await unusedPort()}`,
        });
        const calls = scene.upstreams.calls("model");
        const refused = await alone.post("/api/v1/story/generate-pipeline", scene.ann.idToken, WISH);
        expect(refused.status).to.equal(503);
        expect(scene.upstreams.calls("model")).to.equal(calls);
        const unreachable = await alone.get("/api/v1/stories/some-story", scene.ann.idToken);
        expect(unreachable.status).to.equal(503);
        expect(await unreachable.text()).to.not.include("127.0.0.1");
        await alone.end();
    });

    it("makes a hundred stories at once, each its own", async () => {
        const people = await Promise.all(
            Array.from({ length: 25 }, (_, at) => makePerson(scene.world, scene.service, `many-${at}`)),
        );
        const stories = await Promise.all(
            Array.from({ length: 100 }, async (_, at) => {
                const topic = `Story number ${at}`;
                const events = await scene.service.makeStory(people[at % 25]?.idToken ?? "", {
                    topic,
                    length: "short",
                });
                return {
                    topic,
                    last: events.at(-1) as { type: string; result: { topic: string; session_id: string } },
                };
            }),
        );
        for (const { topic, last } of stories) {
            expect(last.type, JSON.stringify(last)).to.equal("complete");
            expect(last.result.topic).to.equal(topic);
        }
        expect(new Set(stories.map(({ last }) => last.result.session_id)).size).to.equal(100);
    });
});
