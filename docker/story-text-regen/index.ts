/** The function that writes: the four text operations of the contract, on Bedrock. */
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { defaultMaxTokens, defaultTextModelId } from "../../contract/defaults.ts";
import { createApiHandler } from "../shared/apiHandler.ts";
import { createBedrock } from "../shared/bedrock.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { Guardrail, guardrailSettings, guardrailVariables } from "../shared/guardrail.ts";
import { SessionsTable } from "../shared/sessionsTable.ts";
import { startTracing, traced } from "../shared/tracing.ts";
import { functionMemoryGb } from "../shared/usage/functionCall.ts";
import { createUsage, usageVariables } from "../shared/usage/usage.ts";
import { textHandlers } from "./handlers.ts";

const environment = readEnvironment(
    z.object({
        ...usageVariables,
        ENVIRONMENT: z.string().min(1),
        AWS_REGION: z.string().min(1),
        DYNAMODB_TABLE_NAME: z.string().min(1),
        COGNITO_CLIENT_ID: z.string().min(1),
        BEDROCK_MODEL_ID: z.string().min(1).default(defaultTextModelId),
        /** Models besides the configured one that a request may name. */
        BEDROCK_ALLOWED_MODEL_IDS: z.string().default(""),
        BEDROCK_MAX_TOKENS: z.coerce.number().int().min(256).default(defaultMaxTokens),
        ...guardrailVariables,
        CORS_ORIGINS: z.string().default(""),
        RESPONSE_MODE: z.enum(["stream", "buffered"]).default("buffered"),
        API_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(900).default(29),
    }),
);

const models: [string, ...string[]] = [environment.BEDROCK_MODEL_ID, ...listed(environment.BEDROCK_ALLOWED_MODEL_IDS)];

const serviceName = "story-text-regen";
const logger = new Logger({ serviceName });
const guardrail = guardrailSettings(environment);
await startTracing(serviceName, (why) => logger.warn("spans were lost", { why }));
const bedrock = traced(createBedrock());
const dynamo = DynamoDBDocumentClient.from(traced(new DynamoDBClient({ maxAttempts: 2 })));

export const handler = createApiHandler({
    handlers: textHandlers({
        bedrock,
        models,
        guardrail: guardrail && new Guardrail(guardrail, bedrock),
        maxTokens: environment.BEDROCK_MAX_TOKENS,
        onFailedModel: (model, { error, logged, cause }) =>
            logger.warn("a model did not answer", {
                model,
                error,
                ...logged,
                cause: (cause as Error | undefined)?.name,
            }),
    }),
    table: new SessionsTable(dynamo, environment.DYNAMODB_TABLE_NAME),
    usage: createUsage({
        dynamo,
        environment,
        stackEnvironment: environment.ENVIRONMENT,
        region: environment.AWS_REGION,
        memoryGb: functionMemoryGb(),
        onError: (error, about) =>
            logger.error("what was used is not in the ledger yet", { ...about, cause: (error as Error).name }),
    }),
    clientId: environment.COGNITO_CLIENT_ID,
    serviceName,
    environment: environment.ENVIRONMENT,
    corsOrigins: listed(environment.CORS_ORIGINS),
    streamed: environment.RESPONSE_MODE === "stream",
    timeoutSeconds: environment.API_TIMEOUT_SECONDS,
    keepsPartialWork: false,
});
