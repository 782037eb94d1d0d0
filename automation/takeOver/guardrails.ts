import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { z } from "zod";

const page = z.object({
    guardrails: z.array(z.object({ id: z.string(), name: z.string() })),
    nextToken: z.string().nullish(),
});

/** Bedrock's ListGuardrails. Requests are signed here instead of by an SDK client: only this operation is needed. */
export class Guardrails {
    readonly #settings: ConstructorParameters<typeof STSClient>[0] & { region?: string; endpoint?: string };

    constructor(settings: { region: string | undefined; endpoint?: string }) {
        this.#settings = settings;
    }

    /** All guardrails of the region, as drafts. */
    async list(): Promise<{ id: string; name: string }[]> {
        const found: { id: string; name: string }[] = [];
        let token: string | null | undefined;
        do {
            const { guardrails, nextToken } = await this.#page(token ? { nextToken: token } : {});
            found.push(...guardrails);
            token = nextToken;
        } while (token);
        return found;
    }

    async #page(query: Record<string, string>): Promise<z.output<typeof page>> {
        const { config } = new STSClient(this.#settings);
        const region = await config.region();
        const base = this.#settings.endpoint?.replace(/\/+$/, "") ?? `https://bedrock.${region}.amazonaws.com`;
        const url = new URL(`${base}/guardrails`);
        const { credentials, sha256 } = config;
        const signer = new SignatureV4({ service: "bedrock", region, credentials, sha256 });
        const { headers } = await signer.sign({
            method: "GET",
            protocol: url.protocol,
            hostname: url.hostname,
            path: url.pathname,
            query,
            headers: { host: url.host },
        });
        url.search = new URLSearchParams(query).toString();
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
        if (!response.ok) {
            throw new Error(`Bedrock answered ${response.status} when it was asked for its guardrails`);
        }
        return page.parse(await response.json());
    }
}
