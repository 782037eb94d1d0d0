/** The person's own keys of the real upstreams. They stay in the environment: no part of the stack contains them. */
import { createHash } from "node:crypto";
import { UsageError } from "../lib/usageError.ts";
import type { LiveUpstream } from "./upstreamSettings.ts";

/** The values of the stack's secrets in their place. */
export const STAND_IN_KEYS = { google: "local-google-api-key", tts: "local-tts-api-key" };

export interface LiveKeys {
    googleApiKey?: string;
    tech42TtsApiKey?: string;
    tech42TtsApiUrl?: string;
}

/** Throws a {@link UsageError} that names every variable that is missing. Bedrock needs none: its credentials are found by the AWS SDKs. */
export function liveKeys(live: readonly LiveUpstream[], env: NodeJS.ProcessEnv): LiveKeys {
    const missing: string[] = [];
    const needed = (upstream: LiveUpstream, name: string) => {
        if (live.includes(upstream) && !env[name]) {
            missing.push(`--live ${upstream} needs ${name} in the environment`);
        }
        return live.includes(upstream) ? env[name] : undefined;
    };
    const keys = {
        googleApiKey: needed("google", "GEMINI_API_KEY"),
        tech42TtsApiKey: needed("tts", "TECH42_TTS_API_KEY"),
        tech42TtsApiUrl: needed("tts", "TECH42_TTS_API_URL"),
    };
    if (missing.length > 0) {
        throw new UsageError(missing.join("\n"));
    }
    return keys;
}

/** A hash of the keys, which does not reveal them: the runtime is restarted when it changes. */
export function fingerprintOf(keys: LiveKeys): string {
    return createHash("sha256").update(JSON.stringify(keys)).digest("hex");
}
