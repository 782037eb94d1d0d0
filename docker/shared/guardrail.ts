/** A Bedrock guardrail: which texts it checks, and what happens when it blocks one. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import {
    ApplyGuardrailCommand,
    type BedrockRuntimeClient,
    type GuardrailConfiguration,
    type GuardrailContentSource,
    ThrottlingException,
} from "@aws-sdk/client-bedrock-runtime";
import { SpanKind } from "@opentelemetry/api";
import * as z from "zod";
import { ApiError, badGateway, throttled } from "./apiErrors.ts";
import { inSpan } from "./tracing.ts";
import { DATA_MARKS, dataText, quoteData } from "./untrustedData.ts";

/** Identifies the guardrail, and the project and environment of its metrics. */
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

/** The variables that name a guardrail; without an id there is no guardrail. */
export const guardrailVariables = {
    BEDROCK_GUARDRAIL_ID: variable,
    BEDROCK_GUARDRAIL_VERSION: variable,
    PROJECT: z.string().default("story-42"),
};

/** The guardrail of the environment variables. Throws when the version is missing. */
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

/** The message for a reader whose wish, or its result, the guardrail blocked. */
export const STOPPED = "This can't be told here. Change the wish and try again.";

/** 422, as for other refused content. */
export const stoppedByGuardrail = () => new ApiError(422, "content_refused", STOPPED);

/**
 * Characters of one call; AWS counts text units of 1,000. Longer texts are checked in overlapping pieces, so that text at a
 * boundary is in both pieces.
 */
const MAX_CHARACTERS = 20_000;
const SEAM_CHARACTERS = 500;

/** The span of a check. */
const CHECK = { kind: SpanKind.CLIENT, attributes: { "gen_ai.provider.name": "aws.bedrock" } };

/**
 * The guardrail of a deployment. In a model call it checks only the texts that {@link guarded} marks; it checks neither tool
 * results nor tool inputs, in which all answers come here (Bedrock user guide, Include a guardrail with the Converse API).
 * {@link check} checks these, and requests to other services.
 */
export class Guardrail {
    /** The configuration for model calls. The trace is off, since a finding may contain personal data. */
    readonly configuration: GuardrailConfiguration & { guardrailIdentifier: string; guardrailVersion: string };
    readonly #bedrock: BedrockRuntimeClient;
    /** Counts an intervention. */
    readonly intervened: () => void;

    /** @param intervened counts an intervention. Default: a CloudWatch metric on standard output */
    constructor(settings: GuardrailSettings, bedrock: BedrockRuntimeClient, intervened = countFor(settings)) {
        const { id, version } = settings;
        this.configuration = { guardrailIdentifier: id, guardrailVersion: version, trace: "disabled" };
        this.#bedrock = bedrock;
        this.intervened = intervened;
    }

    /** Throws ApiError 422 when the guardrail blocks a text of `value`; other errors as {@link stops}. */
    async check(source: GuardrailContentSource, value: unknown, signal: AbortSignal): Promise<void> {
        if (await this.stops(source, value, signal)) {
            throw stoppedByGuardrail();
        }
    }

    /**
     * Whether the guardrail blocks any text in `value`, at any depth; counts the intervention. Throws when the check fails.
     *
     * @throws ApiError 429 when throttled, 502 when the check fails; the signal's reason
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
            return await inSpan("apply_guardrail", CHECK, () => this.#bedrock.send(command, { abortSignal: signal }));
        } catch (error) {
            signal.throwIfAborted();
            throw error instanceof ThrottlingException ? throttled("guardrail", error) : badGateway("guardrail", error);
        }
    }
}

/** Counts in the embedded metric format, in the namespace Story42; an alarm watches the metric. */
function countFor({ project, environment }: GuardrailSettings): () => void {
    const defaultDimensions = { environment, project };
    const metrics = new Metrics({ namespace: "Story42", serviceName: "guardrail", defaultDimensions });
    return () => {
        metrics.addMetric("guardrailIntervened", MetricUnit.Count, 1);
        metrics.publishStoredMetrics();
    };
}

/** Message content in the form of both Converse and Strands. */
type Content = { text: string } | { guardContent: { text: { text: string; qualifiers: ["guard_content"] } } };

/** The task and its data for a model; a guardrail checks only the data, not our own text around it. */
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
