import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    chmodSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Layer, packLayer, writeImage } from "../images/layer.ts";
import { cacheDir, root } from "../paths.ts";
import type { Step } from "../screen.ts";
import { runStep } from "./command.ts";
import { onPath, type Tool } from "./tool.ts";

/** The digests of the project's own base images: what images are built with, and what they stand on. */
export interface BaseImages {
    build: string;
    service: string;
    lambda: string;
}

const certificates = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
const inImage = "/etc/ssl/certs/ca-certificates.crt";
const runtime = join(import.meta.dirname, "../images/lambdaRuntime.mjs");
const path = "PATH=/usr/local/bin:/usr/bin:/bin";

/** Base images made of Debian's packages and the project's own Node, for machines that reach no registry of images. */
export function baseImages(): Tool {
    const npmrc = npmSettings();
    const bundle = certificates.find(existsSync);
    const inputs = [process.version, npmrc, readFileSync(runtime, "utf8"), bundle ? readFileSync(bundle, "utf8") : ""];
    const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 12);
    return {
        title: `base images of Debian 12 and Node ${process.versions.node}`,
        folder: join(cacheDir(), `base-images-${key}`),
        file: "images.json",
        ways: [
            {
                how: "build with debootstrap",
                make: async (folder, step, signal) => {
                    const base = await packDebian(folder, step, signal);
                    const pack = async (title: string, fill: (layer: string) => void) => {
                        step.progress(`packing ${title}`);
                        const layer = join(folder, "layer");
                        fill(layer);
                        const packed = await packLayer(layer, folder, signal);
                        rmSync(layer, { recursive: true });
                        return packed;
                    };
                    const node = await pack("Node", addNode);
                    const npm = await pack("npm", (layer) => addNpm(layer, npmrc, bundle));
                    const client = await pack("the Lambda runtime client", addLambdaRuntime);
                    const images = writeImages(folder, { base, node, npm, client });
                    writeFileSync(join(folder, "images.json"), JSON.stringify(images));
                },
            },
        ],
        advice: "They need root, debootstrap and a Debian mirror. Where a registry of images can be reached, none of this is needed.",
    };
}

async function packDebian(folder: string, step: Step, signal: AbortSignal): Promise<Layer> {
    const debootstrap = onPath("debootstrap");
    if (!debootstrap) {
        throw new Error("debootstrap is not installed");
    }
    const debian = join(folder, "debian");
    await runStep(step, signal, debootstrap, ["--variant=minbase", "bookworm", debian]);
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
    const layer = await packLayer(debian, folder, signal);
    rmSync(debian, { recursive: true });
    return layer;
}

function addNode(layer: string): void {
    mkdirSync(join(layer, "usr/local/bin"), { recursive: true });
    const packaged = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
    copyFileSync(existsSync(packaged) ? packaged : process.execPath, join(layer, "usr/local/bin/node"));
    chmodSync(join(layer, "usr/local/bin/node"), 0o755);
}

/** npm as this machine has it, with the certificates and the registry that work here. */
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

function writeImages(store: string, layers: Record<"base" | "node" | "npm" | "client", Layer>): BaseImages {
    const { base, node, npm, client } = layers;
    return {
        build: writeImage(store, [base, node, npm], { Env: [path, `NODE_EXTRA_CA_CERTS=${inImage}`] }),
        service: writeImage(store, [base, node], { Env: [path] }),
        lambda: writeImage(store, [base, node, client], {
            Env: [path, "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime", "LANG=C.UTF-8"],
            WorkingDir: "/var/task",
            Entrypoint: ["/lambda-entrypoint.sh"],
        }),
    };
}

/** What this machine's npm needs in order to reach its registry. Credentials are not among it: an image keeps them. */
function npmSettings(): string {
    const asked = execFileSync("npm", ["config", "list", "--json"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        cwd: root,
    });
    const settings = JSON.parse(asked) as Record<string, unknown>;
    const kept = ["registry", "strict-ssl", "proxy", "https-proxy", "noproxy", "replace-registry-host"];
    const lines = kept
        .filter((key) => typeof settings[key] === "string" || typeof settings[key] === "boolean")
        .map((key) => `${key}=${withoutPassword(settings[key])}`);
    return [...lines, `cafile=${inImage}`, "update-notifier=false", ""].join("\n");
}

function withoutPassword(value: unknown): string {
    return String(value).replace(/\/\/[^/@]*@/, "//");
}
