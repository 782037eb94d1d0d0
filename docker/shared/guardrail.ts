/** A guardrail of Bedrock: what is given to it to look at, and what follows when it stops something. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import {
    ApplyGuardrailCommand,
    type BedrockRuntimeClient,
    type GuardrailConfiguration,
    type GuardrailContentSource,
    ThrottlingException,
} from "@aws-sdk/client-bedrock-runtime";
import * as z from "zod";
import { ApiError, badGateway, throttled } from "./apiErrors.ts";
import { DATA_MARKS, dataText, quoteData } from "./untrustedData.ts";

/** Which guardrail, and whose counts it adds to. */
export interface GuardrailSettings {
    id: string;
    version: string;
    project: string;
    environment: string;
}

/** An unset variable and an empty one are the same. */
const variable = z
    .string()
    .default("")
    .transform((text) => text || undefined);

/** The variables that name a guardrail; without an id there is none. */
export const guardrailVariables = {
    BEDROCK_GUARDRAIL_ID: variable,
    BEDROCK_GUARDRAIL_VERSION: variable,
    PROJECT: z.string().default("story-42"),
};

/** The guardrail that the environment names. Throws where it names one without a version. */
export function guardrailSettings(environment: {
    BEDROCK_GUARDRAIL_ID?: string;
    BEDROCK_GUARDRAIL_VERSION?: string;
    PROJECT: string;
    ENVIRONMENT: string;
}): GuardrailSettings | undefined {
    const { BEDROCK_GUARDRAIL_ID: id, BEDROCK_GUARDRAIL_VERSION: version } = environment;
    if (id === undefined) {
        return undefined;
    }
    if (version === undefined) {
        throw new Error("The environment is not as it must be:\n  BEDROCK_GUARDRAIL_VERSION: is not set");
    }
    return { id, version, project: environment.PROJECT, environment: environment.ENVIRONMENT };
}

/** What a reader is told of a wish, or of what came of it, that the guardrail stopped. */
export const STOPPED = "This can't be told here. Change the wish and try again.";

/** 422, as any other content that is refused. */
export const stoppedByGuardrail = () => new ApiError(422, "content_refused", STOPPED);

/**
 * Characters of one call; AWS counts text units of 1,000. Longer texts are looked at piece by piece, and what stands on a seam
 * is in both pieces.
 */
const MAX_CHARACTERS = 20_000;
const SEAM_CHARACTERS = 500;

/**
 * The guardrail of a deployment. A call of a model has it look at the texts that are marked with {@link guarded} alone. Of what
 * tools give and of what a model hands to a tool, which is how all answers come here, it sees nothing there (Bedrock user guide,
 * Include a guardrail with the Converse API): for these, and for what other services are asked, there is {@link check}.
 */
export class Guardrail {
    /** For calls of models. What was found stays out of the answer: it may be somebody's personal data. */
    readonly configuration: GuardrailConfiguration & { guardrailIdentifier: string; guardrailVersion: string };
    readonly #bedrock: BedrockRuntimeClient;
    /** Counts that something was stopped. */
    readonly intervened: () => void;

    /** @param intervened how it is counted that something was stopped. Default: for CloudWatch, on standard output */
    constructor(settings: GuardrailSettings, bedrock: BedrockRuntimeClient, intervened = countFor(settings)) {
        const { id, version } = settings;
        this.configuration = { guardrailIdentifier: id, guardrailVersion: version, trace: "disabled" };
        this.#bedrock = bedrock;
        this.intervened = intervened;
    }

    /** Throws ApiError 422 where the guardrail stops a text of `value`; others as {@link stops} does. */
    async check(source: GuardrailContentSource, value: unknown, signal: AbortSignal): Promise<void> {
        if (await this.stops(source, value, signal)) {
            throw stoppedByGuardrail();
        }
    }

    /**
     * Whether the guardrail stops any text of `value`, however deep. That is counted. Where it can't be asked, nothing passes.
     *
     * @throws ApiError 429 when throttled, 502 when it can't be asked; the signal's reason
     */
    async stops(source: GuardrailContentSource, value: unknown, signal: AbortSignal): Promise<boolean> {
        for (const text of pieces(textsIn(value).join("\n"))) {
            const { guardrailIdentifier, guardrailVersion } = this.configuration;
            const command = new ApplyGuardrailCommand({
                guardrailIdentifier,
                guardrailVersion,
                source,
                content: [{ text: { text, qualifiers: ["guard_content"] } }],
            });
            const { action } = await this.#apply(command, signal);
            if (action === "GUARDRAIL_INTERVENED") {
                this.intervened();
                return true;
            }
        }
        return false;
    }

    async #apply(command: ApplyGuardrailCommand, signal: AbortSignal) {
        try {
            return await this.#bedrock.send(command, { abortSignal: signal });
        } catch (error) {
            signal.throwIfAborted();
            throw error instanceof ThrottlingException ? throttled("guardrail", error) : badGateway("guardrail", error);
        }
    }
}

/** Counts in the embedded metric format, in the namespace Story42; an alarm watches it. */
function countFor({ project, environment }: GuardrailSettings): () => void {
    const defaultDimensions = { environment, project };
    const metrics = new Metrics({ namespace: "Story42", serviceName: "guardrail", defaultDimensions });
    return () => {
        metrics.addMetric("guardrailIntervened", MetricUnit.Count, 1);
        metrics.publishStoredMetrics();
    };
}

/** Content of a message, as both Converse and Strands take it. */
type Content = { text: string } | { guardContent: { text: { text: string; qualifiers: ["guard_content"] } } };

/** The task and its data for a model: where there is a guardrail, it looks at the data, and at nothing of ours around it. */
export function guarded(guardrail: Guardrail | undefined, task: string, data: unknown): Content[] {
    return guardrail
        ? [
              { text: `${task}\n\n${DATA_MARKS.before}` },
              { guardContent: { text: { text: dataText(data), qualifiers: ["guard_content"] } } },
              { text: DATA_MARKS.after },
          ]
        : [{ text: `${task}\n\n${quoteData(data)}` }];
}

function textsIn(value: unknown): string[] {
    if (typeof value === "string") {
        return value.trim() === "" ? [] : [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function pieces(text: string): string[] {
    const count = Math.ceil(Math.max(0, text.length - SEAM_CHARACTERS) / (MAX_CHARACTERS - SEAM_CHARACTERS));
    const starts = Array.from({ length: count }, (_, at) => at * (MAX_CHARACTERS - SEAM_CHARACTERS));
    return text === "" ? [] : (count === 0 ? [0] : starts).map((start) => text.slice(start, start + MAX_CHARACTERS));
}
