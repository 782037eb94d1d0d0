import { randomBytes } from "node:crypto";
import { geographies } from "../../bedrockGeographies.ts";
import { ACCOUNT } from "../account.ts";
import { type BedrockResource, BedrockResources, tagsOf } from "../bedrockResources.ts";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer } from "../response.ts";

const COLLECTION = "inferenceProfiles";

interface Kept extends BedrockResource {
    /** GetInferenceProfile's answer. */
    profile: Record<string, unknown>;
}

const resources = new BedrockResources<Kept>(
    COLLECTION,
    // The words are not AWS's.
    (name) => new AwsError("ResourceNotFoundException", `The inference profile ${name} does not exist.`, 404),
);

/** MiniStack finds an application profile by its id alone, refuses none, and takes what one is made of for its model. */
export const inferenceProfiles: Case = {
    title: "The application inference profiles of Bedrock",
    difference: "missing",
    source: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateInferenceProfile.html, API_GetInferenceProfile.html and API_DeleteInferenceProfile.html",
    requests: [
        "bedrock:POST /inference-profiles",
        "bedrock:GET /inference-profiles",
        "bedrock:GET /inference-profiles/{id}",
        "bedrock:DELETE /inference-profiles/{id}",
        "bedrock:POST /listTagsForResource",
        "bedrock:POST /tagResource",
        "bedrock:POST /untagResource",
    ],
    async handle(request, next, emulator) {
        switch (request.operation) {
            case "POST /inference-profiles":
                return create(request, emulator);
            case "GET /inference-profiles":
                return request.head.query.get("type") === "APPLICATION" ? list(request, emulator) : next(request);
            case "GET /inference-profiles/{id}":
                return isSystemDefined(request.params.id)
                    ? next(request)
                    : answer(request, resources.named(request, emulator)[1].profile);
            case "DELETE /inference-profiles/{id}":
                return remove(request, emulator);
            default:
                return /:application-inference-profile\//.test(request.input.resourceARN)
                    ? resources.tags(request, emulator)
                    : next(request);
        }
    },
};

function create(request: AwsRequest, emulator: Emulator): AwsResponse {
    const { input, region } = request;
    check("inferenceProfileName", input.inferenceProfileName, /^([0-9a-zA-Z][ _-]?)+$/, 64);
    check("description", input.description ?? "-", /^-$|^([0-9a-zA-Z:.][ _-]?)+$/, 200);
    const models = modelsOf(input.modelSource?.copyFrom, region);
    const id = randomBytes(16).toString("hex").slice(0, 12);
    const inferenceProfileArn = `arn:aws:bedrock:${region}:${ACCOUNT}:application-inference-profile/${id}`;
    const now = new Date(emulator.now()).toISOString();
    const profile = {
        inferenceProfileName: input.inferenceProfileName,
        description: input.description,
        inferenceProfileArn,
        inferenceProfileId: id,
        models: models.map((modelArn) => ({ modelArn })),
        status: "ACTIVE",
        type: "APPLICATION",
        createdAt: now,
        updatedAt: now,
    };
    emulator.store.set(COLLECTION, id, { region, profile, tags: tagsOf(input.tags) } satisfies Kept);
    return answer(request, { inferenceProfileArn, status: "ACTIVE" }, 201);
}

function list(request: AwsRequest, emulator: Emulator): AwsResponse {
    const here = resources.inRegion(request, emulator);
    return answer(request, { inferenceProfileSummaries: here.map(([, { profile }]) => profile) });
}

function remove(request: AwsRequest, emulator: Emulator): AwsResponse {
    const [id] = resources.named(request, emulator);
    emulator.store.delete(COLLECTION, id);
    return answer(request, {});
}

/** AWS's own profiles have ids such as `us.amazon.nova-pro-v1:0`. */
const isSystemDefined = (id = "") => !id.includes(":application-inference-profile/") && id.includes(".");

/** The models of a new profile: the region's own, or those of one of AWS's profiles that the region has. */
function modelsOf(copyFrom: unknown, region: string): string[] {
    const [, partition, ofRegion, kind, id = ""] =
        /^arn:(aws[\w-]*):bedrock:([\w-]*):\d*:(inference-profile|foundation-model)\/([\w.:-]+)$/.exec(
            String(copyFrom),
        ) ?? [];
    const at = (place: string, model: string) => `arn:${partition}:bedrock:${place}::foundation-model/${model}`;
    if (kind === "foundation-model" && ofRegion === region) {
        return [at(region, id)];
    }
    const geography = geographies[id.slice(0, Math.max(0, id.indexOf(".")))];
    if (kind === "inference-profile" && ofRegion === region && geography?.from.test(region)) {
        // A profile for any region lists its own beside it.
        const places = new Set([...geography.to, ...(geography.to.includes("") ? [region] : [])]);
        return [...places].map((place) => at(place, id.slice(id.indexOf(".") + 1)));
    }
    // awslabs/aws-solutions-constructs#1387
    throw new AwsError("ValidationException", "copyFrom must be a valid inference profile model source ARN.");
}

function check(member: string, value: string, pattern: RegExp, most: number): void {
    const broken =
        value.length > most
            ? `length less than or equal to ${most}`
            : pattern.test(value)
              ? undefined
              : `satisfy regular expression pattern: ${pattern.source}`;
    if (broken) {
        const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${broken}`;
        throw new AwsError("ValidationException", message);
    }
}
