/** The background services of a local cloud, and their health. */
import { runningService } from "./process.ts";
import { addressOf, type BackgroundService } from "./service.ts";

export type Health = "healthy" | "does not answer" | "stopped" | "not deployed";

/** A part of a local cloud. */
export interface Part {
    part: string;
    health: Health;
    address?: string;
    /** Its process id. */
    process?: number;
    /** Its log file. */
    log?: string;
}

/** The health of each of these services of a local cloud. */
export async function partsOf(stateDir: string, services: readonly BackgroundService[]): Promise<Part[]> {
    return await Promise.all(
        services.map(async ({ name: part, isHealthy }): Promise<Part> => {
            const service = runningService(stateDir, part);
            if (!service) {
                return { part, health: "stopped" };
            }
            const at = addressOf(service, stateDir);
            const health = (await isHealthy(at, stateDir)) ? "healthy" : "does not answer";
            const { process, log } = service;
            const address = typeof at === "number" ? `http://127.0.0.1:${at}` : at;
            return { part, health, address, process: process.pid, log };
        }),
    );
}

/** A part in one line, for display. */
export function inOneLine({ part, health, address, process, log }: Part): string {
    const rest = [address, process && `process ${process}`, log && `log ${log}`].filter(Boolean).join("  ");
    return `${part.padEnd(10)} ${health}${rest && `  ${rest}`}`;
}
