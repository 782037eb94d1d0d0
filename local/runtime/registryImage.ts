/** Fetches an image from its registry: its settings, and the files of its own layers. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { type Manifest, openRegistry, type Registry, variables } from "../images/registry.ts";
import type { ImageSettings } from "./imageSettings.ts";

const run = promisify(execFile);

/** Layers to search, from the last: those with the image's own files come after its base. */
const MAX_LAYERS = 4;

/**
 * Unpacks an image of a registry into `folder`.
 *
 * @param endpoint the emulator, which serves the addresses of ECR
 * @returns undefined when the registry has no such image
 */
export async function pullImage(ref: string, endpoint: string, folder: string): Promise<ImageSettings | undefined> {
    const { registry, digest } = openRegistry(ref, endpoint);
    if (!(await registry.has(digest))) {
        return undefined;
    }
    const manifest = await registry.manifest(digest);
    const { config = {} } = await registry.config(manifest);
    const env = variables(config);
    const workingDir = env.LAMBDA_TASK_ROOT || config.WorkingDir || "/";
    await unpack(registry, manifest, workingDir, folder);
    return { workingDir, command: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])], env };
}

/** Unpacks the last layers, back to the one with the working folder. */
async function unpack(registry: Registry, manifest: Manifest, workingDir: string, folder: string): Promise<void> {
    const own = manifest.layers.slice(-MAX_LAYERS);
    const packed: string[] = [];
    for (const { digest } of own.reverse()) {
        const file = `${folder}-${packed.length}.layer`;
        await writeFile(file, Buffer.from(await (await registry.blob(digest)).arrayBuffer()));
        packed.unshift(file);
        const { stdout } = await run("tar", ["-tzf", file], { maxBuffer: 64 * 1024 * 1024 });
        if (stdout.split("\n").some((name) => `/${name.replace(/^\.?\//, "")}`.startsWith(`${workingDir}/index.`))) {
            break;
        }
    }
    for (const file of packed) {
        await run("tar", ["-xzf", file, "-C", folder, "--no-same-owner", "--exclude=dev"]);
        await rm(file);
    }
}
