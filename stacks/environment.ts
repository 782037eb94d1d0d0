import * as pulumi from "@pulumi/pulumi";
import {
    isStreamed,
    type StoryApi,
    type StoryAuth,
    type StoryData,
    type StoryFunction,
    type StoryGuardrail,
} from "../components/index.ts";
import { storyPrefix } from "../contract/defaults.ts";
import { bounds } from "../contract/usage.ts";
import type { InferenceProfiles } from "./inferenceProfiles.ts";
import type { StorySettings } from "./settings.ts";

type Variables = Record<string, pulumi.Input<string>>;

/** The environment variables of the functions. */
export function functionVariables(
    settings: StorySettings,
    {
        data,
        auth,
        corsOrigins,
        guardrail,
        inferenceProfiles,
    }: Pick<VariableSources, "data" | "auth" | "corsOrigins" | "guardrail" | "inferenceProfiles">,
) {
    const common: Variables = {
        ENVIRONMENT: settings.environment,
        LOG_LEVEL: settings.logLevel,
        TRACING: settings.tracing,
        DYNAMODB_TABLE_NAME: data.table.name,
    };
    const behindApi: Variables = {
        ...common,
        ...usageVariables(settings, data),
        PROJECT: settings.projectName,
        COGNITO_CLIENT_ID: auth.userPoolClient.id,
        CORS_ORIGINS: corsOrigins.apply((origins) => origins.join(",")),
        RESPONSE_MODE: isStreamed(settings.apiTimeoutSeconds) ? "stream" : "buffered",
        API_TIMEOUT_SECONDS: String(settings.apiTimeoutSeconds),
        ...(guardrail ? { PROJECT: settings.projectName, ...guardrailVariables(guardrail) } : {}),
    };
    return {
        text: {
            ...behindApi,
            ...modelVariables(settings, inferenceProfiles),
        },
        image: {
            ...behindApi,
            S3_BUCKET: data.imagesBucket.bucket,
            GOOGLE_API_KEY_SECRET_ARN: data.googleApiKeySecret.arn,
            GOOGLE_IMAGE_MODEL_ID: settings.googleImageModelId,
        },
        dataOps: {
            ...common,
            USAGE_TABLE: data.usageTable.name,
            S3_BUCKET: data.imagesBucket.bucket,
            S3_BASE_PREFIX: storyPrefix,
        },
    };
}

/** The text models of a deployment: the configured one, then the others that may be asked for. */
export function textModelsOf({ bedrockModelId, bedrockAllowedModelIds }: StorySettings): [string, ...string[]] {
    return [bedrockModelId, ...bedrockAllowedModelIds.filter((id) => id !== bedrockModelId)];
}

function modelVariables(settings: StorySettings, inferenceProfiles: InferenceProfiles): Variables {
    const [configured, ...others] = textModelsOf(settings);
    return {
        BEDROCK_MODEL_ID: configured,
        BEDROCK_ALLOWED_MODEL_IDS: others.join(","),
        BEDROCK_INFERENCE_PROFILES: pulumi.jsonStringify(
            Object.fromEntries(Object.entries(inferenceProfiles).map(([id, { arn }]) => [id, arn])),
        ),
        BEDROCK_MAX_TOKENS: String(settings.bedrockMaxTokens),
    };
}

const guardrailVariables = ({ guardrailId, version }: StoryGuardrail): Variables => ({
    BEDROCK_GUARDRAIL_ID: guardrailId,
    BEDROCK_GUARDRAIL_VERSION: version,
});
/** X-Ray's endpoint for OTLP. Functions use Lambda's X-Ray daemon instead, so that no call waits for the export. */
function tracesEndpoint(region: string): string {
    return `https://xray.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/v1/traces`;
}

/** The variables of all code that records usage: the table, the prices and the limits. */
function usageVariables(settings: StorySettings, data: StoryData): Variables {
    return {
        USAGE_TABLE: data.usageTable.name,
        PRICES: JSON.stringify(settings.prices),
        // The settings have the same names as the bounds; the schema drops all other settings.
        BOUNDS: JSON.stringify(bounds.parse(settings)),
    };
}

interface VariableSources {
    data: StoryData;
    auth: StoryAuth;
    api: StoryApi;
    functions: Record<"text" | "image" | "data-ops", StoryFunction>;
    corsOrigins: pulumi.Output<string[]>;
    guardrail: StoryGuardrail | undefined;
    inferenceProfiles: InferenceProfiles;
}

/** The environment variables of the agent service. */
export function agentVariables(
    settings: StorySettings,
    { data, auth, api, functions, corsOrigins, guardrail, inferenceProfiles }: VariableSources,
): Variables {
    return {
        PROJECT: settings.projectName,
        ENVIRONMENT: settings.environment,
        LOG_LEVEL: settings.logLevel,
        TRACING: settings.tracing,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint(settings.region),
        AWS_REGION: settings.region,
        AUTH_ENABLED: "true",
        COGNITO_REGION: settings.region,
        COGNITO_USER_POOL_ID: auth.userPool.id,
        COGNITO_CLIENT_ID: auth.userPoolClient.id,
        SIGN_UP_OPEN: String(settings.openSignUp),
        S3_STORAGE_BUCKET: data.imagesBucket.bucket,
        S3_BASE_PREFIX: storyPrefix,
        DYNAMODB_SESSIONS_TABLE: data.table.name,
        ...usageVariables(settings, data),
        ...modelVariables(settings, inferenceProfiles),
        ...(guardrail ? guardrailVariables(guardrail) : {}),
        TECH42_TTS_API_URL: settings.tech42TtsApiUrl,
        TECH42_TTS_DEFAULT_VOICE: settings.tech42TtsDefaultVoice,
        CORS_ORIGINS: corsOrigins.apply((origins) => origins.join(",")),
        STORY_API_URL: api.endpoint,
        TEXT_FUNCTION_NAME: pulumi.interpolate`${functions.text.alias.functionName}:${functions.text.alias.name}`,
        IMAGE_FUNCTION_NAME: pulumi.interpolate`${functions.image.alias.functionName}:${functions.image.alias.name}`,
    };
}
