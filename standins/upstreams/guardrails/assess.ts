/** Applies a guardrail to texts, with Bedrock's form of the results. */
import { attackIn } from "./attacks.ts";
import type { Confidence, GuardrailDefinition, Strength } from "./definition.ts";
import { harmIn, personalDataIn, profanityIn } from "./harm.ts";
import { readingsOf } from "./plainText.ts";

export type Source = "INPUT" | "OUTPUT";

interface Found {
    action: "BLOCKED" | "ANONYMIZED";
    [detail: string]: unknown;
}

/** A GuardrailAssessment of Bedrock's. */
export interface Assessment {
    topicPolicy?: { topics: Found[] };
    contentPolicy?: { filters: Found[] };
    wordPolicy?: { customWords: Found[]; managedWordLists: Found[] };
    sensitiveInformationPolicy?: { piiEntities: Found[]; regexes: Found[] };
    invocationMetrics: { guardrailProcessingLatency: number; usage: Record<string, number> };
}

/** The result for texts. */
export interface Verdict {
    isBlocked: boolean;
    /** The texts, masked where the guardrail masks. */
    texts: string[];
    isMasked: boolean;
    assessment: Assessment;
}

/** The confidences that a strength blocks (Bedrock user guide, Content filters: classification and blocking levels). */
const blocks: Record<Strength, Confidence[]> = {
    NONE: [],
    LOW: ["HIGH"],
    MEDIUM: ["HIGH", "MEDIUM"],
    HIGH: ["HIGH", "MEDIUM", "LOW"],
};

export function assess(guardrail: GuardrailDefinition, source: Source, texts: string[]): Verdict {
    const whole = texts.join("\n");
    const readings = readingsOf(whole);
    const isOn = (way: { inputEnabled?: boolean; outputEnabled?: boolean }) =>
        (source === "INPUT" ? way.inputEnabled : way.outputEnabled) !== false;
    const personal = personalDataOf(guardrail, source, whole, isOn);
    const assessment: Assessment = {
        ...some("contentPolicy", { filters: contentOf(guardrail, source, whole, readings, isOn) }),
        ...some("topicPolicy", { topics: topicsOf(guardrail, readings, isOn) }),
        ...some("wordPolicy", wordsOf(guardrail, readings, isOn)),
        ...some("sensitiveInformationPolicy", { piiEntities: personal, regexes: [] }),
        invocationMetrics: { guardrailProcessingLatency: 1, usage: usageOf(guardrail, whole) },
    };
    const found = Object.values(assessment)
        .flatMap((policy) => Object.values(policy).filter(Array.isArray))
        .flat();
    const masked = personal.filter(({ action }) => action === "ANONYMIZED");
    const mask = (text: string) =>
        masked.reduce((rest, { type, match }) => rest.replaceAll(String(match), `{${type}}`), text);
    return {
        isBlocked: found.some(({ action }) => action === "BLOCKED"),
        isMasked: masked.length > 0,
        texts: texts.map(mask),
        assessment,
    };
}

type IsOn = (way: { inputEnabled?: boolean; outputEnabled?: boolean }) => boolean;

/** Leaves out a policy without findings. */
function some<Name extends keyof Assessment>(name: Name, policy: Record<string, Found[]>): Partial<Assessment> {
    return Object.values(policy).some((found) => found.length > 0) ? { [name]: policy } : {};
}

function contentOf(
    guardrail: GuardrailDefinition,
    source: Source,
    whole: string,
    readings: string[],
    isOn: IsOn,
): Found[] {
    const filters = (guardrail.contentPolicy?.filters ?? []).filter(isOn);
    const harm = harmIn(readings);
    return filters.flatMap((filter) => {
        const strength = source === "INPUT" ? filter.inputStrength : filter.outputStrength;
        const isAttack = filter.type === "PROMPT_ATTACK" && strength !== "NONE" && attackIn(whole) !== undefined;
        const confidence = isAttack ? "HIGH" : harm.find(({ type }) => type === filter.type)?.confidence;
        return confidence && blocks[strength].includes(confidence)
            ? [{ type: filter.type, confidence, filterStrength: strength, action: "BLOCKED", detected: true }]
            : [];
    });
}

/** A topic is found if a text has nearly all words of one of its examples, in any order. */
function topicsOf(guardrail: GuardrailDefinition, readings: string[], isOn: IsOn): Found[] {
    const found = new Set(readings.flatMap(wordsIn));
    return (guardrail.topicPolicy?.topics ?? [])
        .filter(isOn)
        .filter(({ examples = [] }) =>
            examples.some((example) => {
                const words = wordsIn(example);
                return words.length >= 3 && words.filter((word) => found.has(word)).length >= words.length * 0.8;
            }),
        )
        .map(({ name }) => ({ name, type: "DENY", action: "BLOCKED", detected: true }));
}

/** The significant words: those of four and more letters. */
const wordsIn = (text: string) => text.toLowerCase().match(/[a-z]{4,}/g) ?? [];

function wordsOf(guardrail: GuardrailDefinition, readings: string[], isOn: IsOn) {
    const { words = [], managedWordLists = [] } = guardrail.wordPolicy ?? {};
    const [shown = ""] = readings;
    const profanity = profanityIn(shown);
    return {
        customWords: words
            .filter(isOn)
            .filter(({ text }) => ` ${shown.replaceAll(/[^\p{L}\p{N}]+/gu, " ")} `.includes(` ${text.toLowerCase()} `))
            .map(({ text }) => ({ match: text, action: "BLOCKED" as const, detected: true })),
        managedWordLists: managedWordLists
            .filter(isOn)
            .flatMap(({ type }) =>
                profanity ? [{ match: profanity, type, action: "BLOCKED" as const, detected: true }] : [],
            ),
    };
}

function personalDataOf(guardrail: GuardrailDefinition, source: Source, whole: string, isOn: IsOn): Found[] {
    const kinds = (guardrail.sensitiveInformationPolicy?.piiEntities ?? []).filter(isOn);
    return kinds.flatMap(({ type, action, inputAction, outputAction }) => {
        const configured = (source === "INPUT" ? inputAction : outputAction) ?? action;
        const match = configured === "NONE" ? undefined : personalDataIn(type, whole);
        const done = configured === "BLOCK" ? ("BLOCKED" as const) : ("ANONYMIZED" as const);
        return match === undefined ? [] : [{ type, match, action: done, detected: true }];
    });
}

/** Characters of a text unit (Amazon Bedrock pricing, Guardrails). */
const UNIT_CHARACTERS = 1_000;

function usageOf(guardrail: GuardrailDefinition, whole: string): Record<string, number> {
    const units = Math.ceil(whole.length / UNIT_CHARACTERS);
    const of = (policy: unknown) => (policy ? units : 0);
    return {
        topicPolicyUnits: of(guardrail.topicPolicy?.topics.length),
        contentPolicyUnits: of(guardrail.contentPolicy?.filters.length),
        wordPolicyUnits: of(guardrail.wordPolicy),
        sensitiveInformationPolicyUnits: of(guardrail.sensitiveInformationPolicy?.piiEntities?.length),
        sensitiveInformationPolicyFreeUnits: 0,
        contextualGroundingPolicyUnits: 0,
    };
}
