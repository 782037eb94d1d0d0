/** The runtime, which runs what is deployed: functions, the agent service's tasks, and the one address in front of them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { physicalNames } from "../../components/index.ts";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { fileSettings, projectOf, stackName } from "../cloud/stack.ts";
import { readJson, writeJson } from "../lib/files.ts";
import { root } from "../lib/paths.ts";
import { statusOf } from "../lib/ports.ts";
import { addressOf, secretFor } from "../lib/secret.ts";
import { proxyVariables, REFRESH_PATH } from "../runtime/functions.ts";
import { fingerprintOf, liveKeys } from "../runtime/liveKeys.ts";
import type { RuntimeFile } from "../runtime/main.ts";
import { stackSchema } from "../runtime/runtime.ts";
import { endLeftTasks } from "../runtime/taskFile.ts";
import { gatewayAddress, type LiveUpstream } from "../runtime/upstreamSettings.ts";
import { ensureUser, type LocalUser } from "../runtime/user.ts";
import { portOf, runningService, ServiceError, stopService } from "./process.ts";
import { type BackgroundService, keepService } from "./service.ts";
import { keepUpstreams, setUpstreams, upstreamsUrl } from "./upstreams.ts";

const AWS = "aws";
const FUNCTIONS = "functions";

export const runtime: BackgroundService = {
    name: "runtime",
    // Any status counts as healthy.
    isHealthy: async (port) => (await statusOf(`http://127.0.0.1:${port}/`)) !== undefined,
    /** Stops the runtime, and the tasks that a killed runtime left. */
    async stop(stateDir) {
        const stopped = await stopService(stateDir, runtime.name);
        await endLeftTasks(stateDir);
        return stopped;
    },
};

/** The addresses of what runs, and its user. */
export interface RunningStory42 {
    /** `/` the site, `/api/*` the agent service, and the paths of the REST API. */
    url: string;
    /** The REST API at the emulator's gateway, with its stage. */
    apiUrl: string;
    upstreamsUrl: string;
    user: LocalUser;
}

export interface RuntimeServiceOptions {
    /** The local cloud's folder, with the `local.json` of a finished deployment. */
    stateDir: string;
    /** Upstreams for which the real ones are used, with the person's own credentials. */
    live: readonly LiveUpstream[];
    /** An OpenAI-compatible server that takes the place of Bedrock. */
    modelServer?: ModelServer;
    /** Run the images as containers, which needs runc and root. Default: as processes. */
    containers?: boolean;
    signal?: AbortSignal;
}

const localSchema = z.object({
    emulator: z.string(),
    region: z.string(),
    outputs: stackSchema.extend({ cognito_user_pool_id: z.string(), cognito_user_pool_client_id: z.string() }),
});

/** A port of the runtime that addresses elsewhere contain: the same one every time, if it is free. */
async function stablePort(stateDir: string, name: typeof AWS | typeof FUNCTIONS): Promise<number> {
    const running = runningService(stateDir, runtime.name) && lastSettings(stateDir);
    if (running) {
        return running[`${name}Port`];
    }
    // A runtime whose settings file is lost still occupies the ports.
    await runtime.stop(stateDir);
    return await portOf(stateDir, name);
}

/** Variables for the emulator's own environment, so that it works with the runtime. */
export async function emulatorVariables(stateDir: string): Promise<Record<string, string>> {
    const project = projectOf(await fileSettings());
    const { textFunction, imageFunction, dataOpsFunction } = physicalNames({ project, environment: stackName });
    return {
        ...proxyVariables(
            [textFunction, imageFunction, dataOpsFunction],
            addressOf(await stablePort(stateDir, FUNCTIONS), secretFor(FUNCTIONS, stateDir)),
        ),
        // Policies of roles and buckets are enforced, so that a missing permission shows.
        AUTH: "true",
    };
}

/**
 * Runs what is deployed; a runtime that runs already is refreshed.
 *
 * @throws {ServiceError} with the end of its log when a part does not start, for example because of wrong settings or permissions
 */
export async function keepRuntime(options: RuntimeServiceOptions): Promise<RunningStory42> {
    const { stateDir, live, modelServer, containers = false, signal } = options;
    const local = localSchema.parse(readJson(join(stateDir, "local.json")));
    const { emulator: endpoint, region, outputs } = local;
    const upstreams = await keepUpstreams(stateDir, signal);
    await setUpstreams(upstreams, endpoint, modelServer);
    const settings: Omit<RuntimeFile, "port"> = {
        endpoint,
        region,
        outputs: stackSchema.parse(outputs),
        stateDir,
        live: [...live],
        keys: fingerprintOf(liveKeys(live, process.env)),
        containers,
        upstreams: {
            bedrockUrl: upstreams,
            geminiUrl: upstreams,
            duckduckgoUrl: `${upstreams}/html/`,
            braveUrl: `${upstreams}/res/v1/web/search`,
            ttsUrl: upstreams,
            tracesUrl: `${upstreams}/v1/traces`,
        },
        awsPort: await stablePort(stateDir, AWS),
        functionsPort: await stablePort(stateDir, FUNCTIONS),
        functionsSecret: secretFor(FUNCTIONS, stateDir),
    };
    const { at, started } = await keepService({
        service: runtime,
        stateDir,
        origin: createHash("sha256").update(JSON.stringify(settings)).digest("hex"),
        command: process.execPath,
        args: () => [join(root, "local/runtime/main.ts"), settingsFile(stateDir)],
        env: process.env,
        prepare: (port) => writeJson(settingsFile(stateDir), { ...settings, port }),
        startTimeoutMs: 120_000,
        signal,
    });
    if (!started) {
        await refresh(addressOf(settings.functionsPort, settings.functionsSecret));
    }
    const { cognito_user_pool_id: poolId, cognito_user_pool_client_id: clientId } = outputs;
    const user = await ensureUser({ endpoint, region, poolId, clientId }, stateDir);
    const apiUrl = gatewayAddress(outputs.api_endpoint, endpoint);
    return { url: `http://127.0.0.1:${at}`, apiUrl, upstreamsUrl: upstreams, user };
}

/** Variables that send questions about models to the upstream server, while it runs and stands in for the real one. */
export function modelVariables(stateDir: string): Record<string, string> {
    const url = upstreamsUrl(stateDir);
    const live = lastSettings(stateDir)?.live;
    if (!url || !live) {
        return {};
    }
    return {
        ...(live.includes("bedrock") ? {} : { AWS_ENDPOINT_URL_BEDROCK: url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url }),
        ...(live.includes("google") ? {} : { GOOGLE_GEMINI_BASE_URL: url }),
    };
}

/** Makes the runtime load the newest deployment. */
async function refresh(functionsUrl: string): Promise<void> {
    const response = await fetch(`${functionsUrl}${REFRESH_PATH}`, { method: "POST" });
    if (!response.ok) {
        const { message } = (await response.json()) as { message: string };
        throw new ServiceError(`What was deployed does not start: ${message}`);
    }
}

/** The settings of the last start of the runtime. */
function lastSettings(stateDir: string): RuntimeFile | undefined {
    return readJson<RuntimeFile>(settingsFile(stateDir));
}

function settingsFile(stateDir: string): string {
    return join(stateDir, "runtime.json");
}
