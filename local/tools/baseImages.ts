import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    chmodSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Layer, packLayer, writeImage } from "../images/layer.ts";
import { cacheDir, root } from "../lib/paths.ts";
import type { Step } from "../lib/screen.ts";
import { runStep } from "./command.ts";
import { onPath, type Tool } from "./tool.ts";

/** The digests of the project's own base images: the build image, and the base of the service and of the functions. */
export interface BaseImages {
    build: string;
    service: string;
    lambda: string;
}

const certificates = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
const inImage = "/etc/ssl/certs/ca-certificates.crt";
const runtime = join(import.meta.dirname, "../../standins/lambdaRuntime.mjs");
const path = "PATH=/usr/local/bin:/usr/bin:/bin";

/** The version of the images' layout; a new number rebuilds them. */
const LAYOUT = 2;

type Architecture = "amd64" | "arm64";

/** This machine's architecture, by its name in Debian and in images. */
export const ownArchitecture: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** Base images of Debian's packages and the project's own Node, for machines that can't reach an image registry. */
export function baseImages(): Tool {
    const npmrc = npmSettings();
    const bundle = certificates.find(existsSync);
    const inputs = [
        LAYOUT,
        process.version,
        npmrc,
        readFileSync(runtime, "utf8"),
        bundle ? readFileSync(bundle, "utf8") : "",
    ];
    const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 12);
    return {
        title: `base images of Debian 12 and Node ${process.versions.node}`,
        folder: join(cacheDir(), `base-images-${key}`),
        file: "images.json",
        installers: [
            {
                description: "build with debootstrap",
                install: async (folder, step, signal) => {
                    const base = await packDebian(folder, step, signal);
                    const pack = (title: string, fill: (layer: string) => void) => {
                        step.progress(`packing ${title}`);
                        return packFolder(folder, title, fill, signal);
                    };
                    const node = await pack("Node", addNode);
                    const npm = await pack("npm", (layer) => addNpm(layer, npmrc, bundle));
                    const client = await pack("the Lambda runtime client", addLambdaRuntime);
                    const images = {
                        build: writeImage(folder, ownArchitecture, [base, node, npm], {
                            Env: [path, `NODE_EXTRA_CA_CERTS=${inImage}`],
                        }),
                        ...writeRuntimes(folder, ownArchitecture, { base, node, client }),
                    };
                    writeFileSync(join(folder, "images.json"), JSON.stringify(images));
                },
            },
        ],
        advice,
    };
}

const advice =
    "They need root, debootstrap and a Debian mirror. Where a registry of images can be reached, none of this is needed.";

/**
 * Base images for another architecture. Their programs can't run here, so packages are unpacked and not configured; the
 * build image stays this machine's.
 */
export function foreignBaseImages(architecture: Architecture): Tool {
    const node = `node-linux-${architecture === "amd64" ? "x64" : architecture}@${process.versions.node}`;
    const inputs = [LAYOUT, architecture, node, readFileSync(runtime, "utf8")];
    const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 12);
    return {
        title: `base images of Debian 12 and Node ${process.versions.node} for ${architecture}`,
        folder: join(cacheDir(), `base-images-${architecture}-${key}`),
        file: "images.json",
        installers: [
            {
                description: "unpack Debian's packages and Node's",
                install: async (folder, step, signal) => {
                    const layers = {
                        base: await packForeignDebian(folder, architecture, step, signal),
                        node: await packForeignNode(folder, node, step, signal),
                        client: await packFolder(folder, "the Lambda runtime client", addLambdaRuntime, signal),
                    };
                    const images = writeRuntimes(folder, architecture, layers);
                    writeFileSync(join(folder, "images.json"), JSON.stringify(images));
                },
            },
        ],
        advice,
    };
}

async function packForeignDebian(folder: string, architecture: Architecture, step: Step, signal: AbortSignal) {
    return await inDebianFolder(folder, async (debian) => {
        const options = ["--foreign", `--arch=${architecture}`, "--variant=minbase"];
        await runStep(step, signal, debootstrap(), [...options, "bookworm", debian]);
        const archives = join(debian, "var/cache/apt/archives");
        for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
            await runStep(step, signal, "dpkg-deb", ["--extract", join(archives, file), debian]);
        }
        rmSync(join(debian, "debootstrap"), { recursive: true, force: true });
        return await packSystem(debian, folder, step, signal);
    });
}

async function packForeignNode(folder: string, spec: string, step: Step, signal: AbortSignal): Promise<Layer> {
    const work = join(folder, "node");
    mkdirSync(work);
    await runStep(step, signal, "npm", ["pack", spec, "--silent"], { cwd: work });
    const [archive = ""] = readdirSync(work);
    await runStep(step, signal, "tar", ["-xzf", archive], { cwd: work });
    const add = (layer: string) => {
        mkdirSync(join(layer, "usr/local/bin"), { recursive: true });
        copyFileSync(join(work, "package/bin/node"), join(layer, "usr/local/bin/node"));
        chmodSync(join(layer, "usr/local/bin/node"), 0o755);
    };
    const packed = await packFolder(folder, "Node", add, signal);
    rmSync(work, { recursive: true });
    return packed;
}

