import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers } from "../ports.ts";
import { portOf, runningService, type Service, startService } from "../services.ts";

const NAME = "buildkit";
/** The builder's name in the settings of docker-build. */
export const builderName = "story-42-local";

/** Starts BuildKit on loopback, or finds the one that runs with this folder. */
export async function startBuilder(command: string, stateDir: string, signal: AbortSignal): Promise<Service> {
    const running = runningService(stateDir, NAME);
    if (running && (await answers(running.port))) {
        writeBuilder(stateDir, running.port);
        return running;
    }
    const port = await portOf(stateDir, NAME);
    const folder = join(stateDir, NAME);
    mkdirSync(folder, { recursive: true });
    const settings = join(folder, "buildkitd.toml");
    writeFileSync(
        settings,
        `root = ${JSON.stringify(join(folder, "root"))}\n[grpc]\naddress = ["tcp://127.0.0.1:${port}"]\n[worker.oci]\nnetworkMode = "host"\n[worker.containerd]\nenabled = false\n`,
    );
    const service = await startService({
        name: NAME,
        stateDir,
        port,
        command,
        args: ["--config", settings],
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
        ready: () => answers(port),
        signal,
    });
    writeBuilder(stateDir, port);
    return service;
}

/** Docker's settings folder for a local cloud: it names the builder, and leaves the user's own settings alone. */
export function dockerConfig(stateDir: string): string {
    return join(stateDir, "docker");
}

function writeBuilder(stateDir: string, port: number): void {
    const folder = join(dockerConfig(stateDir), "buildx/instances");
    mkdirSync(folder, { recursive: true });
    const node = { Name: `${builderName}0`, Endpoint: `tcp://127.0.0.1:${port}` };
    writeFileSync(join(folder, builderName), JSON.stringify({ Name: builderName, Driver: "remote", Nodes: [node] }));
}
