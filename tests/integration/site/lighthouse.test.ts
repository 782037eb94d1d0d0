/** Lighthouse on the built site, as its default phone on slow 4G: the sign-in, and what one who has signed in opens next. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { launchOptions } from "../../kit/deployed/browser.ts";
import { buildSite, Front, removeSite } from "../../kit/site/front.ts";
import { Library, storyOf, tokenOf } from "../../kit/site/library.ts";
import { lighthousePackages } from "../../kit/tools.ts";

const MIN_SCORE = 0.95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

/** What of Puppeteer and Lighthouse is used here; their packages are not the project's. */
interface Page {
    goto(url: string): Promise<unknown>;
    evaluate<Value>(script: string): Promise<Value>;
}
interface Browser {
    newPage(): Promise<Page>;
    close(): Promise<void>;
}
interface Audit {
    title: string;
    score: number | null;
    displayValue?: string;
}
interface Category {
    score: number;
    auditRefs: { id: string; weight: number }[];
}
type Lighthouse = (
    url: string,
    flags: { onlyCategories: string[]; disableStorageReset: boolean; logLevel: "error" },
    config: undefined,
    page: Page,
) => Promise<{ lhr: { categories: Record<string, Category>; audits: Record<string, Audit> } }>;

describe("Lighthouse at the site", function () {
    this.timeout(120_000);
    // What else a machine does at the time makes pages slower, never faster.
    this.retries(2);
    let folder: string;
    let library: Library;
    let front: Front;
    let browser: Browser;
    let lighthouse: Lighthouse;

    before(async function () {
        this.timeout(240_000);
        const packages = await lighthousePackages();
        const resolve = createRequire(join(packages, "lighthouse", "package.json")).resolve;
        const load = async (name: string) => (await import(pathToFileURL(resolve(name)).href)).default;
        const puppeteer = await load("puppeteer-core");
        lighthouse = await load("lighthouse");
        const stories = ["The Keeper of Unsent Letters", "The Bakery at Night", "A Cloud that Did Not Rain"];
        [folder, browser, library] = await Promise.all([
            buildSite(),
            puppeteer.launch({ ...(await launchOptions()), pipe: true }),
            Library.open(stories.map((title, at) => storyOf(`story-${at + 1}`, title, 3))),
        ]);
        front = await Front.open(folder, library.url);
    });
    after(async () => {
        await browser?.close();
        await Promise.all([front?.close(), library?.close()]);
        removeSite(folder);
    });

    /** The categories below what is wanted, with the audits that lower them. */
    async function lowScores(page: Page, path: string, disableStorageReset: boolean): Promise<string[]> {
        const flags = { onlyCategories: CATEGORIES, disableStorageReset, logLevel: "error" } as const;
        const { lhr } = await lighthouse(`${front.url}${path}`, flags, undefined, page);
        expect(Object.keys(lhr.categories)).to.have.members(CATEGORIES);
        return Object.entries(lhr.categories).flatMap(([name, { score, auditRefs }]) => {
            const audits = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => lhr.audits[id]);
            const low = audits.filter((audit) => audit && audit.score !== null && audit.score < 1);
            const reasons = low.map((audit) => `${audit?.title} ${audit?.displayValue ?? ""}`);
            return score >= MIN_SCORE ? [] : [`${name} ${score}: ${reasons.join("; ")}`];
        });
    }

    it("gives the sign-in 95 or more of 100 in each category, on a first visit", async () => {
        expect(await lowScores(await browser.newPage(), "/", false)).to.deep.equal([]);
    });

    for (const [what, path, heading] of [
        ["the shelf", "/stories", "My stories"],
        ["a story", "/stories/story-1", "The Keeper of Unsent Letters"],
    ]) {
        it(`gives ${what} as much, with the site's own files there from the sign-in`, async () => {
            const page = await browser.newPage();
            await page.goto(front.url);
            await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
            await page.evaluate(`sessionStorage.setItem("story-42-token", ${JSON.stringify(tokenOf("ann"))})`);
            expect(await lowScores(page, path ?? "", true)).to.deep.equal([]);
            expect(await page.evaluate("document.querySelector('h1').textContent")).to.equal(heading);
        });
    }
});
