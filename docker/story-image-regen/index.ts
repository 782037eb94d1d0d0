/** The function that draws: the two picture operations of the contract, with the Gemini API. */
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { defaultPictureModel } from "../../contract/pictureModels.ts";
import { createApiHandler } from "../shared/apiHandler.ts";
import { createBedrock } from "../shared/bedrock.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { Guardrail, guardrailSettings, guardrailVariables } from "../shared/guardrail.ts";
import { createPictureMaker } from "../shared/pictures.ts";
import { Secret } from "../shared/secrets.ts";
import { SessionsTable } from "../shared/sessionsTable.ts";
import { startTracing, traced } from "../shared/tracing.ts";
import { functionMemoryGb } from "../shared/usage/functionCall.ts";
import { createUsage, usageVariables } from "../shared/usage/usage.ts";
import { imageHandlers } from "./handlers.ts";
import { PictureStore } from "./store.ts";

const environment = readEnvironment(
    z.object({
        ...usageVariables,
        ENVIRONMENT: z.string().min(1),
        AWS_REGION: z.string().min(1),
        DYNAMODB_TABLE_NAME: z.string().min(1),
        COGNITO_CLIENT_ID: z.string().min(1),
        S3_BUCKET: z.string().min(1),
        GOOGLE_API_KEY_SECRET_ARN: z.string().min(1),
        GOOGLE_IMAGE_MODEL_ID: z.string().min(1).default(defaultPictureModel),
        ...guardrailVariables,
        CORS_ORIGINS: z.string().default(""),
        RESPONSE_MODE: z.enum(["stream", "buffered"]).default("buffered"),
        API_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(900).default(29),
    }),
);

const serviceName = "story-image-regen";
const guardrail = guardrailSettings(environment);
const logger = new Logger({ serviceName });
await startTracing(serviceName, (why) => logger.warn("spans were lost", { why }));
const key = new Secret(environment.GOOGLE_API_KEY_SECRET_ARN);
const dynamo = DynamoDBDocumentClient.from(traced(new DynamoDBClient({ maxAttempts: 2 })));

export const handler = createApiHandler({
    handlers: imageHandlers({
        maker: async (signal) => createPictureMaker(await key.value(signal), environment.GOOGLE_IMAGE_MODEL_ID),
        guardrail: guardrail && new Guardrail(guardrail, traced(createBedrock())),
        store: new PictureStore(traced(new S3Client({ maxAttempts: 3 })), environment.S3_BUCKET),
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
    keepsPartialWork: true,
});
