/** The service's settings from the environment, read once at the start; all problems are reported together. */
import * as z from "zod";
import { defaultMaxTokens, defaultTextModelId, defaultVoice, storyPrefix } from "../../contract/defaults.ts";
import { MAX_ANSWER_TOKENS } from "../../contract/models.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { guardrailSettings, guardrailVariables } from "../shared/guardrail.ts";
import { inferenceProfilesVariable } from "../shared/models.ts";
import { secretText } from "../shared/secretText.ts";
import { usageVariables } from "../shared/usage/usage.ts";
import { LOG_LEVELS } from "./logger.ts";

/** An empty variable counts as unset, since a task definition can't omit a variable for a single deployment. */
const emptyAsUnset = <T extends z.ZodType>(schema: T) =>
    z.preprocess((value) => (value === "" ? undefined : value), schema);

const text = emptyAsUnset(z.string().max(2_000));
const optionalText = emptyAsUnset(z.string().max(2_000).optional());
const address = emptyAsUnset(z.url({ protocol: /^https?$/, error: "must be an http or https address" }));
const optionalAddress = emptyAsUnset(address.optional());
const count = (fallback: number, min: number, max: number) =>
    emptyAsUnset(z.coerce.number().int().min(min).max(max).default(fallback));

/** Concurrent narrations, and regenerated parts, of one user, counted over all tasks. */
const MAX_NARRATIONS_PER_USER = 3;
const MAX_PARTS_PER_USER = 4;

