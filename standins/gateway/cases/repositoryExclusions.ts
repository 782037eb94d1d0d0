import { createHash } from "node:crypto";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import { AwsError, answer, outputOf } from "../response.ts";

interface Filter {
    filterType: string;
    /** `*` matches any text. */
    filter: string;
}

/** The tags of an immutable repository that may be overwritten. */
export const repositoryExclusions: Case = {
    title: "The exclusions from a repository's immutable tags",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html",
    requests: [
        "ecr:CreateRepository",
        "ecr:DescribeRepositories",
        "ecr:PutImageTagMutability",
        "ecr:DeleteRepository",
        "ecr:PutImage",
        "registry:PUT /v2/{name+}/manifests/{tag}",
    ],
    async handle(request, next, emulator) {
        const { store } = emulator;
        const { input, operation, region, params } = request;
        const name: string = input.repositoryName ?? params.name;
        const key = `${region} ${name}`;
        const isPush = request.service === "registry";
        if (isPush || operation === "PutImage") {
            const [tag, manifest] = isPush ? [params.tag, request.body] : [input.imageTag, input.imageManifest];
            const filters = store.get<Filter[]>(COLLECTION, key);
            if (filters && !isExcluded(tag, filters) && (await isTaken(name, tag, manifest, emulator, region))) {
                throw new AwsError(
                    isPush ? "TAG_INVALID" : "ImageTagAlreadyExistsException",
                    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten ` +
                        "because the repository is immutable.",
                );
            }
            return next(request);
        }
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        if (operation === "DeleteRepository") {
            store.delete(COLLECTION, key);
            return response;
        }
        if (operation !== "DescribeRepositories") {
            const filters: Filter[] | undefined = input.imageTagMutabilityExclusionFilters;
            if (filters && filters.length > 0) {
                store.set(COLLECTION, key, filters);
            } else {
                store.delete(COLLECTION, key);
            }
        }
        const output = outputOf(request, response);
        for (const repository of output.repositories ?? [output.repository ?? output]) {
            const filters = store.get(COLLECTION, `${region} ${repository.repositoryName}`);
            if (filters) {
                repository.imageTagMutabilityExclusionFilters = filters;
            }
        }
        return answer(request, output);
    },
};

const COLLECTION = "ecr tag exclusions";

/** An image that is pushed by its digest has no tag. */
function isExcluded(tag: string | undefined, filters: Filter[]): boolean {
    return (
        tag === undefined ||
        tag.startsWith("sha256:") ||
        filters.some(({ filter }) => new RegExp(`^${filter.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(tag))
    );
}

/** Whether another image has the tag. */
async function isTaken(
    repositoryName: string,
    imageTag: string,
    manifest: string | Buffer,
    emulator: Emulator,
    region: string,
): Promise<boolean> {
    const { imageDetails = [] } = await emulator
        .client(ECRClient, region)
        .send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }))
        .catch(() => ({ imageDetails: [] }));
    const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
    return imageDetails.some(({ imageDigest }) => imageDigest !== digest);
}
