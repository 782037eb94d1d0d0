/** Addresses of pictures that other parts name: believed only inside the caller's own folder of the own bucket. */

/** The key behind `s3://bucket/users/<user>/...`, undefined for any other address. */
export function ownImageKey(uri: string, bucket: string, userId: string): string | undefined {
    const start = `s3://${bucket}/`;
    const key = uri.startsWith(start) ? uri.slice(start.length) : "";
    const parts = key.split("/");
    const isOwn =
        key.startsWith(`users/${userId}/`) && parts.every((part) => part !== "" && part !== "." && part !== "..");
    return isOwn ? key : undefined;
}
