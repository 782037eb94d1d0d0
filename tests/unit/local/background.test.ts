import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isAlive } from "../../../automation/processes/processes.ts";
import { stopService } from "../../../local/background/process.ts";
import { type BackgroundService, type KeepOptions, keepService } from "../../../local/background/service.ts";
import { statusOf } from "../../../local/lib/ports.ts";

const SERVER = "require('http').createServer((_, answer) => answer.end()).listen(process.argv[1], '127.0.0.1')";

describe("A background service", function () {
    this.timeout(30_000);
    let stateDir: string;
    let isWell: boolean;
    let prepared: unknown[];
    const service: BackgroundService = {
        name: "server",
        isHealthy: async (at) => isWell && (await statusOf(`http://127.0.0.1:${at}/`)) === 200,
        stop: (folder) => stopService(folder, service.name),
    };
    const keep = (options: Partial<KeepOptions> = {}) =>
        keepService({
            service,
            stateDir,
            origin: "first",
            command: process.execPath,
            args: (at) => ["-e", SERVER, String(at)],
            env: process.env,
            prepare: (at) => prepared.push(at),
            ...options,
        });
    beforeEach(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-background-"));
        isWell = true;
        prepared = [];
    });
    afterEach(async () => {
        await service.stop(stateDir);
        rmSync(stateDir, { recursive: true, force: true });
    });

    it("goes on where it was started from the same and answers", async () => {
        const first = await keep();
        const second = await keep();
        expect([first.started, second.started]).to.deep.equal([true, false]);
        expect(second.process.process).to.deep.equal(first.process.process);
        expect(prepared).to.deep.equal([first.at]);
    });

    it("is another one where it is started from something else", async () => {
        const first = await keep();
        const second = await keep({ origin: "second" });
        expect(second.started).to.equal(true);
        expect(isAlive(first.process.process)).to.equal(false);
    });

    it("is another one where it does not answer, once it had the time to", async () => {
        const first = await keep();
        isWell = false;
        setTimeout(() => {
            isWell = true;
        }, 500);
        expect((await keep({ busyMs: 20_000 })).started).to.equal(false);
        isWell = false;
        const anew = keep();
        const { process } = first.process;
        while (isAlive(process)) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        isWell = true;
        expect((await anew).started).to.equal(true);
    });
});
