/** Who listens to a story that is being made: nobody, one who comes back, several, and by way of another task. */
import { expect } from "chai";
import { AGENTS, Scene, until, WISH } from "../../../kit/agent/scene.ts";
import { type Heard, read, ServiceProcess } from "../../../kit/agent/world.ts";

describe("a story that is being made", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let second: ServiceProcess;
    before(async () => {
        second = await ServiceProcess.start(scene.world);
    });
    after(() => second?.end());

    const paidCalls = () => (["model", "api", "functions"] as const).map((name) => scene.upstreams.calls(name));
    /** The paid calls of `use`, by upstream. */
    const paidBy = async (use: () => Promise<unknown>) => {
        const before = paidCalls();
        await use();
        return paidCalls().map((calls, at) => calls - (before[at] ?? 0));
    };
    const isQuiet = async () => (await scene.activeRuns()) + (await scene.activeRuns(second)) === 0;
    const all = async (events: AsyncGenerator<Heard>) => {
        const heard: Heard[] = [];
        for await (const one of events) {
            heard.push(one);
        }
        return heard;
    };
    /** Whoever listens, once they have heard something; `end` is all that they hear. */
    const attached = async (events: AsyncGenerator<Heard>) => {
        const first = await events.next();
        return { end: all(events).then((rest) => [first.value as Heard, ...rest]) };
    };
    /** A story of Ann's, and what its client heard before it left. The model is held in the middle of the first agent's work. */
    const abandoned = async (service = scene.service) => {
        scene.upstreams.hold("model");
        const calls = scene.upstreams.calls("model");
        const leaving = new AbortController();
        const heard: Heard[] = [];
        try {
            for await (const one of service.hear(scene.ann.idToken, WISH, leaving.signal)) {
                heard.push(one);
                if (one.event.agent_id === "research" && one.event.type === "agent_activity") {
                    await until(async () => scene.upstreams.calls("model") > calls);
                    leaving.abort();
                }
            }
        } catch (error) {
            expect((error as Error).name).to.equal("AbortError");
        }
        return { id: String(heard[0]?.event.session_id), heard };
    };
    const letGo = () => scene.upstreams.letGo("model", "");
    const stop = async (id: string, service = scene.service, token = scene.ann.idToken) =>
        service.post(`/api/v1/story/session/${id}/stop`, token, {});
    const typesOf = (heard: Heard[]) => heard.map(({ event }) => event.type);
    const namesOf = (heard: Heard[], type: string) =>
        heard.filter(({ event }) => event.type === type).map(({ event }) => event.agent_id);

    it("is finished without its client, and each of its calls is paid once", async () => {
        const usual = await paidBy(() => scene.story());
        let id = "";
        const alone = await paidBy(async () => {
            ({ id } = await abandoned());
            letGo();
            await until(isQuiet);
        });
        expect(alone).to.deep.equal(usual);
        const { data } = await scene.session(id);
        expect(data.status).to.equal("completed");
        expect(data.completed_stages).to.deep.equal(AGENTS);
    });

    it("is heard from where its client was, by the id of the last event", async () => {
        const { id, heard } = await abandoned();
        const ofAnotherRun = "00000000-0000-4000-8000-000000000000.3";
        const begun = await attached(scene.service.listen(scene.ann.idToken, id));
        const strange = await attached(scene.service.listen(scene.ann.idToken, id, ofAnotherRun));
        letGo();
        const whole = await begun.end;
        const rest = await all(scene.service.listen(scene.ann.idToken, id, heard.at(-1)?.id));
        expect([...heard, ...rest]).to.deep.equal(whole);
        expect(await strange.end).to.deep.equal(whole);
        const ids = whole.map((one) => one.id);
        expect(new Set(ids).size).to.equal(ids.length);
        expect(typesOf(whole).at(-1)).to.equal("complete");
    });

    it("is heard by whoever asks for it, and made once", async () => {
        const usual = await paidBy(() => scene.story());
        const heard: Heard[][] = [];
        const crowded = await paidBy(async () => {
            const { id } = await abandoned();
            const listeners = await Promise.all([
                attached(scene.service.listen(scene.ann.idToken, id)),
                attached(scene.service.hear(scene.ann.idToken, { session_id: id })),
                attached(second.listen(scene.ann.idToken, id)),
                attached(second.hear(scene.ann.idToken, { session_id: id })),
            ]);
            letGo();
            heard.push(...(await Promise.all(listeners.map(({ end }) => end))));
        });
        expect(crowded).to.deep.equal(usual);
        for (const events of heard) {
            expect(typesOf(events).slice(0, 3)).to.deep.equal(["start", "status", "themed_activities"]);
            expect(namesOf(events, "agent_start")).to.deep.equal(AGENTS);
            expect(namesOf(events, "agent_complete")).to.deep.equal(AGENTS);
            expect(typesOf(events).filter((type) => type === "complete" || type === "error")).to.deep.equal([
                "complete",
            ]);
        }
        const stories = heard.map((events) => events.find(({ event }) => event.type === "complete")?.event.result);
        const texts = stories.map((story) => (story as { story: string }).story);
        expect(new Set(texts).size).to.equal(1);
    });

    it("is nobody else's to hear, or to stop", async () => {
        const { id } = await abandoned();
        const answers = await Promise.all([
            scene.service.get(`/api/v1/story/session/${id}`, scene.bob.idToken, { accept: "text/event-stream" }),
            scene.service.post("/api/v1/story/generate-pipeline", scene.bob.idToken, { session_id: id }),
            stop(id, scene.service, scene.bob.idToken),
        ]);
        expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 404]);
        letGo();
        await until(isQuiet);
        expect((await scene.session(id)).data.status).to.equal("completed");
    });

    for (const [where, serviceOf] of [
        ["its own task", () => scene.service],
        ["another task", () => second],
    ] as const) {
        it(`is stopped by way of ${where}: what is finished stays, and can be gone on with at once`, async () => {
            const { id } = await abandoned();
            const listeners = await Promise.all([
                attached(scene.service.listen(scene.ann.idToken, id)),
                attached(second.listen(scene.ann.idToken, id)),
            ]);
            const answer = await stop(id, serviceOf());
            expect(answer.status).to.equal(200);
            expect(await read(answer)).to.deep.include({ session_id: id, resumable: true });
            expect((await scene.session(id)).data.status).to.equal("interrupted");
            await until(isQuiet);
            for (const listener of listeners) {
                const last = (await listener.end).at(-1)?.event;
                expect(last).to.include({ type: "error", resumable: true });
                expect(last).to.not.have.property("retry_after");
            }
            letGo();
            const again = await all(serviceOf().hear(scene.ann.idToken, { session_id: id }));
            expect(typesOf(again).at(-1)).to.equal("complete");
            expect(again.find(({ event }) => event.agent_id === "system_start" && event.resumed)).to.not.equal(
                undefined,
            );
        });
    }

    it("is gone on with by one task, however many are asked at once", async () => {
        const [model = 0, api = 0, functions = 0] = await paidBy(() => scene.story());
        const crowded = await paidBy(async () => {
            const { id } = await abandoned();
            await stop(id);
            letGo();
            const asked = [scene.service, second, scene.service, second].map((service) =>
                all(service.hear(scene.ann.idToken, { session_id: id })),
            );
            for (const heard of await Promise.all(asked)) {
                expect(typesOf(heard).at(-1)).to.equal("complete");
            }
        });
        // The agent that was stopped, in the middle of its work, does it again: it asks for ideas, and the model.
        expect(crowded).to.deep.equal([model + 1, api + 1, functions]);
    });

    it("has nothing to stop when it is finished", async () => {
        const id = await scene.story();
        expect(await read(await stop(id))).to.deep.include({ session_id: id, resumable: false });
        expect((await scene.session(id)).data.status).to.equal("completed");
    });

    it("tells who lost the connection just before its end how it ended, and costs nothing more", async () => {
        scene.upstreams.down("model");
        const heard = await all(scene.service.hear(scene.ann.idToken, WISH));
        expect(typesOf(heard).at(-1)).to.equal("error");
        const calls = scene.upstreams.calls("model");
        const id = String(heard[0]?.event.session_id);
        const rest = await all(scene.service.listen(scene.ann.idToken, id, heard.at(-3)?.id));
        expect(rest).to.deep.equal(heard.slice(-2));
        expect(scene.upstreams.calls("model")).to.equal(calls);
    });

    it("is gone on with by who heard of it on another task than the one that was killed", async () => {
        const killed = await ServiceProcess.start(scene.world);
        const { id } = await abandoned(killed);
        const listener = await attached(second.listen(scene.ann.idToken, id));
        await killed.end("SIGKILL");
        expect((await listener.end).at(-1)?.event).to.include({ type: "error", resumable: true, retry_after: 5 });
        letGo();
        const rest = await all(second.listen(scene.ann.idToken, id));
        expect(typesOf(rest).at(-1)).to.equal("complete");
    });

    it("is still heard of when the task by way of which it was heard goes away", async () => {
        const leaving = await ServiceProcess.start(scene.world);
        const { id } = await abandoned();
        const listener = await attached(leaving.listen(scene.ann.idToken, id));
        const ended = leaving.end("SIGTERM");
        expect((await listener.end).at(-1)?.event).to.include({ type: "error", resumable: true, retry_after: 5 });
        await ended;
        const again = all(second.listen(scene.ann.idToken, id));
        letGo();
        expect(typesOf(await again).at(-1)).to.equal("complete");
    });
});
