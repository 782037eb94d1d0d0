/** Somebody in Chromium whose story is being made: the page goes away, comes back, has another beside it. */
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { Scene, until } from "../../kit/agent/scene.ts";
import { PASSWORD, ServiceProcess } from "../../kit/agent/world.ts";
import { openBrowser, Visit } from "../../kit/deployed/browser.ts";
import { buildSite, Front, removeSite } from "../../kit/site/front.ts";

describe("A story that is being made, at the site", function () {
    this.timeout(240_000);
    const scene = new Scene();
    let browser: Browser;
    let folder: string;
    let front: Front;
    let visit: Visit;
    let page: Page;

    before(async () => {
        [folder, browser] = await Promise.all([buildSite(), openBrowser()]);
        front = await Front.open(folder, scene.service.url);
    });
    beforeEach(async () => {
        visit = await Visit.open(browser, front.url);
        page = visit.page;
        await visit.signIn({ email: scene.ann.email, password: PASSWORD });
    });
    afterEach(async () => {
        await visit.close();
    });
    after(async () => {
        await browser?.close();
        await front?.close();
        removeSite(folder);
    });

    /** Begins a story, and waits until its first agent is in the middle of its work; the model is held. */
    async function begin(): Promise<string> {
        const calls = scene.upstreams.calls("model");
        scene.upstreams.hold("model");
        await page.getByLabel("Topic").fill("A lighthouse in the fog");
        await page.getByLabel("Short").check();
        await page.getByRole("button", { name: "Make the story" }).click();
        await isAtWork(page);
        await until(async () => scene.upstreams.calls("model") > calls);
        return new URL(page.url()).pathname;
    }
    const isAtWork = (at: Page) => at.locator(".steps .working").getByText("Research").waitFor();
    const isMade = (at: Page) => at.getByRole("button", { name: "Narrate this story" }).waitFor();
    const letGo = () => scene.upstreams.letGo("model", "");
    const isQuiet = () => until(async () => (await scene.activeRuns()) === 0);

    it("goes on while the page is loaded again, and is paid for once", async () => {
        const before = scene.upstreams.calls("model");
        await scene.story();
        const usual = scene.upstreams.calls("model") - before;
        await begin();
        await page.reload();
        await isAtWork(page);
        letGo();
        await isMade(page);
        expect(scene.upstreams.calls("model") - before).to.equal(2 * usual);
    });

    it("goes on without any page, and is there when somebody comes", async () => {
        const path = await begin();
        await page.goto("about:blank");
        letGo();
        await isQuiet();
        await page.goto(path);
        await isMade(page);
    });

    it("shows in another tab too, and is stopped from there", async () => {
        const path = await begin();
        const other = await visit.context.newPage();
        await other.goto(path);
        await other.getByLabel("Email").fill(scene.ann.email);
        await other.getByLabel("Password").fill(PASSWORD);
        await other.getByRole("button", { name: "Sign in" }).click();
        await isAtWork(other);
        await other.getByRole("button", { name: "Stop" }).click();
        for (const tab of [other, page]) {
            await tab.getByText("Stopped. What is finished is saved.").waitFor();
        }
        await isQuiet();
        letGo();
        await page.getByRole("button", { name: "Continue the story" }).click();
        await isMade(page);
    });

    it("is shown again after the connection was lost, from where it was", async () => {
        await begin();
        const asked: (string | undefined)[] = [];
        page.on("request", (request) => {
            if (request.url().includes("/story/session/")) {
                asked.push(request.headers()["last-event-id"]);
            }
        });
        front.cut();
        await page.getByText("The connection was lost.").waitFor();
        front.mend();
        await until(async () => asked.length > 0);
        letGo();
        await isMade(page);
        expect(asked).to.have.length(1);
        expect(asked[0]).to.match(/^[\w-]+\.\d+$/);
    });

    it("is not taken up again by a page that comes back after somebody stopped it", async () => {
        const path = await begin();
        front.cut();
        await page.getByText("The connection was lost.").waitFor();
        const id = path.split("/").at(-1);
        const stopped = await scene.service.post(`/api/v1/story/session/${id}/stop`, scene.ann.idToken, {});
        expect(stopped.status).to.equal(200);
        front.mend();
        await page.getByRole("button", { name: "Continue the story" }).waitFor();
        expect(await scene.activeRuns()).to.equal(0);
    });

    it("gets the pictures that it lacks, when its reader asks for them", async () => {
        scene.upstreams.down("api");
        scene.upstreams.down("functions");
        const id = await scene.story();
        await page.goto(`/stories/${id}`);
        await page.getByRole("button", { name: "Edit" }).click();
        const missing = page.getByRole("region", { name: "Missing pictures" });
        await missing.getByText("3 pictures are missing.").waitFor();
        await missing.getByRole("button", { name: "Draw the missing pictures" }).click();
        await missing.getByText("3 pictures could not be drawn this time either.").waitFor();
        scene.upstreams.heal();
        const before = scene.upstreams.calls("model");
        await missing.getByRole("button", { name: "Draw the missing pictures" }).click();
        await missing.getByText("Now every chapter has its picture.").waitFor();
        await page.locator(".chapter img").nth(2).waitFor();
        expect(await page.locator(".chapter img").count()).to.equal(3);
        expect(scene.upstreams.calls("model")).to.equal(before);
        await page.reload();
        await page.getByRole("button", { name: "Edit" }).click();
        await page.getByRole("button", { name: "Change picture 3" }).waitFor();
        expect(await missing.count()).to.equal(0);
    });

    it("is gone on with by itself when the service is updated", async () => {
        const old = await ServiceProcess.start(scene.world, { STOP_TIMEOUT_SECONDS: "11" });
        front.service = old.url;
        await begin();
        const ended = old.end("SIGTERM");
        front.service = scene.service.url;
        await ended;
        letGo();
        await isMade(page);
    });
});
