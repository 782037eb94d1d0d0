/** What a story's data is promised, on two tasks of the service and with a table and a bucket that fail. */
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { FaultyAws } from "../../../kit/agent/faultyAws.ts";
import { Scene, until, WISH } from "../../../kit/agent/scene.ts";
import { BUCKET, makePerson, type Person, read, ServiceProcess } from "../../../kit/agent/world.ts";

/** The last event of a run that is complete. */
type Completed = { session_id: string; result: { images: string[]; warnings: string[] } };

/** The rest of a row's summary. */
const SUMMARY = {
    title: "A fox",
    topic: "A fox",
    story_type: "fiction",
    length: "short",
    status: "completed",
    chapters: 3,
    images_count: 0,
    word_count: 100,
};

describe("a story's data", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let second: ServiceProcess;
    let dynamo: DynamoDBClient;
    let sub = "";

    before(async () => {
        second = await ServiceProcess.start(scene.world);
        const endpoint = scene.world.emulator.url;
        const credentials = { accessKeyId: "test", secretAccessKey: "test" };
        dynamo = new DynamoDBClient({ region: "us-east-1", endpoint, credentials });
        sub = (await read(await scene.service.get("/api/v1/auth/me", scene.ann.idToken))).data.sub;
    });
    after(() => second?.end());

    const remove = (id: string, service = scene.service, person = scene.ann) =>
        fetch(`${service.url}/api/v1/stories/${id}`, {
            method: "DELETE",
            headers: { authorization: `Bearer ${person.idToken}` },
        });
    const listed = async (service = scene.service, person: Person = scene.ann) => {
        const { stories } = await read(await service.get("/api/v1/stories/list", person.idToken));
        return stories.map((story) => story.session_id);
    };
    const again = (id: string, part: string, wish: string, service = scene.service) =>
        service.post(`/api/v1/stories/${id}/${part}/regenerate`, scene.ann.idToken, { user_request: wish });
    const TableName = "story-sessions-test";
    const rowsOf = async (userId = sub) => {
        const { Items } = await dynamo.send(
            new QueryCommand({
                TableName,
                KeyConditionExpression: "user_id = :user",
                ExpressionAttributeValues: { ":user": { S: userId } },
            }),
        );
        return Items ?? [];
    };
    const put = (row: Record<string, string | number>) => {
        const Item = Object.entries(row).map(([name, value]) => [
            name,
            typeof value === "number" ? { N: String(value) } : { S: value },
        ]);
        return dynamo.send(new PutItemCommand({ TableName, Item: Object.fromEntries(Item) }));
    };
    const objectsOf = async (id: string) => {
        const { Contents } = await scene.world.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
        return (Contents ?? []).map(({ Key = "" }) => Key).filter((key) => key.includes(id));
    };
    const callsHeld = async (upstream: "api" | "speech", more = 1) => {
        const before = scene.upstreams.calls(upstream);
        scene.upstreams.hold(upstream);
        return () => until(async () => scene.upstreams.calls(upstream) >= before + more);
    };

    it("stays in the list when a part of it can't be made again, or its client leaves", async () => {
        const id = await scene.story();
        scene.upstreams.down("api");
        scene.upstreams.down("functions");
        expect((await again(id, "images/1", "brighter")).status).to.equal(502);
        expect((await again(id, "segments/1", "brighter")).status).to.equal(502);
        scene.upstreams.heal();
        expect(await listed()).to.include(id);
        const isHeld = await callsHeld("api");
        const leaving = new AbortController();
        const left = fetch(`${scene.service.url}/api/v1/stories/${id}/segments/1/regenerate`, {
            method: "POST",
            headers: { authorization: `Bearer ${scene.ann.idToken}`, "content-type": "application/json" },
            body: JSON.stringify({ user_request: "left alone" }),
            signal: leaving.signal,
        }).catch(() => undefined);
        await isHeld();
        leaving.abort();
        await left;
        expect(await listed()).to.include(id);
        scene.upstreams.letGo("api", "");
        // It was paid for, and is kept.
        await until(async () =>
            (await (await scene.service.get(`/api/v1/stories/${id}/download`, scene.ann.idToken)).text()).includes(
                "Anew: left alone",
            ),
        );
    });

    it("keeps all that is made again at the same time, on whatever task", async () => {
        const id = await scene.story();
        const answers = await Promise.all(
            [1, 2, 3, 4].map((line) =>
                again(id, `segments/${line}`, `wish ${line}`, line % 2 ? scene.service : second),
            ),
        );
        expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
        const text = await (await scene.service.get(`/api/v1/stories/${id}/download`, scene.ann.idToken)).text();
        for (const line of [1, 2, 3, 4]) {
            expect(text).to.include(`Anew: wish ${line}`);
        }
        const scenes = await Promise.all(
            [1, 2, 3].map((at) =>
                (at % 2 ? scene.service : second).post("/api/v1/story/approve-scene", scene.ann.idToken, {
                    session_id: id,
                    scene_id: at,
                }),
            ),
        );
        expect(scenes.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
        expect((await scene.session(id)).data.scenes.map(({ status }) => status)).to.deep.equal([
            "approved",
            "approved",
            "approved",
        ]);
    });

    it("gets the pictures that it lacks when it is taken up again", async () => {
        scene.upstreams.down("api");
        scene.upstreams.down("functions");
        const first = (await scene.service.makeStory(scene.ann.idToken, WISH)).at(-1) as Completed;
        expect(first.result.images).to.deep.equal([]);
        const pictures = async () => {
            const { data } = await read(
                await scene.service.get(`/api/v1/stories/${first.session_id}`, scene.ann.idToken),
            );
            return [data.lacks_pictures, data.illustrated_chapters];
        };
        expect(await pictures()).to.deep.equal([true, []]);
        scene.upstreams.heal();
        const session = { session_id: first.session_id };
        const calls = scene.upstreams.calls("model");
        const again = (await scene.service.makeStory(scene.ann.idToken, session)).at(-1) as Completed;
        expect(again.result.images).to.have.length(3);
        expect(again.result.warnings.join()).to.not.include("pictures");
        const { images } = await read(
            await scene.service.get(`/api/v1/stories/${first.session_id}/images`, scene.ann.idToken),
        );
        expect(images).to.have.length(3);
        expect(await pictures()).to.deep.equal([false, [1, 2, 3]]);
        expect(scene.upstreams.calls("model")).to.equal(calls);
    });

    it("keeps what is made again while its run draws what is missing, which is paid for once", async () => {
        scene.upstreams.down("api");
        scene.upstreams.down("functions");
        const [{ session_id: id } = {}] = await scene.service.makeStory(scene.ann.idToken, WISH);
        scene.upstreams.heal();
        const calls = scene.upstreams.calls("api");
        const isHeld = await callsHeld("api");
        const taken = scene.service.makeStory(scene.ann.idToken, { session_id: id });
        await isHeld();
        // A caller with an access token goes another way to the functions than the run does.
        const { accessToken } = scene.ann;
        const path = `/api/v1/stories/${id}/segments/1/regenerate`;
        expect((await second.post(path, accessToken, { user_request: "meanwhile" })).status).to.equal(200);
        expect(await scene.narrated(String(id))).to.include({ status: "ready" });
        scene.upstreams.letGo("api", "");
        const last = (await taken).at(-1) as unknown as Completed & { type: string };
        expect(last.type).to.equal("complete");
        expect(last.result.images).to.have.length(3);
        expect(scene.upstreams.calls("api") - calls).to.equal(1);
        const text = await (await scene.service.get(`/api/v1/stories/${id}/download`, scene.ann.idToken)).text();
        expect(text).to.include("Anew: meanwhile");
        const { stories } = await read(await scene.service.get("/api/v1/stories/list", scene.ann.idToken));
        const shown = stories.find((story) => story.session_id === id);
        expect(shown).to.include({ has_audio: true, images_count: 3 });
    });

    it("has a bound of parts that one person has made again at once, counted over all tasks", async () => {
        const id = await scene.story();
        const isHeld = await callsHeld("api", 4);
        const asked = Array.from({ length: 6 }, (_, at) =>
            again(id, "segments/1", "x", at % 2 ? scene.service : second).then(({ status }) => status),
        );
        await isHeld();
        scene.upstreams.letGo("api", "");
        expect((await Promise.all(asked)).sort()).to.deep.equal([200, 200, 200, 200, 429, 429]);
    });

    for (const [where, serviceOf] of [
        ["the same task", () => scene.service],
        ["another task", () => second],
    ] as const) {
        it(`stays deleted, whatever is under way for it, by way of ${where}`, async () => {
            const id = await scene.story();
            await scene.world.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
            const isHeld = await callsHeld("api");
            const drawn = again(id, "images/1", "brighter");
            await isHeld();
            const removed = await remove(id, serviceOf());
            expect(removed.status).to.equal(200);
            expect((await drawn).status).to.equal(404);
            expect(await listed()).to.not.include(id);
            scene.upstreams.letGo("api", "");
            await until(async () => (await rowsOf()).every((row) => !JSON.stringify(row).includes(id)));
            expect(await objectsOf(id)).to.deep.equal([]);
            expect((await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken)).status).to.equal(404);
            expect(await listed()).to.not.include(id);
        });

        it(`stays deleted while it is being made, by way of ${where}`, async () => {
            // The whole run takes some times as long as a task needs to hear of what another one was told.
            scene.upstreams.slow("model", 600);
            let last: unknown;
            let id = "";
            for await (const event of scene.service.events(scene.ann.idToken, WISH)) {
                last = event.type;
                if (event.type === "start") {
                    id = String(event.session_id);
                    expect((await remove(id, serviceOf())).status).to.equal(200);
                }
            }
            expect(last).to.equal("error");
            expect(await objectsOf(id)).to.deep.equal([]);
            expect(await listed()).to.not.include(id);
        });

        it(`stays deleted while it is narrated, by way of ${where}`, async () => {
            const id = await scene.story();
            const isHeld = await callsHeld("speech");
            await scene.service.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {});
            await isHeld();
            expect((await remove(id, serviceOf())).status).to.equal(200);
            scene.upstreams.letGo("speech", "");
            expect(await objectsOf(id)).to.deep.equal([]);
            const state = await read(await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
            expect(state.status).to.equal("not_generated");
        });
    }

    it("is narrated once, however often and wherever that is asked for at once", async () => {
        const id = await scene.story();
        const before = scene.upstreams.calls("speech");
        const isHeld = await callsHeld("speech");
        const asked = Array.from({ length: 6 }, (_, at) =>
            (at % 2 ? scene.service : second).post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {}),
        );
        await isHeld();
        const answers = await Promise.all((await Promise.all(asked)).map(read));
        scene.upstreams.letGo("speech", "");
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([...Array(5).fill("generating"), "started"]);
        const state = await scene.waitForAudio(id);
        const pieces = (state as unknown as { pieces_total: number }).pieces_total;
        expect(scene.upstreams.calls("speech") - before).to.be.at.most(pieces);
        expect((await fetch(second.url + state.url)).status).to.equal(200);
    });

    it("has a bound of runs that one person has at once, counted over all tasks", async () => {
        scene.upstreams.hold("model");
        const leaving = new AbortController();
        const starts = Array.from({ length: 10 }, (_, at) =>
            fetch(`${(at % 2 ? scene.service : second).url}/api/v1/story/generate-pipeline`, {
                method: "POST",
                headers: { authorization: `Bearer ${scene.bob.idToken}` },
                body: JSON.stringify(WISH),
                signal: leaving.signal,
            }),
        );
        const statuses = (await Promise.all(starts)).map(({ status }) => status);
        leaving.abort();
        expect(statuses.filter((status) => status === 200)).to.have.length(5);
        expect(statuses.filter((status) => status === 429)).to.have.length(5);
        scene.upstreams.letGo("model", "");
        await until(async () => (await scene.activeRuns()) + (await scene.activeRuns(second)) === 0);
    });

    describe("behind a table and a bucket that fail", () => {
        let aws: FaultyAws;
        let service: ServiceProcess;
        before(async () => {
            aws = await FaultyAws.before(scene.world.emulator);
            service = await ServiceProcess.start(scene.world, { AWS_ENDPOINT_URL: aws.url });
        });
        afterEach(() => {
            aws.fails = () => false;
        });
        after(async () => {
            await service?.end();
            aws?.stop();
        });

        for (const [what, fails] of [
            ["the table refuses to remove rows", (call: string) => call === "DeleteItem"],
            ["the table takes no writes", (call: string) => /Item$/.test(call) && call !== "GetItem"],
            ["the bucket refuses to remove objects", (call: string) => /^(POST|DELETE) .*delete/i.test(call)],
            ["the bucket lists nothing", (call: string) => /^GET .*list-type/.test(call)],
        ] as const) {
            it(`is deleted to the end by asking again when ${what}`, async () => {
                const id = await scene.story();
                aws.fails = fails;
                expect((await remove(id, service)).status).to.equal(503);
                aws.fails = () => false;
                expect((await remove(id, service)).status).to.equal(200);
                expect(await objectsOf(id)).to.deep.equal([]);
                expect((await rowsOf()).filter((row) => JSON.stringify(row).includes(id))).to.deep.equal([]);
                expect((await remove(id, service)).status).to.equal(404);
            });
        }

        it("is deleted to the end by the next list, and shown by none", async () => {
            const id = await scene.story();
            aws.fails = (call) => /^(POST|DELETE) .*delete/i.test(call);
            expect((await remove(id, service)).status).to.equal(503);
            expect(await listed(service)).to.not.include(id);
            expect(await objectsOf(id)).to.not.deep.equal([]);
            aws.fails = () => false;
            expect(await listed(service)).to.not.include(id);
            expect(await objectsOf(id)).to.deep.equal([]);
        });

        it("is complete only when it is stored", async () => {
            const events: Record<string, unknown>[] = [];
            for await (const event of service.events(scene.ann.idToken, WISH)) {
                events.push(event);
                if (event.type === "agent_start" && event.agent_id === "system_end") {
                    aws.fails = (call) => call.startsWith("PUT ");
                }
            }
            const last = events.at(-1);
            expect(last).to.include({ type: "error", resumable: true });
            expect(last?.message).to.match(/can't be saved/);
            aws.fails = () => false;
            const rest = await service.makeStory(scene.ann.idToken, { session_id: last?.session_id });
            expect(rest.at(-1)?.type).to.equal("complete");
            expect(await listed()).to.include(last?.session_id);
        });
    });

    it("is kept, with what is being made again, when its task is told to end", async () => {
        const leaving = await ServiceProcess.start(scene.world);
        const id = await scene.story();
        const isHeld = await callsHeld("api");
        const asked = again(id, "segments/1", "at last", leaving);
        await isHeld();
        const ended = leaving.end("SIGTERM");
        await until(async () => (await read(await leaving.get("/health"))).draining);
        expect((await again(id, "segments/1", "too late", leaving)).status).to.equal(503);
        // Longer than a process is given that only closes.
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        scene.upstreams.letGo("api", "");
        expect((await asked).status).to.equal(200);
        expect(await ended).to.equal(0);
        const text = await (await scene.service.get(`/api/v1/stories/${id}/download`, scene.ann.idToken)).text();
        expect(text).to.include("Anew: at last");
    });

    describe("in the list", () => {
        it("has pages, in which no story is missing or shown twice", async () => {
            const person = await makePerson(scene.world, scene.service, "many");
            const { sub: userId } = (await read(await scene.service.get("/api/v1/auth/me", person.idToken))).data;
            const ids = Array.from({ length: 250 }, (_, at) => `story-${String(at).padStart(3, "0")}`);
            // As the version before this one wrote them.
            for (const [at, session_id] of ids.entries()) {
                const created_at = new Date(Date.UTC(2025, 0, 1) + at * 60_000).toISOString();
                const response = JSON.stringify({ ...SUMMARY, session_id, created_at, updated_at: created_at });
                const timestamp = Date.parse(created_at);
                const route = "generate_story_pipeline";
                await put({ user_id: userId, session_id, timestamp, route, request: "{}", response, created_at });
            }
            for (const limit of [100, 7]) {
                const shown: string[] = [];
                let next = "";
                do {
                    const answer = await fetch(
                        `${scene.service.url}/api/v1/stories/list?limit=${limit}${next && `&next=${next}`}`,
                        { headers: { authorization: `Bearer ${person.idToken}` } },
                    );
                    const page = (await answer.json()) as { stories: { session_id: string }[]; next?: string };
                    expect(page.stories.length).to.be.at.most(limit);
                    shown.push(...page.stories.map((story) => story.session_id));
                    next = page.next ?? "";
                } while (next);
                expect(shown).to.deep.equal([...ids].reverse());
            }
            // They are put where they belong on the side.
            await until(async () => (await rowsOf(userId)).every((row) => row.session_id?.S?.startsWith("#")));
            expect(await listed(scene.service, person)).to.have.length(100);
            const wrong = await scene.service.get("/api/v1/stories/list?next=bm9uc2Vuc2U", person.idToken);
            expect(wrong.status).to.equal(400);
        });

        it("does not cost the reading of what is recorded of calls", async () => {
            const aws = await FaultyAws.before(scene.world.emulator);
            const service = await ServiceProcess.start(scene.world, { AWS_ENDPOINT_URL: aws.url });
            const person = await makePerson(scene.world, scene.service, "caller");
            const { sub: userId } = (await read(await scene.service.get("/api/v1/auth/me", person.idToken))).data;
            await service.makeStory(person.idToken, WISH);
            const response = JSON.stringify("x".repeat(100_000));
            for (let at = 0; at < 60; at += 1) {
                const session_id = `job-${at}#request-${at}`;
                const created_at = new Date().toISOString();
                const row = { user_id: userId, session_id, timestamp: Date.now(), route: "r", request: "{}" };
                await put({ ...row, response, created_at });
            }
            const before = aws.bytes;
            expect(await listed(service, person)).to.have.length(1);
            expect(aws.bytes - before).to.be.lessThan(20_000);
            await service.end();
            aws.stop();
        });
    });
});
