/** What the functions behind the REST API have in common: their environment, and all that answers a call but the handlers. */
import type { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type ApiFunctionOptions, createApiHandler } from "./apiHandler.ts";
import { listed } from "./environment.ts";
import { guardrailVariables } from "./guardrail.ts";
import { SessionsTable } from "./sessionsTable.ts";
import { functionMemoryGb } from "./usage/functionCall.ts";
import { createUsage, usageVariables } from "./usage/usage.ts";

/** The environment variables of each of these functions. */
export const restFunctionVariables = {
    ...usageVariables,
    ENVIRONMENT: z.string().min(1),
    AWS_REGION: z.string().min(1),
    DYNAMODB_TABLE_NAME: z.string().min(1),
    COGNITO_CLIENT_ID: z.string().min(1),
    ...guardrailVariables,
    CORS_ORIGINS: z.string().default(""),
    RESPONSE_MODE: z.enum(["stream", "buffered"]).default("buffered"),
    API_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(900).default(29),
};

export interface RestFunctionOptions extends Pick<ApiFunctionOptions, "serviceName" | "handlers" | "keepsPartialWork"> {
    environment: z.output<z.ZodObject<typeof restFunctionVariables>>;
    logger: Logger;
}

/** The Lambda handler of such a function. */
export function createRestFunction({ environment, logger, ...options }: RestFunctionOptions) {
    const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 2 }));
    return createApiHandler({
        ...options,
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
        environment: environment.ENVIRONMENT,
        corsOrigins: listed(environment.CORS_ORIGINS),
        streamed: environment.RESPONSE_MODE === "stream",
        timeoutSeconds: environment.API_TIMEOUT_SECONDS,
    });
}
