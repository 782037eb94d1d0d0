/** A Node that is too old: what `pulumi` and `npm run` make of it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import manifest from "../../../package.json" with { type: "json" };

const root = resolve(import.meta.dirname, "../../..");
const oldest = manifest.engines.node.replace(">=", "");
const packaged = `node-${process.platform}-${process.arch}`;
const options = { cwd: root, reject: false, env: { NODE_OPTIONS: undefined, NODE_COMPILE_CACHE: undefined } } as const;

/** Node's flags for the program, as Pulumi's language host takes them from the project's file. */
const nodeargs = /nodeargs: (.+)/.exec(readFileSync(join(root, "Pulumi.yaml"), "utf8"))?.[1]?.split(" ") ?? [];

/** The Nodes of this machine that are really too old. */
async function oldNodes(): Promise<string[]> {
    const found = [...new Set((process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node")))];
    const isOld = async (node: string) => {
        const numbers = (version: string) => version.split(".").map(Number);
        const { stdout } = await execa(node, ["-p", "process.versions.node"], options);
        const [[major = 0, minor = 0], [oldestMajor = 0, oldestMinor = 0]] = [numbers(stdout), numbers(oldest)];
        return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
    };
    const old = await Promise.all(found.map(async (node) => existsSync(node) && (await isOld(node))));
    return found.filter((_node, index) => old[index]);
}

describe("an old Node", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-node-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** Flags that make this Node say that it is another. */
    function as(version: string, platform: string = process.platform): string[] {
        const disguise = join(folder, `${version}.cjs`);
        writeFileSync(
            disguise,
            `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });
            Object.defineProperty(process, "platform", { value: "${platform}" });`,
        );
        return ["--require", disguise];
    }

    describe("that `pulumi` starts the program with", () => {
        const program = ["--eval", "console.log('the program')"];

        for (const version of ["16.20.2", "18.20.8", "20.20.2", "22.17.1"]) {
            it(`is told which is needed, and nothing else (${version})`, async () => {
                const ended = await execa(process.execPath, [...as(version), ...nodeargs, ...program], options);
                expect(ended.stderr).to.equal(`Story-42 needs Node ${oldest} or later; this is Node ${version}.`);
                expect(ended.stdout).to.equal("");
                // By which Pulumi's language host knows that there is nothing to add.
                expect(ended.exitCode).to.equal(32);
            });
        }

        it("is told the same where it is no disguise", async function () {
            const nodes = await oldNodes();
            if (nodes.length === 0) {
                this.skip();
            }
            for (const node of nodes) {
                const ended = await execa(node, [...nodeargs, ...program], options);
                expect(ended.stderr, node).to.match(/^Story-42 needs Node .+ or later; this is Node [\d.]+\.$/);
                expect([ended.stdout, ended.exitCode], node).to.deep.equal(["", 32]);
            }
        });

        for (const version of [`${oldest}.0`, "24.0.0", process.versions.node]) {
            it(`is none (${version})`, async () => {
                const ended = await execa(process.execPath, [...as(version), ...nodeargs, ...program], options);
                expect([ended.stderr, ended.stdout]).to.deep.equal(["", "the program"]);
            });
        }
    });

    describe("that `npm run` is started with", () => {
        const bundled = () => join(folder, "node_modules", packaged, "bin/node");

        /** Starts a script that says which Node runs it, in a checkout of its own. */
        async function npmRun(version: string, { platform = process.platform, path = "" } = {}) {
            for (const file of ["scripts/run.mjs", "stacks/nodeVersion.cjs", "package.json"]) {
                cpSync(join(root, file), join(folder, file));
            }
            writeFileSync(join(folder, "which.mjs"), "console.log(process.argv0);");
            return await execa(process.execPath, [...as(version, platform), "scripts/run.mjs", "which.mjs"], {
                ...options,
                cwd: folder,
                env: { ...options.env, PATH: `${path}${delimiter}${process.env.PATH}` },
            });
        }

        /** Puts a Node among the packages. */
        function bundle() {
            mkdirSync(dirname(bundled()), { recursive: true });
            symlinkSync(process.execPath, bundled());
        }

        it("gives way to the one among the packages", async () => {
            bundle();
            const { stdout, stderr } = await npmRun("20.20.2");
            expect([stdout, stderr]).to.deep.equal([bundled(), ""]);
        });

        it("is told which is needed where the packages have none", async () => {
            const { stderr, exitCode } = await npmRun("20.20.2", { platform: "aix" });
            expect(stderr).to.equal(`Story-42 needs Node ${oldest} or later; this is Node 20.20.2.`);
            expect(exitCode).to.equal(1);
        });

        it("is told so, too, where they were left out", async () => {
            const { stderr, exitCode } = await npmRun("20.20.2");
            expect(stderr).to.match(
                /this is Node 20\.20\.2\. None came with the packages: were optional ones left out\?$/,
            );
            expect(exitCode).to.equal(1);
        });

        it("installs nothing itself: npm leaves out what does not support it", async () => {
            for (const lock of ["package-lock.json", "site/package-lock.json"]) {
                cpSync(join(root, lock), join(folder, lock));
            }
            const path = join(folder, "bin");
            mkdirSync(path);
            const npm = [
                "#!/bin/sh",
                'echo "$@, with $(command -v node)"',
                `mkdir -p '${dirname(bundled())}'`,
                `ln -sf '${process.execPath}' '${bundled()}'`,
            ];
            writeFileSync(join(path, "npm"), npm.join("\n"), { mode: 0o755 });
            const { stdout, stderr } = await npmRun("20.20.2", { path });
            const [project = "", site, ran] = stdout.split("\n");
            const version = (manifest.optionalDependencies as Record<string, string>)[packaged];
            expect(project).to.contain(`exec --yes --package=${packaged}@${version} -- npm ci --no-audit --no-fund,`);
            expect(site).to.equal(`ci --no-audit --no-fund, with ${bundled()}`);
            expect(ran, stderr).to.equal(bundled());
        });
    });

    it("is named alike wherever documents name it", () => {
        const files = [
            "README.md",
            "examples/transform-and-override/README.md",
            "examples/transform-and-override/Pulumi.yaml",
        ];
        for (const file of files) {
            const named = [...readFileSync(join(root, file), "utf8").matchAll(/Node \(?([\d.]+) or later/g)];
            expect(
                named.map(([, version]) => version),
                file,
            ).to.not.be.empty;
            expect(
                named.every(([, version]) => version === oldest),
                file,
            ).to.equal(true);
        }
    });
});
