import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
import { expect } from "chai";
import type { FaultInput } from "../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import { askAs } from "../../../kit/rawRequest.ts";

const ofImages = createRequire(new URL("../../../../docker/package.json", import.meta.url));
const { GoogleGenAI } = ofImages("@google/genai");
const { parse } = ofImages("node-html-parser");

let upstreams: Upstreams;

before(async () => {
    upstreams = await startUpstreams();
});
afterEach(() => upstreams.control.reset());
after(() => upstreams.stop());

async function failureOf(work: Promise<unknown>): Promise<Error & { status?: number }> {
    return work.then(
        () => expect.fail("it succeeded"),
        (error) => error,
    );
}

describe("Gemini at the upstream server", () => {
    function draw(contents: unknown, change: object = {}, apiKey = "a-key") {
        const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: upstreams.geminiUrl } });
        const config = { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9" } };
        return client.models.generateContent({ model: "gemini-nano-banana-2.1", contents, config, ...change });
    }

    async function picture(contents: unknown): Promise<Buffer> {
        const answer = await draw(contents);
        return Buffer.from(answer.candidates[0].content.parts[0].inlineData.data, "base64");
    }

    it("draws a PNG of the shape that is asked for", async () => {
        const file = await picture("Panel 3 of 6: a fox in the rain");
        const { width, height, data } = readPng(file);
        expect([width, height]).to.deep.equal([640, 360]);
        expect(data.length).to.equal((3 * width + 1) * height);
    });

    it("draws what the prompt names, of its own panel alone, and says so in its metadata", async () => {
        const shownIn = (file: Buffer) => /tEXtDescription\0([\w, ]*)/.exec(file.toString("latin1"))?.[1];
        const story = JSON.stringify({ panel: "The fox came to the blue door.", whole_story: "An owl on the sea" });
        expect(shownIn(await picture(`Draw panel 2. ${story}`))).to.equal("fox, door");
        const fox = await picture("Panel 1: a fox on a hill");
        const made = await picture([
            { text: "the same in the snow" },
            { inlineData: { mimeType: "image/png", data: fox.toString("base64") } },
        ]);
        expect(shownIn(made)).to.equal("fox, mountains, snow");
    });

    it("draws the same for the same prompt and another for another panel", async () => {
        const [one, again, other] = await Promise.all([1, 1, 2].map((panel) => picture(`Panel ${panel}: a fox`)));
        expect(one?.equals(again ?? Buffer.of())).to.equal(true);
        expect(one?.equals(other ?? Buffer.of())).to.equal(false);
    });

    it("shows the panel of the picture that it works from", async () => {
        const data = (await picture("Panel 7: a fox")).toString("base64");
        const made = await picture([{ text: "the same at night" }, { inlineData: { mimeType: "image/png", data } }]);
        expect(made.toString("latin1")).to.include("Panel\x007");
    });

    it("refuses a prompt or a picture with the reason that it is told", async () => {
        upstreams.control.fault({ upstream: "gemini", kind: "refuse", reason: "PROHIBITED_CONTENT" });
        expect((await draw("x")).promptFeedback.blockReason).to.equal("PROHIBITED_CONTENT");
        for (const reason of ["IMAGE_SAFETY", "IMAGE_RECITATION", "IMAGE_PROHIBITED_CONTENT"]) {
            upstreams.control.fault({ upstream: "gemini", kind: "refuse", reason });
            expect((await draw("x")).candidates[0]).to.include({ finishReason: reason });
        }
        upstreams.control.fault({ upstream: "gemini", kind: "empty" });
        expect((await draw("x")).candidates[0].finishReason).to.equal("NO_IMAGE");
        upstreams.control.fault({ upstream: "gemini", kind: "nonsense" });
        expect((await draw("x")).candidates[0].content.parts[0].inlineData).to.equal(undefined);
    });

    for (const [fault, status] of [
        [{ kind: "throttle" }, 429],
        [{ kind: "error" }, 503],
        [{ kind: "error", status: 500 }, 500],
    ] as const) {
        it(`fails with ${status} when it is set to ${JSON.stringify(fault)}`, async () => {
            upstreams.control.fault({ upstream: "gemini", ...fault });
            expect((await failureOf(draw("x"))).status).to.equal(status);
        });
    }

    it("refuses a bad key and an unknown model", async () => {
        expect((await failureOf(draw("x", {}, "invalid"))).status).to.equal(400);
        expect((await failureOf(draw("x", { model: "imagen-4" }))).status).to.equal(404);
    });

    for (const kind of ["down", "breakOff", "garbage"] as const) {
        it(`gives no answer when it is set to ${kind}`, async () => {
            upstreams.control.fault({ upstream: "gemini", kind });
            await failureOf(draw("x"));
        });
    }
});

