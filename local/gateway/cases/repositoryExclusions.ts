import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { Case } from "../case.ts";
import { AwsError, answer, outputOf } from "../response.ts";

interface Filter {
    filterType: string;
    /** `*` stands for anything. */
    filter: string;
}

/** The tags of an immutable repository that may move nevertheless. */
export const repositoryExclusions: Case = {
    title: "The exclusions from a repository's immutable tags",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html",
    requests: ["CreateRepository", "DescribeRepositories", "PutImageTagMutability", "DeleteRepository", "PutImage"].map(
        (name) => `ecr:${name}`,
    ),
    async handle(request, next, emulator) {
        const { store } = emulator;
        const { input, operation, region } = request;
        const key = `${region} ${input.repositoryName}`;
        if (operation === "PutImage") {
            const filters = store.get<Filter[]>(KEPT, key);
            if (filters && !isExcluded(input.imageTag, filters)) {
                await refuseMove(input, emulator.client(ECRClient, region));
            }
            return next(request);
        }
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        if (operation === "DeleteRepository") {
            store.delete(KEPT, key);
            return response;
        }
        if (operation !== "DescribeRepositories") {
            const filters: Filter[] | undefined = input.imageTagMutabilityExclusionFilters;
            if (filters && filters.length > 0) {
                store.set(KEPT, key, filters);
            } else {
                store.delete(KEPT, key);
            }
        }
        const output = outputOf(request, response);
        for (const repository of output.repositories ?? [output.repository ?? output]) {
            const filters = store.get(KEPT, `${region} ${repository.repositoryName}`);
            if (filters) {
                repository.imageTagMutabilityExclusionFilters = filters;
            }
        }
        return answer(request, output);
    },
};

const KEPT = "ecr tag exclusions";

function isExcluded(tag: string | undefined, filters: Filter[]): boolean {
    return (
        tag === undefined ||
        filters.some(({ filter }) => new RegExp(`^${filter.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(tag))
    );
}

/** @throws {AwsError} when another image has the tag */
async function refuseMove(input: Record<string, string>, ecr: ECRClient): Promise<void> {
    const { repositoryName, imageTag } = input;
    const found = await ecr
        .send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }))
        .catch(() => undefined);
    if (found?.imageDetails?.length) {
        throw new AwsError(
            "ImageTagAlreadyExistsException",
            `The image tag '${imageTag}' already exists in the '${repositoryName}' repository and cannot be ` +
                `overwritten because the repository is immutable.`,
        );
    }
}
