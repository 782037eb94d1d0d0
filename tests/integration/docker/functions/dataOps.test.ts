/** The data operations, invoked as the agent service and operators do. */
import { createRequire } from "node:module";
import { expect } from "chai";
import { BUCKET, makeWorld, putObject, stopWorld, type World } from "../../../kit/functions/world.ts";

const { unzipSync } = createRequire(new URL("../../../../docker/package.json", import.meta.url))("fflate");

describe("the data operations", function () {
    this.timeout(60_000);
    let world: World;

    after(stopWorld);
    before(async () => {
        world = await makeWorld();
        for (let at = 1; at <= 5; at += 1) {
            const session = {
                user_id: "gus",
                session_id: `s${at}`,
                route: at % 2 ? "odd" : "even",
                timestamp: at * 1000,
                request: { at },
                response: {},
            };
            expect(await world.data({ operation: "put_session", ...session })).to.include({ success: true });
        }
        await world.data({ operation: "put_session", user_id: "hal", session_id: "s1", route: "odd", timestamp: 9000 });
        await putObject(world.s3, "users/gus/jobs/j/segment_1.png", "picture");
        await putObject(world.s3, "users/gus/jobs/exports/segment_1.png", "picture of a job of that name");
        await putObject(world.s3, "AIWorkflow/gus/s1/story.json", "story");
        await putObject(world.s3, "AIWorkflow/users/gus/stories/old/story.json", "old story");
        await putObject(world.s3, "AIWorkflow/users/gus/stories/old/audio/hls/segment_000.ts", "old audio");
        await putObject(world.s3, "users/hal/jobs/j/segment_1.png", "another's");
        await putObject(world.s3, "AIWorkflow/users/hal/stories/old/story.json", "another's");
    });

    it("query sessions by user, newest first, in pages", async () => {
        const ids: string[] = [];
        let next: string | undefined;
        do {
            const { result } = await world.data({
                operation: "query_sessions",
                user_id: "gus",
                limit: 2,
                ...(next ? { next } : {}),
            });
            ids.push(...result.sessions.map((row: { session_id: string }) => row.session_id));
            next = result.next;
        } while (next);
        expect(ids).to.deep.equal(["s5", "s4", "s3", "s2", "s1"]);
    });

    it("query sessions by route and by time", async () => {
        const byRoute = await world.data({ operation: "query_sessions", route: "odd" });
        expect(byRoute.result.sessions.map((row: { user_id: string }) => row.user_id)).to.deep.equal([
            "hal",
            "gus",
            "gus",
            "gus",
        ]);
        const byTime = await world.data({ operation: "query_sessions", user_id: "gus", from: 2000, to: 3000 });
        expect(byTime.result.sessions.map((row: { request: { at: number } }) => row.request.at)).to.deep.equal([3, 2]);
    });

    it("read an object of the user, and no other", async () => {
        const own = await world.data({
            operation: "read_object",
            user_id: "gus",
            key: "users/gus/jobs/j/segment_1.png",
        });
        expect(Buffer.from(own.result.base64, "base64").toString()).to.equal("picture");
        const old = "AIWorkflow/users/gus/stories/old/story.json";
        const read = await world.data({ operation: "read_object", user_id: "gus", key: old });
        expect(Buffer.from(read.result.base64, "base64").toString()).to.equal("old story");
        for (const key of [
            "users/hal/jobs/j/segment_1.png",
            "users/gus/../hal/jobs/j/segment_1.png",
            "AIWorkflow/users/hal/stories/old/story.json",
        ]) {
            expect(await world.data({ operation: "read_object", user_id: "gus", key })).to.include({
                success: false,
                status: 403,
            });
        }
        expect(await world.data({ operation: "read_object", user_id: "gus", key: "users/gus/none" })).to.include({
            status: 404,
        });
    });

    it("export all sessions and objects of a user as one archive", async () => {
        const { result } = await world.data({ operation: "export_user_data", user_id: "gus" });
        expect(result).to.include({ complete: true, sessions: 5, objects: 5 });
        const key = result.archive.slice(`s3://${BUCKET}/`.length);
        const { result: archive } = await world.data({ operation: "read_object", user_id: "gus", key });
        const files = unzipSync(Buffer.from(archive.base64, "base64")) as Record<string, Uint8Array>;
        expect(Object.keys(files)).to.have.members([
            "sessions.jsonl",
            "contents.json",
            "objects/users/gus/jobs/j/segment_1.png",
            "objects/users/gus/jobs/exports/segment_1.png",
            "objects/AIWorkflow/gus/s1/story.json",
            "objects/AIWorkflow/users/gus/stories/old/story.json",
            "objects/AIWorkflow/users/gus/stories/old/audio/hls/segment_000.ts",
        ]);
        expect(Buffer.from(files["objects/AIWorkflow/gus/s1/story.json"] ?? []).toString()).to.equal("story");
        expect(
            Buffer.from(files["sessions.jsonl"] ?? [])
                .toString()
                .trim()
                .split("\n"),
        ).to.have.length(5);
        // An archive is no part of the next one.
        const again = await world.data({ operation: "export_user_data", user_id: "gus" });
        expect(again.result).to.include({ complete: true, sessions: 5, objects: 5 });
    });

    it("export in as many archives as the time makes of it", async () => {
        const objects: number[] = [];
        let next: string | undefined;
        do {
            const asked = { operation: "export_user_data", user_id: "gus", ...(next ? { next } : {}) };
            const { result } = await world.data(asked, 1_000);
            objects.push(result.objects);
            next = result.next;
        } while (next);
        expect(objects).to.deep.equal([0, 1, 1, 1, 1, 1]);
    });

    it("delete everything of a user, also when it takes several calls, and nothing of another", async () => {
        expect(await world.data({ operation: "delete_user_data", user_id: "gus" }, 1_000)).to.deep.include({
            result: { complete: false, sessions: 0, objects: 0 },
        });
        const { result } = await world.data({ operation: "delete_user_data", user_id: "gus" });
        expect(result).to.include({ complete: true, sessions: 5 });
        expect(await world.keys("users/gus/")).to.deep.equal([]);
        expect(await world.keys("AIWorkflow/gus/")).to.deep.equal([]);
        expect(await world.keys("AIWorkflow/users/gus/")).to.deep.equal([]);
        expect(await world.sessions("gus")).to.deep.equal([]);
        expect(await world.keys("users/hal/")).to.have.length(1);
        expect(await world.keys("AIWorkflow/users/hal/")).to.have.length(1);
        expect(await world.sessions("hal")).to.have.length(1);
    });

    it("take the folder of all old stories for nobody's", async () => {
        for (const operation of ["delete_user_data", "export_user_data"]) {
            expect(await world.data({ operation, user_id: "users" })).to.include({ success: false, status: 400 });
        }
        expect(await world.keys("AIWorkflow/users/hal/")).to.have.length(1);
    });

    it("say what is wrong with an event", async () => {
        for (const operation of ["drop_table", "toString", "__proto__", "constructor", "", 1, null, ["put_session"]]) {
            const unknown = await world.data({ operation });
            expect(unknown, String(operation)).to.include({ success: false, status: 400 });
            expect(unknown.message).to.contain("put_session").and.to.contain("delete_user_data");
        }
        const missing = await world.data({ operation: "put_session", user_id: "../x" });
        expect(missing.message).to.contain("user_id").and.to.contain("session_id").and.to.contain("route");
    });
});
