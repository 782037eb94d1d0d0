/** A reader in Chromium: the shelf, the book page by page, and the voice that it follows. */
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { compactPicture } from "../../../docker/shared/compactPicture.ts";
import { sendJson } from "../../../standins/http.ts";
import { openBrowser, Visit } from "../../kit/deployed/browser.ts";
import { paintedPicture } from "../../kit/paintedPicture.ts";
import { buildSite, Front, removeSite } from "../../kit/site/front.ts";
import { Library, storyOf, tokenOf } from "../../kit/site/library.ts";

const PHONE = 390;
const TABLET = 768;
const DESKTOP = 1280;
/** Slow 4G as Lighthouse has DevTools throttle it (core/config/constants.js): milliseconds a request, bytes a second. */
const SLOW_4G = { latency: 562.5, downloadThroughput: 188_744, uploadThroughput: 86_400 };
const TITLE = "The Keeper of Unsent Letters";

describe("Reading at the site", function () {
    this.timeout(120_000);
    const story = storyOf("lighthouse", TITLE, 3);
    let browser: Browser;
    let folder: string;
    let library: Library;
    let front: Front;
    let visit: Visit;
    let page: Page;

    before(async () => {
        const unfinished = { ...storyOf("clock", "A Clock that is Always Right", 0), status: "interrupted" as const };
        const long = storyOf("long", "Donaudampfschifffahrtsgesellschaftskapitän".repeat(6), 1);
        const arabic = inArabic(storyOf("fox", "الثعلب والقمر", 1));
        [folder, browser, library] = await Promise.all([
            buildSite(),
            openBrowser(),
            Library.open([story, long, arabic, { ...unfinished, images: [], has_audio: false }]),
        ]);
        front = await Front.open(folder, library.url);
    });
    afterEach(async () => {
        expect(visit.complaints).to.deep.equal([]);
        await visit.close();
    });
    after(async () => {
        await browser?.close();
        await Promise.all([front?.close(), library?.close()]);
        removeSite(folder);
    });

    async function come(path: string, width = DESKTOP, person = "ann"): Promise<void> {
        visit = await Visit.open(browser, front.url, width);
        page = visit.page;
        await signIn(person);
        await page.goto(path);
    }
    /** The site takes a token's word for who somebody is; the service that would look at it is not here. */
    const signIn = (person: string) =>
        page.evaluate(`sessionStorage.setItem("story-42-token", ${JSON.stringify(tokenOf(person))})`);
    /** The book with its player below it, which takes of the pages' height. */
    async function open(): Promise<void> {
        await come("/stories/lighthouse/read", PHONE);
        await page.getByRole("button", { name: "Play the narration" }).waitFor();
        await page.evaluate("new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled)))");
    }
    /** With a session, but without the site's own files, as on a first visit. */
    async function comeFirst(path: string): Promise<void> {
        await page.evaluate(`(async () => {
            await (await navigator.serviceWorker.ready).unregister();
            await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
        })()`);
        await signIn("ann");
        await page.goto(path);
    }
    const where = () => page.getByRole("status").getByText(/page/).textContent();
    const nowAt = (place: string | RegExp) => page.getByRole("status").getByText(place, { exact: true }).waitFor();
    const pagesOf = async () => Number(/of (\d+)$/.exec((await where()) ?? "")?.[1]);

    for (const width of [PHONE, TABLET, DESKTOP]) {
        it(`is for everybody, and fits, at a width of ${width} pixels`, async () => {
            const flaws: string[] = [];
            const look = async (state: string) => flaws.push(...(await visit.flaws(state)));
            visit = await Visit.open(browser, front.url, width);
            page = visit.page;
            await page.getByLabel("Password").waitFor();
            await look("sign-in");
            await signIn("ann");
            await page.goto("/");
            await page.locator(".idea").first().waitFor();
            await look("wish");
            await page.goto("/stories");
            await page.getByRole("link", { name: TITLE }).waitFor();
            await look("shelf");
            await page.getByRole("link", { name: TITLE }).click();
            await page.getByRole("button", { name: "Play the narration" }).waitFor();
            await look("story-with-player");
            await page.getByRole("button", { name: "Edit" }).click();
            await page.getByRole("button", { name: "Change picture 1" }).waitFor();
            await look("story-edited");
            await page.getByRole("link", { name: "Read the book" }).click();
            await page.getByRole("heading", { name: "The lamp" }).waitFor();
            await look("reader");
            await page.getByRole("button", { name: "Next page" }).click();
            await look("reader-text");
            for (const theme of ["Sepia", "Night", "Day"]) {
                await page.getByRole("button", { name: theme }).click();
                await look(`reader-${theme}`);
            }
            await page.goto("/shared/lighthouse");
            await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
            await look("shared");
            await page.goto("/stories/nowhere");
            await page.getByRole("link", { name: "Go to my stories" }).waitFor();
            await look("no-story");
            library.answer = (path, response) => {
                if (path === "/api/v1/stories/list") {
                    sendJson(response, 200, { success: true, data: { stories: [], count: 0 } });
                }
                return path === "/api/v1/stories/list";
            };
            await page.goto("/stories");
            await page.getByRole("link", { name: "Make your first story" }).waitFor();
            await look("shelf-empty");
            library.answer = () => false;
            expect(flaws).to.deep.equal([]);
            // The browser says itself that a story is not there.
            expect(visit.complaints.splice(0)).to.have.length(1);
        });
    }

    it("paints a picture as the largest on a slow phone, with pictures as models paint them, and does not move", async () => {
        library.showPicture(compactPicture({ data: paintedPicture(), mimeType: "image/png" }));
        await come("/stories", PHONE);
        // The site's own files are there from the sign-in.
        await page.evaluate("navigator.serviceWorker.ready");
        const devtools = await visit.context.newCDPSession(page);
        await devtools.send("Network.enable");
        await devtools.send("Network.emulateNetworkConditions", { offline: false, ...SLOW_4G });
        await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
        await page.goto("/stories/lighthouse");
        await page.getByRole("button", { name: "Play the narration" }).waitFor();
        await page.locator(".chapter img").nth(2).waitFor();
        await page.evaluate("document.querySelector('.chapter img').decode()");
        const { largest, shift } = await page.evaluate<{
            largest: string;
            shift: number;
        }>(`(async () => {
            const entriesOf = (type) => new Promise((resolve) => {
                new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
                setTimeout(() => resolve([]), 1000);
            });
            const shifts = (await entriesOf("layout-shift")).filter(({ hadRecentInput }) => !hadRecentInput);
            const { element } = (await entriesOf("largest-contentful-paint")).at(-1);
            return {
                largest: element.tagName,
                shift: shifts.reduce((sum, { value }) => sum + value, 0),
            };
        })()`);
        library.answer = () => false;
        expect(largest).to.equal("IMG");
        expect(shift).to.be.below(0.05);
    });

    it("is set in its own fonts on every page but the first", async () => {
        await come("/stories", PHONE);
        await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
        await page.goto("/stories/lighthouse");
        await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
        expect(await fontsOf(visit, "h1")).to.deep.equal(["Literata"]);
    });

    it("is set in its own fonts on a first visit as well, from the second page on: no text changes while it is read", async () => {
        const families = () => fontsOf(visit, "h1");
        visit = await Visit.open(browser, front.url, PHONE);
        page = visit.page;
        await comeFirst("/stories");
        await page.getByRole("heading", { level: 1, name: "My stories" }).waitFor();
        const first = await families();
        await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
        await page.waitForFunction(
            () => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".woff2")).length === 2,
        );
        expect(await families()).to.deep.equal(first);
        await page.getByRole("link", { name: TITLE }).click();
        await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
        expect(await families()).to.deep.equal(["Literata"]);
    });

    // A link's token is of two parts.
    for (const path of ["/stories/lighthouse", "/shared/lighthouse.signature"]) {
        it(`asks for the story of ${path} and its first picture before the code that shows them is there, and once`, async () => {
            visit = await Visit.open(browser, front.url, PHONE);
            page = visit.page;
            const asked: string[] = [];
            page.on("request", (request) => {
                const { pathname } = new URL(request.url());
                if (/^\/api\/(v1\/stories|v1\/shared|pictures)\/lighthouse(-1.png|\.signature)?$/.test(pathname)) {
                    asked.push(pathname);
                }
            });
            const picture = page.waitForRequest("**/lighthouse-1.png");
            await visit.context.route("**/assets/show-*.js", async (route) => {
                await picture;
                await route.continue();
            });
            await comeFirst(path);
            await page.locator(".chapter img").nth(2).waitFor();
            expect(asked).to.deep.equal([`/api/v1${path}`, "/api/pictures/lighthouse-1.png"]);
        });
    }

    it("turns pages by keys through all chapters, and back", async () => {
        await open();
        const seen: string[] = [];
        for (;;) {
            seen.push((await where()) ?? "");
            if (await page.getByRole("button", { name: "Next page" }).isDisabled()) {
                break;
            }
            await page.keyboard.press("ArrowRight");
            await page.waitForFunction(`!document.body.textContent.includes(${JSON.stringify(seen.at(-1))})`);
        }
        expect(new Set(seen).size).to.equal(seen.length);
        // Each chapter has its picture's page, and more than one of text.
        expect(seen.length).to.be.above(9);
        expect(seen.at(-1)).to.match(/^Chapter 3 of 3, page (\d+) of \1$/);
        await page.keyboard.press("ArrowLeft");
        await nowAt(seen.at(-2) ?? "");
    });

    it("shows each line once, whole, on one of its pages", async () => {
        await open();
        const pages = await pagesOf();
        const text = new Set<string>();
        for (let number = 1; number <= pages; number += 1) {
            const shown = await page.evaluate<string[]>(`{
                const leaf = document.querySelector(".leaf").getBoundingClientRect();
                [...document.querySelectorAll(".leaf dd")].filter((line) => [...line.getClientRects()].some((box) =>
                    box.left >= leaf.left - 1 && box.right <= leaf.right + 1)).map((line) => line.textContent);
            }`);
            for (const line of number === 1 ? [] : shown) {
                text.add(line);
            }
            await page.keyboard.press("PageDown");
        }
        expect([...text]).to.deep.equal(story.structured_story?.chapters[0]?.lines.map((line) => line.text));
    });

    it("opens where one was, whatever the size of the text, and for nobody else", async () => {
        await open();
        const pages = await pagesOf();
        for (let turned = 1; turned < pages; turned += 1) {
            await page.keyboard.press("ArrowRight");
        }
        await nowAt(`Chapter 1 of 3, page ${pages} of ${pages}`);
        await page.getByRole("button", { name: "Larger text" }).click();
        await page.getByRole("button", { name: "Larger text" }).click();
        await page.reload();
        await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
        expect(await where()).to.match(/^Chapter 1 of 3, page ([2-9]|\d\d) of \d+$/);
        expect(await pagesOf()).to.be.above(pages);
        await page.getByRole("link", { name: "Close the book" }).click();
        await page.getByRole("link", { name: "Continue reading" }).waitFor();
        await signIn("bob");
        await page.reload();
        await page.getByRole("link", { name: "Read the book" }).waitFor();
    });

    it("turns the other way round where one reads from right to left", async () => {
        await come("/stories/fox/read", PHONE);
        await nowAt(/page 1 of/);
        await page.getByRole("heading", { level: 2, name: "الثعلب" }).waitFor();
        expect(await page.locator(".reader").getAttribute("dir")).to.equal("rtl");
        await page.keyboard.press("ArrowLeft");
        await nowAt(/page 2 of/);
        // Each page has a part of the line.
        const parts = () =>
            page.evaluate<number[]>(`[...document.querySelector(".leaf dd").getClientRects()].map((box) => box.left)`);
        expect((await parts())[0]).to.be.within(0, PHONE);
        await page.keyboard.press("ArrowLeft");
        await nowAt(/page 3 of/);
        expect((await parts())[1]).to.be.within(0, PHONE);
        expect(await visit.flaws("reader-rtl")).to.deep.equal([]);
        await page.keyboard.press("ArrowRight");
        await nowAt(/page 2 of/);
    });

    it("turns by a swipe", async () => {
        await open();
        const pages = await pagesOf();
        await page.evaluate(`{
            const spread = document.querySelector(".spread");
            const at = (clientX) => [new Touch({ identifier: 1, target: spread, clientX, clientY: 300 })];
            spread.dispatchEvent(new TouchEvent("touchstart", { touches: at(300), changedTouches: at(300), bubbles: true }));
            spread.dispatchEvent(new TouchEvent("touchend", { changedTouches: at(120), bubbles: true }));
        }`);
        await nowAt(`Chapter 1 of 3, page 2 of ${pages}`);
    });

    it("lights the line that is heard, follows it from page to page, and goes to a chapter", async () => {
        await open();
        await page.getByRole("button", { name: "More controls" }).click();
        await page.getByRole("combobox", { name: /^Chapter/ }).selectOption("2. A bottle with a seal");
        // The first line of the second chapter is the fifth of the story.
        await page.locator(".heard[data-line='5'][aria-current]").waitFor();
        await nowAt(`Chapter 2 of 3, page 2 of ${await pagesOf()}`);
        await page.getByLabel("Place in the narration").fill("18");
        await page.locator(".heard[data-line='8']").waitFor();
        await page.getByRole("button", { name: "15 seconds back" }).click();
        await page.locator(".heard[data-line='2']").waitFor();
        expect(await where()).to.match(/^Chapter 1 of 3/);
    });

    it("is heard on while the book is opened and closed, at its speed, and falls asleep at a chapter's end", async () => {
        await come("/stories/lighthouse");
        await page.getByLabel("Speed").selectOption("1.5×");
        await page.getByLabel("Sleep timer").selectOption("At the chapter's end");
        await page.getByRole("button", { name: "Play the narration" }).click();
        await page.locator(".heard[data-line='1']").waitFor();
        await page.getByRole("link", { name: "Read the book" }).click();
        await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
        expect(await page.evaluate("document.querySelector('audio').paused")).to.equal(false);
        expect(await page.evaluate("document.querySelector('audio').playbackRate")).to.equal(1.5);
        await page.getByLabel("Place in the narration").fill("9");
        await page.locator(".heard[data-line='5']").waitFor();
        await page.getByRole("button", { name: "Play the narration" }).waitFor();
    });

    it("takes a wish from an idea, with tone and reader, and loses nothing of it by a reload", async () => {
        await come("/", PHONE);
        const idea = page.locator(".idea").first();
        const words = await idea.textContent();
        await idea.click();
        await page.getByLabel("Mysterious").check();
        await page.getByLabel("Teenagers").check();
        expect(await visit.flaws("wish")).to.deep.equal([]);
        await page.reload();
        expect(await page.getByLabel("Topic").inputValue()).to.equal(words);
        expect(await page.getByLabel("Mysterious").isChecked()).to.equal(true);
        // Not for who comes next.
        await signIn("bob");
        await page.reload();
        expect(await page.getByLabel("Topic").inputValue()).to.equal("");
    });

    it("speaks German, from when it is chosen", async () => {
        await come("/account", PHONE);
        await page.getByLabel("Language").selectOption("Deutsch");
        await page.getByRole("heading", { level: 1, name: "Dein Konto" }).waitFor();
        await page.goto("/");
        await page.getByRole("heading", { level: 1, name: "Wovon soll die Geschichte handeln?" }).waitFor();
        expect(await page.locator("html").getAttribute("lang")).to.equal("de");
        expect(await visit.flaws("wish-de")).to.deep.equal([]);
        await page.goto("/stories/lighthouse");
        await page.getByRole("button", { name: "Vorlesen lassen" }).waitFor();
        await page.getByText("Erzählung · Kurz · 1. März 2026").waitFor();
    });

    it("shows what there is already while a story is made", async () => {
        const made = storyOf("bakery", "The Bakery at Night", 3);
        const { title, characters = [], chapters = [] } = made.structured_story ?? {};
        library.stories.push({
            ...made,
            status: "running",
            images: [],
            plan: { title: title ?? "", characters, chapters: chapters.map((chapter) => ({ title: chapter.title })) },
            structured_story: { title: title ?? "", characters, chapters: chapters.slice(0, 1) },
        });
        library.answer = (path, response) => {
            if (path !== "/api/v1/story/session/bakery") {
                return false;
            }
            response.writeHead(200, { "content-type": "text/event-stream" });
            const tell = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
            tell({
                type: "themed_activities",
                activities: { system_start: [], research: [], writer: [], system_end: [] },
            });
            tell({ type: "agent_complete", agent_id: "research", execution_time_ms: 90_000, progress: 25 });
            tell({ type: "agent_activity", agent_id: "writer", activity: "Writing “The bakery”", progress: 25 });
            return true;
        };
        await come("/stories/bakery", PHONE);
        await page.getByRole("heading", { level: 2, name: "The Bakery at Night" }).waitFor();
        await page.getByText("With Mira, Old Tam").waitFor();
        await page.getByText("Is anybody there, in chapter 1?").waitFor();
        await page.getByRole("heading", { level: 3, name: "Where the letters go" }).waitFor();
        await page.locator(".steps .waiting").getByText("Pictures").waitFor();
        await page.getByText("You may close this page").waitFor();
        expect(await visit.flaws("making")).to.deep.equal([]);
    });

    it("shows each picture at its own chapter where one is missing, and offers to draw that one", async () => {
        const whole = storyOf("gap", "A Gap in the Wall", 3);
        const [first = "", , third = ""] = whole.images;
        library.stories.push({
            ...whole,
            images: [first, third],
            illustrated_chapters: [1, 3],
            lacks_pictures: true,
        });
        await come("/stories/gap", PHONE);
        const shown = () =>
            page.evaluate<string[]>(`[...document.querySelectorAll(".chapter")].map((chapter) =>
                chapter.querySelector("img")?.getAttribute("src") ?? "")`);
        await page.getByRole("button", { name: "Edit" }).click();
        const missing = page.getByRole("region", { name: "Missing pictures" });
        await missing.getByText("One picture is missing.").waitFor();
        await page.locator(".chapter img").nth(1).waitFor();
        expect((await shown()).map((address) => /gap-\d/.exec(address)?.[0])).to.deep.equal([
            "gap-1",
            undefined,
            "gap-3",
        ]);
        expect(await visit.flaws("missing-pictures")).to.deep.equal([]);
        const asked: string[] = [];
        library.answer = (path, response) => {
            if (path.endsWith("/regenerate")) {
                asked.push(path);
                sendJson(response, 200, { success: true, data: {} });
                return true;
            }
            return false;
        };
        await page.getByRole("button", { name: "Change picture 3" }).click();
        await page.getByLabel("How should picture 3 change?").fill("At night");
        await page.getByRole("button", { name: "Make it again" }).click();
        await page.locator("[aria-label='Change picture 3']:focus").waitFor();
        // It is the second of the story's pictures.
        expect(asked).to.deep.equal(["/api/v1/stories/gap/images/2/regenerate"]);
    });

    it("gives the story away: as an e-book with its pictures, and on paper without the application around it", async () => {
        await come("/stories/lighthouse");
        const saved = page.waitForEvent("download");
        await page.getByRole("button", { name: "Save as an e-book" }).click();
        const file = await saved;
        expect(file.suggestedFilename()).to.equal("The-Keeper-of-Unsent-Letters.epub");
        const book = (await readFile(await file.path())).toString("latin1");
        expect(book).to.include("mimetypeapplication/epub+zip").and.include("book/picture-3.png");
        expect(book).to.include("book/narration.mp3").and.include("book/chapter-3.smil");
        const paper = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
        // A title page, and two pages for each chapter: its picture, and the end of its text.
        expect(paper.match(/\/Type \/Page\b/g)).to.have.length(7);
        // A5 in points, which Chromium rounds to its pixels.
        const [, width, height] = /\/MediaBox \[0 0 (\S+) (\S+)\]/.exec(paper) ?? [];
        expect(Number(width)).to.be.closeTo(419.5, 1);
        expect(Number(height)).to.be.closeTo(595.3, 1);
        await page.emulateMedia({ media: "print" });
        for (const hidden of [page.getByRole("navigation"), page.locator(".player"), page.locator(".actions")]) {
            expect(await hidden.isVisible()).to.equal(false);
        }
    });

    it("is heard by a link as well, without an account, and followed line by line", async () => {
        visit = await Visit.open(browser, `${front.url}/shared/lighthouse`, PHONE);
        page = visit.page;
        await page.getByRole("button", { name: "Play the narration" }).waitFor();
        await page.getByLabel("Place in the narration").fill("11");
        await page.locator(".heard[data-line='5']").waitFor();
        await page.getByRole("button", { name: "More controls" }).click();
        expect(await visit.flaws("shared-player")).to.deep.equal([]);
        const saved = page.waitForEvent("download");
        await page.getByRole("link", { name: "Save the audio" }).click();
        expect((await saved).url()).to.include("/api/v1/shared/lighthouse/narration");
    });

    it("keeps the audio as a file", async () => {
        await come("/stories/lighthouse");
        const saved = page.waitForEvent("download");
        await page.getByRole("link", { name: "Save the audio" }).click();
        expect((await saved).url()).to.include("/api/v1/audio/download/lighthouse?ticket=x");
    });
});

function inArabic(story: ReturnType<typeof storyOf>): ReturnType<typeof storyOf> {
    const text = "كان يا ما كان، في قديم الزمان، ثعلب صغير يحب القمر ويغني له كل ليلة. ".repeat(12).trim();
    const chapters = [{ chapter_number: 1, title: "الثعلب", lines: [{ speaker: "Narrator", text }] }];
    return { ...story, structured_story: { title: story.title, characters: [], chapters } };
}

/** The families of the fonts in which an element's text is set. */
async function fontsOf({ context, page }: Visit, selector: string): Promise<string[]> {
    const devtools = await context.newCDPSession(page);
    await devtools.send("DOM.enable");
    await devtools.send("CSS.enable");
    const { root } = await devtools.send("DOM.getDocument");
    const { nodeId } = await devtools.send("DOM.querySelector", { nodeId: root.nodeId, selector });
    const { fonts } = await devtools.send("CSS.getPlatformFontsForNode", { nodeId });
    await devtools.detach();
    return fonts.map(({ familyName }) => familyName);
}
