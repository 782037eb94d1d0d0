import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isHealthy } from "../emulator.ts";
import { answers } from "../ports.ts";
import { gatewayAddress } from "../runtime/upstreamSettings.ts";
import type { Screen } from "../screen.ts";
import { runningService, type Service } from "../services.ts";

/** The local cloud's processes, and whether each does what it is there for. */
const PARTS: Record<string, (service: Service) => Promise<boolean>> = {
    emulator: ({ port }) => isHealthy(`http://127.0.0.1:${port}`),
    gateway: ({ port }) => isHealthy(`http://127.0.0.1:${port}`),
    buildkit: ({ port }) => answers(port),
    upstreams: ({ port }) => responds(`http://127.0.0.1:${port}/_control`),
    runtime: ({ port }) => answers(port),
};

/** Says how each part of a local cloud is and where. Returns whether its emulator answers. */
export async function status(stateDir: string, screen: Screen): Promise<boolean> {
    let isEmulated = false;
    for (const [name, isWell] of Object.entries(PARTS)) {
        const service = runningService(stateDir, name);
        if (!service) {
            screen.line(`${name.padEnd(10)} stopped`);
            continue;
        }
        const well = await isWell(service);
        isEmulated ||= well && name === "gateway";
        const health = well ? "healthy" : "does not answer";
        const { port, process, log } = service;
        screen.line(`${name.padEnd(10)} ${health}  127.0.0.1:${port}  process ${process.pid}  log ${log}`);
    }
    await sayDeployed(stateDir, screen);
    return isEmulated;
}

/** What is deployed, by the addresses that a client has here. */
async function sayDeployed(stateDir: string, screen: Screen): Promise<void> {
    const local = join(stateDir, "local.json");
    if (!existsSync(local)) {
        screen.line("deployed   nothing; `npm run local` deploys");
        return;
    }
    const { outputs, emulator } = JSON.parse(readFileSync(local, "utf8")) as {
        emulator: string;
        outputs: Record<string, unknown>;
    };
    const runtime = runningService(stateDir, "runtime");
    const site = runtime && `http://127.0.0.1:${runtime.port}`;
    const api = gatewayAddress(String(outputs.api_endpoint), emulator);
    const rows: [string, string | undefined, (address: string) => Promise<boolean>][] = [
        ["site", site, responds],
        ["agent", site && `${site}/api/v1/auth/health`, responds],
        // Who brings no token is refused by the gateway itself: it is there.
        ["REST API", `${api}/generate-story`, (address) => responds(address, "POST", 401)],
    ];
    for (const [name, address, isWell] of rows) {
        const health = address === undefined ? "stopped" : (await isWell(address)) ? "healthy" : "does not answer";
        screen.line(`${name.padEnd(10)} ${health}${address ? `  ${address}` : ""}`);
    }
}

async function responds(address: string, method = "GET", expected = 200): Promise<boolean> {
    return await fetch(address, { method, signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status === expected,
        () => false,
    );
}
