/** What comes from outside the service, and what it must never do there. */
import { createHmac } from "node:crypto";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Scene } from "./scene.ts";
import { BUCKET, type Person, read } from "./world.ts";

/** What the tests change of a session. */
interface StoredSession {
    plan: { characters: string[] };
    chapters: { lines: { speaker: string; text: string }[] }[];
}

describe("the borders of the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    const subOf = async ({ idToken }: Person) =>
        (await read(await scene.service.get("/api/v1/auth/me", idToken))).data.sub;

    /** Makes a story of Ann's and changes what is stored of it. */
    async function stored(change: (session: StoredSession) => void): Promise<string> {
        const id = await scene.story();
        const at = { Bucket: BUCKET, Key: `AIWorkflow/${await subOf(scene.ann)}/${id}/session.json` };
        const { Body } = await scene.world.s3.send(new GetObjectCommand(at));
        const session = JSON.parse((await Body?.transformToString()) ?? "");
        change(session);
        await scene.world.s3.send(new PutObjectCommand({ ...at, Body: JSON.stringify(session) }));
        return id;
    }

    describe("names that mean something to the language", () => {
        for (const name of ["__proto__", "constructor", "toString"]) {
            it(`a character called ${name} is told aloud as any other`, async () => {
                const id = await stored((session) => {
                    session.plan.characters = [name];
                    session.chapters = session.chapters.slice(0, 1);
                    session.chapters[0]?.lines.push({ speaker: name, text: "I have a name of my own." });
                });
                expect(await scene.narrated(id)).to.include({ status: "ready" });
                expect(await scene.narrated(id, { force_regenerate: true })).to.include({ status: "ready" });
            });
        }
    });

    describe("tickets of a narration", () => {
        it("are refused where there is no narration, as where there is one", async () => {
            const holder = Buffer.from(await subOf(scene.ann)).toString("base64url");
            const ends = String(Date.now() + 60_000);
            const id = await scene.story();
            const signature = createHmac("sha256", "")
                .update([await subOf(scene.ann), id, ends].join("\n"))
                .digest("base64url");
            for (const path of [`stream/${id}`, `download/${id}`, `hls/${id}/stream.m3u8`]) {
                const address = `${scene.service.url}/api/v1/audio/${path}?ticket=${holder}.${ends}.${signature}`;
                expect((await fetch(address)).status, path).to.equal(403);
            }
        });
    });
});
