import { GetBucketLocationCommand, S3Client } from "@aws-sdk/client-s3";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

/** The only region in which creating one's own bucket again succeeds. */
const FORGIVING = "us-east-1";

/** Names are unique across all regions. */
export const bucketNames: Case = {
    title: "A bucket of a name that one has in another region",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (BucketAlreadyOwnedByYou)",
    requests: ["s3:PUT /{bucket}"],
    async handle(request, next, emulator) {
        const isCreation = [...request.head.query.keys()].every((name) => name.startsWith("x-"));
        if (isCreation) {
            const s3 = emulator.client(S3Client, request.region);
            const there = await s3
                .send(new GetBucketLocationCommand({ Bucket: request.params.bucket }))
                .catch(() => null);
            if (there && !(request.region === FORGIVING && (there.LocationConstraint ?? FORGIVING) === FORGIVING)) {
                throw new AwsError(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                    409,
                );
            }
        }
        return next(request);
    },
};
