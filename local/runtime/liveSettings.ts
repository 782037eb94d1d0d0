/** The stack's settings for upstreams that are the real ones, from the person's environment. */
import { UsageError } from "../usageError.ts";
import type { LiveUpstream } from "./upstreamSettings.ts";

export interface LiveSettings {
    googleApiKey?: string;
    tech42TtsApiKey?: string;
    tech42TtsApiUrl?: string;
}

/** Throws a {@link UsageError} that names every variable that is missing. Bedrock needs none: its credentials stay with the person. */
export function liveSettings(live: readonly LiveUpstream[], env: NodeJS.ProcessEnv): LiveSettings {
    const missing: string[] = [];
    const needed = (upstream: LiveUpstream, name: string) => {
        if (live.includes(upstream) && !env[name]) {
            missing.push(`--live ${upstream} needs ${name} in the environment`);
        }
        return live.includes(upstream) ? env[name] : undefined;
    };
    const settings = {
        googleApiKey: needed("google", "GEMINI_API_KEY"),
        tech42TtsApiKey: needed("tts", "TECH42_TTS_API_KEY"),
        tech42TtsApiUrl: needed("tts", "TECH42_TTS_API_URL"),
    };
    if (missing.length > 0) {
        throw new UsageError(missing.join("\n"));
    }
    return settings;
}
