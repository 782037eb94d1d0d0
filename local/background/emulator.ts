/** The emulator: MiniStack on a socket, with the gateway in front of it as the one address of AWS. */
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

/** Time that MiniStack has to write its state, with the layers of all images. A kill before that loses the newest changes. */
const STOP_TIMEOUT_MS = 120_000;
/** Time that a busy MiniStack may leave health checks unanswered before it is replaced. */
const BUSY_MS = 15_000;
/** The script that makes MiniStack listen on a socket only. */
const START_SCRIPT = shipped("serveMiniStack");

/** MiniStack. */
export const ministack: BackgroundService = {
    name: "emulator",
    isHealthy: (at) => isHealthy(String(at)),
    stop: (stateDir) => stopService(stateDir, ministack.name, STOP_TIMEOUT_MS),
};

/** An emulator that runs: MiniStack with the gateway in front of it. */
export interface Emulator extends PortService {
    /** The gateway's address on loopback, which stands for AWS. */
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
    /** The local cloud's folder: it holds the emulator's state, log and process id. */
    stateDir: string;
    /** The default region of calls. */
    region: string;
    /** The gateway's port. Default: `STORY42_EMULATOR_PORT`, or its last port, or a free one. */
    port?: number;
    /** More variables for the emulator. */
    env?: Record<string, string>;
    signal?: AbortSignal;
}

/**
 * Starts an emulator that outlives this process, or finds the one that runs for this folder.
 *
 * @throws {ServiceError} when its port is in use, saying by whom, or when it does not answer, with the end of its log
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
    const { stateDir, region, signal } = options;
    const socket = socketOf(stateDir, ministack.name);
    const before = await keepGateway({ stateDir, socket, region, port: requestedPort(options.port), signal });
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
            .update(JSON.stringify([command, env, readFileSync(START_SCRIPT, "utf8")]))
            .digest("hex"),
        command,
        args: (socket) => [START_SCRIPT, String(socket)],
        env: { ...process.env, ...env },
        prepare: () => closeToOthers(join(stateDir, ministack.name)),
        busyMs: BUSY_MS,
        signal,
    });
    return started;
}

/** The port that a caller or the environment asks for; 0 asks for none. */
function requestedPort(own: number | undefined): number | undefined {
    const { STORY42_EMULATOR_PORT: fromEnvironment } = process.env;
    const port = own ?? (fromEnvironment ? Number(fromEnvironment) : 0);
    if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
        throw new RangeError(`STORY42_EMULATOR_PORT is ${fromEnvironment}; it must be a port, 0 to 65535`);
    }
    return port === 0 ? undefined : port;
}

function environment(stateDir: string, gatewayPort: number, region: string): Record<string, string> {
    const state = join(stateDir, ministack.name);
    ownFolder(state);
    return {
        // The port of the addresses in MiniStack's answers.
        GATEWAY_PORT: String(gatewayPort),
        IOT_MTLS_ENABLED: "0",
        // Otherwise Python buffers its log lines until a block is full.
        PYTHONUNBUFFERED: "1",
        SFTP_ENABLED: "0",
        MINISTACK_REGION: region,
        PERSIST_STATE: "1",
        STATE_DIR: state,
        S3_PERSIST: "1",
        S3_DATA_DIR: join(state, "s3"),
    };
}

/** The running emulator of a folder, if there is one. */
export function runningEmulator(stateDir: string): Emulator | undefined {
    const before = runningGateway(stateDir);
    if (!before || !runningMiniStack(stateDir)) {
        return undefined;
    }
    const endpoint = `http://127.0.0.1:${before.port}`;
    return { ...before, endpoint, socket: socketOf(stateDir, ministack.name), started: false };
}

/** The running MiniStack of a folder, if there is one. */
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
        const check = request({ ...where, timeout: 2000, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        check.once("timeout", () => check.destroy());
        check.once("error", () => resolve(false));
        check.once("close", () => resolve(false));
        check.end();
    });
}
