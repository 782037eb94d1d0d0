/** The upstream server and the runtime as parts of the local cloud that run on in the background. */
import { join } from "node:path";
import { z } from "zod";
import { physicalNames } from "../../components/index.ts";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { fileSettings, stackName } from "../engine/stack.ts";
import { readJson, writeJson } from "../files.ts";
import { root } from "../paths.ts";
import { addressOf, secretFor } from "../secret.ts";
import { portOf, runningPortService, runningService, ServiceError, startService, stopService } from "../services.ts";
import { proxyVariables, REFRESH_PATH } from "./functions.ts";
import { fingerprintOf, liveKeys } from "./liveKeys.ts";
import type { RuntimeFile } from "./main.ts";
import { stackSchema } from "./runtime.ts";
import { endLeftTasks } from "./taskFile.ts";
import { gatewayAddress, type LiveUpstream } from "./upstreamSettings.ts";
import { ensureUser, type LocalUser } from "./user.ts";

const RUNTIME = "runtime";
const UPSTREAMS = "upstreams";
const AWS = "aws";
const FUNCTIONS = "functions";

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
    const own = runningService(stateDir, RUNTIME) && kept(stateDir);
    if (own) {
        return own[`${name}Port`];
    }
    // One that runs though nobody knows with what has the ports.
    await stopRuntime(stateDir);
    return await portOf(stateDir, name);
}

/** Variables for the emulator's own environment, so that it works with the runtime. */
export async function emulatorVariables(stateDir: string): Promise<Record<string, string>> {
    const project = (await fileSettings())["story-42:projectName"]?.value ?? "story-42";
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
export async function startRuntimeService({
    stateDir,
    live,
    modelServer,
    containers = false,
    signal,
}: RuntimeServiceOptions): Promise<RunningStory42> {
    const local = localSchema.parse(readJson(join(stateDir, "local.json")));
    const { emulator: endpoint, region, outputs } = local;
    const upstreamsUrl = await startUpstreamService(stateDir, signal);
    await setModelServer(upstreamsUrl, modelServer);
    const wanted: RuntimeFile = {
        endpoint,
        region,
        outputs: stackSchema.parse(outputs),
        stateDir,
        live: [...live],
        keys: fingerprintOf(liveKeys(live, process.env)),
        containers,
        upstreams: {
            bedrockUrl: upstreamsUrl,
            geminiUrl: upstreamsUrl,
            duckduckgoUrl: `${upstreamsUrl}/html/`,
            braveUrl: `${upstreamsUrl}/res/v1/web/search`,
            ttsUrl: upstreamsUrl,
        },
        port: 0,
        awsPort: await keptPort(stateDir, AWS),
        functionsPort: await keptPort(stateDir, FUNCTIONS),
        functionsSecret: secretFor(FUNCTIONS, stateDir),
    };
    const url = `http://127.0.0.1:${await keepOrStart(wanted, signal)}`;
    const { cognito_user_pool_id: poolId, cognito_user_pool_client_id: clientId } = outputs;
    const user = await ensureUser({ endpoint, region, poolId, clientId }, stateDir);
    return { url, apiUrl: gatewayAddress(outputs.api_endpoint, endpoint), upstreamsUrl, user };
}

/** Variables by which what asks about models asks the upstream server, where it runs and stands in for the real one. */
export function modelVariables(stateDir: string): Record<string, string> {
    const upstreams = runningPortService(stateDir, UPSTREAMS);
    const runtime = kept(stateDir);
    if (!upstreams || !runtime) {
        return {};
    }
    const { live } = runtime;
    const url = addressOf(upstreams.port, secretFor(UPSTREAMS, stateDir));
    return {
        ...(live.includes("bedrock") ? {} : { AWS_ENDPOINT_URL_BEDROCK: url }),
        ...(live.includes("google") ? {} : { GOOGLE_GEMINI_BASE_URL: url }),
    };
}

/** Stops both. Returns whether one ran. */
export async function stopRuntimeService(stateDir: string): Promise<boolean> {
    const stopped = [await stopRuntime(stateDir), await stopService(stateDir, UPSTREAMS)];
    return stopped.includes(true);
}

/** Stops what is deployed, also what a killed runtime has left of it. Returns whether it ran. */
export async function stopRuntime(stateDir: string): Promise<boolean> {
    const stopped = await stopService(stateDir, RUNTIME);
    await endLeftTasks(stateDir);
    return stopped;
}

/** Returns its address. */
async function startUpstreamService(stateDir: string, signal: AbortSignal | undefined): Promise<string> {
    const secret = secretFor(UPSTREAMS, stateDir);
    const isThere = async (port: number) => (await statusOf(`${addressOf(port, secret)}/_control`)) === 200;
    const running = runningPortService(stateDir, UPSTREAMS);
    if (running && (await isThere(running.port))) {
        return addressOf(running.port, secret);
    }
    await stopService(stateDir, UPSTREAMS);
    const port = await portOf(stateDir, UPSTREAMS);
    await startService({
        name: UPSTREAMS,
        stateDir,
        port,
        command: process.execPath,
        args: [join(root, "standins/upstreams/main.ts"), "--port", String(port)],
        env: { ...process.env, STORY42_UPSTREAMS_SECRET: secret },
        ready: () => isThere(port),
        signal,
    });
    return addressOf(port, secret);
}

async function setModelServer(upstreamsUrl: string, modelServer: ModelServer | undefined): Promise<void> {
    await fetch(`${upstreamsUrl}/_control`, {
        method: "POST",
        body: JSON.stringify({ modelServer: modelServer ?? null }),
    });
}

/** The port of the one address. */
async function keepOrStart(wanted: RuntimeFile, signal: AbortSignal | undefined): Promise<number> {
    const { stateDir } = wanted;
    const running = runningPortService(stateDir, RUNTIME);
    const has = kept(stateDir);
    if (running && has) {
        const isSame = JSON.stringify({ ...has, port: 0 }) === JSON.stringify(wanted);
        if (isSame && (await answers(`http://127.0.0.1:${running.port}/`))) {
            await refresh(addressOf(has.functionsPort, has.functionsSecret));
            return running.port;
        }
    }
    await stopRuntime(stateDir);
    const port = await portOf(stateDir, RUNTIME);
    writeJson(settingsFile(stateDir), { ...wanted, port });
    await startService({
        name: RUNTIME,
        stateDir,
        port,
        command: process.execPath,
        args: [join(import.meta.dirname, "main.ts"), settingsFile(stateDir)],
        env: process.env,
        ready: () => answers(`http://127.0.0.1:${port}/`),
        patienceMs: 120_000,
        signal,
    });
    return port;
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

/** Whether anything answers, whatever it says. */
async function answers(url: string): Promise<boolean> {
    return (await statusOf(url)) !== undefined;
}

async function statusOf(url: string): Promise<number | undefined> {
    return await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        ({ status }) => status,
        () => undefined,
    );
}
