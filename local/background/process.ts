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

/** A part of the local cloud that outlives the command that started it. */
export interface Service {
    name: string;
    /** Its port on loopback; undefined for a service that listens on a Unix socket, see {@link socketOf}. */
    port?: number;
    process: ProcessIdentity;
    /** Its log file. */
    log: string;
    /** Identifies the sources and settings that it was started from. */
    origin?: string;
}

/** A service that listens on a port. */
export type PortService = Service & { port: number };

/** What a service is started with. */
export interface ServiceOptions {
    name: string;
    /** The local cloud's folder; it holds the service's process id and log. */
    stateDir: string;
    /** Its port on loopback. Default: none; it listens on a Unix socket, see {@link socketOf}. */
    port?: number;
    command: string;
    args?: string[];
    /** Identifies what it is started from, so that a change of that is noticed. Default: nothing. */
    origin?: string;
    /** The folder it works in. Default: `stateDir`. */
    cwd?: string;
    /** Its whole environment. */
    env: NodeJS.ProcessEnv;
    /** Whether it answers as it should. */
    ready(): Promise<boolean>;
    /** Milliseconds until it must answer. Default: 30 000. */
    startTimeoutMs?: number;
    signal?: AbortSignal;
}

/** A port that a person asks for. */
export interface WantedPort {
    port: number;
    /** The alternative to ending the program that uses the port, for the error message. */
    hint: string;
}

/** A service could not be started. */
export class ServiceError extends Error {
    override readonly name = "ServiceError";
}

/**
 * The variable by which a service is found without its file, which may be lost or not written yet. It holds the folder and the
 * file's content except for the process.
 */
const VARIABLE = "STORY42_SERVICE";

/** The running service of a name, if there is one. */
export function runningService(stateDir: string, name: string): Service | undefined {
    const kept = readJson<Service>(pidFile(stateDir, name));
    return kept?.process && isAlive(kept.process) ? kept : foundServices(stateDir, name)[0];
}

/** {@link runningService} for a service that listens on a port. */
export function runningPortService(stateDir: string, name: string): PortService | undefined {
    const service = runningService(stateDir, name);
    return service?.port === undefined ? undefined : { ...service, port: service.port };
}

/** The running services of a name, found by their environment. */
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
    const description = { name, port, log, origin };
    // Only its owner may read a service's files. A child inherits the umask that is set when it is spawned.
    const mask = process.umask(0o077);
    const child = spawn(options.command, options.args ?? [], {
        detached: true,
        stdio: ["ignore", output, output],
        env: { ...options.env, [VARIABLE]: JSON.stringify({ stateDir, ...description }) },
        cwd: options.cwd ?? stateDir,
    });
    process.umask(mask);
    closeSync(output);
    const failure = new Promise<string>((resolve) => {
        child.once("error", (error) => resolve(error.message));
        child.once("exit", (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with ${code}`));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    const service = identity && { ...description, process: identity };
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
    const timeout = options.startTimeoutMs ?? 30_000;
    const deadline = Date.now() + timeout;
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
            throw new Error(`no answer at ${at} in ${timeout / 1000} s`);
        }
        await sleep(50);
    }
}

/**
 * Stops a service, if it runs. Returns whether it did.
 *
 * @param timeoutMs milliseconds until it is killed. Default: that of {@link endProcess}
 */
export async function stopService(stateDir: string, name: string, timeoutMs?: number): Promise<boolean> {
    // A service whose file was lost may still run beside a newer one.
    const kept = runningService(stateDir, name);
    const running = [...(kept ? [kept] : []), ...foundServices(stateDir, name)];
    await Promise.all(running.map((service) => endProcess(service.process, timeoutMs)));
    rmSync(pidFile(stateDir, name), { force: true });
    return running.length > 0;
}

/**
 * The port of a service: its last one, so that addresses stay the same, or else a free one.
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

/** Bytes of a Unix socket's path (Linux 108, macOS 104, with the terminating zero). */
const MAX_SOCKET_PATH = 103;

/**
 * The Unix socket of a service, in the local cloud's folder, which only its owner can open: no page and no other user reaches it.
 *
 * @throws {ServiceError} when the folder's path is too long for a socket
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
