import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ownGroupPulumi } from "../../automation/engine/pulumiCommand.ts";
import { type Emulator, startEmulator, stopEmulator } from "../../local/background/emulator.ts";
import { pulumiVersion } from "../../local/tools/pulumiCli.ts";
import { engineVariables } from "./engineVariables.ts";
import { ministackCommand, pulumiCommand } from "./tools.ts";

/** Deploys a test's own programs, which use the components, to their own emulator. */
export class OwnPrograms {
    readonly endpoint: string;
    readonly region: string;
    readonly #work: string;
    readonly #cli: string;
    readonly #env: Record<string, string>;

    private constructor(work: string, cli: string, env: Record<string, string>, { endpoint, region }: Place) {
        this.#work = work;
        this.#cli = cli;
        this.#env = env;
        this.endpoint = endpoint;
        this.region = region;
    }

    static async open(): Promise<OwnPrograms> {
        const region = "us-east-1";
        const work = mkdtempSync(join(tmpdir(), "story-42-own-"));
        try {
            const cli = await pulumiCommand();
            const command = await ministackCommand();
            const { endpoint } = await startEmulator({ command, stateDir: work, region, port: 0 });
            const env = await engineVariables(work, endpoint, region);
            mkdirSync(join(work, "workspace"));
            writeFileSync(
                join(work, "workspace/Pulumi.yaml"),
                JSON.stringify({ name: "own", runtime: "nodejs", main: process.cwd() }),
            );
            return new OwnPrograms(work, cli, env, { endpoint, region });
        } catch (error) {
            await stopEmulator(work);
            rmSync(work, { recursive: true, force: true });
            throw error;
        }
    }

    /** Updates a stack with a program; throws with the engine's output. */
    async up(stackName: string, program: () => void): Promise<Stack> {
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName, projectName: "own", program: async () => program() },
            {
                workDir: join(this.#work, "workspace"),
                envVars: this.#env,
                pulumiCommand: ownGroupPulumi(this.#cli, pulumiVersion),
            },
        );
        await stack.setConfig("aws:region", { value: this.region });
        let said = "";
        await stack.up({ onOutput: (text) => (said += text), color: "never" }).catch((error) => {
            throw new Error(`${error.message}\n${said}`);
        });
        return stack;
    }

    /** The differences that a preview, or a refresh preview, finds: each resource with its properties. */
    async differences(stack: Stack, how: "preview" | "previewRefresh"): Promise<string[]> {
        const found: string[] = [];
        const onEvent = ({ resourcePreEvent, resOutputsEvent }: EngineEvent) => {
            const { urn, op, diffs } = (how === "preview" ? resourcePreEvent : resOutputsEvent)?.metadata ?? {};
            if (urn && op !== "same" && op !== "refresh") {
                found.push(`${op} ${urn.split("::").at(-1)}: ${diffs?.join(", ")}`);
            }
        };
        await stack[how]({ onEvent });
        return found;
    }

    async close(): Promise<void> {
        await stopEmulator(this.#work);
        rmSync(this.#work, { recursive: true, force: true });
    }
}

type Place = Pick<Emulator, "endpoint"> & { region: string };
