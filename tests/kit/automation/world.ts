import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type StorySettingsInput, StoryStacks, type StoryStacksOptions } from "../../../automation/index.ts";
import { processesWith } from "../../../automation/processes/processes.ts";
import { type Emulator, startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { Clients } from "../cloudClients.ts";
import { commandLineOf } from "../commandLine.ts";
import { engineVariables } from "../engineVariables.ts";
import { ministackCommand, pulumiCommand } from "../tools.ts";

const root = process.cwd();
const region = "us-east-1";
const image = (name: string) => `registry.example.com/${name}@sha256:${"a".repeat(64)}`;

/** An emulator, a provider and a backend for the stacks of a test file. */
export class World {
    readonly folder: string;
    /** A placeholder for a built site. */
    readonly siteContent: string;
    readonly #emulator: Emulator;
    readonly #env: Record<string, string>;
    readonly #pulumi: string;

    private constructor(folder: string, emulator: Emulator, env: Record<string, string>, pulumi: string) {
        this.folder = folder;
        this.siteContent = join(folder, "site");
        this.#emulator = emulator;
        this.#env = env;
        this.#pulumi = pulumi;
    }

    static async open(): Promise<World> {
        const folder = mkdtempSync(join(tmpdir(), "story-42-driver-"));
        mkdirSync(join(folder, "site"));
        writeFileSync(join(folder, "site/index.html"), "<!doctype html>");
        // The program's upload paths are relative to its folder.
        process.chdir(folder);
        const emulator = await startEmulator({ command: await ministackCommand(), stateDir: folder, region, port: 0 });
        const env = await engineVariables(folder, emulator.endpoint, region);
        return new World(folder, emulator, env, await pulumiCommand());
    }

    /** Clients of the emulator. */
    get cloud(): Clients {
        return new Clients(this.#emulator.endpoint, region);
    }

    /** The Pulumi CLI in this world. */
    cli(): { command: string; env: Record<string, string> } {
        return { command: this.#pulumi, env: this.#env };
    }

    /** A driver for this world. */
    stacks(options: StoryStacksOptions = {}): StoryStacks {
        const { command, env } = this.cli();
        return new StoryStacks({ pulumiCommand: command, ...options, envVars: { ...env, ...options.envVars } });
    }

    /** All required settings of a stack; its secrets contain its environment, so that they are distinguishable. */
    settings(environment: string, more: Partial<StorySettingsInput> = {}): StorySettingsInput {
        return {
            region,
            projectName: "driven",
            environment,
            adminEmail: `${environment}@example.com`,
            googleApiKey: `google-key-of-${environment}`,
            tech42TtsApiUrl: "https://tts.example.com",
            tech42TtsApiKey: `tts-key-of-${environment}`,
            apiTimeoutSeconds: 29,
            images: { text: image("text"), image: image("image"), dataOps: image("data-ops"), agent: image("agent") },
            ...more,
        };
    }

    /** Ends the world; throws if a driver has left processes running. */
    async close(): Promise<void> {
        process.chdir(root);
        const left = () => processesWith("PULUMI_BACKEND_URL").filter(({ value }) => value.includes(this.folder));
        // Plugins end shortly after their engine.
        for (let tries = 0; left().length > 0 && tries < 100; tries++) {
            await sleep(100);
        }
        const running = left().map(({ process: { pid }, program }) => commandLineOf(pid) || program);
        await stopEmulator(this.folder);
        rmSync(this.folder, { recursive: true, force: true });
        expect(running, "left running").to.deep.equal([]);
    }
}

/** The error of a rejected promise, which must be of a class. */
export async function failure<E extends Error>(
    of: Promise<unknown>,
    Class: abstract new (...args: never[]) => E,
): Promise<E> {
    const error = await of.then(
        () => undefined,
        (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Class);
    return error as E;
}
