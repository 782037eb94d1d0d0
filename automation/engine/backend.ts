/**
 * A backend's URL without metadata files. A backend in a folder writes an unneeded metadata file (`.attrs`) for each file,
 * not atomically: a killed engine can leave a truncated one, which makes the state unreadable ("failed to load checkpoint:
 * EOF"). `metadata` is a setting of gocloud.dev's fileblob, Pulumi's backend in a folder, which writes states themselves
 * atomically.
 *
 * @param url `undefined` for the backend that Pulumi is signed in to
 */
export function withoutMetadataFiles<Url extends string | undefined>(url: Url): Url | string {
    if (!url?.startsWith("file:") || /[?&]metadata=/.test(url)) {
        return url;
    }
    return `${url}${url.includes("?") ? "&" : "?"}metadata=skip`;
}