const environment = z
    .object({
        /** Port that the service listens on. */
        PORT: count(8000, 0, 65_535),
        /** Address that the service listens on; without authentication always the loopback address. */
        HOST: emptyAsUnset(z.string().default("0.0.0.0")),
        LOG_LEVEL: emptyAsUnset(z.enum(LOG_LEVELS).default("INFO")),
        /** Name of the deployment's environment, shown by /health. */
        ENVIRONMENT: emptyAsUnset(z.string().default("development")),
        /** Origins of sites that may call from a browser, comma-separated, or `*`; default: none. */
        CORS_ORIGINS: emptyAsUnset(z.string().default("")),
        AWS_REGION: text,
        COGNITO_USER_POOL_ID: text,
        COGNITO_CLIENT_ID: text,
        /** Region of the user pool; AWS_REGION by default. */
        COGNITO_REGION: optionalText,
        /** Address of an emulator's keys, instead of Cognito's. */
        COGNITO_JWKS_URL: optionalAddress,
        /** Whether anybody may sign up, for the site; the pool itself enforces it. */
        SIGN_UP_OPEN: emptyAsUnset(z.enum(["true", "false"]).default("false")),
        /** `false`: all requests are one local user's, and the service listens on the loopback address only. */
        AUTH_ENABLED: emptyAsUnset(z.enum(["true", "false"]).default("true")),
        S3_STORAGE_BUCKET: text,
        S3_BASE_PREFIX: emptyAsUnset(
            z
                .string()
                .regex(/^[\w-]+(\/[\w-]+)*\/?$/, `must be a folder such as ${storyPrefix}`)
                .default(storyPrefix),
        ),
        DYNAMODB_SESSIONS_TABLE: text,
        USAGE_TABLE: emptyAsUnset(usageVariables.USAGE_TABLE),
        PRICES: emptyAsUnset(usageVariables.PRICES),
        BOUNDS: emptyAsUnset(usageVariables.BOUNDS),
        /** Model of the agents; the prefix `bedrock/` that clients send is allowed. */
        BEDROCK_MODEL_ID: emptyAsUnset(z.string().default(defaultTextModelId)),
        /** Fallback models, comma-separated. */
        BEDROCK_ALLOWED_MODEL_IDS: emptyAsUnset(z.string().default("")),
        BEDROCK_INFERENCE_PROFILES: emptyAsUnset(inferenceProfilesVariable),
        /** Token limit of one answer; a model with a lower limit gets its own limit. */
        BEDROCK_MAX_TOKENS: count(defaultMaxTokens, 256, MAX_ANSWER_TOKENS),
        ...guardrailVariables,
        TECH42_TTS_API_URL: optionalAddress,
        TECH42_TTS_API_KEY: optionalText.transform((given) => given && secretText(given)),
        TECH42_TTS_DEFAULT_VOICE: emptyAsUnset(z.string().default(defaultVoice)),
        /** Base address of the story REST API, stage included. Without it the functions are invoked directly. */
        STORY_API_URL: optionalAddress,
        /** Functions (names or ARNs) to invoke directly. Without them stories have no outline drafts or pictures. */
        TEXT_FUNCTION_NAME: optionalText,
        IMAGE_FUNCTION_NAME: optionalText,
        DUCKDUCKGO_URL: emptyAsUnset(z.url({ protocol: /^https?$/ }).default("https://html.duckduckgo.com/html/")),
        BRAVE_SEARCH_URL: emptyAsUnset(
            z.url({ protocol: /^https?$/ }).default("https://api.search.brave.com/res/v1/web/search"),
        ),
        /** Key for Brave, the fallback when DuckDuckGo gives no results; optional. */
        BRAVE_SEARCH_API_KEY: optionalText.transform((given) => given && secretText(given)),
        /** Concurrent runs, counted over all tasks: of one user, and of all users. */
        MAX_RUNS_PER_USER: count(5, 1, 1_000),
        MAX_RUNS: count(250, 1, 10_000),
        /** Timeout of one question to an agent, its tool calls and repairs included. */
        AGENT_TIMEOUT_SECONDS: count(120, 1, 600),
        /** Seconds between SIGTERM and SIGKILL, from the task definition (`stopTimeout`). */
        STOP_TIMEOUT_SECONDS: count(120, 2, 120),
    })
    .transform((env) => ({
        port: env.PORT,
        host: env.AUTH_ENABLED === "true" ? env.HOST : "127.0.0.1",
        logLevel: env.LOG_LEVEL,
        project: env.PROJECT,
        environment: env.ENVIRONMENT,
        corsOrigins: listed(env.CORS_ORIGINS),
        region: env.AWS_REGION,
        cognito: {
            userPoolId: env.COGNITO_USER_POOL_ID,
            clientId: env.COGNITO_CLIENT_ID,
            region: env.COGNITO_REGION ?? env.AWS_REGION,
            jwksUrl: env.COGNITO_JWKS_URL,
            signUpOpen: env.SIGN_UP_OPEN === "true",
        },
        authEnabled: env.AUTH_ENABLED === "true",
        bucket: env.S3_STORAGE_BUCKET,
        prefix: env.S3_BASE_PREFIX.replace(/\/$/, ""),
        table: env.DYNAMODB_SESSIONS_TABLE,
        usage: { PROJECT: env.PROJECT, USAGE_TABLE: env.USAGE_TABLE, PRICES: env.PRICES, BOUNDS: env.BOUNDS },
        modelIds: [env.BEDROCK_MODEL_ID, ...listed(env.BEDROCK_ALLOWED_MODEL_IDS)].map((id) =>
            id.replace(/^bedrock\//, ""),
        ) as [string, ...string[]],
        inferenceProfiles: env.BEDROCK_INFERENCE_PROFILES,
        maxTokens: env.BEDROCK_MAX_TOKENS,
        guardrail: guardrailSettings(env),
        tts: {
            url: env.TECH42_TTS_API_URL,
            key: env.TECH42_TTS_API_KEY,
            defaultVoice: env.TECH42_TTS_DEFAULT_VOICE,
        },
        storyApiUrl: env.STORY_API_URL?.replace(/\/+$/, ""),
        functions: { text: env.TEXT_FUNCTION_NAME, image: env.IMAGE_FUNCTION_NAME },
        search: {
            duckDuckGoUrl: env.DUCKDUCKGO_URL,
            brave: env.BRAVE_SEARCH_API_KEY && { url: env.BRAVE_SEARCH_URL, key: env.BRAVE_SEARCH_API_KEY },
        },
        limits: {
            perUser: { run: env.MAX_RUNS_PER_USER, narration: MAX_NARRATIONS_PER_USER, part: MAX_PARTS_PER_USER },
            total: env.MAX_RUNS,
        },
        agentTimeoutMs: env.AGENT_TIMEOUT_SECONDS * 1_000,
        // The rest of the time is for saving and closing.
        drainMs: Math.max(1_000, (env.STOP_TIMEOUT_SECONDS - 10) * 1_000),
    }));

export type Settings = z.infer<typeof environment>;

/** Reads the settings. Throws one error that names every wrong variable and what is allowed, never its value. */
export function readSettings(env: Record<string, string | undefined>): Settings {
    return readEnvironment(environment, env);
}
