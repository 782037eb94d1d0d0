import { expect } from "chai";
import { Scene } from "./scene.ts";
import { read } from "./world.ts";

describe("a narration of the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    describe("a narration", () => {
        let id: string;
        before(async () => {
            id = await scene.story();
        });

        it("is not there at first", async () => {
            const state = await read(await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
            expect(state).to.include({ status: "not_generated", session_id: id });
            expect((await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken)).status).to.equal(404);
        });

        it("becomes one file that plays and seeks, also by its own address", async () => {
            const state = await scene.narrated(id);
            expect(state).to.include({ status: "ready", progress: 100, file_type: "wav" });
            const whole = await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken);
            expect(whole.status).to.equal(200);
            expect(whole.headers.get("accept-ranges")).to.equal("bytes");
            const bytes = Buffer.from(await whole.arrayBuffer());
            expect(bytes.length).to.equal(state.file_size_bytes);
            expect(bytes.toString("latin1", 0, 4)).to.equal("RIFF");
            expect(bytes.readUInt32LE(40)).to.equal(bytes.length - 44);

            const part = await fetch(scene.service.url + state.url, { headers: { range: "bytes=100-199" } });
            expect(part.status).to.equal(206);
            expect(part.headers.get("content-range")).to.equal(`bytes 100-199/${bytes.length}`);
            expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).to.equal(true);
            const tail = await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken, {
                range: "bytes=-10",
            });
            expect(Buffer.from(await tail.arrayBuffer()).equals(bytes.subarray(-10))).to.equal(true);
            const beyond = await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken, {
                range: `bytes=${bytes.length}-`,
            });
            expect(beyond.status).to.equal(416);
            expect(beyond.headers.get("content-range")).to.equal(`bytes */${bytes.length}`);
        });

        it("does not open for a forged ticket", async () => {
            const { url } = await read(await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
            expect((await fetch(`${scene.service.url}${url}x`)).status).to.equal(403);
        });

        it("is there already when asked for again, and made anew when forced or with another voice", async () => {
            const again = async (body: object) =>
                (await read(await scene.service.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, body))).status;
            expect(await again({})).to.equal("ready");
            const before = scene.upstreams.calls("speech");
            expect(await again({ force_regenerate: true })).to.equal("started");
            expect((await scene.waitForAudio(id)).status).to.equal("ready");
            expect(scene.upstreams.calls("speech")).to.be.greaterThan(before);
            expect(await again({ speaker_voice_overrides: { Narrator: "en-Bob_man" } })).to.equal("started");
            expect((await scene.waitForAudio(id)).status).to.equal("ready");
        });

        it("starts over after a reset", async () => {
            expect((await scene.service.post(`/api/v1/audio/reset/${id}`, scene.ann.idToken, {})).status).to.equal(200);
            const state = await read(await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
            expect(state.status).to.equal("not_generated");
        });

        it("uses the key that a person brings, and keeps it nowhere", async () => {
            const own = { "X-Tech42-TTS-Key": "a-persons-own-key" };
            const started = await scene.service.post(
                `/api/v1/audio/generate/${id}`,
                scene.ann.idToken,
                { force_regenerate: true },
                own,
            );
            expect((await read(started)).status).to.equal("started");
            expect((await scene.waitForAudio(id)).status).to.equal("ready");
            expect(scene.upstreams.lastSpeechKey()).to.equal("a-persons-own-key");
            expect(scene.service.logs.join(""))
                .to.not.include("a-persons-own-key")
                .and.not.include("the-deployments-key");
        });

        it("fails with a message when the speech API is down, and goes on when it is back", async () => {
            scene.upstreams.down("speech");
            const failed = await scene.narrated(id, { force_regenerate: true });
            expect(failed.status).to.equal("failed");
            expect(failed.message).to.match(/TTS API/);
            scene.upstreams.heal();
            expect((await scene.narrated(id)).status).to.equal("ready");
        });

        it("is not made of nonsense", async () => {
            scene.upstreams.nonsense("speech");
            const failed = await scene.narrated(id, { force_regenerate: true });
            expect(failed.status).to.equal("failed");
            expect((await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken)).status).to.equal(404);
        });
    });
});
