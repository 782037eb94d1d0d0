import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { GetBucketLifecycleConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { execa } from "execa";
import type { Browser } from "playwright-core";
import { Screen } from "../../../../../local/lib/screen.ts";
import { Bundle, imageNames } from "../../../../../local/runtime/dev/bundles.ts";
import { Replay } from "../../../../../local/runtime/dev/replay.ts";
import { openBrowser, Visit } from "../../../../kit/deployed/browser.ts";
import { type Person, Stage, type StoryEvent, visualStory, wish } from "../../../../kit/deployed/stage.ts";
import { CloudCopy } from "../../../../kit/local/cloudCopy.ts";
import { Debugger, freePorts } from "../../../../kit/local/debugger.ts";

const root = join(import.meta.dirname, "../../../../..");

const OUTLINE = { ...visualStory, job_id: "test", user_input_description: "A fox in the rain" };

describe("npm run dev", function () {
    this.timeout(300_000);
    let cloud: CloudCopy;
    let dev: ReturnType<CloudCopy["startDev"]>;
    let stage: Stage;
    let reader: Person;
    let browser: Browser;
    /** The id of a story that was made. */
    let madeStory: string;

    before(async () => {
        cloud = await CloudCopy.make();
        stage = await Stage.up(cloud, "--no-images");
        dev = cloud.startDev("--no-images");
        await dev.seen(/^Watching/m);
        reader = await stage.reader();
        browser = await openBrowser();
    });
    after(async () => {
        await browser?.close();
        dev?.child.kill("SIGTERM");
        await dev?.ended;
        await cloud?.remove();
    });

    /** Saves a file with other text in it. */
    function save(path: string, from: string, to: string): void {
        const file = join(cloud.folder, path);
        const text = readFileSync(file, "utf8");
        expect(text, path).to.include(from);
        writeFileSync(file, text.replace(from, to));
    }

    const health = async () => (await (await stage.get("/api/v1/auth/health")).json()) as { service: string };
    const modelOf = async () => {
        const answer = await stage.post("/generate-story-outline", OUTLINE, reader.token);
        return ((await answer.json()) as { result: { metadata: { model_id: string } } }).result.metadata.model_id;
    };

    it("serves a saved file of a function", async () => {
        save("docker/story-text-regen/handlers.ts", "= { model_id, prompt", '= { model_id: "saved", prompt');
        await dev.seen(/^✓ docker\/story-text-regen\/handlers\.ts: text function served \(/m);
        expect(await modelOf()).to.equal("saved");
    });

    it("serves a saved file of the agent service, and finishes what it is at first", async () => {
        const events: StoryEvent[] = [];
        for await (const event of stage.events(wish("A fox in the rain"), reader.token)) {
            if (events.length === 0) {
                save("docker/story-generator/routes/health.ts", '"story-generator"', '"saved"');
                await dev.seen(/^✓ docker\/story-generator\/routes\/health\.ts: agent service served \(/m);
                expect((await health()).service).to.equal("saved");
            }
            events.push(event);
        }
        expect(events.at(-1)?.type, JSON.stringify(events.at(-1))).to.equal("complete");
        madeStory = events[0]?.session_id ?? "";
    });

    it("serves a saved file that all share in each of them", async () => {
        save("docker/shared/apiErrors.ts", "", "globalThis.story42 = true;\n");
        await dev.seen(
            /^✓ docker\/shared\/apiErrors\.ts: text function, image function, data function, agent service served \(/m,
        );
        expect([(await health()).service, await modelOf()]).to.deep.equal(["saved", "saved"]);
    });

    it("says what does not compile, and what does not start, while the last good one serves on", async () => {
        save("docker/story-generator/routes/health.ts", '"saved"', '"broken" +');
        await dev.seen(
            /^✗ agent service: the last good one serves on\n {4}docker\/story-generator\/routes\/health\.ts:\d+:\d+: /m,
        );
        save("docker/story-text-regen/index.ts", "", 'throw new Error("It can\'t start.");\n');
        await dev.seen(/^✗ text function: the last good one serves on\n.* does not start: It can't start\./m);
        expect([(await health()).service, await modelOf()]).to.deep.equal(["saved", "saved"]);
        save("docker/story-text-regen/index.ts", 'throw new Error("It can\'t start.");\n', "");
        save("docker/story-generator/routes/health.ts", '"broken" +', '"mended"');
        await dev.seen(/agent service served[^✗]*$/);
        expect((await health()).service).to.equal("mended");
    });

    it("changes an open page without losing it, and shows what does not compile, under the site's policy", async () => {
        const visit = await Visit.open(browser, stage.url);
        const { page } = visit;
        // What Vite finds to prepare when a page is opened first, it loads the page anew for.
        await page.waitForLoadState("networkidle");
        await page.getByLabel("Email").fill("written@example.com");
        save("site/src/SignInSteps.tsx", "Forgot your password?", "Forgotten?");
        await page.getByText("Forgotten?").waitFor();
        save("site/src/base.css", "body {", "body { outline: 3px solid red;");
        const outline = () => page.evaluate<string>("getComputedStyle(document.body).outlineStyle");
        await eventually(async () => expect(await outline()).to.equal("solid"));
        expect(await page.getByLabel("Email").inputValue()).to.equal("written@example.com");
        save("site/src/SignInSteps.tsx", '"Forgotten?"', '"Forgotten?');
        await page.locator("vite-error-overlay").waitFor();
        const { page: other } = await Visit.open(browser, stage.url);
        await other.getByText("Forgotten?").waitFor();
        save("site/src/SignInSteps.tsx", '"Forgotten?', '"Lost?"');
        await page.getByText("Lost?").waitFor();
        await page.locator("vite-error-overlay").waitFor({ state: "detached" });
        expect(await page.getByLabel("Email").inputValue()).to.equal("written@example.com");
        expect(visit.complaints.filter((one) => !one.includes("[vite]"))).to.deep.equal([]);
    });

    it("deploys what can't be served, and says which it was and why", async () => {
        save("Pulumi.local.yaml", "config:\n", 'config:\n  story-42:imageExpirationDays: "60"\n');
        await dev.seen(/^✓ Pulumi\.local\.yaml \(a setting\): deployed \(/m);
        const s3 = stage.client(S3Client);
        const Bucket = cloud.local().outputs.s3_bucket_name;
        const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
        s3.destroy();
        expect(Rules?.map(({ Expiration }) => Expiration?.Days)).to.include(60);
        expect([(await health()).service, await modelOf()]).to.deep.equal(["mended", "saved"]);
    });

    it("leaves nothing when it is ended, and what is deployed runs on", async () => {
        save("docker/story-generator/routes/health.ts", '"mended"', '"not deployed"');
        await dev.seen(/agent service served[^✗]*$/);
        dev.child.kill("SIGINT");
        const { code, text } = await dev.ended;
        expect(code, text).to.equal(0);
        expect(text).to.include("Not deployed yet: changes of agent service.");
        expect(
            (await execa("pgrep", ["-f", join(cloud.folder, "local/runtime/dev")], { reject: false })).stdout,
        ).to.equal("");
        expect(existsSync(join(cloud.stateDir, "dev/code"))).to.equal(false);
        await eventually(async () => expect((await health()).service).to.equal("mended"));
    });

    it("says which story to make again is not there", async () => {
        const { signal } = new AbortController();
        const error = await Replay.open({ session: "none", from: "voice" }, cloud.stateDir, new Screen(), signal).catch(
            (one: Error) => one,
        );
        expect(String(error)).to.include(`There is no story none; there are ${madeStory}.`);
    });

    it("makes a story again from a stage, and lets a debugger stop at a line of the repository, at one port from save to save", async () => {
        const port = await freePorts(imageNames.length);
        const file = join(cloud.folder, "docker/story-text-regen/handlers.ts");
        const replay = ["--replay", madeStory, "--from", "voice"];
        dev = cloud.startDev("--no-images", "--inspect", String(port), ...replay);
        await dev.seen(/^ {2}voice \(.*\n {2}audio \(.*\n {2}system_end \(.*\n✓ [\w-]+: made again \(/m);
        for (const [from, to] of [
            ["saved", "first"],
            ["first", "second"],
        ] as const) {
            save("docker/story-text-regen/handlers.ts", `"${from}"`, `"${to}"`);
            const line = `model_id: "${to}"`;
            await eventually(async () => {
                const attached = await Debugger.attach(port);
                try {
                    await attached.breakAt(line);
                    const answer = modelOf();
                    const at = await Promise.race([
                        attached.paused(),
                        // The code before answers until the new one has started, which a debugger reaches earlier.
                        answer.then((model) => expect.fail(`${model} answered without a stop`)),
                    ]);
                    expect(at.file).to.equal(pathToFileURL(file).href);
                    expect(readFileSync(file, "utf8").split("\n")[at.line - 1]).to.include(line);
                    await attached.resume();
                    expect(await answer).to.equal(to);
                } finally {
                    attached.close();
                }
            });
        }
    });
});

describe("A bundle that is made anew after each change", function () {
    this.timeout(300_000);

    it("is, after many changes, the one that an image is built with", async () => {
        const folder = mkdtempSync(join(tmpdir(), "story-42-dev-"));
        try {
            for (const part of ["docker", "contract"]) {
                const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path);
                await cp(join(root, part), join(folder, part), { recursive: true, filter: isSource });
            }
            // As in an image: these are the packages of all of it.
            symlinkSync(join(root, "docker/node_modules"), join(folder, "node_modules"));
            const bundle = await Bundle.open(folder, join(folder, "dev"), "dataOps");
            const files = ["docker/data-ops/export.ts", "docker/shared/apiErrors.ts", "contract/printable.ts"];
            let made = "";
            const used = new Set([await bundle.make()]);
            for (let change = 0; change < 30; change += 1) {
                const file = join(folder, files[change % files.length] ?? "");
                writeFileSync(file, `${readFileSync(file, "utf8")}\nglobalThis.change${change} = ${change};\n`);
                made = await bundle.make();
                bundle.removeOld(used);
            }
            // What runs is never removed, however old it is.
            expect([...used].map((one) => existsSync(one))).to.deep.equal([true]);
            expect(readdirSync(dirname(made))).to.have.length.below(7);
            await bundle.close();
            await execa(process.execPath, ["docker/bundle.mjs", "data-ops"], { cwd: folder });
            const clean = join(folder, "docker/dist/data-ops");
            const codeIn = (of: string) =>
                readdirSync(of, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".mjs"));
            expect(codeIn(made)).to.have.members(codeIn(clean));
            for (const name of codeIn(clean)) {
                expect(readFileSync(join(made, name)).equals(readFileSync(join(clean, name))), name).to.equal(true);
            }
            expect(readFileSync(join(clean, "index.mjs"), "utf8")).to.contain("change29");
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

/** Waits until something holds. */
async function eventually(holds: () => Promise<unknown>): Promise<void> {
    const end = Date.now() + 60_000;
    for (;;) {
        try {
            await holds();
            return;
        } catch (error) {
            if (Date.now() > end) {
                throw error;
            }
            await sleep(100);
        }
    }
}
