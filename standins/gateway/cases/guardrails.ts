import { randomBytes } from "node:crypto";
import { ACCOUNT } from "../account.ts";
import { type BedrockResource, BedrockResources, tagsOf } from "../bedrockResources.ts";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer } from "../response.ts";

const COLLECTION = "guardrails";

interface Kept extends BedrockResource {
    /** GetGuardrail's answer, by version, with the draft. */
    versions: Record<string, Record<string, unknown>>;
}

const missing = () =>
    new AwsError(
        "ResourceNotFoundException",
        "The guardrail identifier or version provided in the request does not exist.",
        404,
    );

const resources = new BedrockResources<Kept>(COLLECTION, missing);

/** MiniStack's form of guardrails differs from AWS's, and all versions of a guardrail equal its newest. */
export const guardrails: Case = {
    title: "The guardrails of Bedrock and their versions",
    difference: "missing",
    source: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateGuardrail.html, API_GetGuardrail.html and API_CreateGuardrailVersion.html",
    requests: [
        "bedrock:POST /guardrails",
        "bedrock:GET /guardrails",
        "bedrock:POST /guardrails/{id}",
        "bedrock:GET /guardrails/{id}",
        "bedrock:PUT /guardrails/{id}",
        "bedrock:DELETE /guardrails/{id}",
        "bedrock:POST /listTagsForResource",
        "bedrock:POST /tagResource",
        "bedrock:POST /untagResource",
    ],
    async handle(request, next, emulator) {
        switch (request.operation) {
            case "POST /guardrails":
                return create(request, emulator);
            case "GET /guardrails":
                return list(request, emulator);
            case "POST /guardrails/{id}":
                return createVersion(request, emulator);
            case "GET /guardrails/{id}":
                return answer(request, versionOf(request, emulator));
            case "PUT /guardrails/{id}":
                return update(request, emulator);
            case "DELETE /guardrails/{id}":
                return remove(request, emulator);
            default:
                return /:guardrail\/[a-z0-9]+$/.test(request.input.resourceARN)
                    ? resources.tags(request, emulator)
                    : next(request);
        }
    },
};

const ACCEPTED = 202;

function create(request: AwsRequest, emulator: Emulator): AwsResponse {
    const { input, region } = request;
    check(input);
    const all = emulator.store.all<Kept>(COLLECTION);
    if (all.some(([, one]) => one.region === region && one.versions.DRAFT?.name === input.name)) {
        throw new AwsError("ConflictException", "Another guardrail in your account already has this name.");
    }
    const guardrailId = randomBytes(16).toString("hex").slice(0, 12);
    const guardrailArn = `arn:aws:bedrock:${region}:${ACCOUNT}:guardrail/${guardrailId}`;
    const createdAt = new Date(emulator.now()).toISOString();
    const draft = { guardrailId, guardrailArn, version: "DRAFT", createdAt, ...outputFor(input, createdAt) };
    emulator.store.set(COLLECTION, guardrailId, {
        region,
        versions: { DRAFT: draft },
        tags: tagsOf(input.tags),
    } satisfies Kept);
    return answer(request, { guardrailId, guardrailArn, version: "DRAFT", createdAt }, ACCEPTED);
}

function list(request: AwsRequest, emulator: Emulator): AwsResponse {
    const here = resources.inRegion(request, emulator);
    const guardrails = here.map(([id, { versions }]) => {
        const { guardrailArn: arn, name, description, status, version, createdAt, updatedAt } = versions.DRAFT ?? {};
        return { id, arn, name, description, status, version, createdAt, updatedAt };
    });
    return answer(request, { guardrails });
}

