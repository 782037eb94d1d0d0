/**
 * A backend's address, for an engine that may be killed. Beside each file a backend in a folder keeps notes that nothing
 * needs (`.attrs`), and writes them in place: an engine that is killed meanwhile leaves half of one, and with it a state
 * that nobody can read ("failed to load checkpoint: EOF"). `metadata` is a setting of gocloud.dev's fileblob, which is
 * Pulumi's backend in a folder; states themselves it writes whole or not at all.
 *
 * @param url `undefined` for the backend that Pulumi is signed in to, which is left to it
 */
export function withoutNotes<Url extends string | undefined>(url: Url): Url | string {
    if (!url?.startsWith("file:") || /[?&]metadata=/.test(url)) {
        return url;
    }
    return `${url}${url.includes("?") ? "&" : "?"}metadata=skip`;
}
