import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    endProcess,
    identify,
    isAlive,
    type ProcessIdentity,
    processesWith,
} from "../../automation/processes/processes.ts";
import { ownFolder, readJson, writeJson } from "../lib/files.ts";
import { freePort, isFree, ownerOf } from "../lib/ports.ts";

/** A part of the local cloud that runs on after the command that started it. */
export interface Service {
    name: string;
    /** Its port on loopback; of one that listens on a Unix socket the {@link socketOf} its name, no port. */
    port?: number;
    process: ProcessIdentity;
    /** Its log file. */
    log: string;
    /** What it was started from. */
    origin?: string;
}

/** A service that listens on a port. */
export type PortService = Service & { port: number };

/** What a service is started with. */
export interface ServiceOptions {
    name: string;
    /** The local cloud's folder; its process id and log lie in there. */
    stateDir: string;
    /** Its port on loopback. Default: none, as it listens on the {@link socketOf} its name. */
    port?: number;
    command: string;
    args?: string[];
    /** What it is started from, so that it can be told when that has changed. Default: nothing. */
    origin?: string;
    /** The folder it works in. Default: `stateDir`. */
    cwd?: string;
    /** Its whole environment. */
    env: NodeJS.ProcessEnv;
    /** Whether it answers as it should. */
    ready(): Promise<boolean>;
    /** Milliseconds that it may take to answer. Default: 30 000. */
    patienceMs?: number;
    signal?: AbortSignal;
}

/** A port that a person asks for. */
export interface WantedPort {
    port: number;
    /** What to do where it is taken, but to end who has it. */
    hint: string;
}

/** A service could not be started. */
export class ServiceError extends Error {
    override readonly name = "ServiceError";
}

/**
 * The variable by which a service is found whose file was lost, or never written: its folder and what the file says but for the
 * process.
 */
const VARIABLE = "STORY42_SERVICE";

/** The service of a name that runs now, if one does. */
export function runningService(stateDir: string, name: string): Service | undefined {
    const kept = readJson<Service>(pidFile(stateDir, name));
    return kept?.process && isAlive(kept.process) ? kept : foundServices(stateDir, name)[0];
}

/** As {@link runningService}, of one that listens on a port. */
export function runningPortService(stateDir: string, name: string): PortService | undefined {
    const service = runningService(stateDir, name);
    return service?.port === undefined ? undefined : { ...service, port: service.port };
}

/** The services of a name that run, by what their environment says. */
function foundServices(stateDir: string, name: string): Service[] {
    return processesWith(VARIABLE).flatMap(({ process, value, isLeader }) => {
        const { stateDir: folder, ...service } = JSON.parse(value);
        return isLeader && folder === stateDir && service.name === name ? [{ ...service, process }] : [];
    });
}

/** Starts a service in the background and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<Service> {
    const { name, stateDir, port, origin } = options;
    const log = join(stateDir, "logs", `${name}.log`);
    ownFolder(join(stateDir, "logs"));
    const output = openSync(log, "a", 0o600);
    const told = { name, port, log, origin };
    // What a service writes is its owner's alone. A child has the mask of the moment when it is started.
    const mask = process.umask(0o077);
    const child = spawn(options.command, options.args ?? [], {
        detached: true,
        stdio: ["ignore", output, output],
        env: { ...options.env, [VARIABLE]: JSON.stringify({ stateDir, ...told }) },
        cwd: options.cwd ?? stateDir,
    });
    process.umask(mask);
    closeSync(output);
    const failure = new Promise<string>((resolve) => {
        child.once("error", (error) => resolve(error.message));
        child.once("exit", (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with ${code}`));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    const service = identity && { ...told, process: identity };
    child.unref();
    try {
        if (service) {
            writeJson(pidFile(stateDir, name), service);
        }
        await untilReady(options, failure);
        if (!service) {
            throw new Error("ended at once");
        }
        return service;
    } catch (error) {
        if (identity) {
            await endProcess(identity);
            rmSync(pidFile(stateDir, name), { force: true });
        }
        options.signal?.throwIfAborted();
        throw new ServiceError(
            `${name} did not start: ${(error as Error).message}${lastLines(log)}\nIts log is ${log}`,
        );
    }
}

async function untilReady(options: ServiceOptions, failure: Promise<string>): Promise<void> {
    const patience = options.patienceMs ?? 30_000;
    const deadline = Date.now() + patience;
    let ended: string | undefined;
    failure.then((reason) => {
        ended = reason;
    });
    while (!(await options.ready())) {
        options.signal?.throwIfAborted();
        if (ended) {
            throw new Error(ended);
        }
        if (Date.now() > deadline) {
            const at = options.port === undefined ? "its socket" : `127.0.0.1:${options.port}`;
            throw new Error(`no answer at ${at} in ${patience / 1000} s`);
        }
        await sleep(50);
    }
}

/**
 * Stops a service, if it runs. Returns whether it did.
 *
 * @param patienceMs milliseconds that it may take until it is killed. Default: as {@link endProcess} has it
 */
export async function stopService(stateDir: string, name: string, patienceMs?: number): Promise<boolean> {
    // One whose file was lost may run beside one that was started since.
    const kept = runningService(stateDir, name);
    const running = [...(kept ? [kept] : []), ...foundServices(stateDir, name)];
    await Promise.all(running.map((service) => endProcess(service.process, patienceMs)));
    rmSync(pidFile(stateDir, name), { force: true });
    return running.length > 0;
}

/**
 * The port of a service: the one that it had before, so that what names it stays equal, or else a free one.
 *
 * @param wanted a port that the person asks for
 * @throws {ServiceError} when the wanted port is taken, saying by whom
 */
export async function portOf(stateDir: string, name: string, wanted?: WantedPort): Promise<number> {
    const path = join(stateDir, "ports.json");
    const ports = readJson<Record<string, number>>(path) ?? {};
    let port = wanted?.port ?? ports[name];
    if (wanted && !(await isFree(wanted.port))) {
        throw new ServiceError(
            `Port ${wanted.port} for ${name} is in use by ${ownerOf(wanted.port)}. End it, or ${wanted.hint}.`,
        );
    }
    if (port === undefined || !(await isFree(port))) {
        port = await freePort();
    }
    writeJson(path, { ...ports, [name]: port });
    return port;
}

/** Bytes of a Unix socket's path, at the most (Linux 108, macOS 104, with the zero at its end). */
const MAX_SOCKET_PATH = 103;

/**
 * The Unix socket of a service in the local cloud's folder, which its owner alone gets into: no page and no other user reaches it.
 *
 * @throws {ServiceError} when the folder's path is too long for one
 */
export function socketOf(stateDir: string, name: string): string {
    const path = join(stateDir, `${name}.sock`);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
        throw new ServiceError(
            `The path of the local cloud's folder is too long for a socket in it: ${path} has more than ` +
                `${MAX_SOCKET_PATH} bytes. Name a shorter one with STORY42_STATE_DIR.`,
        );
    }
    return path;
}

function pidFile(stateDir: string, name: string): string {
    return join(stateDir, "pids", `${name}.json`);
}

function lastLines(log: string): string {
    const text = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").slice(-5).join("\n  ") : "";
    return text && `\n  ${text}`;
}
