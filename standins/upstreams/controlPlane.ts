/** Bedrock's control plane besides models, which an emulator has: whoever is sent here for models finds the rest too. */
import type { Exchange } from "./exchange.ts";

const ROUTE = /^\/(guardrails|inference-profiles)(\/|$)|^\/(listTagsForResource|tagResource|untagResource)$/;
/** AWS's own profiles have ids such as `us.amazon.nova-pro-v1:0`. */
const SYSTEM_PROFILE = /^\/inference-profiles\/(?!.*application-inference-profile)[^/]*\./;

export const isOfControlPlane = (path: string) => ROUTE.test(path) && !SYSTEM_PROFILE.test(path);

/** Passes a request on to the control plane at `endpoint`. */
export async function passOn(exchange: Exchange, endpoint: string): Promise<void> {
    const { method, path, query, body } = exchange;
    const { authorization = "" } = exchange.headers;
    const response = await fetch(`${endpoint}${path}${query.size > 0 ? `?${query}` : ""}`, {
        method,
        headers: { authorization, "content-type": "application/json" },
        body: body.length > 0 ? body : undefined,
    });
    const error = response.headers.get("x-amzn-errortype");
    await exchange.send(
        response.status,
        { "content-type": "application/json", ...(error ? { "x-amzn-errortype": error } : {}) },
        await response.text(),
    );
}
