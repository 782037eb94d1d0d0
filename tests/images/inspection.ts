/** Inspects an image in its registry and reports problems. */
import { lstatSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type LayerStore, pathsIn } from "../../local/images/layerStore.ts";
import type { Descriptor, ImageConfig, Manifest, Registry } from "../../local/images/registry.ts";

/** The requirements for an image. */
export interface Expectations {
    /** `linux/amd64` or `linux/arm64`. */
    platform: string;
    /** The instructions of its Dockerfile's last stage. */
    lastStage: string[];
    /** Bytes that the image may add to its base, unpacked. */
    ownBytes: number;
    /** Values that the image must not contain, by name. */
    secrets: Record<string, string>;
}

/** The findings about an image. */
export interface Inspection {
    digest: string;
    /** The layers' digests, the base's first. */
    layers: string[];
    /** Number of the base's layers. */
    baseLayers: number;
    /** Bytes of all layers in the registry. */
    packedBytes: number;
    /** Bytes that the image adds to its base, unpacked. */
    ownBytes: number;
    user: string;
    /** The problems, one sentence each. */
    problems: string[];
    /** Build and install tools in the base. */
    baseTools: string[];
}

/** A layer's files, by their paths in the image. */
interface Files {
    folder: string;
    paths: string[];
}

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/**
 * The files that the Dockerfiles add to a base: the bundle, its packages, by their names in `packages/`, the chunks of both
 * (`NAME-HASH`), and their source maps.
 */
const BUNDLE = /^(app|var\/task)\/(index|[\w-]+-[A-Z0-9]{8}|packages\/[@\w/-]+)\.mjs(\.map)?$/;
const HISTORY = /^\.(\w+_history|history|viminfo|lesshst)$/;
const BUILD_TOOLS =
    /^(.+-)?(gcc|g\+\+|cc|c\+\+|clang|make|cmake|ld|npm|npx|yarn|pnpm|corepack|esbuild|tsc|git|python[\d.]*|go|cargo|rustc|perl|apt-get|apt|dpkg|yum|dnf|microdnf|rpm|apk)(-[\d.]+)?$/;
