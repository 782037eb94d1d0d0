import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, isFree, ownerOf } from "./ports.ts";
import { endProcess, identify, isAlive, type ProcessIdentity } from "./processes.ts";

/** A part of the local cloud that runs on after the command that started it. */
export interface Service {
    name: string;
    port: number;
    process: ProcessIdentity;
    /** Its log file. */
    log: string;
    /** What it was started from. */
    origin?: string;
}

/** What a service is started with. */
export interface ServiceOptions {
    name: string;
    /** The local cloud's folder; its process id and log lie in there. */
    stateDir: string;
    /** Where it listens, for the check that it is ready. */
    port: number;
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

/** A service could not be started. */
export class ServiceError extends Error {
    override readonly name = "ServiceError";
}

/** The service of a name that runs now, if one does. */
export function runningService(stateDir: string, name: string): Service | undefined {
    try {
        const service = JSON.parse(readFileSync(pidFile(stateDir, name), "utf8")) as Service;
        return isAlive(service.process) ? service : undefined;
    } catch {
        return undefined;
    }
}

/** Starts a service in the background and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<Service> {
    const { name, stateDir, port } = options;
    const log = join(stateDir, "logs", `${name}.log`);
    mkdirSync(join(stateDir, "logs"), { recursive: true });
    mkdirSync(join(stateDir, "pids"), { recursive: true });
    const output = openSync(log, "a");
    const child = spawn(options.command, options.args ?? [], {
        detached: true,
        stdio: ["ignore", output, output],
        env: options.env,
        cwd: options.cwd ?? stateDir,
    });
    closeSync(output);
    const failure = new Promise<string>((resolve) => {
        child.once("error", (error) => resolve(error.message));
        child.once("exit", (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with ${code}`));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    const service = identity && { name, port, process: identity, log, origin: options.origin };
    if (service) {
        writeFileSync(pidFile(stateDir, name), JSON.stringify(service, null, 2));
    }
    child.unref();
    try {
        await untilReady(options, failure);
        if (!service) {
            throw new Error("ended at once");
        }
        return service;
    } catch (error) {
        if (service) {
            await stopService(stateDir, name);
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
            throw new Error(`no answer at 127.0.0.1:${options.port} in ${patience / 1000} s`);
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
    const service = runningService(stateDir, name);
    if (service) {
        await endProcess(service.process, patienceMs);
    }
    rmSync(pidFile(stateDir, name), { force: true });
    return service !== undefined;
}

/**
 * The port of a service: the one that it had before, so that what names it stays equal, or else a free one.
 *
 * @param wanted a port that the person asks for
 * @throws {ServiceError} when the wanted port is taken, saying by whom
 */
export async function portOf(stateDir: string, name: string, wanted?: { port: number; hint: string }): Promise<number> {
    const path = join(stateDir, "ports.json");
    const ports: Record<string, number> = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
    let port = wanted?.port ?? ports[name];
    if (wanted && !(await isFree(wanted.port))) {
        throw new ServiceError(
            `Port ${wanted.port} for ${name} is in use by ${ownerOf(wanted.port)}. End it, or ${wanted.hint}.`,
        );
    }
    if (port === undefined || !(await isFree(port))) {
        port = await freePort();
    }
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(path, JSON.stringify({ ...ports, [name]: port }, null, 2));
    return port;
}

function pidFile(stateDir: string, name: string): string {
    return join(stateDir, "pids", `${name}.json`);
}

function lastLines(log: string): string {
    const text = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").slice(-5).join("\n  ") : "";
    return text && `\n  ${text}`;
}
