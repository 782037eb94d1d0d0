import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { upstreamTimeoutMs } from "./environment.ts";

/** The functions' Bedrock client, without retries of its own, so that three attempts are three calls. */
export function createBedrock(): BedrockRuntimeClient {
    return new BedrockRuntimeClient({
        maxAttempts: 1,
        requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, requestTimeout: upstreamTimeoutMs }),
    });
}
