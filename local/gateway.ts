/** The gateway as a part of the local cloud that runs on in the background, with MiniStack behind it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isHealthy } from "./emulator.ts";
import { portOf, runningService, type Service, startService, stopService } from "./services.ts";

const NAME = "gateway";
const source = join(import.meta.dirname, "../standins/gateway");

export interface GatewayServiceOptions {
    stateDir: string;
    /** MiniStack's address. */
    endpoint: string;
    region: string;
    /** A port that the person asks for. Default: the one that it had before, or a free one. */
    port?: number;
    signal?: AbortSignal;
}

/** Starts the gateway, or finds the one that runs with this folder, this MiniStack and these sources. */
export async function startGatewayService(options: GatewayServiceOptions): Promise<Service> {
    const { stateDir, endpoint, region, signal } = options;
    const origin = createHash("sha256").update(`${endpoint} ${region} ${sourceHash()}`).digest("hex");
    const running = runningGateway(stateDir);
    const isSame = running?.origin === origin && (options.port ?? running.port) === running.port;
    if (running && isSame && (await isHealthy(`http://127.0.0.1:${running.port}`))) {
        return running;
    }
    await stopGateway(stateDir);
    const hint = "choose another port with STORY42_EMULATOR_PORT=PORT, or leave it away for a free one";
    const port = await portOf(stateDir, NAME, options.port === undefined ? undefined : { port: options.port, hint });
    return await startService({
        name: NAME,
        stateDir,
        port,
        origin,
        command: process.execPath,
        args: [
            join(source, "main.ts"),
            ...["--endpoint", endpoint, "--region", region, "--port", String(port)],
            // Beside MiniStack's own state: what is forgotten of one is forgotten of both.
            ...["--store", join(stateDir, "emulator/gateway.json")],
        ],
        env: process.env,
        ready: () => isHealthy(`http://127.0.0.1:${port}`),
        signal,
    });
}

/** The gateway that runs with a folder, if one does. */
export function runningGateway(stateDir: string): Service | undefined {
    return runningService(stateDir, NAME);
}

/** Stops the gateway of a folder. Returns whether one ran. */
export async function stopGateway(stateDir: string): Promise<boolean> {
    return await stopService(stateDir, NAME);
}

/** A gateway that runs is replaced when its source has changed. */
function sourceHash(): string {
    const hash = createHash("sha256");
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    for (const file of files.sort()) {
        hash.update(readFileSync(join(source, file)));
    }
    return hash.digest("hex");
}
