/** The service's settings: the environment, read once at the start, with all that is wrong named at once. */
import * as z from "zod";
import { defaultMaxTokens, defaultTextModelId, defaultVoice, storyPrefix } from "../../contract/defaults.ts";
import { MAX_ANSWER_TOKENS } from "../../contract/models.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { guardrailSettings, guardrailVariables } from "../shared/guardrail.ts";
import { secretText } from "../shared/secretText.ts";
import { usageVariables } from "../shared/usage/usage.ts";
import { LOG_LEVELS } from "./logger.ts";

/** An unset variable and an empty one are the same: a task definition cannot leave one out for a single deployment. */
const given = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === "" ? undefined : value), schema);

const text = given(z.string().max(2_000));
const optionalText = given(z.string().max(2_000).optional());
const address = given(z.url({ protocol: /^https?$/, error: "must be an http or https address" }));
const optionalAddress = given(address.optional());
const count = (fallback: number, min: number, max: number) =>
    given(z.coerce.number().int().min(min).max(max).default(fallback));

/** Narrations, and parts made again, of one user at the same time, counted over all tasks. */
const NARRATIONS_PER_USER = 3;
const PARTS_PER_USER = 4;

const environment = z
    .object({
        /** Port that the service listens on. */
        PORT: count(8000, 0, 65_535),
        /** Address that it listens on; without authentication it is the loopback address, whatever stands here. */
        HOST: given(z.string().default("0.0.0.0")),
        LOG_LEVEL: given(z.enum(LOG_LEVELS).default("INFO")),
        /** Name of the deployment's environment, shown by /health. */
        ENVIRONMENT: given(z.string().default("development")),
        /** Origins of sites that may call from a browser, comma-separated, or `*`; none by default. */
        CORS_ORIGINS: given(z.string().default("")),
        AWS_REGION: text,
        COGNITO_USER_POOL_ID: text,
        COGNITO_CLIENT_ID: text,
        /** Region of the user pool; AWS_REGION by default. */
        COGNITO_REGION: optionalText,
        /** Where the pool's keys are read instead of at Cognito; for an emulator. */
        COGNITO_JWKS_URL: optionalAddress,
        /** Whether the pool lets anybody sign up, as the site tells who comes; the pool itself decides. */
        SIGN_UP_OPEN: given(z.enum(["true", "false"]).default("false")),
        /** `false` makes everybody one local user; the service then listens on the loopback address only. */
        AUTH_ENABLED: given(z.enum(["true", "false"]).default("true")),
        S3_STORAGE_BUCKET: text,
        S3_BASE_PREFIX: given(
            z
                .string()
                .regex(/^[\w-]+(\/[\w-]+)*\/?$/, `must be a folder such as ${storyPrefix}`)
                .default(storyPrefix),
        ),
        DYNAMODB_SESSIONS_TABLE: text,
        USAGE_TABLE: given(usageVariables.USAGE_TABLE),
        PRICES: given(usageVariables.PRICES),
        BOUNDS: given(usageVariables.BOUNDS),
        /** Model of the agents; the prefix `bedrock/` that clients send is allowed. */
        BEDROCK_MODEL_ID: given(z.string().default(defaultTextModelId)),
        /** Models that stand in for it where it can't be used, comma-separated. */
        BEDROCK_ALLOWED_MODEL_IDS: given(z.string().default("")),
        /** Tokens of one answer at most; a model whose limit is lower gets its limit. */
        BEDROCK_MAX_TOKENS: count(defaultMaxTokens, 256, MAX_ANSWER_TOKENS),
        ...guardrailVariables,
        TECH42_TTS_API_URL: optionalAddress,
        TECH42_TTS_API_KEY: optionalText.transform((given) => given && secretText(given)),
        TECH42_TTS_DEFAULT_VOICE: given(z.string().default(defaultVoice)),
        /** Base address of the story REST API, stage included. Without it the functions are invoked directly. */
        STORY_API_URL: optionalAddress,
        /** Functions (names or ARNs) to invoke directly. Without them the stories have no outline help or pictures. */
        TEXT_FUNCTION_NAME: optionalText,
        IMAGE_FUNCTION_NAME: optionalText,
        DUCKDUCKGO_URL: given(z.url({ protocol: /^https?$/ }).default("https://html.duckduckgo.com/html/")),
        BRAVE_SEARCH_URL: given(
            z.url({ protocol: /^https?$/ }).default("https://api.search.brave.com/res/v1/web/search"),
        ),
        /** Has Brave asked where DuckDuckGo gives nothing; without it the research does without. */
        BRAVE_SEARCH_API_KEY: optionalText.transform((given) => given && secretText(given)),
        /** Runs at the same time, counted over all tasks: of one user, and of all users. */
        MAX_RUNS_PER_USER: count(5, 1, 1_000),
        MAX_RUNS: count(250, 1, 10_000),
        /** Longest time for one question to an agent, its tool calls and repairs included. */
        AGENT_TIMEOUT_SECONDS: count(120, 1, 600),
        /** Seconds between SIGTERM and SIGKILL, as the task definition has them (`stopTimeout`). */
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
            perUser: { run: env.MAX_RUNS_PER_USER, narration: NARRATIONS_PER_USER, part: PARTS_PER_USER },
            total: env.MAX_RUNS,
        },
        agentTimeoutMs: env.AGENT_TIMEOUT_SECONDS * 1_000,
        // What is left of the time goes to saving and closing.
        drainMs: Math.max(1_000, (env.STOP_TIMEOUT_SECONDS - 10) * 1_000),
    }));

export type Settings = z.infer<typeof environment>;

/** Reads the settings. Throws one error that names every variable that is wrong and what it must be, never its value. */
export function readSettings(env: Record<string, string | undefined>): Settings {
    return readEnvironment(environment, env);
}
