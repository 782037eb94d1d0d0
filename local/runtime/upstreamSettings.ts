/** The variables that replace addresses of AWS and upstreams by local ones; all others are the deployment's. */
import { z } from "zod";
import { operations } from "../../contract/operations.ts";

/** Upstreams for which the real ones can be used. */
export const LIVE_UPSTREAMS = ["bedrock", "google", "tts"] as const;
export type LiveUpstream = (typeof LIVE_UPSTREAMS)[number];

/** The upstreams' addresses. */
export const upstreamsSchema = z.object({
    bedrockUrl: z.string(),
    geminiUrl: z.string(),
    duckduckgoUrl: z.string(),
    braveUrl: z.string(),
    ttsUrl: z.string(),
    tracesUrl: z.string(),
});
export type Upstreams = z.infer<typeof upstreamsSchema>;

export interface UpstreamEndpoints {
    /** The emulator's address. */
    endpoint: string;
    region: string;
    /** The addresses of the upstream server, or of relays to the real upstreams. */
    upstreams: Upstreams;
    /** The upstreams for which the real ones are used, with the person's own keys. */
    live: readonly LiveUpstream[];
}

type Variables = Record<string, string>;

/** The variables to add to, or to replace in, the deployed ones. */
export function localVariables(deployed: Variables, { endpoint, upstreams, live }: UpstreamEndpoints): Variables {
    const { COGNITO_USER_POOL_ID: pool, STORY_API_URL: api, TECH42_TTS_API_URL: tts } = deployed;
    return {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
        GOOGLE_GEMINI_BASE_URL: upstreams.geminiUrl,
        DUCKDUCKGO_URL: upstreams.duckduckgoUrl,
        BRAVE_SEARCH_URL: upstreams.braveUrl,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: upstreams.tracesUrl,
        // The real Bedrock does not have the stack's inference profiles.
        ...(live.includes("bedrock") ? { BEDROCK_INFERENCE_PROFILES: "{}" } : {}),
        ...(tts ? { TECH42_TTS_API_URL: upstreams.ttsUrl } : {}),
        ...(pool ? { COGNITO_JWKS_URL: `${endpoint}/${pool}/.well-known/jwks.json` } : {}),
        ...(api ? { STORY_API_URL: gatewayAddress(api, endpoint) } : {}),
    };
}

/** `https://ID.execute-api.REGION.amazonaws.com/STAGE` as the emulator serves it; other addresses are not changed. */
export function gatewayAddress(address: string, endpoint: string): string {
    const [, id, stage] = /^https:\/\/([\w-]+)\.execute-api\.[\w.-]+\/([\w-]+)/.exec(address) ?? [];
    return id && stage ? `${endpoint}/restapis/${id}/${stage}/_user_request_` : address;
}

/** Whether a path is one of the REST API's. */
export const isOperation = (path: string) => operations.some((operation) => operation.path === path);
