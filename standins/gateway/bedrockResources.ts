/** What the gateway keeps of Bedrock's resources, each in its region with its tags. */
import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import { type AwsError, type AwsResponse, answer } from "./response.ts";

export interface BedrockResource {
    region: string;
    tags: Record<string, string>;
}

interface Tag {
    key: string;
    value: string;
}

export class BedrockResources<Kept extends BedrockResource> {
    readonly #collection: string;
    readonly #missing: (name: string) => AwsError;

    /** @param missing AWS's answer when the region has none of the name */
    constructor(collection: string, missing: (name: string) => AwsError) {
        this.#collection = collection;
        this.#missing = missing;
    }

    /** The resource of the region that a request names by its id or its ARN, with its id. */
    named({ params, region }: AwsRequest, { store }: Emulator, name = params.id ?? ""): [string, Kept] {
        const id = name.split("/").at(-1) ?? "";
        const kept = store.get<Kept>(this.#collection, id);
        if (kept?.region !== region) {
            throw this.#missing(name);
        }
        return [id, kept];
    }

    /** All of the request's region, each with its id. */
    inRegion({ region }: AwsRequest, { store }: Emulator): [string, Kept][] {
        return store.all<Kept>(this.#collection).filter(([, kept]) => kept.region === region);
    }

    /** Answers ListTagsForResource, TagResource and UntagResource. */
    tags(request: AwsRequest, emulator: Emulator): AwsResponse {
        const { resourceARN, tags: added = [], tagKeys = [] } = request.input;
        const [id, kept] = this.named(request, emulator, resourceARN);
        if (request.operation === "POST /listTagsForResource") {
            return answer(request, { tags: Object.entries(kept.tags).map(([key, value]) => ({ key, value })) });
        }
        const all = Object.entries(kept.tags).filter(([key]) => !tagKeys.includes(key));
        emulator.store.set(this.#collection, id, {
            ...kept,
            tags: { ...Object.fromEntries(all), ...tagsOf(added) },
        });
        return answer(request, {});
    }
}

/** Tags by key, of a list as Bedrock takes it. */
export function tagsOf(list: Tag[] = []): Record<string, string> {
    return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}