/** Folders of programs; links into them count too. */
const PROGRAMS = /(^|\/)s?bin\//;
const CREDENTIALS: Record<string, RegExp> = {
    "an AWS access key": /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
    "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{32}/,
    "a token of a package registry": /_authToken\s*=\s*\S/,
    "a password in an address": /https?:\/\/[^\s/:@"'`${}]+:[^\s/@"'`${}]+@[a-z0-9]/,
};

export async function inspectImage(
    registry: Registry,
    digest: string,
    store: LayerStore,
    expected: Expectations,
): Promise<Inspection> {
    const stored = await registry.stored(digest);
    const problems = "manifests" in stored ? ["its manifest lists platforms, which Lambda does not take"] : [];
    const manifest = await registry.manifest(digest);
    const config = await registry.config(manifest);
    const ownLayers = countOwnLayers(config, expected.lastStage);
    const layers = await Promise.all(
        manifest.layers.map(async (layer) => {
            const folder = await store.layer(registry, layer);
            return { folder, paths: pathsIn(folder) };
        }),
    );
    const base = layers.slice(0, -ownLayers);
    const own = layers.slice(-ownLayers);
    const ownBytes = own.flatMap(sizes).reduce((total, size) => total + size, 0);
    problems.push(
        ...manifestProblems(manifest, config, expected.platform),
        ...userProblems(config),
        ...ownProblems(own),
        ...layers.flatMap(historyProblems),
        ...secretsIn(JSON.stringify(config), expected.secrets).map((what) => `its settings or history have ${what}`),
        ...base.flatMap((files) => fileSecrets(files, (text) => known(text, expected.secrets))),
        // Apparent credentials in a base are not this project's: libraries contain keys for their own tests.
        ...own.flatMap((files) => fileSecrets(files, (text) => secretsIn(text, expected.secrets))),
    );
    if (ownBytes > expected.ownBytes) {
        problems.push(`it adds ${ownBytes} bytes to its base; ${expected.ownBytes} are allowed`);
    }
    return {
        digest,
        layers: manifest.layers.map((layer) => layer.digest),
        baseLayers: base.length,
        packedBytes: manifest.layers.reduce((total, { size }) => total + size, 0),
        ownBytes,
        user: config.config?.User ?? "",
        problems,
        baseTools: [...new Set(base.flatMap(toolsIn))].sort(),
    };
}

/** Counts the layers of the last stage's instructions; the history ends with one entry for each instruction. */
function countOwnLayers(config: ImageConfig, stage: string[]): number {
    const entries = (config.history ?? []).slice(-(stage.length - 1));
    const count = entries.filter((entry) => !entry.empty_layer).length;
    if (entries.length < stage.length - 1 || count === 0) {
        throw new Error("the image's history does not show which layers are its own");
    }
    return count;
}

function manifestProblems(manifest: Manifest, config: ImageConfig, platform: string): string[] {
    const is = `${config.os}/${config.architecture}`;
    const odd = manifest.layers
        .filter(({ mediaType }) => mediaType !== DOCKER_LAYER)
        .map(({ mediaType }: Descriptor) => mediaType);
    return [
        ...(manifest.mediaType === DOCKER_MANIFEST
            ? []
            : [`its manifest is ${manifest.mediaType}, not ${DOCKER_MANIFEST}`]),
        ...(odd.length === 0 ? [] : [`a layer is ${odd[0]}, not ${DOCKER_LAYER}`]),
        ...(is === platform ? [] : [`it is for ${is}, not ${platform}`]),
    ];
}

function userProblems({ config }: ImageConfig): string[] {
    const user = config?.User ?? "";
    return /^[1-9]\d*(:[1-9]\d*)?$/.test(user) ? [] : [`its user is "${user}"; it must be a number that is not root's`];
}

function ownProblems(own: Files[]): string[] {
    const paths = own.flatMap((files) => files.paths);
    const others = paths
        .filter((path) => !BUNDLE.test(path))
        .map((path) => `it adds /${path}, which is not its bundle`);
    const withSource = own.flatMap(({ folder, paths }) =>
        paths.filter((path) => path.endsWith(".map") && hasSource(join(folder, path))),
    );
    return [
        ...others,
        ...withSource.map((path) => `/${path} has the source itself in it`),
        ...(paths.some((path) => path.endsWith("/index.mjs")) ? [] : ["its bundle is missing"]),
    ];
}

function hasSource(map: string): boolean {
    const { sourcesContent } = JSON.parse(readFileSync(map, "utf8")) as { sourcesContent?: (string | null)[] };
    return (sourcesContent ?? []).some(Boolean);
}

function historyProblems({ paths }: Files): string[] {
    return paths.filter((path) => HISTORY.test(basename(path))).map((path) => `/${path} is the history of a shell`);
}

function toolsIn({ paths }: Files): string[] {
    return paths
        .filter((path) => PROGRAMS.test(path) && BUILD_TOOLS.test(basename(path)))
        .map((path) => basename(path));
}

function fileSecrets({ folder, paths }: Files, search: (text: string) => string[]): string[] {
    return paths
        .filter((path) => lstatSync(join(folder, path)).isFile())
        .flatMap((path) => {
            // latin1 maps every byte to one character, so that any file can be searched.
            const text = readFileSync(join(folder, path), "latin1");
            return search(text).map((what) => `/${path} has ${what}`);
        });
}

/** The known secrets in a text, and texts that look like secrets. */
function secretsIn(text: string, secrets: Record<string, string>): string[] {
    const likely = Object.entries(CREDENTIALS).filter(([, pattern]) => pattern.test(text));
    return [...known(text, secrets), ...likely.map(([what]) => what)];
}

function known(text: string, secrets: Record<string, string>): string[] {
    return Object.entries(secrets)
        .filter(([, value]) => text.includes(value))
        .map(([what]) => what);
}

function sizes({ folder, paths }: Files): number[] {
    return paths.map((path) => lstatSync(join(folder, path)).size);
}
