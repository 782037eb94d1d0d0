import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { journalPath } from "./journal.ts";
import { root } from "./paths.ts";
import { answers } from "./ports.ts";
import { portOf, runningService, type Service, startService, stopService } from "./services.ts";

const NAME = "provider";
const source = join(import.meta.dirname, "provider");

/** Where the project's own provider works. */
export interface ProviderOptions {
    stateDir: string;
    /** The emulator's address. */
    endpoint: string;
    region: string;
    /** The program's folder, which files to upload are named relative to. Default: this project's. */
    programDir?: string;
    signal?: AbortSignal;
}

/**
 * Starts the project's own provider, or finds the one that runs with this folder. It is a process of its own, so that
 * what it is making is finished, and noted, when the engine is killed.
 */
export async function startProvider(options: ProviderOptions): Promise<Service> {
    const { stateDir, endpoint, region, signal } = options;
    const origin = createHash("sha256").update(`${endpoint} ${region} ${sourceHash()}`).digest("hex");
    const running = runningService(stateDir, NAME);
    if (running?.origin === origin && (await answers(running.port))) {
        return running;
    }
    await stopService(stateDir, NAME);
    const port = await portOf(stateDir, NAME);
    return await startService({
        name: NAME,
        stateDir,
        port,
        origin,
        command: process.execPath,
        args: [
            join(import.meta.dirname, "providerMain.ts"),
            ...["--endpoint", endpoint, "--region", region, "--port", String(port), "--journal", journalPath(stateDir)],
        ],
        cwd: options.programDir ?? root,
        env: process.env,
        ready: () => answers(port),
        signal,
    });
}

/** A provider that runs is replaced when its source has changed. */
function sourceHash(): string {
    const hash = createHash("sha256");
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    for (const file of files.sort()) {
        hash.update(readFileSync(join(source, file)));
    }
    return hash.digest("hex");
}
