/** Who is signed in. Only the token is kept, and only until the tab is closed. */
import { useSyncExternalStore } from "react";

export interface Session {
    idToken: string;
    email: string;
    /** When the token stops being accepted, in milliseconds since 1970. */
    expiresAt: number;
}

const KEY = "story-42-token";
const listeners = new Set<() => void>();
let current = restore();

export function useSession(): Session | undefined {
    return useSyncExternalStore(subscribe, session);
}

export function session(): Session | undefined {
    return current;
}

export function signInWith(idToken: string): void {
    sessionStorage.setItem(KEY, idToken);
    change(sessionOf(idToken));
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
        const stored = sessionOf(sessionStorage.getItem(KEY) ?? "");
        return stored.expiresAt > Date.now() ? stored : undefined;
    } catch {
        return undefined;
    }
}

/** What the token says of its owner. Whether it is right is for the service to tell. */
function sessionOf(idToken: string): Session {
    const claims = (idToken.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(claims), (character) => character.charCodeAt(0));
    const { email = "", exp } = JSON.parse(new TextDecoder().decode(bytes));
    return { idToken, email, expiresAt: exp * 1000 };
}
