import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

const CONNECT_MS = 3000;

/** A builder of images, and whether it answers; `undefined` if its address can't be tried from here. */
export interface BuilderFinding {
    what: string;
    answers: boolean | undefined;
}

/**
 * Looks for the builder that docker-build would use, as Buildx does: by name among the instances of Docker's
 * configuration, or the Docker daemon of the environment. Needs no `docker` program, as docker-build needs none.
 *
 * @param name the setting imageBuilder. Default: Docker's own
 */
export async function findBuilder(name: string | undefined): Promise<BuilderFinding> {
    const addresses = name === undefined ? [dockerAddress()] : instanceAddresses(name);
    if (addresses.length === 0) {
        return { what: `there is no Buildx builder "${name}" in ${dockerFolder()}`, answers: false };
    }
    const tried = await Promise.all(addresses.map(isListening));
    const what = `${name ?? "Docker"} at ${addresses.join(", ")}`;
    return { what, answers: tried.includes(true) || (tried.includes(undefined) ? undefined : false) };
}

function dockerFolder(): string {
    return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

/** The addresses of a named builder's nodes; a node that Docker itself runs is at Docker's address. */
function instanceAddresses(name: string): string[] {
    const path = join(dockerFolder(), "buildx/instances", name);
    if (!existsSync(path)) {
        return [];
    }
    const { Nodes = [] } = JSON.parse(readFileSync(path, "utf8")) as { Nodes?: { Endpoint: string }[] };
    return Nodes.map(({ Endpoint }) => (Endpoint.includes("://") ? Endpoint : dockerAddress()));
}

/** The Docker daemon of the environment: DOCKER_HOST, the current context's, or the usual socket. */
function dockerAddress(): string {
    return process.env.DOCKER_HOST || contextAddress() || "unix:///var/run/docker.sock";
}

function contextAddress(): string | undefined {
    const config = join(dockerFolder(), "config.json");
    const current = process.env.DOCKER_CONTEXT ?? (existsSync(config) ? currentContext(config) : undefined);
    if (!current || current === "default") {
        return undefined;
    }
    const id = createHash("sha256").update(current).digest("hex");
    const meta = join(dockerFolder(), "contexts/meta", id, "meta.json");
    if (!existsSync(meta)) {
        return undefined;
    }
    return (JSON.parse(readFileSync(meta, "utf8")) as { Endpoints?: { docker?: { Host?: string } } }).Endpoints?.docker
        ?.Host;
}

function currentContext(config: string): string | undefined {
    return (JSON.parse(readFileSync(config, "utf8")) as { currentContext?: string }).currentContext;
}

/** Whether something takes connections at `unix://PATH` or `tcp://HOST:PORT`; other schemes can't be tried. */
async function isListening(address: string): Promise<boolean | undefined> {
    const url = new URL(address);
    const where: NetConnectOpts | undefined =
        url.protocol === "unix:"
            ? { path: decodeURIComponent(url.pathname) }
            : url.protocol === "tcp:"
              ? { host: url.hostname, port: Number(url.port) }
              : undefined;
    if (!where) {
        return undefined;
    }
    return await new Promise((resolve) => {
        const socket = connect({ ...where, timeout: CONNECT_MS });
        const end = (isAnswering: boolean) => {
            socket.destroy();
            resolve(isAnswering);
        };
        socket.once("connect", () => end(true));
        socket.once("error", () => end(false));
        socket.once("timeout", () => end(false));
    });
}
