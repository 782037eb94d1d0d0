import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startPlugin } from "../../../../local/cloud/startedPlugin.ts";
import type { Tool } from "../../../../local/tools/tool.ts";

describe("a plugin that is started before the engine", () => {
    let folder = "";

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-plugin-"));
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    function pluginOf(file: string, script: string): Tool {
        writeFileSync(join(folder, file), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        return { title: file, folder, file, installers: [], advice: "" };
    }

    it("is told to the engine by its port, and stops when it is not needed any more", async () => {
        const plugin = startPlugin("awsx", pluginOf("serves", 'echo "$PORT"; exec sleep 60'), { PORT: "4242" });
        expect(await plugin.variables).to.deep.equal({ PULUMI_DEBUG_PROVIDERS: "awsx:4242" });
        await plugin.stop();
    });

    it("is left to the engine where it does not start", async () => {
        const fails = startPlugin("awsx", pluginOf("fails", "exit 1"), {});
        expect(await fails.variables).to.deep.equal({});
        const missing: Tool = { title: "", folder, file: "missing", installers: [], advice: "" };
        expect(await startPlugin("awsx", missing, {}).variables).to.deep.equal({});
    });
});
