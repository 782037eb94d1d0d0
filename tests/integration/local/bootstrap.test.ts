import { spawn } from "node:child_process";
import {
    copyFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    renameSync,
    rmSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const runner = join(import.meta.dirname, "../../../scripts/run.mjs");

const engines = { node: ">=22.18" };

describe("The bootstrap", function () {
    this.timeout(60_000);
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-bootstrap-"));
        mkdirSync(join(folder, "scripts"));
        copyFileSync(runner, join(folder, "scripts/run.mjs"));
        mkdirSync(join(folder, "stacks"));
        copyFileSync(join(runner, "../../stacks/nodeVersion.cjs"), join(folder, "stacks/nodeVersion.cjs"));
        project(".");
        writeFileSync(join(folder, "say.ts"), "const said: string[] = process.argv.slice(2);\nconsole.log(...said);\n");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** A project without packages, which npm installs without a registry. */
    function project(name: string): void {
        const manifest = { name: "bootstrap", version: "1.0.0", engines };
        const lock = { ...manifest, lockfileVersion: 3, packages: { "": manifest } };
        mkdirSync(join(folder, name), { recursive: true });
        writeFileSync(join(folder, name, "package.json"), JSON.stringify(manifest));
        writeFileSync(join(folder, name, "package-lock.json"), JSON.stringify(lock));
    }
    const run = (...args: string[]) =>
        execa(process.execPath, ["scripts/run.mjs", ...args], { cwd: folder, reject: false });

    it("installs what is missing, with the time that it took, and then runs the file with its arguments", async () => {
        project("docker");
        const { stdout, stderr, exitCode } = await run("say.ts", "one", "--two");
        expect(exitCode, stderr).to.equal(0);
        expect(stdout.split("\n").at(-1)).to.equal("one --two");
        expect(stderr).to.match(/Installed the packages of the project in \d+ s\./);
        expect(stderr).to.match(/Installed the packages of docker\/ in \d+ s\./);
    });

    it("installs again only when a lock file is newer", async () => {
        await run("say.ts");
        expect((await run("say.ts")).stderr).to.equal("");
        const later = new Date(Date.now() + 60_000);
        utimesSync(join(folder, "package-lock.json"), later, later);
        expect((await run("say.ts")).stderr).to.contain("Installed the packages of the project");
    });

    it("leaves packages that are linked alone, which are another checkout's", async () => {
        await run("say.ts");
        const other = join(folder, "other");
        renameSync(join(folder, "node_modules"), other);
        symlinkSync(other, join(folder, "node_modules"));
        const later = new Date(Date.now() + 60_000);
        utimesSync(join(folder, "package-lock.json"), later, later);
        const { stderr, stdout } = await run("say.ts", "one");
        expect([stderr, stdout]).to.deep.equal(["", "one"]);
        expect(existsSync(join(other, ".package-lock.json"))).to.equal(true);
    });

    it("says that an installation failed, and does not take it for done", async () => {
        // The lock file knows nothing of it.
        const manifest = { name: "bootstrap", engines, dependencies: { missing: "1.0.0" } };
        writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
        const { stderr, exitCode } = await run("say.ts");
        expect(exitCode).to.equal(1);
        expect(stderr).to.contain("npm ci in the project ended with 1");
        expect(existsSync(join(folder, "node_modules/.package-lock.json"))).to.equal(false);
    });

    it("says so when it is stopped while packages are installed, and that there is no npm, in a line", async () => {
        const bin = join(folder, "bin");
        mkdirSync(bin);
        const withPath = (path: string) =>
            execa(process.execPath, ["scripts/run.mjs", "say.ts"], { cwd: folder, reject: false, env: { PATH: path } });
        const without = await withPath(bin);
        expect(without.stderr.split("\n").at(-1)).to.contain("there is no npm on the PATH");
        expect(without.exitCode).to.equal(1);
        writeFileSync(join(bin, "npm"), "#!/bin/sh\nkill -TERM $PPID\nexec sleep 30\n", { mode: 0o755 });
        const stopped = await withPath(`${bin}:/usr/bin:/bin`);
        expect(stopped.stderr.split("\n").at(-1)).to.match(/^Stopped\. Run the command again/);
        expect(stopped.exitCode).to.equal(130);
    });

    it("ends with the exit code of what it runs", async () => {
        writeFileSync(join(folder, "end.ts"), "process.exit(7);\n");
        expect((await run("end.ts")).exitCode).to.equal(7);
        expect((await run()).exitCode).to.equal(2);
    });

    it("passes signals on", async () => {
        writeFileSync(
            join(folder, "wait.ts"),
            'process.on("SIGINT", () => process.exit(130));\nconsole.log("waiting");\nsetInterval(() => {}, 1000);\n',
        );
        await run("say.ts");
        const child = spawn(process.execPath, ["scripts/run.mjs", "wait.ts"], { cwd: folder });
        const ended = new Promise((resolve) => child.once("close", resolve));
        child.stdout.once("data", () => child.kill("SIGINT"));
        expect(await ended).to.equal(130);
    });
});
