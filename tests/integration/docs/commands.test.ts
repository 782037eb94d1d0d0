import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "../../..");

describe("the commands as the documentation writes them", () => {
    let stateDir: string;

    before(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-commands-"));
    });

    after(() => rmSync(stateDir, { recursive: true, force: true }));

    const npm = (...args: string[]) =>
        execa("npm", ["run", "-s", ...args], { cwd: root, reject: false, env: { STORY42_STATE_DIR: stateDir } });

    it("npm run local -- pulumi ... is Pulumi's command line, once the local cloud runs", async () => {
        const { exitCode, stderr } = await npm("local", "--", "pulumi", "stack", "output", "--json");
        expect(stderr).to.include("The local cloud does not run. Start it: npm run local");
        expect(exitCode).to.equal(1);
    });

    it("npm run local -- --demo deploys with options", async () => {
        const { exitCode, stderr } = await npm("local", "--", "--demo", "--live", "nothing");
        expect(stderr).to.include("It takes bedrock, google, tts");
        expect(exitCode).to.equal(2);
    });
});
