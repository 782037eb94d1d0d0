/** Stories that the service before this one saved, in its own layout, as its users have them. */
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { wavHeader } from "../../../../docker/story-generator/narration/wav.ts";
import { Scene } from "../../../kit/agent/scene.ts";
import { BUCKET, type Person, read } from "../../../kit/agent/world.ts";

const STORY = {
    title: "The Lighthouse",
    characters: ["Ida", "Narrator"],
    chapters: [
        { chapter_number: 1, title: "Fog", lines: [{ speaker: "Narrator", text: "The fog came in." }] },
        { chapter_number: 2, title: "Light", lines: [{ speaker: "Ida", text: "Turn it on!" }] },
    ],
};
const PLAYLIST =
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9.5,\nsegment_000.ts\n#EXTINF:3.0,\nsegment_001.ts\n#EXT-X-ENDLIST\n";

describe("stories of the service before", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let sub = "";

    const folder = (id: string, owner = sub) => `AIWorkflow/users/${owner}/stories/${id}/`;
    async function put(id: string, files: Record<string, string | Buffer | object>, owner = sub): Promise<void> {
        for (const [name, content] of Object.entries(files)) {
            const Body = typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content);
            await scene.world.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: folder(id, owner) + name, Body }));
        }
    }
    const get = (path: string, person: Person = scene.ann) => scene.service.get(`/api/v1${path}`, person.idToken);
    const keys = async (prefix: string) => {
        const { Contents } = await scene.world.s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
        return (Contents ?? []).map(({ Key }) => Key);
    };
    const wav = (seconds: number) => {
        const format = { channels: 1, sampleRate: 24_000, bitsPerSample: 16 };
        const samples = Buffer.alloc(48_000 * seconds, 1);
        return Buffer.concat([wavHeader(format, samples.length), samples]);
    };

    before(async () => {
        sub = (await read(await get("/auth/me"))).data.sub;
        await put("lighthouse", {
            "metadata.json": {
                story_id: "lighthouse",
                user_id: sub,
                title: "The Lighthouse",
                topic: "A lighthouse in the fog",
                created_at: "2025-03-01T10:00:00.123456",
                updated_at: "2025-03-02T10:00:00",
                word_count: 7,
                images: ["https://old.example/1.png"],
            },
            "story.json": STORY,
            "story.txt": "The fog came in.",
            "images/image_10.png": "the tenth picture",
            "images/image_2.png": "the second picture",
            "audio/full.wav": wav(13),
            "audio/hls/stream.m3u8": PLAYLIST,
            "audio/hls/segment_000.ts": "the first part",
            "audio/hls/segment_001.ts": "the second part",
        });
        await put("text-only", { "story.txt": "# A Fox\n\nIt slept.\n\n## Chapter 1: Waking\n\nIt woke.\n\nIt ran." });
        await put("only-wav", {
            "metadata.json": { title: "Waves", created_at: "2024-01-01T00:00:00Z" },
            "audio/full.wav": wav(13),
        });
        await put("broken", { "metadata.json": "{nonsense", "story.json": "[]", "story.txt": "Some words." });
    });

    it("are in the list beside the new ones, newest first", async () => {
        const id = await scene.story();
        const { stories } = await read(await get("/stories/list"));
        const ids = stories.map((one) => one.session_id);
        expect(ids).to.have.members([id, "lighthouse", "text-only", "only-wav", "broken"]);
        expect(ids.slice(-2)).to.deep.equal(["lighthouse", "only-wav"]);
        expect(stories.at(-2)).to.deep.include({
            story_id: "lighthouse",
            title: "The Lighthouse",
            topic: "A lighthouse in the fog",
            status: "completed",
            created_at: "2025-03-01T10:00:00.123Z",
            chapters: 2,
            images_count: 2,
            word_count: 7,
            has_audio: true,
            has_images: true,
        });
        expect((await read(await get("/stories/list", scene.bob))).stories).to.deep.equal([]);
    });

    it("are read as they were told", async () => {
        const told = await read(await get("/stories/lighthouse"));
        expect(told.structured_story).to.deep.equal({
            ...STORY,
            characters: ["Ida"],
        });
        expect(told).to.have.property("story_text").that.includes("## Chapter 2: Light");
        const session = await read(await get("/story/session/lighthouse"));
        expect(session.data).to.deep.include({ stage: "completed", resumable: false });
    });

    it("are read where there is only a text, and where the rest is nonsense", async () => {
        const { structured_story: fox } = await read(await get("/stories/text-only"));
        expect(fox).to.deep.equal({
            title: "A Fox",
            characters: [],
            chapters: [
                { chapter_number: 1, title: "Chapter 1", lines: [{ speaker: "Narrator", text: "It slept." }] },
                {
                    chapter_number: 2,
                    title: "Waking",
                    lines: ["It woke.", "It ran."].map((text) => ({ speaker: "Narrator", text })),
                },
            ],
        });
        const { structured_story: broken } = await read(await get("/stories/broken"));
        expect(broken.chapters).to.have.length(1);
    });

    it("are shown with their pictures, also by name", async () => {
        const { images } = await read(await get("/stories/lighthouse/images"));
        const shown = await Promise.all(images.map(async (url) => (await fetch(url)).text()));
        expect(shown).to.deep.equal(["the second picture", "the tenth picture"]);
        const address = `${scene.service.url}/api/v1/images/lighthouse/image_10.png`;
        const headers = { authorization: `Bearer ${scene.ann.idToken}` };
        const led = await fetch(address, { headers, redirect: "manual" });
        expect(led.status).to.equal(302);
        expect(await (await fetch(led.headers.get("location") ?? "")).text()).to.equal("the tenth picture");
        const inline = await fetch(`${address}?inline=true`, { headers });
        expect(inline.headers.get("content-type")).to.equal("image/png");
        expect(await inline.text()).to.equal("the tenth picture");
        expect((await get("/images/lighthouse/image_3.png")).status).to.equal(404);
        expect((await get("/images/lighthouse/image_3.png?inline=true")).status).to.equal(404);
    });

    it("are saved as files", async () => {
        expect(await (await get("/stories/lighthouse/download")).text()).to.match(/^# The Lighthouse/);
        expect((await get("/stories/lighthouse/download?format=json")).status).to.equal(200);
    });

    it("are played as they were narrated, and kept", async () => {
        const state = await read(await get("/audio/status/lighthouse"));
        expect(state).to.include({ status: "ready", file_type: "wav", duration_seconds: 13 });
        expect(await (await get("/audio/hls/lighthouse/stream.m3u8")).text()).to.equal(PLAYLIST);
        const part = await get("/audio/hls/lighthouse/segment_001.ts");
        expect(part.headers.get("content-type")).to.equal("video/mp2t");
        expect(await part.text()).to.equal("the second part");
        expect((await fetch(scene.service.url + state.url)).status).to.equal(200);
        const kept = await get("/audio/download/lighthouse");
        expect(kept.headers.get("content-type")).to.equal("audio/mpeg");
        const bytes = Buffer.from(await kept.arrayBuffer());
        expect(bytes.readUInt16BE(0) >>> 5).to.equal(0x7ff);
        expect(bytes.length).to.be.within(13 * 6_000, 13.2 * 6_000);
    });

    it("are played by segments where there is only the whole, also an MP3", async () => {
        const mp3 = Buffer.from(await (await get("/audio/download/lighthouse")).arrayBuffer());
        await put("only-mp3", { "story.txt": "Hum.", "audio/full.mp3": mp3 });
        for (const id of ["only-wav", "only-mp3"]) {
            expect((await read(await get(`/audio/status/${id}`))).status).to.equal("ready");
            const playlist = await (await get(`/audio/hls/${id}/stream.m3u8`)).text();
            const names = playlist.split("\n").filter((line) => line.endsWith(".ts"));
            expect(names).to.deep.equal(["segment_000.ts", "segment_001.ts", "segment_002.ts"]);
            const parts = await Promise.all(
                names.map(async (name) => Buffer.from(await (await get(`/audio/hls/${id}/${name}`)).arrayBuffer())),
            );
            // Without the heads that tell their times.
            expect(Buffer.concat(parts.map((part) => part.subarray(10 + part.readUInt8(9))))).to.deep.equal(mp3);
        }
        expect(await read(await get("/audio/status/only-mp3"))).to.include({ file_type: "mp3" });
        expect((await get("/audio/stream/only-mp3")).headers.get("content-type")).to.equal("audio/mpeg");
    });

    it("are not narrated anew unless that is asked for, and then they are", async () => {
        const before = scene.upstreams.calls("speech");
        expect((await scene.narrated("lighthouse")).status).to.equal("ready");
        expect(scene.upstreams.calls("speech")).to.equal(before);
        const own = await scene.narrated("lighthouse", { speaker_voice_overrides: { Ida: "en-Bob_man" } });
        expect(own.status).to.equal("ready");
        expect(scene.upstreams.calls("speech")).to.be.greaterThan(before);
        expect(await (await get("/audio/hls/lighthouse/stream.m3u8")).text()).to.not.equal(PLAYLIST);
        expect((await scene.narrated("text-only")).status).to.equal("ready");
        const reset = await scene.service.post("/api/v1/audio/reset/lighthouse", scene.ann.idToken, {});
        expect(reset.status).to.equal(200);
        expect((await read(await get("/audio/status/lighthouse"))).status).to.equal("not_generated");
    });

    it("are changed like new ones", async () => {
        const wish = { user_request: "Darker" };
        const path = "/api/v1/stories/lighthouse";
        const line = await scene.service.post(`${path}/segments/1/regenerate`, scene.ann.idToken, wish);
        expect(line.status).to.equal(200);
        const drawn = await scene.service.post(`${path}/images/1/regenerate`, scene.ann.idToken, wish);
        expect(drawn.status).to.equal(200);
        const told = await read(await get("/stories/lighthouse"));
        expect(JSON.stringify(told.structured_story)).to.include("Anew: Darker");
        expect(told.images[0]).to.include("segment_1_regenerated");
        expect(await keys(`users/${sub}/jobs/lighthouse/`)).to.deep.equal([
            `users/${sub}/jobs/lighthouse/segment_1.png`,
        ]);
        const { stories } = await read(await get("/stories/list"));
        expect(stories.filter((one) => one.session_id === "lighthouse")).to.have.length(1);
    });

    it("are nobody else's", async () => {
        for (const path of ["/stories/lighthouse", "/audio/hls/only-wav/stream.m3u8", "/audio/download/only-wav"]) {
            expect((await get(path, scene.bob)).status, path).to.equal(404);
        }
        const removed = await fetch(`${scene.service.url}/api/v1/stories/lighthouse`, {
            method: "DELETE",
            headers: { authorization: `Bearer ${scene.bob.idToken}` },
        });
        expect(removed.status).to.equal(404);
    });

    it("are deleted with all that belongs to them, in either layout", async () => {
        for (const id of ["lighthouse", "only-wav", "text-only"]) {
            const removed = await fetch(`${scene.service.url}/api/v1/stories/${id}`, {
                method: "DELETE",
                headers: { authorization: `Bearer ${scene.ann.idToken}` },
            });
            expect(removed.status).to.equal(200);
            expect(await scene.objectsOf(id)).to.equal(0);
            expect((await get(`/stories/${id}`)).status).to.equal(404);
        }
        const { stories } = await read(await get("/stories/list"));
        expect(stories.map((one) => one.session_id))
            .to.include("broken")
            .and.not.include("lighthouse");
    });

    it("are removed to the end when a deletion that broke off is asked for again, like new ones", async () => {
        await put("half-gone", { "audio/hls/segment_000.ts": "left over" });
        const listedOnly = await scene.story();
        for (const Key of await keys(`AIWorkflow/${sub}/${listedOnly}/`)) {
            await scene.world.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
        }
        for (const id of ["half-gone", listedOnly]) {
            const remove = () =>
                fetch(`${scene.service.url}/api/v1/stories/${id}`, {
                    method: "DELETE",
                    headers: { authorization: `Bearer ${scene.ann.idToken}` },
                });
            expect((await remove()).status).to.equal(200);
            expect(await scene.objectsOf(id)).to.equal(0);
            expect((await remove()).status).to.equal(404);
        }
        const { stories } = await read(await get("/stories/list"));
        expect(stories.map((one) => one.session_id)).to.not.include(listedOnly);
    });
});
