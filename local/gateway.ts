/** The gateway as a part of the local cloud that runs on in the background, with MiniStack behind it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isFree } from "./ports.ts";
import { type PortService, portOf, runningPortService, startService, stopService } from "./services.ts";

const NAME = "gateway";
const source = join(import.meta.dirname, "../standins");

export interface GatewayServiceOptions {
    stateDir: string;
    /** MiniStack's socket. */
    socket: string;
    region: string;
    /** A port that the person asks for. Default: the one that it had before, or a free one. */
    port?: number;
    signal?: AbortSignal;
}

/**
 * Starts the gateway, or finds the one that runs with this folder and these sources. MiniStack need not run yet.
 *
 * @param tries how often; a port that was free may be another program's a moment later
 */
export async function startGatewayService(options: GatewayServiceOptions, tries = 3): Promise<PortService> {
    const { stateDir, socket, region, signal } = options;
    const origin = createHash("sha256").update(`${socket} ${region} ${sourceHash()}`).digest("hex");
    const running = runningGateway(stateDir);
    const isSame = running?.origin === origin && (options.port ?? running.port) === running.port;
    if (running && isSame && (await isGateway(running.port))) {
        return running;
    }
    await stopGateway(stateDir);
    const hint = "choose another port with STORY42_EMULATOR_PORT=PORT, or leave it away for a free one";
    const port = await portOf(stateDir, NAME, options.port === undefined ? undefined : { port: options.port, hint });
    const starting = startService({
        name: NAME,
        stateDir,
        port,
        origin,
        command: process.execPath,
        args: [
            join(source, "gateway/main.ts"),
            ...["--socket", socket, "--region", region, "--port", String(port)],
            // Beside MiniStack's own state: what is forgotten of one is forgotten of both.
            ...["--store", join(stateDir, "emulator/gateway.json")],
        ],
        env: process.env,
        ready: () => isGateway(port),
        signal,
    });
    try {
        return { ...(await starting), port };
    } catch (error) {
        if (tries > 1 && !(await isFree(port))) {
            return await startGatewayService(options, tries - 1);
        }
        throw error;
    }
}

/** Whether a gateway answers at a port, whatever is behind it. */
async function isGateway(port: number): Promise<boolean> {
    return await fetch(`http://127.0.0.1:${port}/_gateway/health`, { signal: AbortSignal.timeout(2000) }).then(
        ({ ok }) => ok,
        () => false,
    );
}

/** The gateway that runs with a folder, if one does. */
export function runningGateway(stateDir: string): PortService | undefined {
    return runningPortService(stateDir, NAME);
}

/** Stops the gateway of a folder. Returns whether one ran. */
export async function stopGateway(stateDir: string): Promise<boolean> {
    return await stopService(stateDir, NAME);
}

/** A gateway that runs is replaced when its source has changed. */
function sourceHash(): string {
    const hash = createHash("sha256");
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
        (name) => name.endsWith(".ts") && !name.startsWith("upstreams"),
    );
    for (const file of files.sort()) {
        hash.update(readFileSync(join(source, file)));
    }
    return hash.digest("hex");
}
