/** A guardrail in the form of Bedrock's GetGuardrail, with the parts that are used here. */
import type { Exchange } from "../exchange.ts";

export type Confidence = "LOW" | "MEDIUM" | "HIGH";
export type Strength = "NONE" | Confidence;

interface Directions {
    inputEnabled?: boolean;
    outputEnabled?: boolean;
}

export interface ContentFilter extends Directions {
    type: string;
    inputStrength: Strength;
    outputStrength: Strength;
}

export interface PersonalData extends Directions {
    type: string;
    action: string;
    inputAction?: string;
    outputAction?: string;
}

export interface GuardrailDefinition {
    guardrailId: string;
    guardrailArn: string;
    version: string;
    blockedInputMessaging: string;
    blockedOutputsMessaging: string;
    contentPolicy?: { filters: ContentFilter[] };
    topicPolicy?: { topics: ({ name: string; definition: string; examples?: string[] } & Directions)[] };
    wordPolicy?: { words?: ({ text: string } & Directions)[]; managedWordLists?: ({ type: string } & Directions)[] };
    sensitiveInformationPolicy?: { piiEntities?: PersonalData[] };
}

/** The guardrail that a call names, and the region that the call is signed for. */
export interface GuardrailReference {
    identifier: string;
    version: string;
    region: string;
}

/** Finds a guardrail; undefined if the region has none with that identifier and version. */
export type FindGuardrail = (reference: GuardrailReference) => Promise<GuardrailDefinition | undefined>;

/** Finds the guardrails of a control plane of Bedrock: AWS's, or a stand-in for it. */
export function guardrailsOf(endpoint: string): FindGuardrail {
    return async ({ identifier, version, region }) => {
        const path = `/guardrails/${encodeURIComponent(identifier)}?guardrailVersion=${version}`;
        const response = await fetch(endpoint + path, {
            headers: {
                // This names the service and the region; no signature is checked here.
                authorization: `AWS4-HMAC-SHA256 Credential=upstreams/20260101/${region}/bedrock/aws4_request`,
            },
        });
        return response.ok ? ((await response.json()) as GuardrailDefinition) : undefined;
    };
}

/** The region that a call is signed for. */
export function regionOf({ headers }: Exchange): string | undefined {
    return /Credential=[^/]+\/\d+\/([\w-]+)\/bedrock\//.exec(headers.authorization ?? "")?.[1];
}
