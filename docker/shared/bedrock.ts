import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { upstreamTimeoutMs } from "./environment.ts";
import { traceHeaders } from "./tracing.ts";

/** Sends each request with the headers of the trace that it belongs to. */
export class TracedHttpHandler extends NodeHttpHandler {
    override handle(...[request, options]: Parameters<NodeHttpHandler["handle"]>) {
        // The request is signed already, and AWS takes headers that are not.
        Object.assign(request.headers, traceHeaders());
        return super.handle(request, options);
    }
}

/** The functions' Bedrock client, without retries of its own, so that three attempts are three calls. */
export function createBedrock(): BedrockRuntimeClient {
    return new BedrockRuntimeClient({
        maxAttempts: 1,
        requestHandler: new TracedHttpHandler({ connectionTimeout: 5_000, requestTimeout: upstreamTimeoutMs() }),
    });
}
