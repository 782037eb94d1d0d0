/** What comes from outside the service, and what it must never do there. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Scene, WISH } from "../../../kit/agent/scene.ts";
import { type Answer, BUCKET, type Person, read, ServiceProcess } from "../../../kit/agent/world.ts";

/** What the tests change of a session. */
interface StoredSession {
    plan: { title: string; characters: string[] };
    chapters: [{ title: string; lines: { speaker: string; text: string }[] }];
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
                    session.chapters[0].lines.push({ speaker: name, text: "I have a name of my own." });
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

    describe("what an upstream says of itself", () => {
        const SECRET = "Runtime.ExitError at 10.0.0.7";
        let upstream: Server;
        let service: ServiceProcess;
        let status = 500;

        before(async () => {
            upstream = createServer((_request, response) => {
                response.writeHead(status, { "content-type": "application/json", "retry-after": "1" });
                response.end(JSON.stringify({ message: SECRET, errorMessage: SECRET }));
            }).listen(0, "127.0.0.1");
            await once(upstream, "listening");
            const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
            const places = { STORY_API_URL: url, AWS_ENDPOINT_URL_LAMBDA: url, TECH42_TTS_API_URL: url };
            service = await ServiceProcess.start(scene.world, places);
        });
        after(async () => {
            await service?.end();
            upstream?.close();
        });

        for (const [said, told] of [
            [400, 502],
            [422, 422],
            [429, 429],
            [500, 502],
            [504, 504],
        ] as const) {
            it(`with ${said} never reaches a client`, async () => {
                const id = await scene.story();
                status = said;
                for (const part of ["segments", "images"]) {
                    const path = `/api/v1/stories/${id}/${part}/1/regenerate`;
                    const answer = await service.post(path, scene.ann.idToken, { user_request: "darker" });
                    expect(answer.status).to.equal(told);
                    expectOurs(await answer.text());
                }
                await service.post(`/api/v1/audio/generate/${id}`, scene.ann.idToken, {});
                const narration = await ended(id);
                expect(narration.status).to.equal("failed");
                expectOurs(JSON.stringify(narration));
                expectOurs(await (await service.get("/api/v1/audio/voices", scene.ann.idToken)).text());
            });
        }

        async function ended(id: string): Promise<Answer> {
            for (;;) {
                const state = await read(await service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken));
                if (!["generating", "started"].includes(state.status)) {
                    return state;
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }

        function expectOurs(answer: string): void {
            expect(answer).to.not.match(/Runtime|10\.0\.0|POST|GET|\/generate\/|Proxy|answered \d/);
        }
    });

    describe("control characters", () => {
        const FORGED = "A fox\r\n\n## Chapter 9: \u001b[31mForged\u0000\u0085";
        // Line breaks and tabs are what a file has.
        const isForged = (text: string) => /[^\P{Cc}\n\t]|\n## Chapter 9/u.test(text);

        it("of a story's title, chapters, speakers and lines are in no answer and no file", async () => {
            const id = await stored((session) => {
                session.plan.title = FORGED;
                session.plan.characters = [FORGED];
                session.chapters[0].title = FORGED;
                session.chapters[0].lines.push({ speaker: FORGED, text: FORGED });
            });
            const { data } = await scene.session(id);
            expect(isForged(values(data).join(" | "))).to.equal(false);
            for (const format of ["txt", "json"]) {
                const file = await scene.service.get(
                    `/api/v1/stories/${id}/download?format=${format}`,
                    scene.ann.idToken,
                );
                const text = await file.text();
                expect(text).to.contain("Forged");
                expect(isForged(format === "txt" ? text : values(JSON.parse(text)).join(" | ")), text).to.equal(false);
            }
        });

        it("of a person's wish are not kept", async () => {
            const wish = {
                ...WISH,
                topic: FORGED,
                tone_style: FORGED,
                target_audience: FORGED,
                creative_notes: FORGED,
            };
            const [started] = await scene.service.makeStory(scene.ann.idToken, wish);
            const { data } = await scene.session(started?.session_id);
            expect(values(data).join(" | ")).to.not.match(/[^\P{Cc}\n\t]/u);
        });
    });
});

/** All text in a value. */
function values(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(values) : [];
}
