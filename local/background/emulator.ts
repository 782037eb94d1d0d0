/** The emulator: MiniStack on a socket, with the gateway before it as the one address of AWS. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { urlToHttpOptions } from "node:url";
import { closeToOthers, ownFolder } from "../lib/files.ts";
import { shipped } from "../lib/shipped.ts";
import { gateway, keepGateway, runningGateway } from "./gateway.ts";
import { type PortService, runningService, type Service, socketOf, stopService } from "./process.ts";
import { type BackgroundService, keepService } from "./service.ts";

/** How long it may take to write its state, which has the layers of all images. One killed before has lost what is new of it. */
const WRITING_MS = 120_000;
/** How long one that runs may be too busy to answer, before another takes its place. */
const BUSY_MS = 15_000;
/** Starts MiniStack so that it listens on a socket alone. */
const START = shipped("serveMiniStack");

/** MiniStack. */
export const ministack: BackgroundService = {
    name: "emulator",
    isHealthy: (at) => isHealthy(String(at)),
    stop: (stateDir) => stopService(stateDir, ministack.name, WRITING_MS),
};

/** An emulator that runs: MiniStack with the gateway before it. */
export interface Emulator extends PortService {
    /** The gateway's address, on loopback: AWS, for everybody but the gateway. */
    endpoint: string;
    /** MiniStack's own socket. */
    socket: string;
    /** Whether this call started it; otherwise it ran already. */
    started: boolean;
}

/** How an emulator is started. */
export interface EmulatorOptions {
    /** The Python that has MiniStack. */
    command: string;
    /** The local cloud's folder: the emulator's state, log and process id lie in there. */
    stateDir: string;
    /** The region of calls that name none. */
    region: string;
    /** The gateway's port. Default: `STORY42_EMULATOR_PORT`, or the one that it had before, or a free one. */
    port?: number;
    /** More variables for the emulator. */
    env?: Record<string, string>;
    signal?: AbortSignal;
}

/**
 * Starts an emulator that outlives this process, or finds the one that runs with this folder.
 *
 * @throws {ServiceError} when its port is in use, saying by whom, or when it does not answer, with the end of its log
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
    const { stateDir, region, signal } = options;
    const socket = socketOf(stateDir, ministack.name);
    const before = await keepGateway({ stateDir, socket, region, port: portAskedFor(options.port), signal });
    const started = await startMiniStack(options, before.port).catch(async (error) => {
        await gateway.stop(stateDir);
        throw error;
    });
    return { ...before, endpoint: `http://127.0.0.1:${before.port}`, socket, started };
}

/** Returns whether it had to be started. */
async function startMiniStack(options: EmulatorOptions, gatewayPort: number): Promise<boolean> {
    const { stateDir, command, region, signal } = options;
    const env = { ...environment(stateDir, gatewayPort, region), ...options.env };
    const { started } = await keepService({
        service: ministack,
        stateDir,
        onSocket: true,
        origin: createHash("sha256")
            .update(JSON.stringify([command, env, readFileSync(START, "utf8")]))
            .digest("hex"),
        command,
        args: (socket) => [START, String(socket)],
        env: { ...process.env, ...env },
        prepare: () => closeToOthers(join(stateDir, ministack.name)),
        busyMs: BUSY_MS,
        signal,
    });
    return started;
}

/** The port that a caller or the environment asks for; 0 asks for none. */
function portAskedFor(own: number | undefined): number | undefined {
    const { STORY42_EMULATOR_PORT: asked } = process.env;
    const port = own ?? (asked ? Number(asked) : 0);
    if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
        throw new RangeError(`STORY42_EMULATOR_PORT is ${asked}; it must be a port, 0 to 65535`);
    }
    return port === 0 ? undefined : port;
}

function environment(stateDir: string, gatewayPort: number, region: string): Record<string, string> {
    const state = join(stateDir, ministack.name);
    ownFolder(state);
    return {
        // What its answers name as its own address.
        GATEWAY_PORT: String(gatewayPort),
        IOT_MTLS_ENABLED: "0",
        // Else Python keeps what it logs until a block is full.
        PYTHONUNBUFFERED: "1",
        SFTP_ENABLED: "0",
        MINISTACK_REGION: region,
        PERSIST_STATE: "1",
        STATE_DIR: state,
        S3_PERSIST: "1",
        S3_DATA_DIR: join(state, "s3"),
    };
}

/** The emulator that runs with a folder, if one does. */
export function runningEmulator(stateDir: string): Emulator | undefined {
    const before = runningGateway(stateDir);
    if (!before || !runningMiniStack(stateDir)) {
        return undefined;
    }
    const endpoint = `http://127.0.0.1:${before.port}`;
    return { ...before, endpoint, socket: socketOf(stateDir, ministack.name), started: false };
}

/** MiniStack as it runs with a folder, if it does. */
export function runningMiniStack(stateDir: string): Service | undefined {
    return runningService(stateDir, ministack.name);
}

/** Stops the emulator of a folder; it writes its state first. Returns whether one ran. */
export async function stopEmulator(stateDir: string): Promise<boolean> {
    await gateway.stop(stateDir);
    return await ministack.stop(stateDir);
}

/** Whether an emulator answers at an address, or at the path of a socket. */
export async function isHealthy(at: string): Promise<boolean> {
    const path = "/_ministack/health";
    const where = at.startsWith("/") ? { socketPath: at, path } : { ...urlToHttpOptions(new URL(path, at)) };
    return await new Promise((resolve) => {
        const asked = request({ ...where, timeout: 2000, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        asked.once("timeout", () => asked.destroy());
        asked.once("error", () => resolve(false));
        asked.once("close", () => resolve(false));
        asked.end();
    });
}