function update(request: AwsRequest, emulator: Emulator): AwsResponse {
    check(request.input);
    const [id, kept] = resources.named(request, emulator);
    const { DRAFT: old } = kept.versions;
    const updatedAt = new Date(emulator.now()).toISOString();
    const { guardrailId, guardrailArn, version, createdAt } = old ?? {};
    const draft = { guardrailId, guardrailArn, version, createdAt, ...outputFor(request.input, updatedAt) };
    emulator.store.set(COLLECTION, id, { ...kept, versions: { ...kept.versions, DRAFT: draft } } satisfies Kept);
    return answer(request, { guardrailId, guardrailArn, version: "DRAFT", updatedAt }, ACCEPTED);
}

function createVersion(request: AwsRequest, emulator: Emulator): AwsResponse {
    const [id, kept] = resources.named(request, emulator);
    const numbers = Object.keys(kept.versions).map((name) => Number(name) || 0);
    const version = String(Math.max(...numbers) + 1);
    const { description = "" } = request.input;
    const made = { ...kept.versions.DRAFT, version, description };
    emulator.store.set(COLLECTION, id, { ...kept, versions: { ...kept.versions, [version]: made } } satisfies Kept);
    return answer(request, { guardrailId: id, version }, ACCEPTED);
}

function remove(request: AwsRequest, emulator: Emulator): AwsResponse {
    const [id, kept] = resources.named(request, emulator);
    const version = request.head.query.get("guardrailVersion");
    if (version === null) {
        emulator.store.delete(COLLECTION, id);
    } else {
        versionOf(request, emulator);
        const { [version]: _, ...versions } = kept.versions;
        emulator.store.set(COLLECTION, id, { ...kept, versions } satisfies Kept);
    }
    return answer(request, {}, ACCEPTED);
}

function versionOf(request: AwsRequest, emulator: Emulator): Record<string, unknown> {
    const [, { versions }] = resources.named(request, emulator);
    const version = versions[request.head.query.get("guardrailVersion") ?? "DRAFT"];
    if (!version) {
        throw missing();
    }
    return version;
}

const invalid = (message: string) => new AwsError("ValidationException", message);

/** Refuses well-formed guardrails that AWS refuses. */
function check(input: AwsRequest["input"]): void {
    const { contentPolicyConfig, topicPolicyConfig, crossRegionConfig } = input;
    const attack = contentPolicyConfig?.filtersConfig?.find(({ type }: { type: string }) => type === "PROMPT_ATTACK");
    if (attack && attack.outputStrength !== "NONE") {
        // hashicorp/terraform-provider-awscc#1905
        throw invalid("PROMPT ATTACK content filter strength for response must be NONE");
    }
    const tiers = [contentPolicyConfig, topicPolicyConfig].map((policy) => policy?.tierConfig?.tierName);
    if (tiers.includes("STANDARD") && !crossRegionConfig) {
        // Bedrock user guide, Safeguard tiers: the Standard tier needs cross-Region inference. The words are not AWS's.
        throw invalid("The STANDARD tier requires a crossRegionConfig");
    }
}

/** GetGuardrail's answer for an input of CreateGuardrail or UpdateGuardrail: the same without `Config` in its names. */
function outputFor(input: AwsRequest["input"], updatedAt: string): Record<string, unknown> {
    const { tags: _, clientRequestToken: __, kmsKeyId, crossRegionConfig, ...rest } = input;
    const profile: string | undefined = crossRegionConfig?.guardrailProfileIdentifier;
    const output = withoutConfig(rest) as Record<string, Record<string, unknown>>;
    for (const policy of [output.contentPolicy, output.topicPolicy]) {
        if (policy) {
            policy.tier ??= { tierName: "CLASSIC" };
        }
    }
    return {
        ...output,
        status: "READY",
        updatedAt,
        ...(kmsKeyId ? { kmsKeyArn: kmsKeyId } : {}),
        ...(profile
            ? {
                  crossRegionDetails: {
                      guardrailProfileId: profile.split("/").at(-1),
                      guardrailProfileArn: profile,
                  },
              }
            : {}),
    };
}

function withoutConfig(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutConfig);
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(
              Object.entries(value).map(([name, inner]) => [name.replace(/Config$/, ""), withoutConfig(inner)]),
          )
        : value;
}
