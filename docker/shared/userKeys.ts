/** Keys of users' objects in the images bucket, and how long their addresses hold. */

/** The validity that clients expect of a signed URL: an hour. */
export const SIGNED_URL_SECONDS = 3600;

/** Prefix of all objects that the functions and the agent service write for a user. */
export const userPrefix = (userId: string) => `users/${userId}/`;

/** Prefix of a job's pictures; a story's job has the story's id. */
export const jobPrefix = (userId: string, jobId: string) => `${userPrefix(userId)}jobs/${jobId}/`;

/** Whether a key is under one of the prefixes and has no path segment that could leave it. */
export function isUnder(key: string, prefixes: readonly string[]): boolean {
    const isPlain = key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    return isPlain && prefixes.some((prefix) => key.startsWith(prefix));
}

/** The key in `s3://BUCKET/users/USER/...`; undefined for any other address, also of another user. */
export function ownKey(address: string, bucket: string, userId: string): string | undefined {
    const start = `s3://${bucket}/`;
    const key = address.startsWith(start) ? address.slice(start.length) : "";
    return isUnder(key, [userPrefix(userId)]) ? key : undefined;
}
