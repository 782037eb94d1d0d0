/** Who has asked to read offline in this browser, until they sign out: even where no tab is open any more. No token is kept. */
export interface OfflineReader {
    sub: string;
    email: string;
}

const KEY = "story-42-offline-reader";

export function offlineReader(): OfflineReader | undefined {
    try {
        const { sub, email } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
        return typeof sub === "string" && typeof email === "string" ? { sub, email } : undefined;
    } catch {
        return undefined;
    }
}

export function setOfflineReader({ sub, email }: OfflineReader): void {
    localStorage.setItem(KEY, JSON.stringify({ sub, email }));
}

export function removeOfflineReader(): void {
    localStorage.removeItem(KEY);
}
