import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { stopEmulator } from "../../../local/background/emulator.ts";
import { stopService } from "../../../local/background/process.ts";
import { type Cloud, openCloud } from "../../../local/cloud/cloud.ts";
import { Screen } from "../../../local/lib/screen.ts";
import { imageSources } from "../../../stacks/imageSources.ts";
import { engineVariables } from "../engineVariables.ts";
import { copyProject, type Ended, linkPackages } from "./cloudCopy.ts";
import { inventory } from "./inventory.ts";

/** Options of a shell. */
export interface ShellOptions {
    region: string;
    /** Whether Docker's settings have a builder. */
    buildImages: boolean;
    /** Whether the project's packages are already installed. */
    withPackages: boolean;
    /** Writes the emulator's initial state into its folder. */
    prepare?: (stateDir: string) => Promise<void>;
}

/**
 * A shell in a copy of the project for a deployment with Pulumi alone; its environment differs from that of a user only in
 * that AWS is the emulator.
 */
export class Shell {
    readonly folder: string;
    readonly cloud: Cloud;
    readonly #region: string;
    readonly #env: Record<string, string>;

    private constructor(folder: string, cloud: Cloud, region: string, env: Record<string, string>) {
        this.folder = folder;
        this.cloud = cloud;
        this.#region = region;
        this.#env = env;
    }

    static async open({ region, buildImages, withPackages, prepare }: ShellOptions): Promise<Shell> {
        const folder = mkdtempSync(join(tmpdir(), "story-42-shell-"));
        const stateDir = stateDirOf(folder);
        const home = join(folder, "home");
        mkdirSync(stateDir);
        mkdirSync(home);
        await prepare?.(stateDir);
        await copyProject(checkoutIn(folder));
        if (withPackages) {
            linkPackages(checkoutIn(folder));
        }
        const { signal } = new AbortController();
        const cloud = await openCloud({ stateDir, region, buildImages, screen: new Screen(process.stderr), signal });
        const env = {
            ...(await engineVariables(stateDir, cloud.emulator.endpoint, region)),
            HOME: home,
            PATH: [dirname(cloud.pulumi), dirname(process.execPath), process.env.PATH].join(delimiter),
            // Nobody can confirm the preview's changes.
            PULUMI_SKIP_CONFIRMATIONS: "true",
        };
        return new Shell(folder, cloud, region, env);
    }

    /** The README's lines for the deployment to AWS. */
    readme(): string[] {
        const text = readFileSync(join(checkoutIn(this.folder), "README.md"), "utf8");
        const [, block = ""] = /^## Deploy it to AWS$[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(text) ?? [];
        return block.trimEnd().split("\n");
    }

    /** The checkout's folder. */
    get checkout(): string {
        return checkoutIn(this.folder);
    }

    /** Starts a script in its own process group, without waiting for its end. */
    start(script: string) {
        return execa("bash", ["-ec", script], { cwd: this.checkout, env: this.#env, all: true, reject: false });
    }

    /** Runs a line; `input` is typed at its prompts. */
    async run(line: string, input = ""): Promise<Ended> {
        const { all, exitCode } = await execa("bash", ["-ec", line], {
            cwd: checkoutIn(this.folder),
            env: this.#env,
            input,
            all: true,
            reject: false,
        });
        return { text: all, code: exitCode ?? 137 };
    }

    /** Runs lines in sequence until one fails. */
    async runAll(...lines: string[]): Promise<void> {
        for (const line of lines) {
            const { text, code } = await this.run(line);
            if (code !== 0) {
                throw new Error(`${line} ended with ${code}:\n${text}`);
            }
        }
    }

    /** Creates a stack with all settings without defaults, and with images that don't exist. */
    async begin(stack: string): Promise<void> {
        const image = (name: string) => `registry.example.com/${name}@sha256:${"a".repeat(64)}`;
        const images = Object.fromEntries(Object.keys(imageSources).map((name) => [name, image(name.toLowerCase())]));
        await this.runAll(
            `pulumi stack init ${stack}`,
            "pulumi config set adminEmail you@example.com",
            "pulumi config set tech42TtsApiUrl https://tts.example.com",
            "pulumi config set --secret googleApiKey a-key",
            "pulumi config set --secret tech42TtsApiKey a-key",
            `pulumi config set images '${JSON.stringify(images)}'`,
        );
    }

    /** The emulator's resources, see {@link inventory}. */
    async inventory(): Promise<string[]> {
        return await inventory(this.cloud.emulator.endpoint, this.#region);
    }

    async close(): Promise<void> {
        this.cloud.close();
        await stopService(stateDirOf(this.folder), "buildkit");
        await stopEmulator(stateDirOf(this.folder));
        rmSync(this.folder, { recursive: true, force: true });
    }
}

const stateDirOf = (folder: string) => join(folder, "cloud");
const checkoutIn = (folder: string) => join(folder, "story-42");
