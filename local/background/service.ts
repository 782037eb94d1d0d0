/** What all services of the local cloud have in common, which run on in the background. */
import { setTimeout as sleep } from "node:timers/promises";
import { isFree } from "../lib/ports.ts";
import {
    portOf,
    runningService,
    type Service,
    type ServiceOptions,
    socketOf,
    startService,
    type WantedPort,
} from "./process.ts";

/** Where a service listens: a port of loopback, or the path of a Unix socket. */
export type Address = number | string;

/** A part of the local cloud that runs on after the command that started it. */
export interface BackgroundService {
    name: string;
    /** Whether it does at an address what it is there for. */
    isHealthy(at: Address, stateDir: string): Promise<boolean>;
    /** Stops the one of a local cloud, with what it has started. Returns whether it ran. */
    stop(stateDir: string): Promise<boolean>;
}

/** How a service is started, or goes on. */
export interface KeepOptions extends Omit<ServiceOptions, "name" | "port" | "args" | "ready"> {
    service: BackgroundService;
    /** The one port that it may have, and what else a person can do. Default: the one that it had before, or a free one. */
    port?: WantedPort;
    /** It listens on the {@link socketOf} its name, not on a port. Default: false. */
    onSocket?: boolean;
    /** The command's arguments, by where it listens. */
    args(at: Address): string[];
    /** Makes ready what it finds when it is started anew. Default: nothing. */
    prepare?(at: Address): void;
    /** Milliseconds that one that runs may be too busy to answer before another takes its place. Default: 0. */
    busyMs?: number;
}

/** A service that runs. */
export interface Kept {
    process: Service;
    at: Address;
    /** Whether it had to be started. */
    started: boolean;
}

/** How often a port is looked for; one that was free may be another program's a moment later. */
const TRIES = 3;

/**
 * Lets a service go on that runs, was started from the same and answers; otherwise stops it and starts it anew.
 *
 * @throws {ServiceError} when it does not start, with the end of its log, or when the port that it must have is taken
 */
export async function keepService(options: KeepOptions): Promise<Kept> {
    const { service, stateDir, origin, port } = options;
    const running = runningService(stateDir, service.name);
    if (running && running.origin === origin && (port?.port ?? running.port) === running.port) {
        const at = addressOf(running, stateDir);
        if (await answers(options, at)) {
            return { process: running, at, started: false };
        }
    }
    await service.stop(stateDir);
    return await startAnew(options, TRIES);
}

async function startAnew(options: KeepOptions, tries: number): Promise<Kept> {
    const { service, stateDir, onSocket = false, args, prepare, busyMs: _, ...rest } = options;
    const port = onSocket ? undefined : await portOf(stateDir, service.name, options.port);
    const at = port ?? socketOf(stateDir, service.name);
    prepare?.(at);
    try {
        const process = await startService({
            ...rest,
            name: service.name,
            stateDir,
            port,
            args: args(at),
            ready: () => service.isHealthy(at, stateDir),
        });
        return { process, at, started: true };
    } catch (error) {
        if (tries > 1 && port !== undefined && !(await isFree(port))) {
            return await startAnew(options, tries - 1);
        }
        throw error;
    }
}

/** Where a service that runs listens. */
export function addressOf({ name, port }: Service, stateDir: string): Address {
    return port ?? socketOf(stateDir, name);
}

async function answers({ service, stateDir, busyMs = 0, signal }: KeepOptions, at: Address): Promise<boolean> {
    const deadline = Date.now() + busyMs;
    while (!(await service.isHealthy(at, stateDir))) {
        if (Date.now() >= deadline) {
            return false;
        }
        await sleep(200, undefined, { signal });
    }
    return true;
}
