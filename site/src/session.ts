/** Who is signed in. Only the tokens are kept, and only until the tab is closed. */
import { useSyncExternalStore } from "react";

export interface Session {
    email: string;
    idToken: string;
    /** When the token stops being accepted, in milliseconds since 1970. */
    expiresAt: number;
}

const KEY = "story-42-session";
const listeners = new Set<() => void>();
let current = restore();

export function useSession(): Session | undefined {
    return useSyncExternalStore(subscribe, session);
}

export function session(): Session | undefined {
    return current;
}

export function signInWith(next: Session): void {
    sessionStorage.setItem(KEY, JSON.stringify(next));
    change(next);
}

export function signOut(): void {
    sessionStorage.removeItem(KEY);
    change(undefined);
}

function change(next: Session | undefined): void {
    current = next;
    for (const listener of listeners) {
        listener();
    }
}

function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function restore(): Session | undefined {
    try {
        const stored: Session | null = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
        return stored && stored.expiresAt > Date.now() ? stored : undefined;
    } catch {
        return undefined;
    }
}
