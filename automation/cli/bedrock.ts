import { SignatureV4 } from "@smithy/signature-v4";
import { z } from "zod";
import type { AwsClients } from "./clients.ts";

/** A foundation model (GetFoundationModel). */
const foundationModel = z.object({
    modelDetails: z.object({
        modelLifecycle: z.object({ status: z.string(), endOfLifeTime: z.string().nullish() }).optional(),
    }),
});
/** Whether an account may use a foundation model (GetFoundationModelAvailability). */
const availability = z.object({
    authorizationStatus: z.string(),
    entitlementAvailability: z.string(),
    regionAvailability: z.string(),
});
/** An inference profile (GetInferenceProfile). */
const inferenceProfile = z.object({ status: z.string() });

const TIMEOUT_MS = 10_000;

/**
 * Reads Bedrock's models. Requests are signed here instead of by an SDK client: only three operations are needed.
 *
 * The address is `AWS_ENDPOINT_URL_BEDROCK` or `AWS_ENDPOINT_URL` where one is set.
 */
export class BedrockModels {
    readonly #sts: AwsClients["sts"];
    readonly #region: string;

    constructor({ sts }: AwsClients, region: string) {
        this.#sts = sts;
        this.#region = region;
    }

    /** Undefined when there is no such model. */
    foundationModel(id: string) {
        return this.#get(`/foundation-models/${encodeURIComponent(id)}`, foundationModel);
    }

    /** Undefined when there is no such model. */
    availability(id: string) {
        return this.#get(`/foundation-model-availability/${encodeURIComponent(id)}`, availability);
    }

    /** Undefined when there is no such profile in the region. */
    inferenceProfile(id: string) {
        return this.#get(`/inference-profiles/${encodeURIComponent(id)}`, inferenceProfile);
    }

    async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
        const given = process.env.AWS_ENDPOINT_URL_BEDROCK ?? process.env.AWS_ENDPOINT_URL;
        const base = given?.replace(/\/+$/, "") ?? `https://bedrock.${this.#region}.amazonaws.com`;
        const url = new URL(`${base}${path}`);
        const signer = new SignatureV4({
            service: "bedrock",
            region: this.#region,
            credentials: this.#sts.config.credentials,
            sha256: this.#sts.config.sha256,
        });
        const { headers } = await signer.sign({
            method: "GET",
            protocol: url.protocol,
            hostname: url.hostname,
            path: url.pathname,
            headers: { host: url.host },
        });
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (response.ok) {
            return schema.parse(await response.json());
        }
        const error = response.headers.get("x-amzn-errortype")?.split(":")[0] ?? `status ${response.status}`;
        await response.body?.cancel();
        // An id that never existed is a ValidationException; a retired model is not found.
        if (error === "ResourceNotFoundException" || error === "ValidationException") {
            return undefined;
        }
        throw new Error(`Bedrock answered ${error} when it was asked for ${path}`);
    }
}
