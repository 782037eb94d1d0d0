/** A function behind the REST API whose answers a test releases, on the table of the functions' world. */
import { createRequire } from "node:module";
import { expect } from "chai";
import { operations } from "../../../contract/operations.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { CLIENT_ID, gatewayEvent } from "./gatewayEvent.ts";
import { requests } from "./requests.ts";

const require = createRequire(new URL("../../../docker/package.json", import.meta.url));

export const SLOW_PATH = "/generate-topics-ideas";

// biome-ignore lint/suspicious/noExplicitAny: Lambda's own types are any
type Handler = (event: object, context: object) => Promise<any>;

export interface SlowFunction {
    /** Calls the function as `user`; `name`: the call's `Idempotency-Key`, `remainingMs`: the time until Lambda ends it. */
    call(user: string, name?: string, remainingMs?: number): Promise<Answer>;
}

/** Makes a function that answers with `answer`'s result. The world with its table must exist. */
export async function slowFunction(
    answer: () => Promise<Record<string, unknown>>,
    { timeoutSeconds = 29, keepsWork = false } = {},
): Promise<SlowFunction> {
    const { createApiHandler } = await import("../../../docker/shared/apiHandler.ts");
    const { SessionsTable } = await import("../../../docker/shared/sessionsTable.ts");
    const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
    const { DynamoDBDocumentClient } = require("@aws-sdk/lib-dynamodb");
    const handler = createApiHandler({
        handlers: [{ operation: operations.find((one) => one.path === SLOW_PATH) ?? expect.fail(), handle: answer }],
        table: new SessionsTable(
            DynamoDBDocumentClient.from(new DynamoDBClient()),
            process.env.DYNAMODB_TABLE_NAME ?? "",
        ),
        clientId: CLIENT_ID,
        serviceName: "test",
        environment: "test",
        corsOrigins: [],
        streamed: false,
        timeoutSeconds,
        keepsPartialWork: keepsWork,
    }) as Handler;
    return {
        call: async (user, name, remainingMs = 60_000) =>
            readAnswer(
                await handler(gatewayEvent(SLOW_PATH, requests[SLOW_PATH], user, {}, name), {
                    getRemainingTimeInMillis: () => remainingMs,
                }),
            ),
    };
}
