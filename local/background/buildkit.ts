import { join } from "node:path";
import { ACCOUNT } from "../../standins/gateway/account.ts";
import { dockerConfig } from "../cloud/variables.ts";
import { writeJson, writeWhole } from "../lib/files.ts";
import { isListening } from "../lib/ports.ts";
import { socketOf, stopService } from "./process.ts";
import { type BackgroundService, keepService } from "./service.ts";

export const buildkit: BackgroundService = {
    name: "buildkit",
    isHealthy: isListening,
    stop: (stateDir) => stopService(stateDir, buildkit.name),
};

/** The builder's name in the settings of docker-build. */
export const builderName = "story-42-local";

/**
 * The registry in the names of the project's own base images. There is no such host: the builder asks its mirror. The
 * mirror's port may change; a port in the name of a base image would then rebuild the images.
 */
export const baseRegistryName = "base-images.invalid";

/** What a builder works with. */
export interface BuilderOptions {
    /** BuildKit's daemon. */
    command: string;
    stateDir: string;
    /** The emulator's address, which stands for ECR. */
    endpoint: string;
    region: string;
    /** Where the registry of the project's own base images listens. Default: there is none. */
    basePort?: number;
    signal: AbortSignal;
}

/** Starts BuildKit on a socket, or finds the one that runs with this folder. */
export async function startBuilder(options: BuilderOptions): Promise<void> {
    const { command, stateDir, endpoint, signal } = options;
    const registries = registrySettings(options);
    const folder = join(stateDir, buildkit.name);
    const socket = socketOf(stateDir, buildkit.name);
    const settings = join(folder, "buildkitd.toml");
    const text = `root = ${JSON.stringify(join(folder, "root"))}\n[grpc]\naddress = [${JSON.stringify(`unix://${socket}`)}]\n[worker.oci]\nnetworkMode = "host"\n[worker.containerd]\nenabled = false\n${registries}`;
    await keepService({
        service: buildkit,
        stateDir,
        onSocket: true,
        origin: `${registries}${endpoint}${socket}`,
        command,
        args: () => ["--config", settings],
        prepare: () => writeWhole(settings, text),
        // Images are pushed to the repository's own address, which only the emulator knows.
        env: { ...process.env, HTTP_PROXY: endpoint, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
        signal,
    });
    writeBuilder(stateDir, socket);
}

/** ECR over plain HTTP, as the emulator serves it, and the mirror of the project's own base images. */
function registrySettings({ region, basePort }: BuilderOptions): string {
    const ecr = `[registry."${ACCOUNT}.dkr.ecr.${region}.amazonaws.com"]\nhttp = true\n`;
    return basePort === undefined
        ? ecr
        : `${ecr}[registry."${baseRegistryName}"]\nmirrors = ["127.0.0.1:${basePort}"]\n`;
}

function writeBuilder(stateDir: string, socket: string): void {
    const node = { Name: `${builderName}0`, Endpoint: `unix://${socket}` };
    writeJson(join(dockerConfig(stateDir), "buildx/instances", builderName), {
        Name: builderName,
        Driver: "remote",
        Nodes: [node],
    });
}
