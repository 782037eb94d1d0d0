/** The site in Chromium as something installed, and without a network: what was opened can be read, by its person alone. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { sendJson } from "../../../standins/http.ts";
import { until } from "../../kit/agent/scene.ts";
import { openBrowser, Visit } from "../../kit/deployed/browser.ts";
import { buildSite, Front, removeSite } from "../../kit/site/front.ts";
import { Library, storyOf, tokenOf } from "../../kit/site/library.ts";

const PHONE = 390;
const TITLE = "The Keeper of Unsent Letters";
const OTHER = "The Cloud that Did Not Rain";
const NOTICE = "No connection. Stories that you have opened here can be read";
const UNREACHABLE = "The service can't be reached.";

describe("The site offline", function () {
    this.timeout(120_000);
    let browser: Browser;
    let folder: string;
    let library: Library;
    let front: Front;
    let visit: Visit;
    let page: Page;
    /** Who the service takes the next to sign in for. */
    let person: string;
    /** Whether it takes tokens. */
    let isRefusing: boolean;

    before(async () => {
        [folder, browser, library] = await Promise.all([buildSite(), openBrowser(), Library.open([])]);
        library.answer = (path, response) => {
            if (path === "/api/v1/auth/signin/begin") {
                const data = {
                    id_token: tokenOf(person),
                    access_token: "x",
                    refresh_token: "x",
                    username: person,
                };
                sendJson(response, 200, { success: true, message: "", error: null, data });
                return true;
            }
            if (isRefusing && path.startsWith("/api/v1/")) {
                sendJson(response, 401, { success: false, message: "Sign in again.", error: "Unauthorized" });
                return true;
            }
            return false;
        };
        front = await Front.open(folder, library.url);
    });
    beforeEach(async () => {
        library.stories.splice(0, Number.POSITIVE_INFINITY, signed("lighthouse", TITLE), signed("cloud", OTHER));
        isRefusing = false;
        visit = await Visit.open(browser, front.url, PHONE);
        page = visit.page;
        await page.evaluate("navigator.serviceWorker.ready");
        await signIn("ann");
    });
    afterEach(async () => {
        front.mend();
        expect(visit.complaints.filter((one) => /Content Security Policy|Error:/.test(one))).to.deep.equal([]);
        await visit.close();
    });
    after(async () => {
        await browser?.close();
        await Promise.all([front?.close(), library?.close()]);
        removeSite(folder);
    });

    async function signIn(who: string): Promise<void> {
        person = who;
        await visit.signIn({ email: `${who}@example.com`, password: "x" });
    }
    const signOut = () => page.getByRole("button", { name: "Sign out" }).click();
    /** Nothing is reached any more: neither by what the browser says, nor by a request. */
    async function goOffline(): Promise<void> {
        await visit.context.setOffline(true);
        front.cut();
    }
    async function goOnline(): Promise<void> {
        front.mend();
        await visit.context.setOffline(false);
    }
    const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
    /** What is kept of stories, by whose it is. */
    const kept = () =>
        page.evaluate<Record<string, number>>(`(async () => {
            const names = (await caches.keys()).filter((name) => name.startsWith("story-42-stories-of-"));
            const sizes = names.map(async (name) => [name.slice(20), (await (await caches.open(name)).keys()).length]);
            return Object.fromEntries(await Promise.all(sizes));
        })()`);
    const isKept = (expected: Record<string, number>) =>
        until(async () => JSON.stringify(await kept()) === JSON.stringify(expected));
    /** Opens a story, and waits until it is kept with its three pictures. */
    async function open(id: string, title: string): Promise<void> {
        await page.goto(`/stories/${id}`);
        await heading(title);
        await until(async () => ((await kept())[person] ?? 0) >= 4);
    }
    const isSignInPage = () => page.getByText("No connection. Signing in needs one.").waitFor();

    it("can be installed, with icons of each kind", async () => {
        const devtools = await visit.context.newCDPSession(page);
        const { errors } = await devtools.send("Page.getAppManifest");
        expect(errors).to.deep.equal([]);
        const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
        // Each test has a window of its own, which keeps nothing.
        expect(installabilityErrors.map(({ errorId }) => errorId)).to.deep.equal(["in-incognito"]);
        const icons = await page.evaluate<{ sizes: string; drawn: string }[]>(`(async () => {
            const address = document.querySelector("link[rel=manifest]").href;
            const { icons } = await (await fetch(address)).json();
            return await Promise.all(icons.map(async ({ src, sizes }) => {
                const icon = Object.assign(new Image(), { src });
                await icon.decode();
                return { sizes, drawn: icon.naturalWidth + "x" + icon.naturalHeight };
            }));
        })()`);
        expect(icons.slice(1).map(({ sizes }) => sizes)).to.deep.equal(["192x192", "512x512", "512x512"]);
        for (const { sizes, drawn } of icons.filter((icon) => icon.sizes !== "any")) {
            expect(drawn).to.equal(sizes);
        }
    });

    it("shows a story that was opened, with its pictures, and says what has to wait", async () => {
        await open("lighthouse", TITLE);
        await goOffline();
        await page.reload();
        await heading(TITLE);
        await page.getByText(NOTICE).waitFor();
        await page.getByText("Is anybody there, in chapter 3?").waitFor();
        await page.locator(".chapter img").nth(2).waitFor();
        const pictures = await visit.chapterPictures();
        expect(pictures.map(({ width }) => width)).to.deep.equal([512, 512, 512]);
        expect(pictures.filter(({ address }) => address.includes("Signature"))).to.deep.equal([]);
        await page.getByText("Listening, changing and sharing need a connection.").waitFor();
        expect(await page.getByRole("button", { name: "Edit" }).count()).to.equal(0);
        expect(await visit.flaws("offline-story")).to.deep.equal([]);

        await page.getByRole("link", { name: "Read the book" }).click();
        await page.getByRole("button", { name: "Next page" }).click();
        await page
            .getByRole("status")
            .getByText(/page 2 of/)
            .waitFor();
        await page.getByRole("link", { name: "Close the book" }).click();
        await page.getByRole("link", { name: "My stories" }).click();
        await page.getByRole("link", { name: TITLE }).waitFor();
        expect(await page.getByRole("link", { name: OTHER }).count()).to.equal(0);
        expect(await visit.flaws("offline-shelf")).to.deep.equal([]);
        await page.goto("/stories/cloud");
        await page.getByRole("alert").getByText(UNREACHABLE).waitFor();
        expect(await visit.flaws("offline-not-opened")).to.deep.equal([]);
    });

    it("fetches each picture of a story once, however often it is opened", async () => {
        const fetched: string[] = [];
        visit.context.on("request", (request) => {
            const { pathname } = new URL(request.url());
            if (/^\/api\/(pictures|v1\/images)\//.test(pathname) && !request.serviceWorker()) {
                fetched.push(pathname.split("/").at(-1) ?? "");
            }
        });
        await open("lighthouse", TITLE);
        for (const _ of [1, 2]) {
            await page.locator(".chapter img").nth(2).waitFor();
            expect(fetched.toSorted()).to.deep.equal(["lighthouse-1.png", "lighthouse-2.png", "lighthouse-3.png"]);
            await page.evaluate("document.querySelector('.chapter img').decode()");
            await page.reload();
            await heading(TITLE);
        }
    });

    it("says so in German", async () => {
        await open("lighthouse", TITLE);
        await page.evaluate(`localStorage.setItem("story-42-language", "de")`);
        await goOffline();
        await page.reload();
        await page.getByText("Keine Verbindung.").waitFor();
        await page.getByText("Hören, Ändern und Teilen brauchen eine Verbindung.").waitFor();
    });

    it("shows what the service says as soon as it can be reached again", async () => {
        await open("lighthouse", TITLE);
        await goOffline();
        await page.reload();
        await heading(TITLE);
        const changed = signed("lighthouse", "A Title that has Changed");
        library.stories.splice(0, 1, changed);
        await goOnline();
        await heading(changed.title);
        await page.getByRole("button", { name: "Edit" }).waitFor();
        expect(await page.getByText(NOTICE).count()).to.equal(0);
    });

    it("keeps a picture that was made again in place of the one before", async () => {
        await open("lighthouse", TITLE);
        const [story] = library.stories;
        story?.images.splice(0, 1, `/api/pictures/again/lighthouse-9.png?${SIGNATURE}`);
        await page.reload();
        const first = `(async () => (await (await caches.open("story-42-stories-of-ann")).keys())
            .map(({ url }) => url).filter((url) => /lighthouse-[19]/.test(url)).map((url) => url.at(-5)).join())()`;
        await until(async () => (await page.evaluate(first)) === "9");
        await isKept({ ann: 4 });
    });

    it("forgets a story that is deleted, here or elsewhere", async () => {
        await open("cloud", OTHER);
        await open("lighthouse", TITLE);
        await isKept({ ann: 8 });
        await page.getByRole("button", { name: "Delete", exact: true }).click();
        await page.getByRole("button", { name: "Delete it" }).click();
        await isKept({ ann: 4 });
        library.stories.splice(0);
        await page.goto("/stories/cloud");
        await page.getByText("This story does not exist").waitFor();
        await isKept({ ann: 0 });
        await goOffline();
        await page.goto("/stories/lighthouse");
        await page.getByRole("alert").getByText(UNREACHABLE).waitFor();
    });

    it("shows nobody anything of it after the sign-out", async () => {
        await keepOnThisDevice();
        await open("lighthouse", TITLE);
        const picture = await page.evaluate<string>(`(async () => {
            const requests = await (await caches.open("story-42-stories-of-ann")).keys();
            return requests.map(({ url }) => url).find((url) => url.endsWith(".png"));
        })()`);
        const statusOf = () => page.evaluate<number>(`fetch(${JSON.stringify(picture)}).then(({ status }) => status)`);
        expect(await statusOf()).to.equal(200);
        await signOut();
        await page.getByLabel("Email").waitFor();
        await isKept({});
        expect(await statusOf()).to.equal(404);
        await goOffline();
        await page.goto("/stories/lighthouse");
        await isSignInPage();
        expect(await visit.flaws("offline-sign-in")).to.deep.equal([]);
    });

    it("shows another person nothing of it, who signs in in another tab", async () => {
        await open("lighthouse", TITLE);
        page = await visit.context.newPage();
        await page.goto("/");
        person = "bob";
        await page.getByLabel("Email").fill("bob@example.com");
        await page.getByLabel("Password", { exact: true }).fill("x");
        await page.getByRole("button", { name: "Sign in" }).click();
        await heading("What should the story be about?");
        await isKept({});
        await goOffline();
        await page.goto("/stories/lighthouse");
        await page.getByRole("alert").getByText(UNREACHABLE).waitFor();
    });

    it("forgets it where the service takes a token no more before it has run out", async () => {
        await open("lighthouse", TITLE);
        isRefusing = true;
        await page.getByRole("link", { name: "My stories" }).click();
        await page.getByRole("dialog").getByText("Your session has ended.").waitFor();
        await isKept({});
    });

    it("goes with the tab, where one does not stay signed in", async () => {
        await open("lighthouse", TITLE);
        await reopen();
        await goOffline();
        await page.goto("/stories/lighthouse");
        await isSignInPage();
        await isKept({});
    });

    it("stays when the tab is closed, where one stays signed in, until the service refuses that", async () => {
        await keepOnThisDevice();
        await open("lighthouse", TITLE);
        await reopen();
        await goOffline();
        await page.goto("/stories/lighthouse");
        await heading(TITLE);
        await page.getByText(NOTICE).waitFor();
        await isKept({ ann: 4 });
        isRefusing = true;
        await goOnline();
        await page.getByRole("dialog").getByText("Your session has ended.").waitFor();
        await isKept({});
        isRefusing = false;
        await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("x");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("button", { name: "Edit" }).waitFor();
        await isKept({ ann: 4 });
    });

    it("keeps nothing of a story that is shared by a link", async () => {
        await page.goto("/shared/lighthouse");
        await heading(TITLE);
        await goOffline();
        await page.reload();
        await page.getByRole("alert").getByText(UNREACHABLE).waitFor();
        expect(await kept()).to.deep.equal({});
    });

    it("gives way to a new version, whose page is served at once, and keeps the files of one before it", async () => {
        const [worker, index] = ["worker.js", "index.html"].map((name) => join(folder, name)) as [string, string];
        const [code, html] = [worker, index].map((file) => readFileSync(file, "utf8")) as [string, string];
        const version = /version":"(\w+)"/.exec(code)?.[1] ?? "";
        /** The versions whose files are kept; none while one takes over from another. */
        const shells = () =>
            page.evaluate<string>(`(async () => {
                const { installing, waiting, active } = await navigator.serviceWorker.ready;
                const names = (await caches.keys()).filter((name) => name.startsWith("story-42-site-"));
                const isSettled = !installing && !waiting && active.state === "activated";
                return isSettled ? names.map((name) => name.slice(14)).join() : "";
            })()`);
        try {
            for (const [next, kept] of [
                ["second", `${version},second`],
                ["third", "second,third"],
            ]) {
                writeFileSync(index, html.replace("<title>Story-42", `<title>${next}`));
                writeFileSync(worker, code.replace(version, next ?? ""));
                expect(await (await page.goto("/"))?.text()).to.include(`<title>${next}`);
                await until(async () => (await shells()) === kept);
            }
            await goOffline();
            expect(await (await page.goto("/"))?.text()).to.include("<title>third");
        } finally {
            writeFileSync(worker, code);
            writeFileSync(index, html);
        }
    });

    async function keepOnThisDevice(): Promise<void> {
        await signOut();
        await page.getByLabel("Keep me signed in").check();
        await signIn("ann");
    }
    /** Closes the tab, and opens another one. */
    async function reopen(): Promise<void> {
        await page.close();
        page = await visit.context.newPage();
    }
});

const SIGNATURE = "X-Amz-Signature=0123";

/** A story whose pictures have signed addresses. */
function signed(id: string, title: string): ReturnType<typeof storyOf> {
    const story = storyOf(id, title, 3);
    return { ...story, images: story.images.map((image) => `${image}?${SIGNATURE}`) };
}
