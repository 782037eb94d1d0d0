import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { identify, isAlive, type ProcessIdentity } from "../../../../automation/processes/processes.ts";
import { portOf, runningService, socketOf, startService, stopService } from "../../../../local/background/process.ts";
import { endEngines, endEnginesAfterMe, engineMark } from "../../../../local/cloud/leftEngines.ts";

describe("A service of the local cloud", () => {
    let stateDir: string;
    beforeEach(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-services-"));
    });
    afterEach(async () => {
        await stopService(stateDir, "sleeper");
        rmSync(stateDir, { recursive: true, force: true });
    });
    const start = () =>
        startService({
            name: "sleeper",
            stateDir,
            port: 1,
            origin: "here",
            command: "sleep",
            args: ["300"],
            env: process.env,
            ready: async () => true,
        });
    const file = () => join(stateDir, "pids/sleeper.json");

    it("is found and ended without its file, as after a kill before it was written", async () => {
        const started = await start();
        for (const lose of [() => writeFileSync(file(), ""), () => rmSync(file())]) {
            lose();
            expect(runningService(stateDir, "sleeper")).to.deep.equal(started);
        }
        expect(await stopService(stateDir, "sleeper")).to.equal(true);
        expect(isAlive(started.process)).to.equal(false);
        expect(runningService(stateDir, "sleeper")).to.equal(undefined);
    });

    it("is not taken for the same one of another local cloud", async () => {
        const other = join(stateDir, "other");
        mkdirSync(other);
        await start();
        expect(runningService(other, "sleeper")).to.equal(undefined);
    });

    it("is ended with one of its name whose file was lost", async () => {
        const first = await start();
        const second = await start();
        expect(await stopService(stateDir, "sleeper")).to.equal(true);
        expect([first, second].map((one) => isAlive(one.process))).to.deep.equal([false, false]);
    });

    it("does not run on when there is no room for its file", async () => {
        mkdirSync(join(stateDir, "pids"));
        // A device that is always full, in the place of the file that is written first.
        symlinkSync("/dev/full", `${file()}.${process.pid}.new`);
        const error = await start().catch((reason: Error) => reason);
        expect((error as Error).message).to.contain("ENOSPC");
        expect(runningService(stateDir, "sleeper")).to.equal(undefined);
        expect(existsSync(file())).to.equal(false);
    });

    it("gets a port though the file of ports is empty", async () => {
        writeFileSync(join(stateDir, "ports.json"), "");
        const port = await portOf(stateDir, "sleeper");
        expect(await portOf(stateDir, "sleeper")).to.equal(port);
    });

    it("has a socket that its folder's path is short enough for", () => {
        expect(socketOf("/short", "emulator")).to.equal("/short/emulator.sock");
        expect(() => socketOf(`/${"long/".repeat(20)}`, "emulator")).to.throw(/STORY42_STATE_DIR/);
    });
});

describe("An engine of the local cloud", function () {
    this.timeout(30_000);
    let stateDir: string;
    const started: ChildProcess[] = [];
    beforeEach(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-engines-"));
    });
    afterEach(() => {
        for (const child of started.splice(0)) {
            child.kill("SIGKILL");
        }
        rmSync(stateDir, { recursive: true, force: true });
    });

    function plugin(folder: string): ProcessIdentity {
        const child = spawn("sleep", ["300"], { env: { ...process.env, ...engineMark(folder) }, stdio: "ignore" });
        started.push(child);
        return identify(child.pid ?? 0) as ProcessIdentity;
    }

    it("is ended with its plugins, and those of another local cloud are not", async () => {
        const [own, foreign] = [plugin(stateDir), plugin("/elsewhere")];
        await endEngines(stateDir);
        expect([isAlive(own), isAlive(foreign)]).to.deep.equal([false, true]);
    });

    it("is ended when the command is killed, within ten seconds", async () => {
        const own = plugin(stateDir);
        const script = `import { endEnginesAfterMe } from ${JSON.stringify(new URL("../../../../local/cloud/leftEngines.ts", import.meta.url).href)};
            endEnginesAfterMe(${JSON.stringify(stateDir)});
            console.log("ready");
            setInterval(() => {}, 1000);`;
        const command = spawn(process.execPath, ["--input-type=module", "--eval", script]);
        started.push(command);
        await once(command.stdout, "data");
        command.kill("SIGKILL");
        const deadline = Date.now() + 10_000;
        while (isAlive(own) && Date.now() < deadline) {
            await sleep(50);
        }
        expect(isAlive(own)).to.equal(false);
    });

    it("is left alone by a command that came to its end", async () => {
        const own = plugin(stateDir);
        const takeBack = endEnginesAfterMe(stateDir);
        takeBack();
        await sleep(500);
        expect(isAlive(own)).to.equal(true);
    });
});
