import type { Case } from "../case.ts";
import { distributions } from "../distributions.ts";
import { AwsError } from "../response.ts";

export const originAccessControlDeletion: Case = {
    title: "The deletion of an origin access control in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteOriginAccessControl.html",
    requests: ["cloudfront:DELETE /2020-05-31/origin-access-control/{id}"],
    async handle(request, next, emulator) {
        const isUsed = (await distributions(emulator)).some(({ Origins }) =>
            Origins?.Items?.some(({ OriginAccessControlId }) => OriginAccessControlId === request.params.id),
        );
        if (isUsed) {
            throw new AwsError(
                "OriginAccessControlInUse",
                "The CloudFront origin access control is still being used.",
                409,
            );
        }
        return next(request);
    },
};
