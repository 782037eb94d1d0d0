/** Starts and keeps the background services of the local cloud. */
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

/** A part of the local cloud that outlives the command that started it. */
export interface BackgroundService {
    name: string;
    /** Whether the service works at an address. */
    isHealthy(at: Address, stateDir: string): Promise<boolean>;
    /** Stops the service of a local cloud, with its child processes. Returns whether it ran. */
    stop(stateDir: string): Promise<boolean>;
}

/** How a service is started, or kept running. */
export interface KeepOptions extends Omit<ServiceOptions, "name" | "port" | "args" | "ready"> {
    service: BackgroundService;
    /** The only port that it may have, and the alternative to it. Default: its last port, or a free one. */
    port?: WantedPort;
    /** It listens on a Unix socket, see {@link socketOf}, not on a port. Default: false. */
    onSocket?: boolean;
    /** The command's arguments, by where it listens. */
    args(at: Address): string[];
    /** Called before each start, for example to write settings. Default: nothing. */
    prepare?(at: Address): void;
    /** Milliseconds that a running service may leave health checks unanswered before it is replaced. Default: 0. */
    busyMs?: number;
}

/** A service that runs. */
export interface Kept {
    process: Service;
    at: Address;
    /** Whether it had to be started. */
    started: boolean;
}

/** Attempts to start on a free port, which another program may take before the service listens. */
const MAX_TRIES = 3;

/**
 * Keeps a service that runs, has the same origin and is healthy; otherwise stops it and starts it again.
 *
 * @throws {ServiceError} when it does not start, with the end of its log, or when the port that is asked for is taken
 */
export async function keepService(options: KeepOptions): Promise<Kept> {
    const { service, stateDir, origin, port } = options;
    const running = runningService(stateDir, service.name);
    if (running && running.origin === origin && (port?.port ?? running.port) === running.port) {
        const at = addressOf(running, stateDir);
        if (await isHealthyInTime(options, at)) {
            return { process: running, at, started: false };
        }
    }
    await service.stop(stateDir);
    return await start(options, MAX_TRIES);
}

async function start(options: KeepOptions, tries: number): Promise<Kept> {
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
            return await start(options, tries - 1);
        }
        throw error;
    }
}

/** The address of a running service. */
export function addressOf({ name, port }: Service, stateDir: string): Address {
    return port ?? socketOf(stateDir, name);
}

async function isHealthyInTime({ service, stateDir, busyMs = 0, signal }: KeepOptions, at: Address): Promise<boolean> {
    const deadline = Date.now() + busyMs;
    while (!(await service.isHealthy(at, stateDir))) {
        if (Date.now() >= deadline) {
            return false;
        }
        await sleep(200, undefined, { signal });
    }
    return true;
}
