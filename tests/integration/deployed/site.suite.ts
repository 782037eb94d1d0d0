import { readFile } from "node:fs/promises";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { openBrowser, Visit } from "../../kit/deployed/browser.ts";
import { type Person, type Stage, wish } from "../../kit/deployed/stage.ts";

const PHONE = 390;
const DESKTOP = 1280;

/** The site in Chromium, at the address where everything is, with no call mocked. */
export function describeSite(stageOf: () => Stage): void {
    describe("The site", () => {
        let stage: Stage;
        let browser: Browser;
        let person: Person;
        let visit: Visit;
        let page: Page;
        const traced: { path: string; traceparent: string }[] = [];
        const segment = (number: number) =>
            page
                .locator(".line")
                .filter({ has: page.getByRole("button", { name: `Change line ${number}`, exact: true }) });

        before(async () => {
            stage = stageOf();
            browser = await openBrowser();
            person = await stage.person("site");
            visit = await Visit.open(browser, stage.url);
            page = visit.page;
        });
        after(async () => {
            await stage.heal();
            await browser?.close();
        });

        it("says in words that a password is wrong, and lets the right one in", async () => {
            await page.getByLabel("Email").fill(person.email);
            await page.getByLabel("Password").fill("not-the-password");
            await page.getByRole("button", { name: "Sign in" }).click();
            expect(
                await page
                    .getByRole("alert")
                    .getByText(/password/i)
                    .textContent(),
            ).to.match(/wrong|not|incorrect/i);
            await visit.signIn(person);
            // The browser itself notes the refused request.
            expect(visit.complaints.splice(0)).to.have.length(1);
        });

        it("keeps the session's token in the tab, its own files, and nothing else anywhere", async () => {
            await page.evaluate("navigator.serviceWorker.ready");
            const kept = await page.evaluate<Record<string, unknown>>(`(async () => ({
                session: Object.values(sessionStorage),
                local: localStorage.length,
                cookies: document.cookie,
                databases: (await indexedDB.databases()).length,
                caches: (await caches.keys()).map((name) => name.slice(0, 14)),
                workers: (await navigator.serviceWorker.getRegistrations()).length,
            }))()`);
            const [token, ...others] = kept.session as string[];
            expect(token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
            expect({ ...kept, session: others }).to.deep.equal({
                session: [],
                local: 0,
                cookies: "",
                databases: 0,
                caches: ["story-42-site-"],
                workers: 1,
            });
            expect(await visit.context.cookies()).to.deep.equal([]);
        });

        it("shows each agent at work while a story is made, and opens the story", async () => {
            // A page shows what came at once at once; a model that thinks keeps the agents apart.
            await stage.fault({ upstream: "bedrock", kind: "stall", milliseconds: 500, times: 0 });
            // Every state of every step, as the page showed it.
            await page.evaluate(`{
                window.shown = [];
                new MutationObserver(() => {
                    const steps = [...document.querySelectorAll(".steps li")].map((step) =>
                        step.querySelector("strong").textContent + " " + step.className);
                    window.shown.push({ percent: document.querySelector("progress")?.value, steps });
                }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
            }`);
            await page.getByLabel("Topic").fill("A lighthouse keeper who collects lost messages");
            await page.getByLabel("Short").check();
            page.on("request", (request) => {
                const { traceparent } = request.headers();
                if (traceparent) {
                    traced.push({ path: new URL(request.url()).pathname, traceparent });
                }
            });
            await page.getByRole("button", { name: "Make the story" }).click();
            await page.getByRole("heading", { name: /lighthouse keeper/i, level: 1 }).waitFor();
            await stage.heal();
            expect(new URL(page.url()).pathname).to.match(/^\/stories\/[\w-]+$/);
            const shown = await page.evaluate<{ percent?: number; steps: string[] }[]>("window.shown");
            const steps = new Set(shown.flatMap((one) => one.steps));
            for (const agent of ["Research", "Planning", "Writer", "Editor", "Voice", "Audio"]) {
                expect([...steps]).to.include.members([`${agent} working`, `${agent} done`]);
            }
            // The agents are told of as the first one begins, which may be the first that is seen of it.
            for (const agent of ["Planning", "Writer", "Editor", "Voice", "Audio"]) {
                expect([...steps]).to.include(`${agent} waiting`);
            }
            const percents = shown.flatMap(({ percent }) => percent ?? []);
            expect(new Set(percents).size).to.be.above(4);
            expect(percents).to.deep.equal(percents.toSorted((a, b) => a - b));
        });

        it("began the story's trace with that click alone, which leads to each model, picture and search", async () => {
            expect(traced.map(({ path }) => path)).to.deep.equal(["/api/v1/story/generate-pipeline"]);
            const [, traceId = "", click] = traced[0]?.traceparent.split("-") ?? [];
            const { spans } = await stage.trace(traceId);
            const [root, ...others] = spans.filter(
                ({ parent_id }) => !spans.some(({ span_id }) => span_id === parent_id),
            );
            expect(root).to.include({ name: "POST /api/v1/story/generate-pipeline", parent_id: click });
            expect(others).to.deep.equal([]);
            for (const call of ["chat ", "generate_content gemini", "execute_tool web_search"]) {
                expect(spans.filter(({ name }) => name.startsWith(call)).length, call).to.be.above(0);
            }
        });

        it("shows the story with a picture for each chapter, and who says what", async () => {
            expect(await page.getByRole("heading", { level: 2 }).count()).to.be.at.least(3);
            await page.locator(".chapter img").nth(2).waitFor();
            const pictures = await visit.chapterPictures();
            expect(pictures).to.have.length(3);
            for (const { width, alt } of pictures) {
                expect(width).to.be.above(100);
                expect(alt).to.match(/^Chapter \d: ./);
            }
            const speakers = new Set(await page.locator("dt").allTextContents());
            expect(speakers).to.include("Narrator");
            expect(speakers.size).to.be.at.least(3);
        });

        it("plays the narration, and fetches only what it needs when another place is sought", async () => {
            const parts: { status: number; from: number }[] = [];
            page.on("response", (response) => {
                if (response.url().includes("/audio/stream/")) {
                    const from = /bytes (\d+)-/.exec(response.headers()["content-range"] ?? "")?.[1];
                    parts.push({ status: response.status(), from: Number(from) });
                }
            });
            await page.getByRole("button", { name: "Narrate this story" }).click();
            const play = page.getByRole("button", { name: "Play the narration" });
            await play.waitFor();
            await play.focus();
            await page.keyboard.press("Space");
            const duration = await page.evaluate<number>(`new Promise((resolve) => {
                window.audio = document.querySelector("audio");
                const look = () => (audio.currentTime > 0.3 ? resolve(audio.duration) : setTimeout(look, 50));
                look();
            })`);
            expect(duration).to.be.above(30);
            const at = await page.evaluate<number>(`new Promise((resolve, reject) => {
                audio.addEventListener("seeked", () => resolve(audio.currentTime), { once: true });
                audio.addEventListener("error", () => reject(new Error(audio.error.message)), { once: true });
                audio.currentTime = audio.duration - 5;
            })`);
            expect(at).to.be.at.least(duration - 5);
            await page.evaluate("audio.pause()");
            expect(parts.every(({ status }) => status === 206)).to.equal(true);
            expect(Math.max(...parts.map(({ from }) => from))).to.be.above(1_000_000);
        });

        it("gives the story away by a link, which opens without an account until it is taken back", async () => {
            await page.getByRole("button", { name: "Share by a link" }).click();
            const sharing = page.getByRole("region", { name: "Sharing" });
            const address = (await sharing.getByRole("link").textContent()) ?? "";
            expect(new URL(address).origin).to.equal(new URL(stage.url).origin);
            const preview = await (await fetch(address)).text();
            const [, cover = ""] = /<meta property="og:image" content="([^"]+)">/.exec(preview) ?? [];
            expect((await fetch(cover)).headers.get("content-type")).to.match(/^image\//);
            const friend = await Visit.open(browser, address, PHONE);
            const title = await page.getByRole("heading", { level: 1 }).textContent();
            await friend.page.getByRole("heading", { name: title ?? "", level: 1 }).waitFor();
            await friend.page.evaluate("document.querySelector('.chapter img').decode()");
            const heard = await friend.page.evaluate<string>(
                "fetch(document.querySelector('audio').src).then((answer) => answer.headers.get('content-type'))",
            );
            expect(heard).to.equal("audio/mpeg");
            expect(await friend.page.getByRole("button", { name: /Delete|Edit|Sign out/ }).count()).to.equal(0);
            expect(await friend.flaws("shared")).to.deep.equal([]);
            expect(friend.complaints).to.deep.equal([]);
            await page.getByRole("button", { name: "Take the link back" }).click();
            await page.getByRole("button", { name: "Share by a link" }).waitFor();
            await friend.page.reload();
            await friend.page
                .getByRole("alert")
                .getByText(/taken back/)
                .waitFor();
            await friend.close();
        });

        it("lights the line that is heard, which the service knows of each", async () => {
            await page.getByLabel("Place in the narration").fill("0");
            await page.locator(".heard[data-line='1']").waitFor();
            const last = await page.locator(".line").last().getAttribute("data-line");
            await page.getByLabel("Place in the narration").press("End");
            await page.locator(`.heard[data-line='${last}']`).waitFor();
        });

        it("makes one segment again, as it is wished for, and offers to record it again", async () => {
            await page.getByRole("button", { name: "Edit" }).click();
            const words = segment(2).locator("dd");
            const before = await words.textContent();
            await page.getByRole("button", { name: "Change line 2", exact: true }).click();
            await page.getByLabel("How should line 2 change?").fill("Let it whisper");
            await page.getByRole("button", { name: "Make it again" }).click();
            await page.getByRole("button", { name: "Record it again" }).waitFor();
            expect(await words.textContent()).not.to.equal(before);
            // Whoever works with the keyboard goes on where they were.
            await page.locator("[aria-label='Change line 2']:focus").waitFor();
        });

        it("makes one picture again", async () => {
            const path = () => page.locator(".chapter img").nth(1).getAttribute("src");
            const before = await path();
            await page.getByRole("button", { name: "Change picture 2" }).click();
            await page.getByLabel("How should picture 2 change?").fill("At night");
            await page.getByRole("button", { name: "Make it again" }).click();
            await page.getByRole("button", { name: "Change picture 2" }).waitFor();
            expect(await path()).not.to.equal(before);
        });

        it("saves the story as text and as JSON", async () => {
            for (const [format, has] of [
                ["text", /^# .*lighthouse/i],
                ["JSON", /"structured_story"/],
            ] as const) {
                const saved = page.waitForEvent("download");
                await page.getByRole("button", { name: `Download as ${format}` }).click();
                const file = await saved;
                expect(file.suggestedFilename()).to.match(format === "text" ? /\.txt$/ : /\.json$/);
                expect(await readFile(await file.path(), "utf8")).to.match(has);
            }
        });

        it("comes back to a story by its address, and lists it among the earlier ones", async () => {
            const title = await page.getByRole("heading", { level: 1 }).textContent();
            await page.reload();
            await page.getByRole("heading", { level: 1, name: title ?? "" }).waitFor();
            expect(await page.title()).to.equal(`${title} · Story-42`);
            await page.getByRole("link", { name: "My stories" }).click();
            await page.getByRole("link", { name: title ?? "" }).click();
            await page.getByRole("heading", { level: 1, name: title ?? "" }).waitFor();
        });

        it("says what went wrong while a story is made, and goes on from there", async () => {
            await stage.fault({ upstream: "bedrock", kind: "down", times: 0, after: 2 });
            await page.getByRole("link", { name: "New story" }).click();
            await page.getByLabel("Topic").fill("A clock that is always right");
            await page.getByRole("button", { name: "Make the story" }).click();
            const alert = page.getByRole("alert");
            await alert.getByText(/What is finished is saved/).waitFor();
            // What was wished for is still there.
            await page.getByRole("link", { name: "New story" }).click();
            expect(await page.getByLabel("Topic").inputValue()).to.equal("A clock that is always right");
            await page.goBack();
            await stage.heal();
            await page.getByRole("button", { name: "Continue the story" }).click();
            await page.getByRole("heading", { name: /clock/i, level: 1 }).waitFor();
            await page.locator(".chapter img").nth(2).waitFor();
            expect(await page.locator(".chapter img").count()).to.equal(3);
        });

        it("stops a story that is being made, and takes it up again from the list", async () => {
            await stage.fault({ upstream: "bedrock", kind: "stall", times: 0, after: 2 });
            await page.getByRole("link", { name: "New story" }).click();
            await page.getByLabel("Topic").fill("A bridge that nobody built");
            await page.getByRole("button", { name: "Make the story" }).click();
            await page.locator(".steps .working").waitFor();
            expect(await visit.flaws("making")).to.deep.equal([]);
            await page.getByRole("button", { name: "Stop" }).click();
            await page.getByText("Stopped. What is finished is saved.").waitFor();
            await stage.heal();
            await page.getByRole("link", { name: "My stories" }).click();
            await page.getByRole("link", { name: /bridge.*Not finished/i }).click();
            await page.getByRole("button", { name: "Continue the story" }).waitFor();
            expect(await visit.flaws("unfinished")).to.deep.equal([]);
            await page.getByRole("button", { name: "Continue the story" }).click();
            await page.locator(".chapter img").nth(2).waitFor();
            expect(await page.getByRole("button", { name: "Continue the story" }).count()).to.equal(0);
        });

        it("runs under a policy without inline code, and nothing on it breaks the policy", async () => {
            const policy = (await stage.get("/")).headers.get("content-security-policy") ?? "";
            expect(policy)
                .to.include("script-src 'self'")
                .and.not.include("unsafe-inline")
                .and.not.include("unsafe-eval");
            expect(visit.complaints.splice(0)).to.deep.equal([]);
            await page.evaluate(
                `document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = 1" }))`,
            );
            expect(await page.evaluate("window.ran")).to.equal(undefined);
            expect(visit.complaints.splice(0).join()).to.include("Content Security Policy");
        });

        for (const width of [PHONE, DESKTOP]) {
            it(`is for everybody, and fits, at a width of ${width} pixels`, async () => {
                const guest = await Visit.open(browser, stage.url, width);
                const it = guest.page;
                const flaws: string[] = [];
                const look = async (state: string) => flaws.push(...(await guest.flaws(state)));
                await look("sign-in");
                await it.getByLabel("Email").fill(person.email);
                await it.getByLabel("Password").fill("wrong");
                await it.getByRole("button", { name: "Sign in" }).click();
                await it.getByRole("alert").getByRole("paragraph").waitFor();
                await look("sign-in-refused");
                await guest.signIn(person);
                await look("form");
                await it.getByRole("link", { name: "My stories" }).click();
                await it.getByRole("link", { name: /lighthouse/i }).waitFor();
                await look("stories");
                await it.getByRole("link", { name: /lighthouse/i }).click();
                await it.getByRole("button", { name: "Play the narration" }).waitFor();
                await look("story");
                await it.getByRole("link", { name: "Read the book" }).click();
                await it.getByRole("button", { name: "Next page" }).click();
                await look("book");
                await it.getByRole("link", { name: "Close the book" }).click();
                await it.getByRole("button", { name: "Edit" }).click();
                await it.getByRole("button", { name: "Change line 3" }).click();
                await look("change-segment");
                await it.keyboard.press("Escape");
                await it.getByRole("button", { name: "Change picture 1" }).click();
                await look("change-picture");
                await it.keyboard.press("Escape");
                await it.getByRole("button", { name: "Delete", exact: true }).click();
                await look("delete");
                await it.getByRole("button", { name: "Keep it" }).click();
                await it.goto("/stories/nobody-s");
                await it.getByRole("alert").getByRole("paragraph").waitFor();
                await look("no-such-story");
                await guest.close();
                expect(flaws).to.deep.equal([]);
            });
        }

        it("is used by keyboard alone, from signing in to deleting", async () => {
            const somebody = await stage.person("keyboard");
            const guest = await Visit.open(browser, stage.url);
            const { page: it } = guest;
            const press = (key: string) => it.keyboard.press(key);
            await press("Tab");
            expect(await it.evaluate("document.activeElement.textContent")).to.equal("Skip to the content");
            await guest.tabTo(it.getByLabel("Email"));
            await it.keyboard.type(somebody.email);
            await guest.tabTo(it.getByLabel("Password"));
            await it.keyboard.type(somebody.password);
            await press("Enter");
            await guest.tabTo(it.getByRole("link", { name: "My stories" }));
            // The focus can be seen.
            expect(await it.evaluate("getComputedStyle(document.activeElement).outlineStyle")).to.equal("solid");
            await press("Enter");
            await it.getByText("You have no stories yet.").waitFor();
            expect(await guest.flaws("no-stories")).to.deep.equal([]);
            await guest.tabTo(it.getByRole("link", { name: "Make your first story" }));
            await press("Enter");
            await guest.tabTo(it.getByLabel("Topic"));
            await it.keyboard.type("A fox in the rain");
            await guest.tabTo(it.getByRole("button", { name: "Make the story" }));
            await press("Enter");
            await it.getByRole("heading", { level: 1, name: /fox/i }).waitFor();
            // The page that has come has the focus: reading begins at its heading.
            await it.locator("h1:focus").waitFor();
            await guest.tabTo(it.getByRole("button", { name: "Edit" }));
            await press("Enter");
            await guest.tabTo(it.getByRole("button", { name: "Change line 1", exact: true }));
            await press("Enter");
            await it.keyboard.type("Shorter");
            await press("Enter");
            await it.locator("[aria-label='Change line 1']:focus").waitFor();
            await guest.tabTo(it.getByRole("button", { name: "Delete", exact: true }));
            await press("Enter");
            await guest.tabTo(it.getByRole("button", { name: "Delete it" }));
            await press("Enter");
            await it.getByText("You have no stories yet.").waitFor();
            await guest.close();
        });

        it("deletes a story for good", async () => {
            await page.getByRole("link", { name: "My stories" }).click();
            await page.getByRole("link", { name: /clock/i }).click();
            await page.getByRole("heading", { level: 1, name: /clock/i }).waitFor();
            const id = new URL(page.url()).pathname.split("/").at(-1);
            await page.getByRole("button", { name: "Delete", exact: true }).click();
            await page.getByRole("button", { name: "Delete it" }).click();
            await page.getByRole("heading", { level: 1, name: "My stories" }).waitFor();
            await page.getByRole("link", { name: /lighthouse/i }).waitFor();
            expect(await page.getByRole("link", { name: /clock/i }).count()).to.equal(0);
            expect((await stage.get(`/api/v1/stories/${id}`, person.token)).status).to.equal(404);
        });

        it("shows nobody another's story", async () => {
            const other = await stage.person("other-reader");
            const events = await stage.story(wish("A secret"), other.token);
            await page.goto(`/stories/${events[0]?.session_id}`);
            await page.getByText("This story does not exist, or it is not one of yours.").waitFor();
            visit.complaints.splice(0);
        });

        it("asks to sign in again when the token is not good any more", async () => {
            await page.evaluate(`for (const [key, token] of Object.entries(sessionStorage)) {
                sessionStorage.setItem(key, token.replace(/.{20}$/, "A".repeat(20)));
            }`);
            await page.goto("/stories");
            await page.getByRole("button", { name: "Sign in" }).waitFor();
            expect(new URL(page.url()).pathname).to.equal("/stories");
        });

        it("forgets the session when one signs out", async () => {
            await page.getByRole("textbox", { name: "Email" }).fill(person.email);
            await page.getByRole("textbox", { name: "Password" }).fill(person.password);
            await page.getByRole("button", { name: "Sign in" }).click();
            await page.getByRole("link", { name: /lighthouse/i }).waitFor();
            await page.getByRole("button", { name: "Sign out" }).click();
            await page.getByRole("textbox", { name: "Password" }).waitFor();
            expect(await page.evaluate("sessionStorage.length")).to.equal(0);
            await page.reload();
            await page.getByRole("textbox", { name: "Password" }).waitFor();
        });
    });
}
