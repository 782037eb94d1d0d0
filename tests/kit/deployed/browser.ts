/** Chromium on the site, with checks of the invisible: console, accessibility, storage. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { chromiumCommand } from "../tools.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A folder for a screenshot of each state; unset: no screenshots. */
const { STORY42_SCREENSHOTS } = process.env;

/** Headless, without requests to anything but the site. */
const ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/** How Chromium is started. */
export const launchOptions = async () => ({ executablePath: await chromiumCommand(), headless: true, args: ARGUMENTS });

export async function openBrowser(): Promise<Browser> {
    return await chromium.launch(await launchOptions());
}

const optionsFor = (baseURL: string, width: number) => ({
    baseURL,
    viewport: { width, height: 844 },
    reducedMotion: "reduce" as const,
    acceptDownloads: true,
});

/** One window with empty storage. */
export class Visit {
    readonly page: Page;
    readonly context: BrowserContext;
    /** Warnings and errors in the page's console, and uncaught exceptions. */
    readonly complaints: string[] = [];

    private constructor(context: BrowserContext, page: Page) {
        this.context = context;
        this.page = page;
        page.on("console", (message) => {
            if (message.type() === "error" || message.type() === "warning") {
                this.complaints.push(`${message.text()} (${message.location().url})`);
            }
        });
        page.on("pageerror", (error) => this.complaints.push(String(error)));
    }

    static async open(browser: Browser, url: string, width = 1280): Promise<Visit> {
        return await Visit.#begin(await browser.newContext(optionsFor(url, width)), url);
    }

    /** A browser of its own, with what an earlier one has left in `folder`. */
    static async openOn(folder: string, url: string, width = 1280): Promise<Visit> {
        const launch = await launchOptions();
        return await Visit.#begin(
            await chromium.launchPersistentContext(folder, { ...launch, ...optionsFor(url, width) }),
            url,
        );
    }

    static async #begin(context: BrowserContext, url: string): Promise<Visit> {
        context.setDefaultTimeout(60_000);
        const visit = new Visit(context, await context.newPage());
        await visit.page.goto(url);
        // The page's content appears shortly after its files are loaded.
        await visit.page.getByRole("main").waitFor();
        return visit;
    }

    async signIn({ email, password }: { email: string; password: string }): Promise<void> {
        await this.page.getByLabel("Email").fill(email);
        await this.page.getByLabel("Password").fill(password);
        await this.page.getByRole("button", { name: "Sign in" }).click();
        await this.page.getByRole("heading", { name: "What should the story be about?" }).waitFor();
    }

    /** Presses Tab until an element has the focus, as keyboard users do. */
    async tabTo(target: Locator): Promise<void> {
        const reached = () => target.evaluate((element) => element === element.ownerDocument.activeElement);
        for (let presses = 0; presses < 100; presses += 1) {
            if (await reached()) {
                return;
            }
            await this.page.keyboard.press("Tab");
        }
        throw new Error(`Tab does not lead to ${target}`);
    }

    /** The pictures of the story's chapters, once all are loaded and decoded; a width of 0 is a broken one. */
    async chapterPictures(): Promise<{ width: number; address: string; alt: string }[]> {
        return await this.page.evaluate(`Promise.all(
            [...document.querySelectorAll(".chapter img")].map(async (picture) => {
                // One that is out of sight waits until it is scrolled to.
                picture.loading = "eager";
                await picture.decode();
                return { width: picture.naturalWidth, address: picture.src, alt: picture.alt };
            }),
        )`);
    }

    /** The problems of this state of the page: accessibility in both colour schemes, and overflow of the width. */
    async flaws(state: string): Promise<string[]> {
        const flaws: string[] = [];
        for (const colorScheme of ["light", "dark"] as const) {
            await this.page.emulateMedia({ colorScheme });
            await this.#picture(`${state}-${colorScheme}`);
            flaws.push(...(await this.#violations()).map((flaw) => `${state}, ${colorScheme}: ${flaw}`));
        }
        const wide = await this.page.evaluate<number>("document.documentElement.scrollWidth");
        const width = await this.page.evaluate<number>("document.documentElement.clientWidth");
        return wide > width ? [...flaws, `${state}: ${wide} pixels wide in a window of ${width}`] : flaws;
    }

    async #violations(): Promise<string[]> {
        if (!(await this.page.evaluate("typeof axe === 'object'"))) {
            await this.page.evaluate(AXE);
        }
        const results = await this.page.evaluate<AxeResults>(
            // The rule of WCAG 2.2 on the size of what is tapped is off by default.
            'axe.run({ rules: { "target-size": { enabled: true } } })',
        );
        return results.violations.map(
            ({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
        );
    }

    async #picture(name: string): Promise<void> {
        if (STORY42_SCREENSHOTS) {
            mkdirSync(STORY42_SCREENSHOTS, { recursive: true });
            const width = this.page.viewportSize()?.width;
            await this.page.screenshot({ path: join(STORY42_SCREENSHOTS, `${name}-${width}.png`) });
        }
    }

    async close(): Promise<void> {
        await this.context.close();
    }
}
