/**
 * A relay to the real Bedrock: requests are signed anew with the person's own credentials, as the AWS SDKs find them. The
 * functions have only the credentials of their roles, never the person's.
 */
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { sendJson } from "../../standins/http.ts";
import { Relay } from "./relay.ts";

export interface BedrockRelayOptions {
    region: string;
    /** Bedrock's address. Default: the region's public address. */
    target?: string;
    /** Default: as the AWS SDKs find them (environment, profile, single sign-on). */
    credentials?: ReturnType<typeof defaultProvider>;
}

async function start({
    region,
    target = `https://bedrock-runtime.${region}.amazonaws.com`,
    credentials = defaultProvider(),
}: BedrockRelayOptions): Promise<Relay> {
    const signer = new SignatureV4({ service: "bedrock", region, credentials, sha256: Hash.bind(null, "sha256") });
    return await Relay.start({
        target,
        calls: /^POST \/model\/[\w.:%-]+\/converse(-stream)?$/,
        withKey: async ({ method, url, headers, body }) => {
            const token = process.env.AWS_BEARER_TOKEN_BEDROCK;
            if (token) {
                return { ...headers, authorization: `Bearer ${token}` };
            }
            const { protocol, hostname, pathname: path } = url;
            return (await signer.sign({ method, protocol, hostname, path, query: {}, headers, body })).headers;
        },
        failed: (response, why) => {
            // Bedrock's clients treat this as a refused key and don't retry.
            const headers = { "x-amzn-errortype": "AccessDeniedException" };
            sendJson(response, 403, { message: `The real Bedrock can't be asked: ${why}` }, headers);
        },
    });
}

/** Relays calls of Bedrock's models by the AWS SDKs. The person's bearer token takes precedence over other credentials. */
export const BedrockRelay = { start };
