/**
 * One function as its image has it, called in turn as Lambda calls an instance: `node bench/functionCalls.ts BUNDLE`
 * prints, as JSON, the milliseconds of each call without those in which it waits for what it calls.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { gatewayEvent } from "../tests/kit/functions/gatewayEvent.ts";

/** As for the service, what is measured begins when Node has compiled what runs often. */
const CALLS = { warmUp: 500, measured: 500 };

interface Handled {
    statusCode: number;
    body: string;
}

const [bundle = ""] = process.argv.slice(2);
const { handler } = (await import(bundle)) as { handler(event: object, context: object): Promise<Handled> };

/**
 * When waiting began, by request; `waited` adds up the time in which at least one is under way. A request is under way
 * from its making: on loopback, writing it wakes who is asked, who may take this processor before the write is over.
 */
const underWay = new Set<unknown>();
let since = 0;
let waited = 0;
subscribe("http.client.request.created", (message) => {
    if (underWay.size === 0) {
        since = performance.now();
    }
    underWay.add((message as { request: unknown }).request);
});
// The head of the answer is there; the rest of it may be waited for too.
subscribe("http.client.response.finish", (message) => {
    const { request, response } = message as { request: unknown; response: IncomingMessage };
    response.once("end", () => {
        if (underWay.delete(request) && underWay.size === 0) {
            waited += performance.now() - since;
        }
    });
});

const path = "/generate-topics-ideas";
const claims = { aud: process.env.COGNITO_CLIENT_ID ?? "" };
const event = gatewayEvent(path, { genre: "fiction", topics: "lighthouses, letters" }, "bench", claims);

const times: number[] = [];
for (let call = 0; call < CALLS.warmUp + CALLS.measured; call += 1) {
    waited = 0;
    const began = performance.now();
    const { statusCode, body } = await handler(event, {
        awsRequestId: "bench",
        getRemainingTimeInMillis: () => 60_000,
    });
    times.push(performance.now() - began - waited);
    if (statusCode !== 200) {
        throw new Error(`${path} answered ${statusCode}: ${body}`);
    }
}
console.log(JSON.stringify(times.slice(CALLS.warmUp)));
process.exit();
