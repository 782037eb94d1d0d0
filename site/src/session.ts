/**
 * The session. Its ID token is stored until the tab is closed, and what renews it is in the page's memory; only where its person
 * wants to stay signed in on this device, both are stored until they sign out.
 */
import { useSyncExternalStore } from "react";

export interface Session {
    idToken: string;
    /** Renews the ID token. Missing where the page was loaded again and nobody stays signed in. */
    refreshToken?: string;
    /** Whether its person stays signed in on this device. */
    isKept: boolean;
    /** The user's id. */
    sub: string;
    email: string;
    /** Expiry of the ID token, in milliseconds since 1970. */
    expiresAt: number;
    /** The service rejects the tokens: open requests wait until the owner has signed in again. */
    ended?: boolean;
}

/** The tokens of a sign-in, or of its renewal, which may keep its refresh token. */
export interface Tokens {
    id_token?: string;
    refresh_token?: string;
}

const KEY = "story-42-token";
const DEVICE_KEY = "story-42-kept-session";
const listeners = new Set<() => void>();
const waiting = new Set<{ goOn: () => void; giveUp: (reason: Error) => void }>();
let current = storedInTab() ?? keptSession();

export function useSession(): Session | undefined {
    return useSyncExternalStore(onSession, session);
}

export function session(): Session | undefined {
    return current;
}

/** Begins a session, which ends every other one that is kept on this device. */
export function signInWith({ id_token = "", refresh_token }: Tokens, isKept: boolean): void {
    const next = { ...sessionOf(id_token), refreshToken: refresh_token, isKept };
    const isSame = next.sub === current?.sub;
    if (!isSame) {
        sessionStorage.clear();
    }
    if (!isKept) {
        localStorage.removeItem(DEVICE_KEY);
    }
    store(next);
    // Waiting requests of one person must not continue as another.
    release(isSame ? undefined : new Error("Somebody else has signed in."));
    change(next);
}

/** Takes the new tokens of a renewed session, unless it is over by now. */
export function renewWith(renewed: Session, { id_token = "", refresh_token }: Tokens): void {
    if (current?.idToken === renewed.idToken) {
        const refreshToken = refresh_token ?? renewed.refreshToken;
        const next = { ...sessionOf(id_token), refreshToken, isKept: renewed.isKept };
        store(next);
        change(next);
    }
}

/** Removes the session and the person's other data from this tab and this device; `signOut` ends the session at Cognito. */
export function leave(): void {
    sessionStorage.clear();
    if (keptSession()?.sub === current?.sub) {
        localStorage.removeItem(DEVICE_KEY);
    }
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

/** The session that somebody keeps on this device, also where another one is this tab's. */
export function keptSession(): Session | undefined {
    try {
        const { id_token, refresh_token }: Tokens = JSON.parse(localStorage.getItem(DEVICE_KEY) ?? "");
        return { ...sessionOf(id_token ?? ""), refreshToken: refresh_token, isKept: true };
    } catch {
        return undefined;
    }
}

function storedInTab(): Session | undefined {
    try {
        const stored = { ...sessionOf(sessionStorage.getItem(KEY) ?? ""), isKept: false };
        // Offline, a token that has run out says all the same whose tab it is.
        return stored.expiresAt > Date.now() || !navigator.onLine ? stored : undefined;
    } catch {
        return undefined;
    }
}

function store({ idToken, refreshToken, isKept }: Session): void {
    if (isKept) {
        sessionStorage.removeItem(KEY);
        localStorage.setItem(DEVICE_KEY, JSON.stringify({ id_token: idToken, refresh_token: refreshToken }));
    } else {
        sessionStorage.setItem(KEY, idToken);
    }
}

// What another tab does with the session that both keep: its person signs out, or in again, or its tokens are renewed.
window.addEventListener("storage", ({ key }) => {
    if (!current?.isKept || (key !== DEVICE_KEY && key !== null)) {
        return;
    }
    const kept = keptSession();
    if (kept?.sub === current.sub) {
        release(undefined);
        change(kept);
    } else {
        leave();
    }
});

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

/** The owner in the token's claims. Only the service verifies the token. */
function sessionOf(idToken: string): Pick<Session, "idToken" | "sub" | "email" | "expiresAt"> {
    const claims = (idToken.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(claims), (character) => character.charCodeAt(0));
    const { sub, email = "", exp } = JSON.parse(new TextDecoder().decode(bytes));
    return { idToken, sub, email, expiresAt: exp * 1000 };
}
