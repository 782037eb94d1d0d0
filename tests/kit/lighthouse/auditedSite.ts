/** The built site before Lighthouse's default phone on slow 4G: the sign-in, and what one who has signed in opens next. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compactPicture } from "../../../docker/shared/compactPicture.ts";
import { launchOptions } from "../deployed/browser.ts";
import { paintedPicture } from "../paintedPicture.ts";
import { buildSite, Front, removeSite } from "../site/front.ts";
import { Library, storyOf, tokenOf } from "../site/library.ts";
import { lighthousePackages } from "../tools.ts";

/** What of Puppeteer and Lighthouse is used here; their packages are not the project's. */
interface Page {
    goto(url: string): Promise<unknown>;
    evaluate<Value>(script: string): Promise<Value>;
}
interface BrowserContext {
    newPage(): Promise<Page>;
    close(): Promise<void>;
}
interface Browser {
    createBrowserContext(): Promise<BrowserContext>;
    close(): Promise<void>;
}
interface Audit {
    title: string;
    score: number | null;
    displayValue?: string;
    numericValue?: number;
}
interface Category {
    score: number;
    auditRefs: { id: string; weight: number }[];
}
type Lighthouse = (
    url: string,
    flags: { onlyCategories: readonly string[]; disableStorageReset: boolean; logLevel: "error" },
    config: undefined,
    page: Page,
) => Promise<{ lhr: { categories: Record<string, Category>; audits: Record<string, Audit> } }>;

const TITLE = "The Keeper of Unsent Letters";

/** The pages that are audited, and whether the site's own files and a session are there from a visit before. */
export const auditedPages = {
    "the sign-in": { path: "/", heading: "Your own story, illustrated and read aloud", files: false, session: false },
    "the shelf": { path: "/stories", heading: "My stories", files: true, session: true },
    "a story": { path: "/stories/story-1", heading: TITLE, files: true, session: true },
    "a story on a first visit": { path: "/stories/story-1", heading: TITLE, files: false, session: true },
    "a shared story on a first visit": { path: "/shared/story-1", heading: TITLE, files: false, session: false },
} as const;

/** The result of one category. */
export interface Audited {
    /** Of 100. */
    score: number;
    /** The audits that lower it, in words. */
    reasons: string[];
}

export class AuditedSite {
    readonly #folder: string;
    readonly #library: Library;
    readonly #front: Front;
    readonly #browser: Browser;
    readonly #lighthouse: Lighthouse;

    private constructor(folder: string, library: Library, front: Front, browser: Browser, lighthouse: Lighthouse) {
        this.#folder = folder;
        this.#library = library;
        this.#front = front;
        this.#browser = browser;
        this.#lighthouse = lighthouse;
    }

    static async open(): Promise<AuditedSite> {
        const packages = await lighthousePackages();
        const resolve = createRequire(join(packages, "lighthouse", "package.json")).resolve;
        const load = async (name: string) => (await import(pathToFileURL(resolve(name)).href)).default;
        const puppeteer = await load("puppeteer-core");
        const lighthouse: Lighthouse = await load("lighthouse");
        const titles = [TITLE, "The Bakery at Night", "A Cloud that Did Not Rain"];
        const [folder, browser, library] = await Promise.all([
            buildSite(),
            puppeteer.launch({ ...(await launchOptions()), pipe: true }) as Promise<Browser>,
            Library.open(titles.map((title, at) => storyOf(`story-${at + 1}`, title, 3))),
        ]);
        library.showPicture(compactPicture({ data: paintedPicture(), mimeType: "image/png" }));
        return new AuditedSite(folder, library, await Front.open(folder, library.url), browser, lighthouse);
    }

    async close(): Promise<void> {
        await this.#browser.close();
        await Promise.all([this.#front.close(), this.#library.close()]);
        removeSite(this.#folder);
    }

    /** Throws when the page is not the one that was meant. */
    async audit(name: keyof typeof auditedPages, categories: readonly string[]) {
        const { path, heading, files, session } = auditedPages[name];
        // With a cache and storage of its own.
        const context = await this.#browser.createBrowserContext();
        try {
            const page = await context.newPage();
            await page.goto(`${this.#front.url}${files ? "/" : "/robots.txt"}`);
            if (files) {
                await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
            }
            if (session) {
                await page.evaluate(`sessionStorage.setItem("story-42-token", ${JSON.stringify(tokenOf("ann"))})`);
            }
            const flags = { onlyCategories: categories, disableStorageReset: true } as const;
            const url = `${this.#front.url}${path}`;
            const { lhr } = await this.#lighthouse(url, { ...flags, logLevel: "error" }, undefined, page);
            const shown = await page.evaluate("document.querySelector('h1').textContent");
            if (shown !== heading) {
                throw new Error(`${path} shows ${shown}, not ${heading}`);
            }
            return {
                categories: new Map(
                    categories.map((category) => [category, audited(lhr.categories[category], lhr.audits)]),
                ),
                /** The time of the largest paint, in milliseconds. */
                largestPaintMs: lhr.audits["largest-contentful-paint"]?.numericValue ?? Number.NaN,
                /** How much moved after it was painted (CLS). */
                shift: lhr.audits["cumulative-layout-shift"]?.numericValue ?? Number.NaN,
            };
        } finally {
            await context.close();
        }
    }
}

function audited(category: Category | undefined, all: Record<string, Audit>): Audited {
    const { score = Number.NaN, auditRefs = [] } = category ?? {};
    const audits = auditRefs.filter(({ weight }) => weight > 0).flatMap(({ id }) => all[id] ?? []);
    const low = audits.filter((audit) => audit.score !== null && audit.score < 1);
    return {
        score: Math.round(score * 100),
        reasons: low.map(({ title, displayValue = "" }) => `${title} ${displayValue}`.trim()),
    };
}