describe("DuckDuckGo at the upstream server", () => {
    function search(path: string, query: string, headers: Record<string, string> = { "user-agent": "test" }) {
        const body = new URLSearchParams({ q: query });
        return fetch(`${upstreams.url}${path}`, { method: "POST", headers, body });
    }

    it("answers a form with results behind its redirect, and an advertisement", async () => {
        const page = parse(await (await search("/html/", "foxes & rain")).text());
        const results = page.querySelectorAll(".result:not(.result--ad)");
        expect(page.querySelectorAll(".result--ad")).to.have.length(1);
        expect(results.length).to.be.above(3);
        const link = new URL(results[0].querySelector("a.result__a").getAttribute("href"), "https://duckduckgo.com");
        expect(link.searchParams.get("uddg")).to.match(/^https:\/\//);
        expect(results[0].querySelector(".result__snippet").text).to.include("foxes & rain");
    });

    it("answers a query in the address, and the lite page", async () => {
        const got = await fetch(`${upstreams.duckduckgoUrl}?q=foxes`, { headers: { "user-agent": "test" } });
        expect(await got.text()).to.include("result__a");
        const lite = parse(await (await search("/lite/", "foxes")).text());
        expect(lite.querySelectorAll("a.result-link").length).to.equal(lite.querySelectorAll(".result-snippet").length);
    });

    it("turns robots away softly, and may find nothing", async () => {
        upstreams.control.fault({ upstream: "duckduckgo", kind: "throttle" });
        expect((await search("/html/", "foxes")).status).to.equal(202);
        upstreams.control.fault({ upstream: "duckduckgo", kind: "empty" });
        expect(parse(await (await search("/html/", "foxes")).text()).querySelector(".no-results")).to.not.equal(null);
    });
});

describe("The text-to-speech API at the upstream server", () => {
    const headers = { authorization: "Bearer a-key" };

    function speak(text: string, voice = "en-Alice_woman") {
        return fetch(`${upstreams.ttsUrl}/generate/stream`, {
            method: "POST",
            headers: { ...headers, "content-type": "application/json" },
            body: JSON.stringify({ script: `Speaker 1: ${text}`, speaker_voices: [voice] }),
        });
    }

    async function samplesOf(answer: Response): Promise<Buffer> {
        const file = Buffer.from(await answer.arrayBuffer());
        expect(file.toString("latin1", 0, 4) + file.toString("latin1", 8, 16)).to.equal("RIFFWAVEfmt ");
        expect(file.readUInt32LE(24)).to.equal(24_000);
        return file.subarray(44);
    }

    it("speaks for about as long as a reader would", async () => {
        const text = "The fox went on through the rain until the lantern stood before it. ".repeat(6);
        const seconds = (await samplesOf(await speak(text))).length / 48_000;
        expect(seconds).to.be.within(text.split(" ").length / 4, text.split(" ").length / 1.5);
    });

    it("speaks with sound, and otherwise in another voice", async () => {
        const [alice, frank] = await Promise.all(
            ["en-Alice_woman", "en-Frank_man"].map(async (voice) => samplesOf(await speak("The fox.", voice))),
        );
        expect(alice?.some((byte) => byte !== 0)).to.equal(true);
        expect(alice?.equals(frank ?? Buffer.of())).to.equal(false);
    });

    it("keeps a voice that is brought to it", async () => {
        const body = new FormData();
        body.set("name", "grandma");
        body.set("file", new Blob(["a recording"]), "grandma.wav");
        const brought = await fetch(`${upstreams.ttsUrl}/admin/voices`, { method: "POST", headers, body });
        expect(brought.status).to.equal(201);
        const listed = await (await fetch(`${upstreams.ttsUrl}/voices`, { headers })).json();
        expect(JSON.stringify(listed)).to.include("grandma");
        const file = await fetch(`${upstreams.ttsUrl}/admin/voices/grandma/download`, { headers });
        expect(await file.text()).to.equal("a recording");
        expect((await speak("Hello.", "grandma")).status).to.equal(200);
    });

    it("wants a key, a script and voices that it has", async () => {
        expect((await fetch(`${upstreams.ttsUrl}/voices`)).status).to.equal(401);
        expect((await speak("Hello.", "nobody")).status).to.equal(400);
        expect(
            (await fetch(`${upstreams.ttsUrl}/generate/stream`, { method: "POST", headers, body: "{}" })).status,
        ).to.equal(422);
    });

    it("says when to come again, and breaks off in the middle", async () => {
        upstreams.control.fault({ upstream: "tts", kind: "throttle", retryAfter: 7 });
        const throttled = await speak("Hello.");
        expect([throttled.status, throttled.headers.get("retry-after")]).to.deep.equal([429, "7"]);
        upstreams.control.fault({ upstream: "tts", kind: "breakOff" });
        await failureOf(speak("Hello, fox. ".repeat(40)).then((answer) => answer.arrayBuffer()));
    });
});

describe("The control of the upstream server", () => {
    const voices = () => fetch(`${upstreams.ttsUrl}/voices`, { headers: { authorization: "Bearer a-key" } });
    const control = (body: unknown) =>
        fetch(`${upstreams.url}/_control`, { method: "POST", body: JSON.stringify(body) });

    it("lets a fault happen after some calls, for some calls, over HTTP", async () => {
        const fault: FaultInput = { upstream: "tts", kind: "error", status: 500, after: 1, times: 2 };
        expect((await control(fault)).status).to.equal(200);
        const statuses: number[] = [];
        for (let call = 0; call < 4; call += 1) {
            statuses.push((await voices()).status);
        }
        expect(statuses).to.deep.equal([200, 500, 500, 200]);
        const state = await (await fetch(`${upstreams.url}/_control`)).json();
        expect((state as { faults: { happened: number }[] }).faults[0]?.happened).to.equal(2);
    });

    it("lets a fault happen only to calls with a text in them, for ever with 0", async () => {
        upstreams.control.fault({ upstream: "tts", kind: "error", match: "generate", times: 0 });
        expect((await voices()).status).to.equal(200);
        const generate = () =>
            fetch(`${upstreams.url}/generate/stream`, { method: "POST", headers: { authorization: "Bearer k" } });
        expect([(await generate()).status, (await generate()).status]).to.deep.equal([503, 503]);
    });

    it("names all that is wrong with a fault", async () => {
        const answer = await control({ upstream: "nobody", kind: "sulk" });
        expect(answer.status).to.equal(400);
        const { message } = (await answer.json()) as { message: string };
        expect(message).to.include("upstream").and.include("kind");
    });

    it("remembers what was asked, and forgets it", async () => {
        await voices();
        const asked = await (await fetch(`${upstreams.url}/_control/requests?upstream=tts`)).json();
        expect((asked as { requests: object[] }).requests[0]).to.include({ path: "/voices", status: 200 });
        await fetch(`${upstreams.url}/_control`, { method: "DELETE" });
        expect(upstreams.requests()).to.deep.equal([]);
    });

    it("is for those alone who know the address, and for no page", async () => {
        const { origin } = new URL(upstreams.url);
        const body = JSON.stringify({ modelServer: { url: "http://evil.example", model: "m" } });
        for (const [url, headers] of [
            [origin, {}],
            [`${origin}/guessed`, {}],
            [upstreams.url, { origin: "https://evil.example" }],
            [upstreams.url, { origin: "null", "content-type": "text/plain" }],
            [upstreams.url, { "sec-fetch-site": "same-site" }],
            [upstreams.url, { host: "evil.example" }],
        ] as [string, Record<string, string>][]) {
            for (const path of ["/_control", "/_control/requests", "/voices"]) {
                const { status } = await askAs(`${url}${path}`, "POST", headers, body);
                expect(status, JSON.stringify([url, path, headers])).to.equal(403);
            }
        }
        expect(upstreams.control.modelServer).to.equal(undefined);
        expect(upstreams.requests()).to.deep.equal([]);
    });

    it("stops while calls are still waiting", async () => {
        const own = await startUpstreams();
        own.control.fault({ upstream: "tts", kind: "stall" });
        const waiting = failureOf(fetch(`${own.ttsUrl}/voices`));
        while (own.requests().length === 0) {
            await new Promise((resolve) => setImmediate(resolve));
        }
        await own.stop();
        await waiting;
    });
});

/** Size and unpacked rows of a PNG. */
function readPng(file: Buffer): { width: number; height: number; data: Buffer } {
    expect(file.toString("latin1", 0, 8)).to.equal("\x89PNG\r\n\x1a\n");
    const packed: Buffer[] = [];
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
        if (file.toString("latin1", at + 4, at + 8) === "IDAT") {
            packed.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
        }
    }
    return { width: file.readUInt32BE(16), height: file.readUInt32BE(20), data: inflateSync(Buffer.concat(packed)) };
}
