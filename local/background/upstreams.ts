/** The upstream server: Bedrock, Gemini, the text-to-speech API and the searches, where the real ones are not used. */
import { join } from "node:path";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { root } from "../lib/paths.ts";
import { statusOf } from "../lib/ports.ts";
import { addressOf, secretFor } from "../lib/secret.ts";
import { runningPortService, stopService } from "./process.ts";
import { type BackgroundService, keepService } from "./service.ts";

export const upstreams: BackgroundService = {
    name: "upstreams",
    isHealthy: async (port, stateDir) => (await statusOf(`${urlOf(Number(port), stateDir)}/_control`)) === 200,
    stop: (stateDir) => stopService(stateDir, upstreams.name),
};

/** Starts the upstream server, or finds the one that runs for this folder. Returns its address. */
export async function keepUpstreams(stateDir: string, signal: AbortSignal | undefined): Promise<string> {
    const { at } = await keepService({
        service: upstreams,
        stateDir,
        command: process.execPath,
        args: (port) => [join(root, "standins/upstreams/main.ts"), `-p${port}`, "-t", join(stateDir, "traces.jsonl")],
        env: { ...process.env, STORY42_UPSTREAMS_SECRET: secretFor(upstreams.name, stateDir) },
        signal,
    });
    return urlOf(Number(at), stateDir);
}

/** The address of the running upstream server, if there is one. */
export function upstreamsUrl(stateDir: string): string | undefined {
    const port = runningPortService(stateDir, upstreams.name)?.port;
    return port === undefined ? undefined : urlOf(port, stateDir);
}

/** Sets what answers for Bedrock (the upstream server, or an OpenAI-compatible one), and the address of Bedrock's control plane. */
export async function setUpstreams(url: string, endpoint: string, modelServer: ModelServer | undefined): Promise<void> {
    for (const set of [{ modelServer: modelServer ?? null }, { controlPlane: endpoint }]) {
        await fetch(`${url}/_control`, { method: "POST", body: JSON.stringify(set) });
    }
}

function urlOf(port: number, stateDir: string): string {
    return addressOf(port, secretFor(upstreams.name, stateDir));
}
