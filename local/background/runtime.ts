/** The runtime, which runs what is deployed: functions, the agent service's tasks, and the one address in front of all. */
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
    // Whatever it says.
    isHealthy: async (port) => (await statusOf(`http://127.0.0.1:${port}/`)) !== undefined,
    /** Stops what is deployed, also what a killed runtime has left of it. */
    async stop(stateDir) {
        const stopped = await stopService(stateDir, runtime.name);
        await endLeftTasks(stateDir);
        return stopped;
    },
};

/** What runs, for a person. */
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
    /** Upstreams that are to be the real ones, with the person's own credentials. */
    live: readonly LiveUpstream[];
    /** An OpenAI-compatible server that thinks in place of Bedrock. */
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

/** A port that addresses name from outside of the runtime: the same one every time, where it is free. */
async function keptPort(stateDir: string, name: typeof AWS | typeof FUNCTIONS): Promise<number> {
    const own = runningService(stateDir, runtime.name) && kept(stateDir);
    if (own) {
        return own[`${name}Port`];
    }
    // One that runs though nobody knows with what has the ports.
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
            addressOf(await keptPort(stateDir, FUNCTIONS), secretFor(FUNCTIONS, stateDir)),
        ),
        // The policies of roles and buckets count, so that a right that is missing shows.
        AUTH: "true",
    };
}

/**
 * Runs what is deployed, and goes on with what runs already.
 *
 * @throws {ServiceError} with the end of its log when a part does not start, as it is with wrong settings or rights
 */
export async function keepRuntime(options: RuntimeServiceOptions): Promise<RunningStory42> {
    const { stateDir, live, modelServer, containers = false, signal } = options;
    const local = localSchema.parse(readJson(join(stateDir, "local.json")));
    const { emulator: endpoint, region, outputs } = local;
    const upstreams = await keepUpstreams(stateDir, signal);
    await setUpstreams(upstreams, endpoint, modelServer);
    const wanted: Omit<RuntimeFile, "port"> = {
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
        awsPort: await keptPort(stateDir, AWS),
        functionsPort: await keptPort(stateDir, FUNCTIONS),
        functionsSecret: secretFor(FUNCTIONS, stateDir),
    };
    const { at, started } = await keepService({
        service: runtime,
        stateDir,
        origin: createHash("sha256").update(JSON.stringify(wanted)).digest("hex"),
        command: process.execPath,
        args: () => [join(root, "local/runtime/main.ts"), settingsFile(stateDir)],
        env: process.env,
        prepare: (port) => writeJson(settingsFile(stateDir), { ...wanted, port }),
        patienceMs: 120_000,
        signal,
    });
    if (!started) {
        await refresh(addressOf(wanted.functionsPort, wanted.functionsSecret));
    }
    const { cognito_user_pool_id: poolId, cognito_user_pool_client_id: clientId } = outputs;
    const user = await ensureUser({ endpoint, region, poolId, clientId }, stateDir);
    const apiUrl = gatewayAddress(outputs.api_endpoint, endpoint);
    return { url: `http://127.0.0.1:${at}`, apiUrl, upstreamsUrl: upstreams, user };
}

/** The address by which the runtime that was started last is told what to run. */
export function runtimeControl(stateDir: string): string | undefined {
    const { functionsPort, functionsSecret } = kept(stateDir) ?? {};
    return functionsPort && functionsSecret ? addressOf(functionsPort, functionsSecret) : undefined;
}

/** Variables by which what asks about models asks the upstream server, where it runs and stands in for the real one. */
export function modelVariables(stateDir: string): Record<string, string> {
    const url = upstreamsUrl(stateDir);
    const live = kept(stateDir)?.live;
    if (!url || !live) {
        return {};
    }
    return {
        ...(live.includes("bedrock") ? {} : { AWS_ENDPOINT_URL_BEDROCK: url }),
        ...(live.includes("google") ? {} : { GOOGLE_GEMINI_BASE_URL: url }),
    };
}

/** Takes over what was deployed since. */
async function refresh(functionsUrl: string): Promise<void> {
    const response = await fetch(`${functionsUrl}${REFRESH_PATH}`, { method: "POST" });
    if (!response.ok) {
        const { message } = (await response.json()) as { message: string };
        throw new ServiceError(`What was deployed does not start: ${message}`);
    }
}

/** What the runtime was started with last. */
function kept(stateDir: string): RuntimeFile | undefined {
    return readJson<RuntimeFile>(settingsFile(stateDir));
}

function settingsFile(stateDir: string): string {
    return join(stateDir, "runtime.json");
}
