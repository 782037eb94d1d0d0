import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { identify } from "../../../automation/processes/processes.ts";
import { isStateLost, keepState, passphraseOf } from "../../../local/cloud/keptState.ts";
import { lostImages } from "../../../local/cloud/lostImages.ts";
import { settleStack } from "../../../local/cloud/recovery.ts";
import { outputsOf, storedState } from "../../../local/cloud/storedState.ts";
import { withMissingToolchains } from "../../../local/cloud/tools.ts";
import { takeLock } from "../../../local/lib/lock.ts";
import { checkRoom, FullDiskError, hasRoom, roomProblem } from "../../../local/lib/room.ts";
import { duration, Screen } from "../../../local/lib/screen.ts";
import { type Tool, ToolError, ToolSet } from "../../../local/tools/tool.ts";

class Lines extends Writable {
    text = "";
    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
        this.text += chunk;
        done();
    }
}

describe("Setting up the local cloud", () => {
    let folder: string;
    let lines: Lines;
    let tools: ToolSet;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-"));
        process.env.STORY42_CACHE = join(folder, "cache");
        lines = new Lines();
        tools = new ToolSet(new Screen(lines as unknown as NodeJS.WriteStream), new AbortController().signal);
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const tool = (installers: Tool["installers"]): Tool => ({
        title: "A tool 1.0",
        folder: join(folder, "cache/tool"),
        file: "tool",
        installers,
        advice: "Install it by hand.",
    });
    const works = { description: "build", install: async (work: string) => writeFileSync(join(work, "tool"), "made") };
    const fails = {
        description: "download from example.com",
        install: async (work: string) => {
            writeFileSync(join(work, "half"), "");
            throw new Error("example.com can't be reached");
        },
    };

    it("takes the next way when one fails, and leaves nothing half-made", async () => {
        const path = await tools.provide(tool([fails, works]));
        expect(readFileSync(path, "utf8")).to.equal("made");
        expect(readdirSync(join(folder, "cache")).sort()).to.deep.equal(["locks", "tool"]);
        expect(readdirSync(join(folder, "cache/tool"))).to.deep.equal([".origin", "tool"]);
        expect(lines.text).to.match(/✓ A tool 1.0: build \(/);
    });

    it("makes a tool once", async () => {
        let made = 0;
        const counted = {
            description: "build",
            install: async (work: string) => {
                made++;
                await works.install(work);
            },
        };
        await Promise.all([tools.provide(tool([counted])), tools.provide(tool([counted]))]);
        await tools.provide(tool([counted]));
        expect(made).to.equal(1);
    });

    it("says what was tried and what a person can do when every way fails", async () => {
        const error = await tools.provide(tool([fails])).catch((reason) => reason);
        expect(error).to.be.instanceOf(ToolError);
        expect(error.message).to.equal(
            "A tool 1.0 is not here and could not be set up.\n  - download from example.com: example.com can't be reached\nInstall it by hand.",
        );
    });

    it("names all toolchains that are missing at once", () => {
        process.env.PATH = "/nonexistent";
        const { message } = withMissingToolchains(new ToolError("Python 3 is not installed"));
        expect(message).to.match(/^Python 3 is not installed\n.*lacks Go .* and Python 3/);
        expect(withMissingToolchains(new ToolError("else")).message.split("\n")).to.have.length.below(3);
    });

    it("says that the disk is full", async () => {
        const full = {
            description: "build",
            install: async () => {
                throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
            },
        };
        const error = await tools.provide(tool([full])).catch((reason) => reason);
        expect(error.message).to.contain(`the disk is full (${join(folder, "cache")})`);
    });

    it("waits for a lock that somebody holds, and takes one that the dead left", async () => {
        const path = join(folder, "lock");
        writeFileSync(path, JSON.stringify({ pid: process.pid, began: "another life" }));
        const release = await takeLock(path, () => expect.fail("nobody holds it"));
        let told = 0;
        const second = takeLock(path, ({ pid }) => {
            told = pid;
            release();
        });
        (await second)();
        expect(told).to.equal(process.pid);
        expect(existsSync(path)).to.equal(false);
    });

    it("takes a dead holder's lock only while nobody else does", async () => {
        const path = join(folder, "lock");
        const alive = (pid: number) => JSON.stringify(identify(pid));
        writeFileSync(path, JSON.stringify({ pid: process.pid, began: "another life" }));
        // Another process has seen the dead holder too, and is about to take the lock.
        writeFileSync(`${path}.turn`, alive(process.ppid));
        let told = 0;
        const taking = takeLock(path, ({ pid }) => {
            told = pid;
            writeFileSync(path, alive(process.ppid));
            rmSync(`${path}.turn`);
        });
        const isTaken = await Promise.race([taking.then(() => true), sleep(700).then(() => false)]);
        expect({ told, isTaken }).to.deep.equal({ told: process.ppid, isTaken: false });
        rmSync(path);
        (await taking)();
    });

    it("takes a lock whose file is empty, and leaves nothing beside it", async () => {
        const path = join(folder, "lock");
        writeFileSync(path, "");
        writeFileSync(`${path}.turn`, "");
        (await takeLock(path, () => expect.fail("nobody holds it")))();
        expect(readdirSync(folder).filter((name) => name.startsWith("lock"))).to.deep.equal([]);
    });

    it("writes times for people", () => {
        expect([400, 9_960, 59_600, 160_000].map(duration)).to.deep.equal(["0.4 s", "10 s", "1 min 0 s", "2 min 40 s"]);
    });
});

describe("After a deployment was killed", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("removes the lock of an engine that is gone", async () => {
        const locks = join(folder, "backend/.pulumi/locks/organization/story-42/local");
        mkdirSync(locks, { recursive: true });
        const { hostname } = await import("node:os");
        // This process lives, but is no Pulumi: the id is another's by now.
        writeFileSync(join(locks, "one.json"), JSON.stringify({ pid: process.ppid, hostname: hostname() }));
        writeFileSync(join(locks, "cut-off.json"), "");
        await settleStack(folder, "story-42/local.json", new AbortController().signal);
        expect(readdirSync(locks)).to.deep.equal([]);
    });

    it("finds the images that a registry has lost, and leaves those that it has", async () => {
        const registry = createServer(({ method, url }, response) => {
            response.writeHead(method === "HEAD" && url === "/v2/story/text/manifests/sha256:there" ? 200 : 404).end();
        }).listen(0, "127.0.0.1");
        await once(registry, "listening");
        const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
        const image = (urn: string, of: string, digest: string) => {
            const outputs = { digest, exports: [{ registry: { names: [`${of}/story/text`] } }] };
            return { type: "docker-build:index:Image", urn, outputs };
        };
        const lost = await lostImages([
            image("there", host, "sha256:there"),
            image("lost", host, "sha256:lost"),
            image("without a registry", "127.0.0.1:1", "sha256:there"),
            { type: "docker-build:index:Image", urn: "half made" },
            { type: "aws:s3/bucket:Bucket", urn: "something else" },
        ]);
        registry.close();
        expect(lost).to.deep.equal(["lost", "without a registry", "half made"]);
    });

    it("reads from the state what was deployed, and whether it was cut off", () => {
        expect(storedState(folder)).to.deep.equal({ resources: [], interrupted: false });
        const stacks = join(folder, "backend/.pulumi/stacks/story-42");
        mkdirSync(stacks, { recursive: true });
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
        const stack = {
            urn: "the-stack",
            type: "pulumi:pulumi:Stack",
            outputs: { name: "a", refs: { b: "c" }, secret },
        };
        const latest = { resources: [stack], pending_operations: [{ type: "creating" }] };
        writeFileSync(join(stacks, "local.json"), JSON.stringify({ version: 3, checkpoint: { latest } }));
        const state = storedState(folder);
        expect(state.interrupted).to.equal(true);
        expect(outputsOf(state)).to.deep.equal({
            name: { value: "a", secret: false },
            refs: { value: { b: "c" }, secret: false },
            secret: { value: "[secret]", secret: true },
        });
    });

    it("goes back to the last whole state when the newest was cut off", async () => {
        const stacks = join(folder, "backend/.pulumi/stacks/story-42");
        mkdirSync(stacks, { recursive: true });
        writeFileSync(join(stacks, "local.json"), '{"version": 3, "check');
        writeFileSync(join(stacks, "local.json.bak"), '{"version": 3}');
        await settleStack(folder, "story-42/local.json", new AbortController().signal);
        expect(readFileSync(join(stacks, "local.json"), "utf8")).to.equal('{"version": 3}');
    });

    describe("with its state kept", () => {
        const file = "story-42/local.json";
        const stacks = () => join(folder, "backend/.pulumi/stacks/story-42");
        const state = () => join(stacks(), "local.json");
        const settle = () => settleStack(folder, file, new AbortController().signal);
        beforeEach(() => {
            mkdirSync(stacks(), { recursive: true });
            writeFileSync(state(), '{"version": 3}');
            passphraseOf(folder);
            keepState(folder, file);
        });

        it("goes back to the copy when the engine's own files are both cut off", async () => {
            writeFileSync(`${state()}.bak`, "");
            for (const left of ["", '{"version": 3, "check']) {
                writeFileSync(state(), left);
                expect(await settle()).to.equal(true);
                expect(readFileSync(state(), "utf8")).to.equal('{"version": 3}');
            }
            expect(await settle()).to.equal(false);
        });

        it("keeps the last whole one while another is cut off", async () => {
            writeFileSync(state(), '{"version": 3, "check');
            keepState(folder, file);
            await settle();
            expect(readFileSync(state(), "utf8")).to.equal('{"version": 3}');
        });

        it("keeps the passphrase, and the form of the backend", async () => {
            const passphrase = passphraseOf(folder);
            for (const name of ["passphrase", "kept/passphrase"]) {
                writeFileSync(join(folder, name), "");
                expect(passphraseOf(folder)).to.equal(passphrase);
                expect(readFileSync(join(folder, name), "utf8")).to.equal(passphrase);
            }
            writeFileSync(join(folder, "backend/.pulumi/meta.yaml"), "");
            await settle();
            expect(readFileSync(join(folder, "backend/.pulumi/meta.yaml"), "utf8")).to.equal("version: 1\n");
        });

        it("is lost only when no copy is whole", () => {
            writeFileSync(state(), "");
            expect(isStateLost(folder, file)).to.equal(false);
            writeFileSync(join(folder, "kept/state.json"), "");
            expect(isStateLost(folder, file)).to.equal(true);
            writeFileSync(`${state()}.bak`, "{}");
            expect(isStateLost(folder, file)).to.equal(false);
            writeFileSync(join(folder, "passphrase"), "");
            writeFileSync(join(folder, "kept/passphrase"), "");
            expect(isStateLost(folder, file)).to.equal(true);
            rmSync(folder, { recursive: true });
            mkdirSync(folder);
            expect(isStateLost(folder, file)).to.equal(false);
        });
    });

    it("is not begun, or stopped, when there is no room", async () => {
        // A file system without any room.
        expect(hasRoom("/proc")).to.equal(false);
        expect(() => checkRoom("/proc")).to.throw(
            FullDiskError,
            /^The disk is full: 0 MB are free at \/proc, and \d+ MB/,
        );
        const error = roomProblem("/proc");
        expect(error).to.be.instanceOf(FullDiskError);
        checkRoom(folder);
    });
});
