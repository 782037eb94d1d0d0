import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { eventsOnly } from "../../../../automation/engine/eventsOnly.ts";

describe("a run whose events are followed", () => {
    const folder = mkdtempSync(join(tmpdir(), "story-42-events-"));
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** The engine's commands that a run of a stack makes. */
    async function commandsOf(run: (stack: Stack) => Promise<unknown>): Promise<string[]> {
        const commands: string[] = [];
        const pulumiCommand = {
            command: "pulumi",
            version: { version: "3.259.0", toString: () => "3.259.0" },
            async run(args: string[]) {
                const isList = args.includes("history");
                commands.push(args.slice(0, args[0] === "stack" ? 2 : 1).join(" "));
                return { stdout: isList ? "[]" : "{}", stderr: "", code: 0 };
            },
        };
        const args = { stackName: "dev", projectName: "shop", program: async () => {} };
        const options = { workDir: folder, pulumiCommand: pulumiCommand as unknown as PulumiCommand };
        const stack = await LocalWorkspace.createOrSelectStack(args, options);
        commands.length = 0;
        await run(stack);
        return commands;
    }

    it("is one command of the engine", async () => {
        expect(await commandsOf((stack) => eventsOnly(stack).up())).to.deep.equal(["up"]);
        expect(await commandsOf((stack) => eventsOnly(stack).refresh())).to.deep.equal(["refresh"]);
        expect(await commandsOf((stack) => eventsOnly(stack).destroy())).to.deep.equal(["destroy"]);
    });

    it("is three more for the SDK itself", async () => {
        expect(await commandsOf((stack) => stack.up())).to.deep.equal([
            "up",
            "stack output",
            "stack output",
            "stack history",
        ]);
    });

    it("leaves the stack itself as it is", async () => {
        const commands = await commandsOf(async (stack) => {
            await eventsOnly(stack).up();
            await stack.outputs();
        });
        expect(commands).to.deep.equal(["up", "stack output", "stack output"]);
    });
});
