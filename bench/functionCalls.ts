/**
 * Calls one function's bundle sequentially, as Lambda calls an instance: a child process (`functionCalls.ts BUNDLE`) that
 * answers a message with a number of calls with the milliseconds of each, without the time in which it waits for upstreams.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { gatewayEvent } from "../tests/kit/functions/gatewayEvent.ts";

interface Handled {
    statusCode: number;
    body: string;
}

const [bundle = ""] = process.argv.slice(2);
const { handler } = (await import(bundle)) as { handler(event: object, context: object): Promise<Handled> };

/**
 * The pending requests; `waitedMs` sums the time in which at least one is pending. A request is pending from its creation:
 * on loopback, writing it wakes the server, which may take this processor before the write is over.
 */
const pendingRequests = new Set<unknown>();
let waitingSince = 0;
let waitedMs = 0;
subscribe("http.client.request.created", (message) => {
    if (pendingRequests.size === 0) {
        waitingSince = performance.now();
    }
    pendingRequests.add((message as { request: unknown }).request);
});
// The head of the response has arrived; waiting ends with its body.
subscribe("http.client.response.finish", (message) => {
    const { request, response } = message as { request: unknown; response: IncomingMessage };
    response.once("end", () => {
        if (pendingRequests.delete(request) && pendingRequests.size === 0) {
            waitedMs += performance.now() - waitingSince;
        }
    });
});

const path = "/generate-topics-ideas";
const claims = { aud: process.env.COGNITO_CLIENT_ID ?? "" };
const event = gatewayEvent(path, { genre: "fiction", topics: "lighthouses, letters" }, "bench", claims);

async function callTimes(count: number): Promise<number[]> {
    const times: number[] = [];
    for (let call = 0; call < count; call += 1) {
        waitedMs = 0;
        const began = performance.now();
        const { statusCode, body } = await handler(event, {
            awsRequestId: "bench",
            getRemainingTimeInMillis: () => 60_000,
        });
        times.push(performance.now() - began - waitedMs);
        if (statusCode !== 200) {
            throw new Error(`${path} answered ${statusCode}: ${body}`);
        }
    }
    return times;
}

process.on("message", async (count: number) => {
    process.send?.(await callTimes(count));
});
