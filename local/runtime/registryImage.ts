/** What an image has to run, fetched from its registry: its settings, and the files of its own layers. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { ImageSettings } from "./imageFiles.ts";

const run = promisify(execFile);

interface Manifest {
    manifests?: { digest: string; platform?: { architecture?: string; os?: string } }[];
    config?: { digest: string };
    layers?: { digest: string }[];
}

interface ImageConfig {
    config?: { WorkingDir?: string; Entrypoint?: string[]; Cmd?: string[]; Env?: string[] };
}

const MANIFESTS = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
].join(", ");

/** Layers that are looked into, from the last: what an image's own files are in comes after its base. */
const OWN_LAYERS = 4;

/**
 * Unpacks an image of a registry into `folder`.
 *
 * @param endpoint the emulator, which is the registry behind addresses of ECR
 * @returns undefined when the registry has no such image
 */
export async function pullImage(ref: string, endpoint: string, folder: string): Promise<ImageSettings | undefined> {
    const { base, repository, digest } = parse(ref, endpoint);
    const registry = new Registry(`${base}/v2/${repository}`, ref);
    if (!(await registry.has(digest))) {
        return undefined;
    }
    const manifest = await registry.manifest(digest);
    const { config = {} } = await registry.json<ImageConfig>(`blobs/${manifest.config?.digest}`);
    const env = Object.fromEntries((config.Env ?? []).map((entry) => splitAt(entry, entry.indexOf("="))));
    const workingDir = env.LAMBDA_TASK_ROOT || config.WorkingDir || "/";
    await unpack(registry, manifest, workingDir, folder);
    return { workingDir, command: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])], env };
}

function parse(ref: string, endpoint: string): { base: string; repository: string; digest: string } {
    const [, host, repository, digest] = /^([^/]+)\/(.+?)(?::[\w.-]+)?@(sha256:[0-9a-f]{64})$/.exec(ref) ?? [];
    if (!host || !repository || !digest) {
        throw new Error(`${ref} names no image by its digest`);
    }
    // A registry on loopback speaks plain HTTP; ECR is the emulator's registry.
    const base = /^(127\.0\.0\.1|localhost)(:|$)/.test(host) ? `http://${host}` : endpoint;
    return { base, repository, digest };
}

class Registry {
    readonly #base: string;
    readonly #ref: string;

    constructor(base: string, ref: string) {
        this.#base = base;
        this.#ref = ref;
    }

    async has(digest: string): Promise<boolean> {
        const response = await fetch(`${this.#base}/manifests/${digest}`, {
            method: "HEAD",
            headers: { accept: MANIFESTS },
        });
        return response.ok;
    }

    async manifest(digest: string): Promise<Manifest> {
        const manifest = await this.json<Manifest>(`manifests/${digest}`);
        const architecture = process.arch === "arm64" ? "arm64" : "amd64";
        const fitting =
            manifest.manifests?.find(({ platform }) => platform?.architecture === architecture) ??
            manifest.manifests?.find(({ platform }) => platform?.os === "linux");
        return fitting ? this.manifest(fitting.digest) : manifest;
    }

    async json<Value>(path: string): Promise<Value> {
        return (await (await this.get(path)).json()) as Value;
    }

    async get(path: string): Promise<Response> {
        const response = await fetch(`${this.#base}/${path}`, { headers: { accept: MANIFESTS } });
        if (!response.ok) {
            throw new Error(
                `the registry answered ${response.status} for ${path} of ${this.#ref}: is the image pushed?`,
            );
        }
        return response;
    }
}

/** Unpacks the last layers until the working folder is there. */
async function unpack(registry: Registry, manifest: Manifest, workingDir: string, folder: string): Promise<void> {
    const own = (manifest.layers ?? []).slice(-OWN_LAYERS);
    const packed: string[] = [];
    for (const { digest } of own.reverse()) {
        const file = `${folder}-${packed.length}.layer`;
        await writeFile(file, Buffer.from(await (await registry.get(`blobs/${digest}`)).arrayBuffer()));
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

function splitAt(entry: string, at: number): [string, string] {
    return [entry.slice(0, at), entry.slice(at + 1)];
}
