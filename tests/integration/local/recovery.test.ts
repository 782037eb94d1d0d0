import { rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { socketOf } from "../../../local/background/process.ts";
import { storedState } from "../../../local/cloud/storedState.ts";
import { commandLineOf } from "../../kit/commandLine.ts";
import { processesOf } from "../../kit/deployed/traces.ts";
import { CloudCopy, type Ended } from "../../kit/local/cloudCopy.ts";
import { inSteps } from "../../kit/steps.ts";

/** One local cloud that loses what it has, in every way that was seen; each step needs the last. */
describe("A local cloud that has lost something", function () {
    this.timeout(900_000);
    inSteps(this);
    let cloud: CloudCopy;
    before(async () => {
        cloud = await CloudCopy.make();
    });
    after(async () => {
        await execa("umount", [cloud.stateDir], { reject: false });
        await cloud.remove();
    });
    const up = () => cloud.run("up", "--no-images");
    const empty = (...names: string[]) => {
        for (const name of names) {
            writeFileSync(join(cloud.stateDir, name), "");
        }
    };
    /** What works, with nothing made twice and nobody's process left. */
    function expectWell({ code, text }: Ended): void {
        expect(code, text).to.equal(0);
        expect(storedState(cloud.stateDir).interrupted).to.equal(false);
        for (const part of ["local/runtime/main.ts", "gateway/main.ts", "upstreams/main.ts", "serveMiniStack.py"]) {
            expect(runningOf(part), part).to.have.length(1);
        }
    }
    const runningOf = (part: string) =>
        processesOf(cloud.stateDir).filter(
            (pid) => commandLineOf(pid).includes(part) && !commandLineOf(pid).startsWith("sh"),
        );

    it("comes up first", async () => {
        expectWell(await up());
    });

    it("goes on without any of the files that tell what runs", async () => {
        empty("ports.json", "runtime.json", "secret", "local.json", "user.json");
        empty(...["emulator", "gateway", "runtime", "upstreams", "tasks"].map((name) => `pids/${name}.json`));
        expectWell(await up());
    });

    it("goes on without the newest state and the passphrase, and with an older form of backend told", async () => {
        empty("backend/.pulumi/stacks/story-42/local.json", "passphrase", "backend/.pulumi/meta.yaml");
        empty("workspace/Pulumi.local.yaml", "workspace/settings.sha256");
        expectWell(await up());
    });

    it("begins anew when the emulator was emptied", async () => {
        await new Promise((resolve, reject) => {
            const socketPath = socketOf(cloud.stateDir, "emulator");
            request({ socketPath, path: "/_ministack/reset", method: "POST" }, resolve).once("error", reject).end();
        });
        const ended = await up();
        expectWell(ended);
        expect(ended.text).to.contain("The emulator has lost what was deployed");
    });

    it("begins anew when no record is left", async () => {
        for (const name of ["backend", "kept"]) {
            rmSync(join(cloud.stateDir, name), { recursive: true });
        }
        const ended = await up();
        expectWell(ended);
        expect(ended.text).to.contain("The record of what was deployed is lost");
    });

    it("goes down without its records", async () => {
        empty("backend/.pulumi/stacks/story-42/local.json", "kept/state.json", "ports.json", "pids/emulator.json");
        const { code, text } = await cloud.run("down");
        expect(code, text).to.equal(0);
        expect(processesOf(cloud.stateDir)).to.deep.equal([]);
    });

    it("says at once that the disk is full, goes on with room, and goes down without", async function () {
        const size = (megabytes: number, how: string) =>
            execa("mount", ["-t", "tmpfs", "-o", `${how}size=${megabytes}m`, "tmpfs", cloud.stateDir], {
                reject: false,
            });
        await execa("mkdir", ["-p", cloud.stateDir]);
        if ((await size(400, "")).failed) {
            // Only root mounts.
            this.skip();
        }
        const { ended, seen } = cloud.start("up", "--no-images");
        await seen(/… Deployment/);
        await cloud.somethingMade();
        await execa("dd", ["if=/dev/zero", `of=${cloud.stateDir}/filling`, "bs=1M"], { reject: false });
        const late = sleep(45_000, "late", { ref: false });
        const first = await Promise.race([ended, late]);
        expect(first, "it did not end in time").to.not.equal("late");
        expect((first as Ended).code).to.equal(1);
        expect((first as Ended).text).to.contain("The disk is full");
        const again = await up();
        expect([again.code, again.text]).to.satisfy(
            ([code, text]: [number, string]) => code === 1 && /disk is full/.test(text),
        );
        rmSync(join(cloud.stateDir, "filling"));
        expectWell(await up());
        await execa("dd", ["if=/dev/zero", `of=${cloud.stateDir}/filling`, "bs=1M"], { reject: false });
        const { code, text } = await cloud.run("down");
        expect(code, text).to.equal(0);
        expect(processesOf(cloud.stateDir)).to.deep.equal([]);
    });
});
