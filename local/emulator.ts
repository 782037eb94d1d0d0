import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { portOf, runningService, type Service, startService, stopService } from "./services.ts";

const NAME = "emulator";
const DEFAULT_PORT = 4566;
/** How long it may take to write its state, which has the layers of all images. One killed before has lost all of it. */
const WRITING_MS = 120_000;

/** An emulator that runs. */
export interface Emulator extends Service {
    /** Its address, on loopback. */
    endpoint: string;
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
    /** Default: `STORY42_EMULATOR_PORT`, or 4566. 0 takes a free one. */
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
    const { stateDir, signal } = options;
    const running = runningEmulator(stateDir);
    if (running && (await isHealthy(running.endpoint))) {
        return running;
    }
    await stopEmulator(stateDir);
    const wanted = options.port ?? Number(process.env.STORY42_EMULATOR_PORT ?? DEFAULT_PORT);
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
        throw new RangeError(
            `STORY42_EMULATOR_PORT is ${process.env.STORY42_EMULATOR_PORT}; it must be a port, 0 to 65535`,
        );
    }
    const hint = "choose another port with STORY42_EMULATOR_PORT=PORT";
    const port = await portOf(stateDir, NAME, wanted === 0 ? undefined : { port: wanted, hint });
    const endpoint = `http://127.0.0.1:${port}`;
    const service = await startService({
        name: NAME,
        stateDir,
        port,
        command: options.command,
        env: { ...process.env, ...environment(stateDir, port, options.region), ...options.env },
        ready: () => isHealthy(endpoint),
        signal,
    });
    return { ...service, endpoint, started: true };
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
    const service = runningService(stateDir, NAME);
    return service && { ...service, endpoint: `http://127.0.0.1:${service.port}`, started: false };
}

/** Stops the emulator of a folder; it writes its state first. Returns whether one ran. */
export async function stopEmulator(stateDir: string): Promise<boolean> {
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
