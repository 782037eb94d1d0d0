/** The gateway, with MiniStack behind it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { shipped } from "../lib/shipped.ts";
import { type PortService, runningPortService, ServiceError, stopService } from "./process.ts";
import { type BackgroundService, keepService } from "./service.ts";

const program = shipped("gateway");

export const gateway: BackgroundService = {
    name: "gateway",
    // Healthy whether or not MiniStack answers.
    isHealthy: (port) =>
        fetch(`http://127.0.0.1:${port}/_gateway/health`, { signal: AbortSignal.timeout(2000) }).then(
            ({ ok }) => ok,
            () => false,
        ),
    stop: (stateDir) => stopService(stateDir, gateway.name),
};

interface GatewayOptions {
    stateDir: string;
    /** MiniStack's socket. */
    socket: string;
    region: string;
    /** A port that the person asks for. Default: its last port, or a free one. */
    port?: number;
    signal?: AbortSignal;
}

/** Starts the gateway, or finds the one that runs for this folder and from these sources. MiniStack need not run yet. */
export async function keepGateway({ stateDir, socket, region, port, signal }: GatewayOptions): Promise<PortService> {
    const { process: service, at } = await keepService({
        service: gateway,
        stateDir,
        port: port === undefined ? undefined : { port, hint: OTHER_PORT },
        origin: createHash("sha256").update(`${socket} ${region} ${sourceHash()}`).digest("hex"),
        command: process.execPath,
        args: (own) => [
            program,
            ...["--socket", socket, "--region", region, "--port", String(own)],
            // Beside MiniStack's own state, so that both are deleted together.
            ...["--store", join(stateDir, "emulator/gateway.json")],
        ],
        env: process.env,
        signal,
    });
    return { ...service, port: Number(at) };
}

const OTHER_PORT = "choose another port with STORY42_EMULATOR_PORT=PORT, or leave it away for a free one";

/** The running gateway of a folder, if there is one. */
export function runningGateway(stateDir: string): PortService | undefined {
    return runningPortService(stateDir, gateway.name);
}

/** The error that a folder's gateway has ended, which AWS's provider would retry for up to 20 minutes; undefined while it runs. */
export function gatewayProblem(stateDir: string): ServiceError | undefined {
    return runningGateway(stateDir)
        ? undefined
        : new ServiceError(
              "Deployment failed. The gateway, by which the emulator is reached, has ended. " +
                  "What was made is recorded; run the command again: it continues from there.",
          );
}

/** A running gateway is replaced when this hash changes. */
function sourceHash(): string {
    const hash = createHash("sha256");
    // In a checkout its imports are in the parent folder, in the package in its own folder.
    const source = dirname(dirname(program));
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
        (name) => extname(name) === extname(program) && !name.startsWith("upstreams"),
    );
    for (const file of files.sort()) {
        hash.update(readFileSync(join(source, file)));
    }
    return hash.digest("hex");
}
