/** A driver that dies, in every way and in every phase: it leaves nothing that runs, and nothing that hinders the next. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { EngineError, type StoryEvent } from "../../../automation/index.ts";
import { processesWith } from "../../../automation/processes/processes.ts";
import type { Life } from "../../kit/automation/dyingDriver.ts";
import { failure, World } from "../../kit/automation/world.ts";
import { commandLineOf } from "../../kit/commandLine.ts";

/** How many drivers die: each way and each phase once. 40, ten minutes, are for who changes how runs end. */
const DEATHS = Number(process.env.STORY42_DEATHS ?? 4);
const SEED = 42;
/** All that a driver starts inherits it. */
const VARIABLE = "STORY42_DEATH";
/** How long an engine may take to finish what it is at, and with it, how long a lock may be held. */
const PROMISED_MS = 60_000;

const script = join(import.meta.dirname, "../../kit/automation/dyingDriver.ts");
const ways = ["SIGKILL", "SIGTERM", "exit", "uncaught"] as const;
const phases = ["preview", "up", "refresh", "destroy"] as const;

describe("A driver that dies", function () {
    this.timeout(1_800_000);
    let world: World;
    before(async () => {
        world = await World.open();
    });
    after(async () => {
        await world?.close();
    });

    it(`leaves no process, no folder and no lock, at ${DEATHS} deaths at random`, async () => {
        const settings = world.settings("dying", { agentEnabled: false });
        const stack = world.stacks().open("dying", { settings, siteContent: world.siteContent });
        const { command, env } = world.cli();
        const temporary = join(world.folder, "temporary");
        mkdirSync(temporary);
        await stack.up();
        const shift = fc.shuffledSubarray([...ways], { minLength: ways.length });
        const [order = ways] = fc.sample(shift, { seed: SEED, numRuns: 1 });
        const moments = fc.sample(fc.nat(40), { seed: SEED, numRuns: DEATHS });
        for (const [index, at] of moments.entries()) {
            // Each phase in turn, and in each round over them another way for each.
            const phase = phases[index % phases.length] ?? "up";
            const by = order[(index + Math.floor(index / phases.length)) % order.length] ?? "SIGKILL";
            const what = `${index}: ${by} in ${phase} at ${at}`;
            const life: Life = {
                options: { pulumiCommand: command, envVars: env },
                ...{ stack: "dying", settings, siteContent: world.siteContent, in: phase, at, by },
            };
            const driver = spawn(process.execPath, [script, JSON.stringify(life)], {
                env: { ...process.env, [VARIABLE]: `${index} of ${process.pid}`, TMPDIR: temporary },
                stdio: ["ignore", "ignore", "pipe"],
            });
            let said = "";
            driver.stderr.on("data", (data) => {
                said += data;
            });
            const [code, signal] = await once(driver, "exit");
            expect(signal ?? code, `${what}\n${said}`).to.equal(by.startsWith("SIG") ? by : 1);
            const left = () => processesWith(VARIABLE).filter(({ value }) => value === `${index} of ${process.pid}`);
            const deadline = Date.now() + PROMISED_MS;
            while (left().length > 0 && Date.now() < deadline) {
                await sleep(100);
            }
            expect(left(), what).to.deep.equal([]);
            // The provider keeps what it uploads, also after a run that came to its end.
            const kept = readdirSync(temporary).filter((name) => !name.startsWith("pulumi-asset-"));
            expect(kept, what).to.deep.equal([]);
            // What needs the lock, and what the next one does.
            await stack.up();
        }
        await stack.destroy({ everythingOf: "dying" });
    });

    it("is not the only one: a worker that is killed takes its engine along, and the next run goes on", async () => {
        const settings = world.settings("killed", { agentEnabled: false });
        const stack = world.stacks().open("killed", { settings, siteContent: world.siteContent });
        const own = `worker of ${process.pid}`;
        const started = () => processesWith(VARIABLE).filter(({ value }) => value === own);
        const kill = (event: StoryEvent) => {
            if (event.operation === "up" && event.kind === "resource" && event.done === 10) {
                const worker = started().find(({ process: { pid } }) => commandLineOf(pid).includes("worker.ts"));
                process.kill(worker?.process.pid ?? expect.fail("there is no worker"), "SIGKILL");
            }
        };
        process.env[VARIABLE] = own;
        try {
            const error = await failure(stack.up({ onEvent: kill }), EngineError);
            expect(error.message).to.contain("The program's process ended with SIGKILL");
        } finally {
            delete process.env[VARIABLE];
        }
        // The shell that waits is ended at the same time.
        expect(started().filter(({ program }) => program !== "sh")).to.deep.equal([]);
        await stack.up();
        await stack.destroy({ everythingOf: "killed" });
    });
});
