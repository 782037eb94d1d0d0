import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runningGateway, startGatewayService, stopGateway } from "./gateway.ts";
import { isFree } from "./ports.ts";
import { portOf, runningService, type Service, startService, stopService } from "./services.ts";

const NAME = "emulator";
/** How long it may take to write its state, which has the layers of all images. One killed before has lost all of it. */
const WRITING_MS = 120_000;

/** An emulator that runs: MiniStack with the gateway before it. */
export interface Emulator extends Service {
    /** The gateway's address, on loopback: AWS, for everybody but the gateway. */
    endpoint: string;
    /** MiniStack's own address. */
    ministack: string;
    /** Whether this call started it; otherwise it ran already. */
    started: boolean;
}

/** How an emulator is started. */
export interface EmulatorOptions {
    /** MiniStack's program. */
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
    const wanted = portAskedFor(options.port);
    const { service, started } = await startMiniStack(options);
    const ministack = `http://127.0.0.1:${service.port}`;
    const gateway = await startGatewayService({ stateDir, endpoint: ministack, region, port: wanted, signal });
    return { ...gateway, endpoint: `http://127.0.0.1:${gateway.port}`, ministack, started };
}

/** @param tries how often; a port that was free may be another program's a moment later */
async function startMiniStack(options: EmulatorOptions, tries = 3): Promise<{ service: Service; started: boolean }> {
    const { stateDir, signal } = options;
    const running = runningService(stateDir, NAME);
    if (running && (await isHealthy(`http://127.0.0.1:${running.port}`))) {
        return { service: running, started: false };
    }
    await stopEmulator(stateDir);
    const port = await portOf(stateDir, NAME);
    const starting = startService({
        name: NAME,
        stateDir,
        port,
        command: options.command,
        env: { ...process.env, ...environment(stateDir, port, options.region), ...options.env },
        ready: () => isHealthy(`http://127.0.0.1:${port}`),
        signal,
    });
    try {
        return { service: await starting, started: true };
    } catch (error) {
        if (tries > 1 && !(await isFree(port))) {
            return await startMiniStack(options, tries - 1);
        }
        throw error;
    }
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

function environment(stateDir: string, port: number, region: string): Record<string, string> {
    const state = join(stateDir, NAME);
    mkdirSync(state, { recursive: true });
    return {
        BIND_HOST: "127.0.0.1",
        GATEWAY_PORT: String(port),
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
    const ministack = runningService(stateDir, NAME);
    const gateway = runningGateway(stateDir);
    const address = ({ port }: Service) => `http://127.0.0.1:${port}`;
    return (
        ministack &&
        gateway && { ...gateway, endpoint: address(gateway), ministack: address(ministack), started: false }
    );
}

/** Stops the emulator of a folder; it writes its state first. Returns whether one ran. */
export async function stopEmulator(stateDir: string): Promise<boolean> {
    await stopGateway(stateDir);
    return await stopService(stateDir, NAME, WRITING_MS);
}

/** Whether an emulator answers at an address. */
export async function isHealthy(endpoint: string): Promise<boolean> {
    try {
        const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) });
        return response.ok;
    } catch {
        return false;
    }
}
