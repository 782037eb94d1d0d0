/** Calls each real upstream once before anything depends on it. */
import { TtsClient } from "../../docker/shared/tts.ts";
import { askModelServer, type ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import type { Screen } from "../lib/screen.ts";
import { BedrockRelay } from "./bedrockRelay.ts";
import type { LiveKeys } from "./liveKeys.ts";
import type { LiveUpstream } from "./upstreamSettings.ts";

/** An upstream refuses a call, or can't be reached. The message says what to do. */
export class UpstreamError extends Error {
    override readonly name = "UpstreamError";
}

export interface UpstreamCheck {
    live: readonly LiveUpstream[];
    modelServer?: ModelServer;
    /** The person's own keys. */
    keys: LiveKeys;
    /** The models in the stack's settings. */
    models: { text: string; pictures: string };
    region: string;
    /** The addresses of Bedrock and Google. Default: their public ones. */
    addresses?: { bedrock?: string; google?: string };
    screen: Screen;
    signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const GOOGLE = "https://generativelanguage.googleapis.com";

/** @throws {UpstreamError} for the first upstream that can't be used */
export async function checkUpstreams(check: UpstreamCheck): Promise<void> {
    const { live, modelServer, screen } = check;
    const checks: [string, (check: UpstreamCheck) => Promise<string>][] = [
        ...(live.includes("bedrock") ? [["The real Bedrock", askBedrock] as [string, typeof askBedrock]] : []),
        ...(live.includes("google") ? [["The real Google", askGoogle] as [string, typeof askGoogle]] : []),
        ...(live.includes("tts") ? [["The real voices", askVoices] as [string, typeof askVoices]] : []),
        ...(modelServer ? [["Model server", askServer] as [string, typeof askServer]] : []),
    ];
    for (const [title, ask] of checks) {
        const step = screen.step(title);
        try {
            step.done(await ask(check));
        } catch (error) {
            step.failed("can't be used");
            check.signal.throwIfAborted();
            throw error instanceof UpstreamError ? error : new UpstreamError((error as Error).message);
        }
    }
}

async function askBedrock({ models, region, addresses, signal }: UpstreamCheck): Promise<string> {
    const relay = await BedrockRelay.start({ region, target: addresses?.bedrock });
    try {
        const response = await fetch(`${relay.url}/model/${encodeURIComponent(models.text)}/converse`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({
                messages: [{ role: "user", content: [{ text: "Say yes." }] }],
                inferenceConfig: { maxTokens: 10 },
            }),
            signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        if (response.ok) {
            await response.body?.cancel();
            return `${models.text} answers`;
        }
        const code = response.headers.get("x-amzn-errortype")?.split(":")[0] ?? `status ${response.status}`;
        const { message = "" } = (await response.json().catch(() => ({}))) as { message?: string };
        throw new UpstreamError(
            `Bedrock in ${region} refuses ${models.text}: ${code}: ${message}\n` +
                "--live bedrock needs AWS credentials (AWS_PROFILE, aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) " +
                "of an account that may use this model in this region (AWS_REGION). Access to models is given in Bedrock's " +
                "console; the setting bedrockModelId names another one.",
        );
    } finally {
        await relay.stop();
    }
}

async function askGoogle({ models, keys, addresses, signal }: UpstreamCheck): Promise<string> {
    const model = models.pictures;
    const base = addresses?.google ?? GOOGLE;
    const response = await fetch(`${base}/v1beta/models/${encodeURIComponent(model)}`, {
        headers: { "x-goog-api-key": keys.googleApiKey ?? "" },
        redirect: "error", // a redirect could carry the key to another host
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch((error: Error) => {
        throw new UpstreamError(`Google can't be reached at ${base}: ${reasonOf(error)}`);
    });
    await response.body?.cancel();
    if (!response.ok) {
        throw new UpstreamError(
            response.status === 404
                ? `Google has no model ${model}; the setting googleImageModelId names another one.`
                : `Google refuses GEMINI_API_KEY (${response.status}); Google AI Studio gives another one.`,
        );
    }
    return `${model} is there, and the key is taken`;
}

async function askVoices({ keys, signal }: UpstreamCheck): Promise<string> {
    const baseUrl = keys.tech42TtsApiUrl ?? "";
    try {
        const voices = await new TtsClient({ baseUrl, timeoutMs: TIMEOUT_MS }).voices(
            keys.tech42TtsApiKey ?? "",
            signal,
        );
        return `${voices.length} at ${baseUrl}`;
    } catch (error) {
        throw new UpstreamError(
            `The text-to-speech API at ${baseUrl} can't be used: ${(error as Error).message}\n` +
                "TECH42_TTS_API_URL and TECH42_TTS_API_KEY say where it is and who asks.",
        );
    }
}

/** Requests a tool call, since stories are structured by tool calls. */
async function askServer({ modelServer, signal }: UpstreamCheck): Promise<string> {
    const { url, model } = modelServer as ModelServer;
    const tool = { name: "answer", description: "Takes the answer.", inputSchema: { json: ANSWER } };
    const request = {
        messages: [{ role: "user" as const, content: [{ text: "Answer with yes, by the tool." }] }],
        toolConfig: { tools: [{ toolSpec: tool }], toolChoice: { any: {} } },
    };
    try {
        const { content } = await askModelServer({ url, model }, request, signal);
        if (!content.some(({ toolUse }) => toolUse)) {
            throw new UpstreamError("it calls no tool when it is asked to");
        }
        return `${model} at ${url} answers`;
    } catch (error) {
        throw new UpstreamError(
            `The model server at ${url} can't be used: ${reasonOf(error as Error)}\n` +
                `--model-server needs an OpenAI-compatible server that runs, has the model ${model}, and a model that can call ` +
                `tools. With Ollama: ollama serve, and ollama pull ${model}`,
        );
    }
}

const ANSWER = { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };

/** The reason for a failed connection, which fetch hides in `cause`. */
function reasonOf(error: Error): string {
    const { cause } = error;
    return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : error.message;
}
