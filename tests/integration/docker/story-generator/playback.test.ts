/** A narration in a browser, by the player that clients use: hls.js in Chromium, on a page of another origin. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { Scene, until } from "../../../kit/agent/scene.ts";
import { read, ServiceProcess } from "../../../kit/agent/world.ts";
import { openBrowser } from "../../../kit/deployed/browser.ts";

const PLAYER = readFileSync(createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"));
const PAGE = '<!doctype html><audio muted></audio><script src="/hls.js"></script>';

/** What the code in the page uses there. */
interface AudioElement {
    buffered: { length: number; end(range: number): number };
    currentTime: number;
    duration: number;
    ended: boolean;
    error: { message: string } | null;
    play(): Promise<void>;
}
declare const document: { querySelector(name: "audio"): AudioElement };
declare const Hls: new (settings: {
    xhrSetup(request: { setRequestHeader(name: string, value: string): void }): void;
}) => {
    loadSource(address: string): void;
    attachMedia(audio: AudioElement): void;
    on(event: string, told: (event: string, data: { fatal: boolean; details: string }) => void): void;
};

describe("a narration that hls.js plays on a page of another origin", function () {
    this.timeout(180_000);
    const scene = new Scene();
    let pages: Server;
    let service: ServiceProcess;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    before(async () => {
        pages = createServer(({ url }, response) => {
            response.setHeader("content-type", url === "/" ? "text/html" : "text/javascript");
            response.end(url === "/" ? PAGE : PLAYER);
        }).listen(0, "127.0.0.1");
        await once(pages, "listening");
        const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
        service = await ServiceProcess.start(scene.world, { CORS_ORIGINS: origin });
        browser = await openBrowser();
        page = await browser.newPage();
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(String(error)));
        await page.goto(`${origin}/`);
    });

    after(async () => {
        await browser?.close();
        await service?.end();
        pages?.close();
    });

    /** How far the player is, and how far it could go. */
    const heard = () =>
        page.evaluate(() => {
            const audio = document.querySelector("audio");
            const { buffered, currentTime, duration, ended, error } = audio;
            return {
                at: currentTime,
                loaded: buffered.length > 0 ? buffered.end(buffered.length - 1) : 0,
                gaps: Math.max(0, buffered.length - 1),
                duration,
                ended,
                error: error?.message,
            };
        });

    it("begins while the narration is made, and ends with it", async () => {
        const token = scene.ann.idToken;
        const [{ session_id: id } = {}] = await service.makeStory(token, { topic: "A fox", length: "short" });
        for (const [line, words] of [
            [1, "one ".repeat(140)],
            [3, "two ".repeat(140)],
            [5, "three ".repeat(95)],
        ] as const) {
            const path = `/api/v1/stories/${id}/segments/${line}/regenerate`;
            expect((await service.post(path, token, { user_request: words })).status).to.equal(200);
        }
        const status = async () => read(await service.get(`/api/v1/audio/status/${id}`, token));
        scene.upstreams.hold("speech");
        // As a page asks: a preflight comes first.
        await page.evaluate(
            async ([address, bearer]) => {
                const headers = { authorization: `Bearer ${bearer}`, "cache-control": "no-cache", pragma: "no-cache" };
                const started = await fetch(address as string, { method: "POST", headers });
                if (!started.ok) {
                    throw new Error(await started.text());
                }
            },
            [`${service.url}/api/v1/audio/generate/${id}`, token],
        );
        scene.upstreams.letGo("speech", "one one");
        await until(async () => (await status()).segments > 0);
        const { duration_seconds: first } = await status();

        await page.evaluate(
            ([address, bearer]) => {
                const player = new Hls({
                    xhrSetup: (request) => request.setRequestHeader("Authorization", `Bearer ${bearer}`),
                });
                player.on("hlsError", (_event, { fatal, details }) => fatal && console.error(details));
                const audio = document.querySelector("audio");
                player.attachMedia(audio);
                player.loadSource(address as string);
                void audio.play();
            },
            [`${service.url}/api/v1/audio/hls/${id}/stream.m3u8`, token],
        );
        await until(async () => (await heard()).at > 0);
        expect((await heard()).loaded).to.be.closeTo(first, 0.1);
        expect((await status()).status).to.equal("generating");

        scene.upstreams.letGo("speech", "");
        await until(async () => (await status()).status === "ready");
        await until(async () => (await heard()).ended);
        const { duration_seconds: whole } = await status();
        expect(whole).to.be.greaterThan(first * 2);
        const end = await heard();
        expect(end).to.include({ gaps: 0, error: undefined });
        expect(end.duration).to.be.closeTo(whole, 0.5);
        expect(complaints).to.deep.equal([]);
    });
});
