/** The data operations: invoked directly, by IAM, with `{ "operation": NAME, ... }`. */
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { SpanKind, trace } from "@opentelemetry/api";
import * as z from "zod";
import { type DataOperation, dataOperations } from "../../contract/dataOps.ts";
import { storyPrefix } from "../../contract/defaults.ts";
import { bodyProblems } from "../../contract/operations.ts";
import { ApiError, badRequest } from "../shared/apiErrors.ts";
import { readEnvironment } from "../shared/environment.ts";
import { SessionsTable } from "../shared/sessionsTable.ts";
import { inSpan, startTracing, traceOf } from "../shared/tracing.ts";
import { Ledger } from "../shared/usage/ledger.ts";
import { dataHandlers } from "./handlers.ts";
import { UserObjects } from "./objects.ts";

const environment = readEnvironment(
    z.object({
        DYNAMODB_TABLE_NAME: z.string().min(1),
        /** The ledger's table; without it usage is not counted. */
        USAGE_TABLE: z.string().min(1).optional(),
        S3_BUCKET: z.string().min(1),
        S3_BASE_PREFIX: z.string().min(1).default(storyPrefix),
    }),
);
const serviceName = "data-ops";
const logger = new Logger({ serviceName });
await startTracing(serviceName, (why) => logger.warn("spans were lost", { why }));
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 3 }));
const handlers = dataHandlers({
    table: new SessionsTable(dynamo, environment.DYNAMODB_TABLE_NAME),
    ledger: environment.USAGE_TABLE === undefined ? undefined : new Ledger(dynamo, environment.USAGE_TABLE),
    objects: new UserObjects(new S3Client({ maxAttempts: 3 }), environment.S3_BUCKET, environment.S3_BASE_PREFIX),
});

/** Answers `{ success: true, operation, result }` or `{ success: false, operation, status, error, message }`. */
export async function handler(event: Record<string, unknown>, context: Invocation): Promise<object> {
    return inSpan("data operation", { kind: SpanKind.SERVER }, () => answer(event, context), traceOf(undefined));
}

interface Invocation {
    getRemainingTimeInMillis?(): number;
}

async function answer(event: Record<string, unknown>, context: Invocation): Promise<object> {
    const operation = event?.operation;
    try {
        if (typeof operation !== "string" || !Object.hasOwn(dataOperations, operation)) {
            throw badRequest([
                `operation is ${JSON.stringify(operation)}; it must be one of ${Object.keys(dataOperations).join(", ")}`,
            ]);
        }
        const name = operation as DataOperation;
        trace.getActiveSpan()?.updateName(name);
        const parsed = dataOperations[name].safeParse(event);
        if (!parsed.success) {
            throw badRequest(bodyProblems(parsed.error));
        }
        const remaining = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
        return { success: true, operation: name, result: await handlers[name](parsed.data as never, remaining) };
    } catch (error) {
        const known =
            error instanceof ApiError
                ? error
                : new ApiError(500, "internal_error", "Something went wrong on our side. Try again.", { cause: error });
        const cause = known.cause as Error | undefined;
        logger.error("operation failed", { operation: String(operation), status: known.status, cause: cause?.name });
        return { success: false, operation, status: known.status, error: known.error, message: known.message };
    }
}
