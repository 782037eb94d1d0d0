/** The real upstreams, each behind a relay that has the person's key. */
import { sendJson } from "../../standins/http.ts";
import { BedrockRelay } from "./bedrockRelay.ts";
import { type LiveKeys, STAND_IN_KEYS } from "./liveKeys.ts";
import { Relay } from "./relay.ts";
import type { LiveUpstream, Upstreams } from "./upstreamSettings.ts";

/** Google's picture models, asked as its SDK does. */
export async function googleRelay(key: string, target = "https://generativelanguage.googleapis.com"): Promise<Relay> {
    return await Relay.start({
        target,
        calls: /^POST \/v1(alpha|beta)?\/models\/[\w.-]+:generateContent$/,
        withKey: async ({ headers }) => ({ ...headers, "x-goog-api-key": key }),
        failed: (response, message) =>
            sendJson(response, 502, { error: { code: 502, message, status: "UNAVAILABLE" } }),
    });
}

/** The text-to-speech API, asked as the service does. A key that a reader brings along stays. */
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

/** The upstreams' addresses with those of relays for the ones that are the real ones, and the relays. */
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
