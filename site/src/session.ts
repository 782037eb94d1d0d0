/** The session. Only the token is stored, and only until the tab is closed. */
import { useSyncExternalStore } from "react";
import { offlineReader } from "./offline/reader.ts";

export interface Session {
    /** Empty where somebody reads offline who has not signed in since the tab was opened. */
    idToken: string;
    /** The user's id. */
    sub: string;
    email: string;
    /** Expiry of the token, in milliseconds since 1970. */
    expiresAt: number;
    /** The service rejects the token: open requests wait until the owner has signed in again. */
    ended?: boolean;
}

const KEY = "story-42-token";
const listeners = new Set<() => void>();
const waiting = new Set<{ goOn: () => void; giveUp: (reason: Error) => void }>();
let current = restore();

export function useSession(): Session | undefined {
    return useSyncExternalStore(onSession, session);
}

export function session(): Session | undefined {
    return current;
}

export function signInWith(idToken: string): void {
    const next = sessionOf(idToken);
    if (next.sub !== current?.sub) {
        sessionStorage.clear();
    }
    sessionStorage.setItem(KEY, idToken);
    // Waiting requests of one person must not continue as another.
    release(next.sub === current?.sub ? undefined : new Error("Somebody else has signed in."));
    change(next);
}

/** Removes the session and the person's other data from this tab; `signOut` ends the session at Cognito. */
export function leave(): void {
    sessionStorage.clear();
    release(new Error("You are signed out."));
    change(undefined);
}

/**
 * Ends the session of a rejected token, and waits until its owner has signed in again.
 *
 * @throws when the owner signs out, when somebody else signs in, or when `signal` is aborted
 */
export async function signedInAgain(token: string, signal: AbortSignal | undefined): Promise<void> {
    if (current && current.idToken !== token) {
        return;
    }
    if (current && !current.ended) {
        sessionStorage.removeItem(KEY);
        change({ ...current, ended: true });
    }
    await new Promise<void>((goOn, giveUp) => {
        const one = { goOn, giveUp };
        waiting.add(one);
        signal?.addEventListener("abort", () => {
            waiting.delete(one);
            giveUp(signal.reason);
        });
    });
}

function release(reason: Error | undefined): void {
    for (const { goOn, giveUp } of waiting) {
        reason ? giveUp(reason) : goOn();
    }
    waiting.clear();
}

function change(next: Session | undefined): void {
    current = next;
    for (const listener of listeners) {
        listener();
    }
}

/** Calls whenever somebody has signed in or out, or a session has ended; what is returned ends that. */
export function onSession(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function restore(): Session | undefined {
    try {
        const stored = sessionOf(sessionStorage.getItem(KEY) ?? "");
        // Offline, a token that has run out says all the same whose tab it is.
        return stored.expiresAt > Date.now() || !navigator.onLine ? stored : undefined;
    } catch {
        const reader = navigator.onLine ? undefined : offlineReader();
        return reader && { ...reader, idToken: "", expiresAt: 0 };
    }
}

/** The owner in the token's claims. Only the service verifies the token. */
function sessionOf(idToken: string): Session {
    const claims = (idToken.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(claims), (character) => character.charCodeAt(0));
    const { sub, email = "", exp } = JSON.parse(new TextDecoder().decode(bytes));
    return { idToken, sub, email, expiresAt: exp * 1000 };
}
