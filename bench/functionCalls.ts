/**
 * Calls one function's bundle sequentially, as Lambda calls an instance: `node bench/functionCalls.ts BUNDLE` prints, as
 * JSON, the milliseconds of each call without the time in which it waits for upstreams.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { gatewayEvent } from "../tests/kit/functions/gatewayEvent.ts";

/** As for the service, measuring begins after a warm-up, in which Node compiles hot code. */
const CALLS = { warmUp: 500, measured: 500 };

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

const times: number[] = [];
for (let call = 0; call < CALLS.warmUp + CALLS.measured; call += 1) {
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
console.log(JSON.stringify(times.slice(CALLS.warmUp)));
process.exit();
