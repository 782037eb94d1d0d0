/** Runs images as containers: complete, from their registry, as their own user, with a read-only root. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { LayerStore } from "../images/layerStore.ts";
import { type ImageConfig, openRegistry, variables } from "../images/registry.ts";
import { onPath } from "../tools/tool.ts";
import { containerSpec } from "./containerSpec.ts";
import type { Launch, LaunchableImage, Launcher } from "./launcher.ts";
import { type NewCode, variablesWith } from "./overlay.ts";

/** A container that runs. */
export interface RunningContainer {
    id: string;
    /** The image that it was started from. */
    ref: string;
}

const IMAGE = "story-42.image";

export class Containers implements Launcher {
    readonly #folder: string;
    readonly #endpoint: string;
    readonly #store: LayerStore;

    /**
     * @param folder for unpacked images and the container runtime's state
     * @param endpoint the emulator, which serves the addresses of ECR
     */
    constructor(folder: string, endpoint: string) {
        this.#folder = folder;
        this.#endpoint = endpoint;
        this.#store = new LayerStore(folder);
    }

    /** Like the constructor, for the process that starts containers: ends containers that a killed process left. */
    static async open(folder: string, endpoint: string): Promise<Containers> {
        const containers = new Containers(folder, endpoint);
        await containers.stop();
        return containers;
    }

    async fetch(ref: string, code?: NewCode): Promise<LaunchableImage> {
        const { registry, digest } = openRegistry(ref, this.#endpoint);
        const manifest = await registry.manifest(digest);
        const { config = {} } = await registry.config(manifest);
        const root = await this.#store.root(registry, manifest.layers);
        const launch = (args: string[], env: Record<string, string>) =>
            this.#launch(ref, root, config, args, { ...variablesWith(code, variables(config)), ...env }, code?.folder);
        const entry = config.Entrypoint ?? [];
        return {
            startFunction: (handler, env) => launch([...entry, ...(handler ? [handler] : (config.Cmd ?? []))], env),
            startService: (command, env) =>
                launch(command.length > 0 ? command : [...entry, ...(config.Cmd ?? [])], env),
        };
    }

    /** All running containers, of this process and of others. */
    async running(): Promise<RunningContainer[]> {
        return (await this.#list())
            .filter(({ status }) => status === "running")
            .map(({ id, annotations }) => ({ id, ref: annotations?.[IMAGE] ?? "" }));
    }

    /** Runs a program in a container, as the container's own user. */
    async execute(id: string, command: string[]): Promise<string> {
        const { stdout } = await this.#runc("exec", id, ...command);
        return stdout;
    }

    async stop(): Promise<void> {
        if (!existsSync(join(this.#folder, "state"))) {
            return;
        }
        await Promise.all((await this.#list()).map(({ id }) => this.#remove(id)));
        rmSync(join(this.#folder, "bundles"), { recursive: true, force: true });
    }

    async #launch(
        ref: string,
        root: string,
        config: NonNullable<ImageConfig["config"]>,
        args: string[],
        env: Record<string, string>,
        code: string | undefined,
    ): Promise<Launch> {
        const id = randomUUID();
        const bundle = join(this.#folder, "bundles", id);
        const spec = containerSpec({
            root,
            args,
            env,
            cwd: config.WorkingDir || "/",
            user: config.User ?? "",
            annotations: { [IMAGE]: ref },
            code,
        });
        mkdirSync(bundle, { recursive: true });
        // The environment contains secrets.
        writeFileSync(join(bundle, "config.json"), JSON.stringify(spec), { mode: 0o600 });
        return {
            command: [...this.#command("run"), "--bundle", bundle, id],
            cwd: "/",
            env: { PATH: process.env.PATH ?? "" },
            ended: () => this.#remove(id),
        };
    }

    async #remove(id: string): Promise<void> {
        // This ends the container's processes too. The container may be gone already.
        await this.#runc("delete", "--force", id).catch(() => undefined);
        rmSync(join(this.#folder, "bundles", id), { recursive: true, force: true });
    }

    async #list(): Promise<{ id: string; status: string; annotations?: Record<string, string> }[]> {
        const { stdout } = await this.#runc("list", "--format", "json");
        return JSON.parse(stdout) ?? [];
    }

    #runc(...args: string[]) {
        const [program = "", ...before] = this.#command();
        return execa(program, [...before, ...args], { stdin: "ignore" });
    }

    #command(...args: string[]): string[] {
        const runc = onPath("runc");
        if (!runc) {
            throw new Error("runc is missing, which runs images as containers");
        }
        return [runc, "--root", join(this.#folder, "state"), ...args];
    }
}
