import { once } from "node:events";
import { expect } from "chai";
import { operations } from "../../../../contract/operations.ts";
import { createApiHandler } from "../../../../docker/shared/apiHandler.ts";
import type { SessionsTable } from "../../../../docker/shared/sessionsTable.ts";
import { CLIENT_ID, gatewayEvent } from "../../../kit/functions/gatewayEvent.ts";

/** Powertools' own switches: a log is no part of what is tested, nor of what the tests print. */
const quiet = { POWERTOOLS_LOG_LEVEL: "SILENT", POWERTOOLS_METRICS_DISABLED: "true" };

describe("A function behind the REST API", () => {
    beforeEach(() => Object.assign(process.env, quiet));
    afterEach(() => {
        for (const name of Object.keys(quiet)) {
            delete process.env[name];
        }
    });

    it("says that an answer took too long before the gateway gives up", async () => {
        const operation = operations.find(({ path }) => path === "/generate-topics-ideas") ?? expect.fail();
        const recorded: object[] = [];
        const handler = createApiHandler({
            handlers: [
                {
                    operation,
                    handle: async (_body, _caller, signal) => {
                        await once(signal, "abort");
                        throw signal.reason;
                    },
                },
            ],
            table: {
                put: async (row: object) => recorded.push(row),
                takeSlot: async () => true,
                freeSlot: async () => undefined,
            } as unknown as SessionsTable,
            clientId: CLIENT_ID,
            serviceName: "test",
            environment: "test",
            corsOrigins: [],
            streamed: false,
            timeoutSeconds: 1,
            keepsPartialWork: false,
        }) as (event: object, context: object) => Promise<{ statusCode: number; body: string }>;
        const body = { genre: "fiction", topics: "lighthouses" };
        const { statusCode, body: answer } = await handler(gatewayEvent(operation.path, body, "ann"), {});
        expect(statusCode).to.equal(504);
        expect(JSON.parse(answer)).to.have.keys("error", "message", "request_id");
        expect(recorded).to.have.lengthOf(1);
    });
});
