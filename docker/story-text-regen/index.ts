/** The function that writes: the four text operations of the contract, on Bedrock. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { createApiHandler } from "../shared/apiHandler.ts";
import { createBedrock } from "../shared/converse.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { SessionsTable } from "../shared/sessionsTable.ts";
import { textAnswers } from "./answers.ts";

const environment = readEnvironment(
    z.object({
        ENVIRONMENT: z.string().min(1),
        DYNAMODB_TABLE_NAME: z.string().min(1),
        BEDROCK_MODEL_ID: z.string().min(1).default("us.amazon.nova-pro-v1:0"),
        /** Models beside the configured one that a request may ask for. */
        BEDROCK_ALLOWED_MODEL_IDS: z.string().default(""),
        BEDROCK_MAX_TOKENS: z.coerce.number().int().min(256).default(4096),
        CORS_ORIGINS: z.string().default(""),
        RESPONSE_MODE: z.enum(["stream", "buffered"]).default("buffered"),
    }),
);

const models: [string, ...string[]] = [environment.BEDROCK_MODEL_ID, ...listed(environment.BEDROCK_ALLOWED_MODEL_IDS)];

export const handler = createApiHandler({
    answers: textAnswers({ bedrock: createBedrock(), models, maxTokens: environment.BEDROCK_MAX_TOKENS }),
    table: new SessionsTable(
        DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 2 })),
        environment.DYNAMODB_TABLE_NAME,
    ),
    serviceName: "story-text-regen",
    environment: environment.ENVIRONMENT,
    corsOrigins: listed(environment.CORS_ORIGINS),
    streamed: environment.RESPONSE_MODE === "stream",
});
