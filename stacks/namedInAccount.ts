import * as pulumi from "@pulumi/pulumi";
import { transform } from "../components/core/transform.ts";
import type { PrivateBucketTransform } from "../components/index.ts";
import { nameInAccount } from "./bucketNames.ts";
import type { StorySettings } from "./settings.ts";

/**
 * The transform of a bucket that adds the account's number to its name when it is created. An existing bucket, from an earlier
 * version or taken over, keeps its name: a changed name would replace it by a new, empty bucket.
 *
 * @param change the caller's transform, which is applied last
 */
export function namedInAccount(
    { bucketSuffix }: Pick<StorySettings, "bucketSuffix">,
    accountId: pulumi.Output<string>,
    change: PrivateBucketTransform | undefined,
): PrivateBucketTransform | undefined {
    if (bucketSuffix !== undefined) {
        return change;
    }
    return {
        ...change,
        bucket: (args, opts, name) => {
            const bucket = pulumi
                .all([args.bucket, accountId])
                .apply(([own, account]) => nameInAccount(own ?? "", account));
            const [, changed, changedOpts] = transform(change?.bucket, name, { ...args, bucket }, opts);
            const ignored = changed.bucket === bucket ? ["bucket"] : [];
            Object.assign(opts, changedOpts, { ignoreChanges: [...(changedOpts.ignoreChanges ?? []), ...ignored] });
            return changed;
        },
    };
}
