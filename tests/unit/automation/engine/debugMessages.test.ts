import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "../../../..");

describe("debug messages of Pulumi's SDK", () => {
    it("are dropped, and no others", async () => {
        const script = `
            import * as pulumi from "@pulumi/pulumi";
            import settings from "@pulumi/pulumi/runtime/settings.js";
            import { dropDebugMessages } from "./automation/engine/debugMessages.ts";
            // Without an engine, the SDK prints debug messages only with this switch.
            settings.excessiveDebugOutput = true;
            await pulumi.log.debug("shown");
            dropDebugMessages();
            await pulumi.log.debug("hidden");
            await pulumi.log.info("after");`;
        const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
        expect(stdout).to.equal("debug: [runtime] shown\ninfo: [runtime] after");
    });
});
