/** Relays to the real upstreams, each with the person's key. */
import { sendJson } from "../../standins/http.ts";
import { BedrockRelay } from "./bedrockRelay.ts";
import { type LiveKeys, STAND_IN_KEYS } from "./liveKeys.ts";
import { Relay } from "./relay.ts";
import type { LiveUpstream, Upstreams } from "./upstreamSettings.ts";

/** Relays calls of Google's picture models by its SDK. */
export async function googleRelay(key: string, target = "https://generativelanguage.googleapis.com"): Promise<Relay> {
    return await Relay.start({
        target,
        calls: /^POST \/v1(alpha|beta)?\/models\/[\w.-]+:generateContent$/,
        withKey: async ({ headers }) => ({ ...headers, "x-goog-api-key": key }),
        failed: (response, message) =>
            sendJson(response, 502, { error: { code: 502, message, status: "UNAVAILABLE" } }),
    });
}

/** Relays calls of the text-to-speech API by the agent service. A reader's own key is kept. */
export async function speechRelay(key: string, target: string): Promise<Relay> {
    const standIn = `Bearer ${STAND_IN_KEYS.tts}`;
    return await Relay.start({
        target,
        calls: /^(GET \/voices|POST \/generate\/stream)$/,
        withKey: async ({ headers, sent: { authorization = standIn } }) => ({
            ...headers,
            authorization: authorization === standIn ? `Bearer ${key}` : authorization,
        }),
        failed: (response, detail) => sendJson(response, 502, { detail }),
    });
}

/** Starts relays for the real upstreams; returns all upstreams' addresses with theirs, and the relays. */
export async function startRelays(
    live: readonly LiveUpstream[],
    keys: LiveKeys,
    region: string,
    standIns: Upstreams,
): Promise<{ upstreams: Upstreams; relays: Relay[] }> {
    const relays: Relay[] = [];
    const started = async (upstream: LiveUpstream, start: () => Promise<Relay>) => {
        if (!live.includes(upstream)) {
            return undefined;
        }
        const relay = await start();
        relays.push(relay);
        return relay.url;
    };
    const { googleApiKey = "", tech42TtsApiKey = "", tech42TtsApiUrl = "" } = keys;
    const upstreams = {
        ...standIns,
        bedrockUrl: (await started("bedrock", () => BedrockRelay.start({ region }))) ?? standIns.bedrockUrl,
        geminiUrl: (await started("google", () => googleRelay(googleApiKey))) ?? standIns.geminiUrl,
        ttsUrl: (await started("tts", () => speechRelay(tech42TtsApiKey, tech42TtsApiUrl))) ?? standIns.ttsUrl,
    };
    return { upstreams, relays };
}
