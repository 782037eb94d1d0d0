import { once } from "node:events";
import { expect } from "chai";
import { operations } from "../../../../contract/operations.ts";
import type { Counters } from "../../../../contract/usage.ts";
import { createApiHandler } from "../../../../docker/shared/apiHandler.ts";
import type { SessionsTable } from "../../../../docker/shared/sessionsTable.ts";
import { BoundReached, type Person } from "../../../../docker/shared/usage/bounds.ts";
import type { Ledger, LedgerCall } from "../../../../docker/shared/usage/ledger.ts";
import { Meter } from "../../../../docker/shared/usage/meter.ts";
import type { Usage } from "../../../../docker/shared/usage/usage.ts";
import { CLIENT_ID, gatewayEvent } from "../../../kit/functions/gatewayEvent.ts";

/** Powertools' own switches: a log is no part of what is tested, nor of what the tests print. */
const quiet = { POWERTOOLS_LOG_LEVEL: "SILENT", POWERTOOLS_METRICS_DISABLED: "true" };

describe("A function behind the REST API", () => {
    beforeEach(() => Object.assign(process.env, quiet));

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

    it("counts its seconds for who calls and for their job, also where it fails, and refuses who has reached a bound", async () => {
        const operation = operations.find(({ path }) => path === "/generate-topics-ideas") ?? expect.fail();
        const asked: Person[] = [];
        const ended: [string, string, string, number][] = [];
        const ledger = {
            begin: async () => undefined,
            end: async ({ userId, story, model }: LedgerCall, { compute_ms }: Counters) => {
                ended.push([userId, story, model.replace(/-.*/, ""), Math.sign(compute_ms)]);
            },
        } as unknown as Ledger;
        const usage = {
            bounded: {
                assertMay: async (person: Person) => {
                    asked.push(person);
                    if (person.userId === "bob" && !person.isAdmin) {
                        throw new BoundReached("dailyUsdPerPerson", 5, 0, new Date("2026-11-26T23:59:00Z"));
                    }
                },
            },
            meter: new Meter({
                ledger,
                pricing: { region: "us-east-1", own: {} },
                onUsed: () => undefined,
                onError: (error) => expect.fail(String(error)),
            }),
        } as unknown as Usage;
        const handler = createApiHandler({
            handlers: [
                {
                    operation,
                    handle: async () => {
                        await new Promise((resolve) => setTimeout(resolve, 5));
                        throw new Error("it fails");
                    },
                },
            ],
            table: {
                put: async () => true,
                takeSlot: async () => true,
                freeSlot: async () => undefined,
            } as unknown as SessionsTable,
            usage,
            clientId: CLIENT_ID,
            serviceName: "test",
            environment: "test",
            corsOrigins: [],
            streamed: false,
            timeoutSeconds: 10,
            keepsPartialWork: false,
        }) as (event: object, context: object) => Promise<HandlerAnswer>;
        const ask = (user: string, claims = {}) => {
            const body = { genre: "fiction", topics: "lighthouses", job_id: `job-of-${user}` };
            return handler(gatewayEvent(operation.path, body, user, claims), {});
        };

        expect((await ask("ann")).statusCode).to.equal(500);
        expect(ended).to.deep.equal([["ann", "job-of-ann", "lambda", 1]]);

        const { statusCode, body, headers = {}, multiValueHeaders = {} } = await ask("bob");
        expect(statusCode).to.equal(429);
        expect(JSON.parse(body)).to.deep.include({
            error: "bound_reached",
            bound: { name: "dailyUsdPerPerson", limit: 5, left: 0, resets_at: "2026-11-27T00:00:00.000Z" },
        });
        expect({ ...headers, ...multiValueHeaders }["retry-after"]).to.be.oneOf(["60", ["60"]]);
        expect(ended).to.have.lengthOf(1);

        expect((await ask("bob", { "cognito:groups": "readers,admin" })).statusCode).to.equal(500);
        expect((await ask("bob", { "cognito:groups": "not-admin" })).statusCode).to.equal(429);
        expect(asked.map(({ isAdmin }) => isAdmin)).to.deep.equal([false, false, true, false]);
    });
});

interface HandlerAnswer {
    statusCode: number;
    body: string;
    headers?: Record<string, string>;
    multiValueHeaders?: Record<string, string[]>;
}
