import type { Case } from "../case.ts";
import { behaviorsOf, distributions } from "../distributions.ts";
import { AwsError } from "../response.ts";

export const responseHeadersPolicyDeletion: Case = {
    title: "The deletion of a response headers policy in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteResponseHeadersPolicy.html",
    requests: ["cloudfront:DELETE /2020-05-31/response-headers-policy/{id}"],
    async handle(request, next, emulator) {
        const isUsed = (await distributions(emulator)).some((distribution) =>
            behaviorsOf(distribution).some(
                ({ ResponseHeadersPolicyId }) => ResponseHeadersPolicyId === request.params.id,
            ),
        );
        if (isUsed) {
            throw new AwsError(
                "ResponseHeadersPolicyInUse",
                "The specified response headers policy is currently associated with a cache behavior.",
                409,
            );
        }
        return next(request);
    },
};
