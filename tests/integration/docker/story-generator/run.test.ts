import { expect } from "chai";
import { startUpstreams } from "../../../../standins/upstreams/server.ts";
import { AGENTS, Scene, until, WISH } from "../../../kit/agent/scene.ts";
import { read, ServiceProcess } from "../../../kit/agent/world.ts";

/** What the answer says when a tool is down. */
const WITHOUT = { search: /web could not be searched/, speech: /narration service/, functions: /outline.*no pictures/ };

describe("a run of the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    describe("a run", () => {
        it("tells its events in the order of the contract, and the story at the end", async () => {
            const events = await scene.service.makeStory(scene.ann.idToken, WISH);
            expect(events.slice(0, 3).map((event) => event.type)).to.deep.equal([
                "start",
                "status",
                "themed_activities",
            ]);
            expect(events.filter((event) => event.type === "agent_start").map((event) => event.agent_id)).to.deep.equal(
                AGENTS,
            );
            for (const id of AGENTS) {
                const own = events.filter((event) => event.agent_id === id).map((event) => event.type);
                expect(own[0]).to.equal("agent_start");
                expect(own.at(-1)).to.equal("agent_complete");
                expect(own.slice(1, -1).length).to.be.greaterThan(0);
                expect(own.slice(1, -1).every((type) => type === "agent_activity")).to.equal(true);
            }
            const last = events.at(-1) as { type: string; result: Record<string, unknown> };
            expect(last.type).to.equal("complete");
            expect(events.filter((event) => event.type === "complete" || event.type === "error")).to.have.length(1);
            expect(last.result).to.include({ topic: WISH.topic });
            expect(last.result.story).to.match(/^# .+\n\n## Chapter 1: /);
            expect(last.result.images).to.be.an("array");
            expect(last.result.speakerOptions).to.include("Narrator");
        });

        it("is in the list, can be read and downloaded, and is gone when deleted", async () => {
            const id = await scene.story();
            const { stories } = await read(await scene.service.get("/api/v1/stories/list", scene.ann.idToken));
            expect(stories.map((one) => one.session_id)).to.include(id);
            const one = await read(await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken));
            expect(one).to.include({ success: true, session_id: id, status: "completed" });
            expect(one.data.structured_story.chapters).to.have.length(3);
            expect(
                (await read(await scene.service.get(`/api/v1/stories/${id}/images`, scene.ann.idToken))).images,
            ).to.be.an("array");
            const text = await scene.service.get(`/api/v1/stories/${id}/download?format=txt`, scene.ann.idToken);
            expect(text.headers.get("content-disposition")).to.match(/attachment; filename=".*\.txt"/);
            const json = await scene.service.get(`/api/v1/stories/${id}/download?format=json`, scene.ann.idToken);
            expect((await read(json)).structured_story.chapters).to.have.length(3);
            expect(
                (await scene.service.get(`/api/v1/stories/${id}/download?format=pdf`, scene.ann.idToken)).status,
            ).to.equal(400);
            await scene.narrated(id);

            const removal = { method: "DELETE", headers: { authorization: `Bearer ${scene.ann.idToken}` } };
            expect((await fetch(`${scene.service.url}/api/v1/stories/${id}`, removal)).status).to.equal(200);
            expect(await scene.objectsOf(id)).to.equal(0);
            expect((await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken)).status).to.equal(404);
            expect((await fetch(`${scene.service.url}/api/v1/stories/${id}`, removal)).status).to.equal(404);
        });

        it("remembers what a person chose", async () => {
            const id = await scene.story();
            for (const [route, body] of [
                ["select-concept", { selected_concept: { title: "The lamp" } }],
                ["approve-scene", { scene_id: "scene_2" }],
                ["select-format", { output_format: "both" }],
                ["select-narrator", { narrator_id: "en-Bob_man" }],
            ] as const) {
                const answer = await scene.service.post(`/api/v1/story/${route}`, scene.ann.idToken, {
                    session_id: id,
                    ...body,
                });
                expect(answer.status, route).to.equal(200);
                expect((await read(answer)).data).to.deep.include(body);
            }
            const session = await read(await scene.service.get(`/api/v1/story/session/${id}`, scene.ann.idToken));
            expect(session.data.choices).to.deep.include({ output_format: "both", narrator_id: "en-Bob_man" });
            expect(session.data.scenes[1]?.status).to.equal("approved");
            const unknown = { session_id: id, scene_id: "scene_99" };
            expect(
                (await scene.service.post("/api/v1/story/approve-scene", scene.ann.idToken, unknown)).status,
            ).to.equal(404);
        });

        it("is told of with the fields that earlier clients read", async () => {
            const id = await scene.story();
            const post = async (route: string, body: object) =>
                read(
                    await scene.service.post(`/api/v1/story/${route}`, scene.ann.idToken, { session_id: id, ...body }),
                );
            expect(await post("select-concept", { selected_concept: "x" })).to.include({ next_step: "approve_scene" });
            expect(await post("approve-scene", { scene_id: 1 })).to.include({ next_action: "select_format" });
            expect(await post("select-format", { output_format: "both" })).to.include({ next_step: "select_narrator" });
            expect(await post("select-narrator", { narrator_id: "x" })).to.include({ stage: "generation" });
            expect((await scene.session(id)).data).to.have.nested.property("session.session_id", id);
            const story = await read(await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken));
            expect(story).to.deep.include({ story_id: id, has_images: true, has_audio: false });
            expect(story).to.have.property("story_text").that.includes("## Chapter 1");
            expect(story).to.have.nested.property("metadata.word_count").that.is.greaterThan(0);
        });

        it("is listed with the first of its pictures as the cover", async () => {
            const id = await scene.story();
            const { stories } = await read(await scene.service.get("/api/v1/stories/list", scene.ann.idToken));
            const listed = stories.find((one) => one.session_id === id);
            const story = await read(await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken));
            const pathOf = (address = "") => new URL(address).pathname;
            expect(pathOf(listed?.cover)).to.equal(pathOf(story.images[0]));
            expect(listed).to.not.have.property("cover_key");
        });

        for (const [what, body] of Object.entries({
            "no topic": {},
            "an empty topic": { topic: " " },
            "notes that are too long": { topic: "x", creative_notes: "x".repeat(4_001) },
            "no JSON": "{",
        })) {
            it(`with ${what} is refused`, async () => {
                const answer = await scene.service.post("/api/v1/story/generate-pipeline", scene.ann.idToken, body);
                expect(answer.status).to.equal(400);
                expect((await read(answer)).success).to.equal(false);
            });
        }

        it("is as long as earlier clients may wish, and of a topic as long as they like", async () => {
            const tiny = { topic: `A fox${" and a hen".repeat(300)}`, length: "tiny" };
            const last = (await scene.service.makeStory(scene.ann.idToken, tiny)).at(-1);
            expect(last).to.include({ type: "complete", total_nodes_completed: 8, failed_nodes: 0 });
            expect(last).to.have.nested.property("result.structured_story.chapters").that.has.length(2);
            const endless = { topic: "A fox", length: "endless" };
            const [{ session_id: id } = {}] = await scene.service.makeStory(scene.ann.idToken, endless);
            expect((await scene.session(id)).data).to.include({ length: "medium" });
        });

        it("with too large a body is refused", async () => {
            const body = { topic: "x", creative_notes: "x".repeat(100_000) };
            expect(
                (await scene.service.post("/api/v1/story/generate-pipeline", scene.ann.idToken, body)).status,
            ).to.equal(413);
        });

        it("is one of few that a user may have at the same time, whether they listen or not", async () => {
            scene.upstreams.hold("model");
            const leaving = new AbortController();
            const starts = Array.from({ length: 6 }, () =>
                fetch(`${scene.service.url}/api/v1/story/generate-pipeline`, {
                    method: "POST",
                    headers: { authorization: `Bearer ${scene.bob.idToken}` },
                    body: JSON.stringify(WISH),
                    signal: leaving.signal,
                }),
            );
            const statuses = (await Promise.all(starts)).map((answer) => answer.status);
            expect(statuses.filter((status) => status === 429)).to.have.length(1);
            leaving.abort();
            const another = await scene.service.post("/api/v1/story/generate-pipeline", scene.bob.idToken, WISH);
            expect(another.status).to.equal(429);
            scene.upstreams.letGo("model", "");
            await until(async () => (await scene.activeRuns()) === 0);
        });

        it("ends when its story is deleted, and nothing of it comes back", async () => {
            scene.upstreams.slow("model", 300);
            let id = "";
            let last: unknown;
            for await (const event of scene.service.events(scene.ann.idToken, WISH)) {
                id = String(event.session_id);
                last = event.type;
                if (event.type === "agent_complete" && event.agent_id === "research") {
                    const removal = { method: "DELETE", headers: { authorization: `Bearer ${scene.ann.idToken}` } };
                    const answer = await fetch(`${scene.service.url}/api/v1/stories/${id}`, removal);
                    expect(answer.status).to.equal(200);
                }
            }
            expect(last).to.equal("error");
            expect(await scene.objectsOf(id)).to.equal(0);
        });

        it("of a finished story only shows it once more", async () => {
            const id = await scene.story();
            const calls = scene.upstreams.calls("model");
            const events = await scene.service.makeStory(scene.ann.idToken, { session_id: id });
            expect(events.at(-1)?.type).to.equal("complete");
            const path = `/api/v1/story/session/${id}`;
            const stream = await scene.service.get(path, scene.ann.idToken, { accept: "text/event-stream" });
            expect(await stream.text()).to.include('"type":"complete"');
            expect(scene.upstreams.calls("model")).to.equal(calls);
        });

        for (const tool of ["search", "speech", "functions"] as const) {
            it(`is poorer without ${tool}, and says so`, async () => {
                scene.upstreams.down(tool);
                if (tool === "functions") {
                    scene.upstreams.down("api");
                }
                const events = await scene.service.makeStory(scene.ann.idToken, { ...WISH, topic: `Without ${tool}` });
                const last = events.at(-1) as { type: string; result: { warnings: string[] } };
                expect(last.type).to.equal("complete");
                expect(last.result.warnings.join()).to.match(WITHOUT[tool]);
                if (tool === "search") {
                    expect(scene.service.logs.join("")).to.match(
                        /\{"_aws":\{.*"Namespace":"Story42".*"searchUnavailable":1/,
                    );
                }
            });
        }

        it("ends with an error that a person understands when the model is down, and can go on later", async () => {
            scene.upstreams.down("model");
            const events = await scene.service.makeStory(scene.ann.idToken, WISH);
            const last = events.at(-1);
            expect(last?.type).to.equal("error");
            expect(last?.message).to.match(/is saved; continue the story/);
            scene.upstreams.heal();
            const again = await scene.service.makeStory(scene.ann.idToken, { session_id: last?.session_id });
            expect(again.at(-1)?.type).to.equal("complete");
        });

        for (const [way, tokenOf] of [
            ["the REST API", "idToken"],
            ["the functions", "accessToken"],
        ] as const) {
            it(`has pictures by ${way}, and single parts can be made again`, async () => {
                const before = { api: scene.upstreams.calls("api"), functions: scene.upstreams.calls("functions") };
                const token = scene.ann[tokenOf];
                const events = await scene.service.makeStory(token, WISH);
                const { result } = events.at(-1) as {
                    result: { session_id: string; images: string[]; warnings: string[] };
                };
                expect(result.warnings).to.deep.equal([]);
                expect(result.images).to.have.length(3);
                expect(result.images[1]).to.match(/jobs\/.*\/segment_2\.png\?.*X-Amz-Signature=/);
                const silent = tokenOf === "idToken" ? "functions" : "api";
                expect(scene.upstreams.calls(silent)).to.equal(before[silent]);

                const path = `/api/v1/stories/${result.session_id}`;
                const wish = { user_request: "brighter" };
                expect((await scene.service.post(`${path}/segments/2/regenerate`, token, wish)).status).to.equal(200);
                expect((await scene.service.post(`${path}/images/1/regenerate`, token, wish)).status).to.equal(200);
                expect((await scene.service.post(`${path}/segments/99/regenerate`, token, wish)).status).to.equal(404);
                expect((await scene.service.post(`${path}/images/99/regenerate`, token, wish)).status).to.equal(404);
                const changed = await scene.service.get(`${path}/download`, token);
                expect(await changed.text()).to.include("Anew: brighter");
                const { images } = await read(await scene.service.get(`${path}/images`, token));
                expect(images[0]).to.include("segment_1_regenerated");
            });
        }

        it("asks the functions when the REST API is down", async () => {
            scene.upstreams.down("api");
            const events = await scene.service.makeStory(scene.ann.idToken, WISH);
            expect((events.at(-1) as { result: { images: string[] } }).result.images).to.have.length(3);
        });

        it("shows that it lives while an agent thinks", async () => {
            scene.upstreams.hold("model");
            const leaving = new AbortController();
            const response = await fetch(`${scene.service.url}/api/v1/story/generate-pipeline`, {
                method: "POST",
                headers: { authorization: `Bearer ${scene.ann.idToken}` },
                body: JSON.stringify(WISH),
                signal: leaving.signal,
            });
            expect(response.headers.get("content-type")).to.match(/^text\/event-stream/);
            let text = "";
            for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
                text += part;
                if (/^: /m.test(text)) {
                    break;
                }
            }
            leaving.abort();
            expect(text).to.match(/\n\n: /);
            scene.upstreams.letGo("model", "");
            await until(async () => (await scene.activeRuns()) === 0);
        });

        it("goes on without agents whose model answers nonsense or nothing, but not without a writer", async () => {
            scene.upstreams.nonsense("model");
            const events = await scene.service.makeStory(scene.ann.idToken, WISH);
            const done = events.filter((event) => event.type === "agent_complete").map((event) => event.agent_id);
            expect(done).to.deep.equal(["system_start", "research", "planning"]);
            expect(events.at(-1)?.type).to.equal("error");
        });

        it("asks again when an answer of the model breaks off", async () => {
            for await (const event of scene.service.events(scene.ann.idToken, WISH)) {
                if (event.type === "agent_start" && event.agent_id === "writer") {
                    scene.upstreams.breakOffOnce();
                }
                if (event.type === "complete") {
                    expect(event.result).to.deep.include({ warnings: [] });
                    return;
                }
            }
            expect.fail("the run did not complete");
        });

        it("says which model is gone, in its answer and in its log", async () => {
            const bedrock = await startUpstreams();
            const service = await ServiceProcess.start(scene.world, {
                AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.bedrockUrl,
                BEDROCK_MODEL_ID: "us.amazon.nova-premier-v1:0",
            });
            try {
                const last = (await service.makeStory(scene.ann.idToken, WISH)).at(-1);
                expect(last?.type).to.equal("error");
                expect(last?.message).to.match(/us\.amazon\.nova-premier-v1:0 can't be used: it no longer exists/);
                const logged = service.logs.join("");
                expect(logged)
                    .to.contain('"message":"a model did not answer"')
                    .and.contain("ResourceNotFoundException");
                expect(logged).to.match(/\{"_aws":\{.*"modelFailed":1/);
            } finally {
                await service.end();
                await bedrock.stop();
            }
        });

        it("says so when the model refuses the story", async () => {
            scene.upstreams.refuse();
            const events = await scene.service.makeStory(scene.ann.idToken, WISH);
            expect(events.at(-1)?.type).to.equal("error");
            expect(events.at(-1)?.message).to.match(/declined.*topic/);
        });

        it("does not wait for a stalled upstream for ever", async () => {
            const impatient = await ServiceProcess.start(scene.world, { AGENT_TIMEOUT_SECONDS: "1" });
            scene.upstreams.slow("model", 60_000);
            const events = await impatient.makeStory(scene.ann.idToken, WISH);
            expect(events.at(-1)?.type).to.equal("error");
            await impatient.end();
        });
    });
});
