/** A guardrail as Bedrock's GetGuardrail gives it, as far as it is acted on here. */
import type { Exchange } from "../exchange.ts";

export type Confidence = "LOW" | "MEDIUM" | "HIGH";
export type Strength = "NONE" | Confidence;

interface Way {
    inputEnabled?: boolean;
    outputEnabled?: boolean;
}

export interface ContentFilter extends Way {
    type: string;
    inputStrength: Strength;
    outputStrength: Strength;
}

export interface PersonalData extends Way {
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
    topicPolicy?: { topics: ({ name: string; definition: string; examples?: string[] } & Way)[] };
    wordPolicy?: { words?: ({ text: string } & Way)[]; managedWordLists?: ({ type: string } & Way)[] };
    sensitiveInformationPolicy?: { piiEntities?: PersonalData[] };
}

/** Which guardrail a call names, and the region that it is signed for. */
export interface Named {
    identifier: string;
    version: string;
    region: string;
}

/** Finds a guardrail; undefined where there is none of that name and version in the region. */
export type FindGuardrail = (named: Named) => Promise<GuardrailDefinition | undefined>;

/** The guardrails of a control plane of Bedrock: AWS's own, or what stands in for it. */
export function guardrailsOf(endpoint: string): FindGuardrail {
    return async ({ identifier, version, region }) => {
        const path = `/guardrails/${encodeURIComponent(identifier)}?guardrailVersion=${version}`;
        const response = await fetch(endpoint + path, {
            headers: {
                // Whom it is for; nothing here checks signatures.
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
