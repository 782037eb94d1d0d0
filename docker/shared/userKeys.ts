/** Keys of users' objects in the images bucket. */

/** What the functions and the agent service write for a user lies under it. */
export const userPrefix = (userId: string) => `users/${userId}/`;

/** The pictures of a job lie under it; a story's job has the story's own id. */
export const jobPrefix = (userId: string, jobId: string) => `${userPrefix(userId)}jobs/${jobId}/`;

/** Whether a key lies under one of the prefixes and has no part that could lead elsewhere. */
export function isUnder(key: string, prefixes: readonly string[]): boolean {
    const isPlain = key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    return isPlain && prefixes.some((prefix) => key.startsWith(prefix));
}

/** The key that `s3://BUCKET/users/USER/...` names; undefined for any other address, another user's too. */
export function ownKey(address: string, bucket: string, userId: string): string | undefined {
    const start = `s3://${bucket}/`;
    const key = address.startsWith(start) ? address.slice(start.length) : "";
    return isUnder(key, [userPrefix(userId)]) ? key : undefined;
}