/** A layer with the files that `fill` puts into a folder. */
async function packFolder(
    store: string,
    title: string,
    fill: (layer: string) => void,
    signal: AbortSignal,
): Promise<Layer> {
    const layer = join(store, "layer");
    fill(layer);
    const packed = await packLayer(layer, store, title, signal);
    rmSync(layer, { recursive: true });
    return packed;
}

function debootstrap(): string {
    const program = onPath("debootstrap");
    if (!program) {
        throw new Error("debootstrap is not installed");
    }
    return program;
}

async function packDebian(folder: string, step: Step, signal: AbortSignal): Promise<Layer> {
    return await inDebianFolder(folder, async (debian) => {
        await runStep(step, signal, debootstrap(), ["--variant=minbase", "bookworm", debian]);
        return await packSystem(debian, folder, step, signal);
    });
}

/** Whether debootstrap can handle a path, which it does not quote. */
const isPlain = (path: string) => /^[\w./-]+$/.test(path);

/** Calls `make` with a folder for Debian in `folder`, or in a temporary one if that path is not plain. */
async function inDebianFolder(folder: string, make: (debian: string) => Promise<Layer>): Promise<Layer> {
    if (isPlain(folder)) {
        return await make(join(folder, "debian"));
    }
    // The path of TMPDIR may not be plain either; /var/tmp is.
    const temporary = isPlain(tmpdir()) ? tmpdir() : "/var/tmp";
    const apart = mkdtempSync(join(temporary, "story-42-debian-"));
    try {
        return await make(join(apart, "debian"));
    } finally {
        rmSync(apart, { recursive: true, force: true });
    }
}

/** Packs a Debian without documentation and the package manager's caches, and removes its folder. */
async function packSystem(debian: string, folder: string, step: Step, signal: AbortSignal): Promise<Layer> {
    for (const part of [
        "var/cache/apt",
        "var/lib/apt/lists",
        "var/log",
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
    ]) {
        rmSync(join(debian, part), { recursive: true, force: true });
    }
    mkdirSync(join(debian, "var/log"), { recursive: true });
    step.progress("packing Debian");
    const layer = await packLayer(debian, folder, "Debian 12", signal);
    rmSync(debian, { recursive: true });
    return layer;
}

function addNode(layer: string): void {
    mkdirSync(join(layer, "usr/local/bin"), { recursive: true });
    const packaged = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
    copyFileSync(existsSync(packaged) ? packaged : process.execPath, join(layer, "usr/local/bin/node"));
    chmodSync(join(layer, "usr/local/bin/node"), 0o755);
}

/** Adds this machine's npm, with its certificates and its registry. */
function addNpm(layer: string, npmrc: string, bundle: string | undefined): void {
    const npm = onPath("npm");
    if (!npm) {
        throw new Error("npm is not on PATH");
    }
    const home = join(layer, "usr/local/lib/node_modules/npm");
    cpSync(dirname(dirname(realpathSync(npm))), home, { recursive: true, dereference: true });
    mkdirSync(join(layer, "usr/local/bin"), { recursive: true });
    for (const command of ["npm", "npx"]) {
        const script = `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${command}-cli.js "$@"\n`;
        writeFileSync(join(layer, "usr/local/bin", command), script, { mode: 0o755 });
    }
    mkdirSync(join(layer, "usr/local/etc"), { recursive: true });
    writeFileSync(join(layer, "usr/local/etc/npmrc"), npmrc);
    if (bundle) {
        mkdirSync(join(layer, dirname(inImage)), { recursive: true });
        copyFileSync(bundle, join(layer, inImage));
    }
}

function addLambdaRuntime(layer: string): void {
    mkdirSync(join(layer, "var/runtime"), { recursive: true });
    mkdirSync(join(layer, "var/task"), { recursive: true });
    copyFileSync(runtime, join(layer, "var/runtime/client.mjs"));
    const entry = '#!/bin/sh\nexec node /var/runtime/client.mjs "$@"\n';
    writeFileSync(join(layer, "lambda-entrypoint.sh"), entry, { mode: 0o755 });
}

/** Writes the base images of the service and of the functions. */
function writeRuntimes(
    store: string,
    architecture: Architecture,
    { base, node, client }: Record<"base" | "node" | "client", Layer>,
): Pick<BaseImages, "service" | "lambda"> {
    return {
        service: writeImage(store, architecture, [base, node], { Env: [path] }),
        lambda: writeImage(store, architecture, [base, node, client], {
            Env: [path, "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime", "LANG=C.UTF-8"],
            WorkingDir: "/var/task",
            Entrypoint: ["/lambda-entrypoint.sh"],
        }),
    };
}

/** The settings by which this machine's npm reaches its registry. Credentials are left out: an image would keep them. */
function npmSettings(): string {
    const output = execFileSync("npm", ["config", "list", "--json"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        cwd: root,
    });
    const settings = JSON.parse(output) as Record<string, unknown>;
    const kept = ["registry", "strict-ssl", "proxy", "https-proxy", "noproxy", "replace-registry-host"];
    const lines = kept
        .filter((key) => typeof settings[key] === "string" || typeof settings[key] === "boolean")
        .map((key) => `${key}=${withoutPassword(settings[key])}`);
    return [...lines, `cafile=${inImage}`, "update-notifier=false", ""].join("\n");
}

function withoutPassword(value: unknown): string {
    return String(value).replace(/\/\/[^/@]*@/, "//");
}
