/** A Terraform deployment on an emulator with its saved state, and stacks that can adopt it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { type StorySettingsInput, type StoryStack, StoryStacks } from "../../../automation/index.ts";
import type { StateResource } from "../../../automation/takeOver/takeOver.ts";
import { type Emulator, startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { Clients } from "../cloudClients.ts";
import { engineVariables } from "../engineVariables.ts";
import { ministackCommand, pulumiCommand } from "../tools.ts";
import { deploymentSettings } from "./terraformState.ts";

const root = process.cwd();
const fixture = join(import.meta.dirname, "../../fixtures/adopt");
const image = (name: string) => `registry.example.com/${name}@sha256:${"a".repeat(64)}`;

/** The region of a copy of the deployment: the original, or the same in another region with other addresses. */
export type Region = "us-east-1" | "us-west-2";

const changes: Record<Region, [from: string, to: string][]> = {
    "us-east-1": [],
    "us-west-2": [
        ["us-east-1", "us-west-2"],
        ["10.100.", "10.200."],
    ],
};

export class OldDeployment {
    readonly region: Region;
    /** The deployment's Terraform state. */
    readonly state: Uint8Array;
    readonly #folder: string;
    readonly #emulator: Emulator;
    readonly #env: Record<string, string>;
    readonly #pulumi: string;

    private constructor(
        region: Region,
        folder: string,
        emulator: Emulator,
        env: Record<string, string>,
        pulumi: string,
    ) {
        this.region = region;
        this.state = terraformState(region);
        this.#folder = folder;
        this.#emulator = emulator;
        this.#env = env;
        this.#pulumi = pulumi;
    }

    static async start(region: Region): Promise<OldDeployment> {
        const folder = mkdtempSync(join(tmpdir(), "story-42-old-"));
        mkdirSync(join(folder, "site"));
        writeFileSync(join(folder, "site/index.html"), "<!doctype html>");
        await unpackEmulator(folder, region);
        // The program's upload paths are relative to its folder.
        process.chdir(folder);
        const emulator = await startEmulator({ command: await ministackCommand(), stateDir: folder, region, port: 0 });
        const env = await engineVariables(folder, emulator.endpoint, region);
        return new OldDeployment(region, folder, emulator, env, await pulumiCommand());
    }

    /** Clients of the emulator. */
    get cloud(): Clients {
        return new Clients(this.#emulator.endpoint, this.region);
    }

    /** A stack with the deployment's settings and a test's changes. */
    stack(more: Partial<StorySettingsInput> = {}): StoryStack {
        const stacks = new StoryStacks({
            pulumiCommand: this.#pulumi,
            envVars: this.#env,
        });
        const settings: StorySettingsInput = {
            ...deploymentSettings,
            region: this.region,
            apiTimeoutSeconds: 29,
            images: { text: image("text"), image: image("image"), dataOps: image("data-ops"), agent: image("agent") },
            ...more,
        };
        return stacks.open("dev", { settings, siteContent: join(this.#folder, "site") });
    }

    /** The stack's state file in the backend: readable for everybody with access to the backend. */
    storedState(): string {
        return readFileSync(join(this.#folder, "backend/.pulumi/stacks/story-42/dev.json"), "utf8");
    }

    /** The stack's deployment in the backend. */
    deployment(): { resources: (StateResource & { custom?: boolean })[] } {
        return JSON.parse(this.storedState()).checkpoint.latest;
    }

    async stop(): Promise<void> {
        process.chdir(root);
        await stopEmulator(this.#folder);
        rmSync(this.#folder, { recursive: true, force: true });
    }
}

/** The Terraform state of the deployment. */
export function terraformState(region: Region): Uint8Array {
    const state = gunzipSync(readFileSync(join(fixture, "terraform.tfstate.gz"))).toString();
    return Buffer.from(moved(state, region));
}

/** Unpacks the deployment's emulator state into `stateDir`. */
export async function unpackEmulator(stateDir: string, region: Region): Promise<void> {
    const saved = join(stateDir, "emulator");
    mkdirSync(saved);
    await execa("tar", ["xzf", join(fixture, "emulator-state.tar.gz"), "-C", saved]);
    for (const name of readdirSync(join(saved, "state"))) {
        renameSync(join(saved, "state", name), join(saved, name));
        if (name.endsWith(".json")) {
            writeFileSync(join(saved, name), moved(readFileSync(join(saved, name), "utf8"), region));
        }
    }
}

function moved(text: string, region: Region): string {
    return changes[region].reduce((moving, [from, to]) => moving.replaceAll(from, to), text);
}
