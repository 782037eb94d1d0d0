import { DeleteObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { lengthOf } from "../../../../docker/story-generator/narration/hls.ts";
import { endOf, segmentsIn } from "../../../../docker/story-generator/narration/mp3.ts";
import { Scene, until } from "../../../kit/agent/scene.ts";
import { BUCKET, ORIGIN, read } from "../../../kit/agent/world.ts";

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

        it("is told of line by line, with the times at which the file has them", async () => {
            const { timeline, duration_seconds } = await read(
                await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken),
            );
            const whole = await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken);
            const file = Buffer.from(await whole.arrayBuffer());
            const bytesPerSecond = file.readUInt32LE(28);
            const between = (from: number, to: number) =>
                file.subarray(
                    44 + 2 * Math.ceil((from * bytesPerSecond) / 2),
                    44 + 2 * Math.floor((to * bytesPerSecond) / 2),
                );
            expect(timeline).to.have.length.above(2);
            for (const [number, { at, seconds, speaker, text }] of timeline.entries()) {
                expect(speaker).to.match(/./);
                expect(text).to.match(/./);
                const next = timeline[number + 1]?.at ?? duration_seconds;
                expect(next).to.be.above(at + seconds);
                expect(between(at, at + seconds).some((byte) => byte !== 0)).to.equal(true);
                // Times are in whole milliseconds.
                expect(between(at + seconds + 0.001, next - 0.001).every((byte) => byte === 0)).to.equal(true);
            }
        });

        it("is an MP3 to keep as well, a fraction of the size", async () => {
            const state = await read(await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
            const kept = await scene.service.get(`/api/v1/audio/download/${id}`, scene.ann.idToken);
            expect(kept.headers.get("content-type")).to.equal("audio/mpeg");
            expect(kept.headers.get("content-disposition")).to.equal(`attachment; filename="story_${id}.mp3"`);
            const bytes = Buffer.from(await kept.arrayBuffer());
            expect(endOf(segmentsIn("kept", bytes))).to.be.closeTo(state.duration_seconds, 0.5);
            expect(bytes.length).to.be.lessThan(state.file_size_bytes / 6);
            const part = await scene.service.get(`/api/v1/audio/download/${id}`, scene.ann.idToken, {
                range: "bytes=0-99",
            });
            expect(part.status).to.equal(206);
        });

        it("can be kept by a plain link of this site's pages, and of no other", async () => {
            const state = await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken);
            const [cookie = "", ...terms] = (state.headers.get("set-cookie") ?? "").split("; ");
            expect(terms).to.include.members(["Path=/api/v1/audio", "HttpOnly", "Secure", "SameSite=Lax"]);
            const link = `${scene.service.url}/api/v1/audio/download/${id}`;
            const asBrowser = { accept: "text/html,application/xhtml+xml" };
            expect((await fetch(link, { headers: { ...asBrowser, cookie } })).status).to.equal(200);
            const playlist = link.replace("download", "hls").concat("/stream.m3u8");
            expect((await fetch(playlist, { headers: { cookie } })).status).to.equal(200);
            for (const [headers, status] of [
                [asBrowser, 401],
                [{ ...asBrowser, cookie: `${cookie}x` }, 403],
            ] as const) {
                const refused = await fetch(link, { headers });
                expect(refused.status).to.equal(status);
                expect(refused.headers.get("content-type")).to.include("text/html");
                expect(await refused.text()).to.match(/Open the story/);
            }
            expect((await fetch(link)).headers.get("content-type")).to.include("application/json");
        });

        it("has no segments by other names", async () => {
            for (const name of ["full.wav", "segment_0.ts", "..%2Fstory.wav"]) {
                const path = `/api/v1/audio/hls/${id}/${name}`;
                expect((await scene.service.get(path, scene.ann.idToken)).status, name).to.equal(400);
            }
            const beyond = `/api/v1/audio/hls/${id}/segment_999.ts`;
            expect((await scene.service.get(beyond, scene.ann.idToken)).status).to.equal(404);
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

        it("takes that key in the body too, as earlier clients send it", async () => {
            for (const field of ["tech42_tts_api_key", "tech42_tts_key"]) {
                await scene.narrated(id, { force_regenerate: true, [field]: `in-${field}` });
                expect(scene.upstreams.lastSpeechKey()).to.equal(`in-${field}`);
            }
        });

        it("fails with a message when the speech API is down, and goes on when it is back", async () => {
            scene.upstreams.down("speech");
            const failed = await scene.narrated(id, { force_regenerate: true });
            expect(failed.status).to.equal("failed");
            expect(failed.message).to.match(/narration service/);
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

    describe("a narration from before there were MP3s", () => {
        const get = (path: string) => scene.service.get(`/api/v1/audio/${path}`, scene.ann.idToken);

        it("is played and kept all the same, and its pieces are not spoken again", async () => {
            const id = await scene.story();
            await scene.narrated(id);
            const { Contents } = await scene.world.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
            const mp3s = (Contents ?? []).map(({ Key }) => Key ?? "").filter((key) => /\.mp3$/.test(key));
            expect(mp3s.some((key) => key.includes(id))).to.equal(true);
            for (const Key of mp3s) {
                await scene.world.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
            }
            const state = await read(await get(`status/${id}`));
            expect(state.status).to.equal("ready");
            const playlist = await (await get(`hls/${id}/stream.m3u8`)).text();
            expect(lengthOf(playlist).seconds).to.be.closeTo(state.duration_seconds, 0.2);
            expect((await get(`hls/${id}/segment_000.ts`)).status).to.equal(200);
            const kept = Buffer.from(await (await get(`download/${id}`)).arrayBuffer());
            expect(endOf(segmentsIn("kept", kept))).to.be.closeTo(state.duration_seconds, 0.2);

            const line = `/api/v1/stories/${id}/segments/1/regenerate`;
            await scene.service.post(line, scene.ann.idToken, { user_request: "Other words" });
            const before = scene.upstreams.calls("speech");
            expect((await scene.narrated(id)).status).to.equal("ready");
            expect(scene.upstreams.calls("speech")).to.equal(before + 1);
        });
    });

    describe("a narration that is being made", () => {
        it("is heard from its first piece on: its playlist grows, and nothing of it changes", async () => {
            const id = await scene.story();
            for (const [line, user_request] of [
                [1, "One chapter"],
                [3, "Another"],
            ] as const) {
                const path = `/api/v1/stories/${id}/segments/${line}/regenerate`;
                await scene.service.post(path, scene.ann.idToken, { user_request });
            }
            const get = (path: string) => scene.service.get(`/api/v1/audio/${path}`, scene.ann.idToken);
            expect((await get(`hls/${id}/stream.m3u8`)).status).to.equal(404);
            scene.upstreams.hold("speech");
            await scene.service.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {});
            const heard: { names: string[]; seconds: number; ended: boolean }[] = [];
            const segments = new Map<string, Buffer>();
            const look = async () => {
                const playlist = await get(`hls/${id}/stream.m3u8`);
                const text = await playlist.text();
                expect(playlist.headers.get("content-type")).to.equal("application/vnd.apple.mpegurl");
                expect(playlist.headers.get("cache-control")).to.include("no-cache");
                const names = text.split("\n").filter((line) => line.endsWith(".ts"));
                for (const name of names) {
                    const bytes = Buffer.from(await (await get(`hls/${id}/${name}`)).arrayBuffer());
                    expect(bytes.equals(segments.get(name) ?? bytes), name).to.equal(true);
                    segments.set(name, bytes);
                }
                heard.push({ names, seconds: lengthOf(text).seconds, ended: text.includes("#EXT-X-ENDLIST") });
            };
            // The last piece is let go when the others are heard.
            for (const [at, words] of ["One chapter", "Another"].entries()) {
                scene.upstreams.letGo("speech", words);
                await until(async () => (await read(await get(`status/${id}`))).segments > at);
                const state = await read(await get(`status/${id}`));
                expect(state).to.include({ status: "generating", segments: at + 1 });
                expect(state.duration_seconds).to.be.greaterThan(0);
                await look();
            }
            scene.upstreams.letGo("speech", "");
            await scene.waitForAudio(id);
            await look();
            for (const [at, one] of heard.entries()) {
                const before = heard[at - 1];
                expect(one.ended).to.equal(at === heard.length - 1);
                expect(one.names.slice(0, before?.names.length ?? 0)).to.deep.equal(before?.names ?? []);
            }
            const state = await read(await get(`status/${id}`));
            expect(heard.at(-1)?.seconds).to.be.closeTo(state.duration_seconds, 0.5);
            // Each begins with its time; the rest, one behind the other, is the whole.
            const kept = Buffer.from(await (await get(`download/${id}`)).arrayBuffer());
            const joined = [...segments.keys()].sort().map((name) => {
                const bytes = segments.get(name) as Buffer;
                return bytes.subarray(10 + bytes.readUInt8(9));
            });
            expect(Buffer.concat(joined)).to.deep.equal(kept);
        });

        it("can be asked for by pages of other origins, with the headers that they send", async () => {
            const path = "/api/v1/audio/generate/some-story";
            const asked = "authorization, cache-control, content-type, pragma, x-tech42-tts-key";
            const allowed = await fetch(scene.service.url + path, {
                method: "OPTIONS",
                headers: {
                    origin: ORIGIN,
                    "access-control-request-method": "POST",
                    "access-control-request-headers": asked,
                },
            });
            const names = (allowed.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(",");
            expect(names).to.include.members(asked.split(", "));
            expect(allowed.headers.get("access-control-allow-origin")).to.equal(ORIGIN);
        });
    });
});
