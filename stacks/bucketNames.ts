import { type Naming, physicalNames } from "../components/core/names.ts";
import type { StorySettings } from "./settings.ts";

/** The buckets' names without the account's number: the library's names, with the stack's suffix if it has one. */
export function bucketNames(naming: Naming, { bucketSuffix }: Pick<Partial<StorySettings>, "bucketSuffix">) {
    const { imagesBucket, siteBucket, logBucket } = physicalNames(naming);
    const named = (name: string) => (bucketSuffix === undefined ? name : `${name}-${bucketSuffix}`);
    return { imagesBucket: named(imagesBucket), siteBucket: named(siteBucket), logBucket: named(logBucket) };
}

/** The name of a new bucket without a suffix of the stack's. All accounts of AWS share the names of buckets. */
export function nameInAccount(bucketName: string, accountId: string): string {
    return `${bucketName}-${accountId}`;
}
