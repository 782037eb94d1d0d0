/** What an image has to run, fetched from its registry: its settings, and the files under its working folder. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFor } from "./bundle.ts";

const run = promisify(execFile);

export interface ImageFiles {
    /** The folder that stands for the image's root. It holds the last layers, not those of the base. */
    root: string;
    workingDir: string;
    /** Entry point and command together. */
    command: string[];
    env: Record<string, string>;
}

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
 * @param ref `ADDRESS/REPOSITORY@sha256:DIGEST`
 * @param endpoint the emulator, which is the registry behind addresses of ECR
 * @param cache folder where unpacked images stay, by digest
 */
export async function fetchImage(ref: string, endpoint: string, cache: string): Promise<ImageFiles> {
    const { base, repository, digest } = parse(ref, endpoint);
    const registry = new Registry(`${base}/v2/${repository}`, ref);
    if (!(await registry.has(digest))) {
        const bundle = await bundleFor(digest, cache);
        if (bundle) {
            return bundle;
        }
        throw new Error(`${ref} is not in its registry, and stands for no sources as they are now: deploy again`);
    }
    const manifest = await registry.manifest(digest);
    const { config = {} } = await registry.json<ImageConfig>(`blobs/${manifest.config?.digest}`);
    const env = Object.fromEntries((config.Env ?? []).map((entry) => splitAt(entry, entry.indexOf("="))));
    const workingDir = env.LAMBDA_TASK_ROOT || config.WorkingDir || "/";
    const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
    const root = join(cache, digest.replace("sha256:", "").slice(0, 24));
    if (!existsSync(root)) {
        await unpack(registry, manifest, workingDir, root);
    }
    return { root, workingDir, command, env };
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

/** Unpacks the last layers until the working folder is there. The folder appears whole or not at all. */
async function unpack(registry: Registry, manifest: Manifest, workingDir: string, root: string): Promise<void> {
    await mkdir(join(root, ".."), { recursive: true });
    const folder = await mkdtemp(`${root}-`);
    try {
        const own = (manifest.layers ?? []).slice(-OWN_LAYERS);
        const packed: string[] = [];
        for (const { digest } of own.reverse()) {
            const file = join(folder, `${packed.length}.layer`);
            await writeFile(file, Buffer.from(await (await registry.get(`blobs/${digest}`)).arrayBuffer()));
            packed.unshift(file);
            const { stdout } = await run("tar", ["-tzf", file], { maxBuffer: 64 * 1024 * 1024 });
            if (
                stdout.split("\n").some((name) => `/${name.replace(/^\.?\//, "")}`.startsWith(`${workingDir}/index.`))
            ) {
                break;
            }
        }
        const files = join(folder, "root");
        await mkdir(files);
        for (const file of packed) {
            await run("tar", ["-xzf", file, "-C", files, "--no-same-owner", "--exclude=dev"]);
        }
        await rename(files, root);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

function splitAt(entry: string, at: number): [string, string] {
    return [entry.slice(0, at), entry.slice(at + 1)];
}
