import { randomBytes } from "node:crypto";
import { geographies } from "../../bedrockGeographies.ts";
import { ACCOUNT } from "../account.ts";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer } from "../response.ts";

const COLLECTION = "inferenceProfiles";

interface Kept {
    region: string;
    /** GetInferenceProfile's answer. */
    profile: Record<string, unknown>;
    tags: Record<string, string>;
}

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
                    : answer(request, named(request, emulator)[1].profile);
            case "DELETE /inference-profiles/{id}":
                return remove(request, emulator);
            default:
                return /:application-inference-profile\//.test(request.input.resourceARN)
                    ? tags(request, emulator)
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
    const tagList: { key: string; value: string }[] = input.tags ?? [];
    const tagsGiven = Object.fromEntries(tagList.map(({ key, value }) => [key, value]));
    emulator.store.set(COLLECTION, id, { region, profile, tags: tagsGiven } satisfies Kept);
    return answer(request, { inferenceProfileArn, status: "ACTIVE" }, 201);
}

function list(request: AwsRequest, { store }: Emulator): AwsResponse {
    const here = store.all<Kept>(COLLECTION).filter(([, { region }]) => region === request.region);
    return answer(request, { inferenceProfileSummaries: here.map(([, { profile }]) => profile) });
}

function remove(request: AwsRequest, emulator: Emulator): AwsResponse {
    const [id] = named(request, emulator);
    emulator.store.delete(COLLECTION, id);
    return answer(request, {});
}

function tags(request: AwsRequest, emulator: Emulator): AwsResponse {
    const { resourceARN, tags: added = [], tagKeys = [] } = request.input;
    const [id, kept] = named(request, emulator, resourceARN);
    if (request.operation === "POST /listTagsForResource") {
        return answer(request, { tags: Object.entries(kept.tags).map(([key, value]) => ({ key, value })) });
    }
    const all = Object.entries(kept.tags).filter(([key]) => !tagKeys.includes(key));
    const news = (added as { key: string; value: string }[]).map(({ key, value }) => [key, value] as const);
    emulator.store.set(COLLECTION, id, { ...kept, tags: Object.fromEntries([...all, ...news]) } satisfies Kept);
    return answer(request, {});
}

/** The application profile of the region that a request names by its id or its ARN. */
function named({ params, region }: AwsRequest, { store }: Emulator, name = params.id ?? ""): [string, Kept] {
    const id = name.split("/").at(-1) ?? "";
    const kept = store.get<Kept>(COLLECTION, id);
    if (kept?.region !== region) {
        // The words are not AWS's.
        throw new AwsError("ResourceNotFoundException", `The inference profile ${name} does not exist.`, 404);
    }
    return [id, kept];
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
