import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { z } from "zod";

/** A guardrail or an inference profile. */
interface Named {
    id: string;
    name: string;
}

const guardrails = z.object({
    nextToken: z.string().nullish(),
    guardrails: z.array(z.object({ id: z.string(), name: z.string() })),
});
const inferenceProfiles = z.object({
    nextToken: z.string().nullish(),
    inferenceProfileSummaries: z.array(z.object({ inferenceProfileId: z.string(), inferenceProfileName: z.string() })),
});

/** Lists of Bedrock. Requests are signed here instead of by an SDK client: only these operations are needed. */
export class BedrockLists {
    readonly #settings: ConstructorParameters<typeof STSClient>[0] & { region?: string; endpoint?: string };

    constructor(settings: { region: string | undefined; endpoint?: string }) {
        this.#settings = settings;
    }

    /** All guardrails of the region, as drafts (ListGuardrails). */
    async guardrails(): Promise<Named[]> {
        return await this.#all("/guardrails", {}, guardrails, (page) => page.guardrails);
    }

    /** All application inference profiles of the region (ListInferenceProfiles). */
    async inferenceProfiles(): Promise<Named[]> {
        return await this.#all("/inference-profiles", { type: "APPLICATION" }, inferenceProfiles, (page) =>
            page.inferenceProfileSummaries.map((it) => ({ id: it.inferenceProfileId, name: it.inferenceProfileName })),
        );
    }

    async #all<Page extends { nextToken?: string | null }>(
        path: string,
        query: Record<string, string>,
        schema: z.ZodType<Page>,
        itemsOf: (page: Page) => Named[],
    ): Promise<Named[]> {
        const found: Named[] = [];
        let token: string | null | undefined;
        do {
            const page = schema.parse(await this.#get(path, token ? { ...query, nextToken: token } : query));
            found.push(...itemsOf(page));
            token = page.nextToken;
        } while (token);
        return found;
    }

    async #get(path: string, query: Record<string, string>): Promise<unknown> {
        const { config } = new STSClient(this.#settings);
        const region = await config.region();
        const base = this.#settings.endpoint?.replace(/\/+$/, "") ?? `https://bedrock.${region}.amazonaws.com`;
        const url = new URL(base + path);
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
            throw new Error(`Bedrock answered ${response.status} when it was asked for ${path}`);
        }
        return await response.json();
    }
}
