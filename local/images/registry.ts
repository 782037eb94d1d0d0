/** Reads images from a registry: the emulator's own, or another one on loopback. */

/** A blob as a manifest names it. */
export interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
}

/** The manifest of one image for one platform. */
export interface Manifest {
    mediaType: string;
    config: Descriptor;
    layers: Descriptor[];
}

interface Index {
    manifests: { digest: string; platform?: { architecture?: string; os?: string } }[];
}

/** The configuration of an image. */
export interface ImageConfig {
    architecture?: string;
    os?: string;
    config?: {
        User?: string;
        Env?: string[];
        WorkingDir?: string;
        Entrypoint?: string[] | null;
        Cmd?: string[] | null;
    };
    rootfs: { diff_ids: string[] };
    history?: { created_by?: string; empty_layer?: boolean }[];
}

const MANIFESTS = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
].join(", ");

/**
 * The registry that has an image.
 *
 * @param ref `ADDRESS/REPOSITORY@sha256:DIGEST`
 * @param endpoint the emulator, which serves the addresses of ECR
 */
export function openRegistry(ref: string, endpoint: string): { registry: Registry; digest: string } {
    const [, host, repository, digest] = /^([^/]+)\/(.+?)(?::[\w.-]+)?@(sha256:[0-9a-f]{64})$/.exec(ref) ?? [];
    if (!host || !repository || !digest) {
        throw new Error(`${ref} names no image by its digest`);
    }
    // A registry on loopback speaks plain HTTP; ECR is the emulator's registry.
    const base = /^(127\.0\.0\.1|localhost)(:|$)/.test(host) ? `http://${host}` : endpoint;
    return { registry: new Registry(`${base}/v2/${repository}`, ref), digest };
}

/** One repository of a registry. */
export class Registry {
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

    /** The content of a digest: a manifest, or an index of several. */
    async stored(digest: string): Promise<Manifest | Index> {
        return (await (await this.#get(`manifests/${digest}`)).json()) as Manifest | Index;
    }

    /** The manifest for this machine. */
    async manifest(digest: string): Promise<Manifest> {
        const stored = await this.stored(digest);
        if (!("manifests" in stored)) {
            return stored;
        }
        const architecture = process.arch === "arm64" ? "arm64" : "amd64";
        const fitting =
            stored.manifests.find(({ platform }) => platform?.architecture === architecture) ??
            stored.manifests.find(({ platform }) => platform?.os === "linux");
        if (!fitting) {
            throw new Error(`${this.#ref} has no image for linux/${architecture}`);
        }
        return this.manifest(fitting.digest);
    }

    async config(manifest: Manifest): Promise<ImageConfig> {
        return (await (await this.blob(manifest.config.digest)).json()) as ImageConfig;
    }

    async blob(digest: string): Promise<Response> {
        return await this.#get(`blobs/${digest}`);
    }

    async #get(path: string): Promise<Response> {
        const response = await fetch(`${this.#base}/${path}`, { headers: { accept: MANIFESTS } });
        if (!response.ok) {
            throw new Error(
                `the registry answered ${response.status} for ${path} of ${this.#ref}: is the image pushed?`,
            );
        }
        return response;
    }
}

/** An image's environment variables. */
export function variables(config: ImageConfig["config"] = {}): Record<string, string> {
    return Object.fromEntries(
        (config.Env ?? []).map((entry) => {
            const at = entry.indexOf("=");
            return [entry.slice(0, at), entry.slice(at + 1)];
        }),
    );
}
