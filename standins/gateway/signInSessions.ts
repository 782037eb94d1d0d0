/** The sessions of sign-ins that wait for an answer to a challenge. */
import { randomBytes } from "node:crypto";
import type { Emulator } from "./emulator.ts";
import { AwsError } from "./response.ts";

const COLLECTION = "sign-in-sessions";
/** How long one is remembered after its end, to tell one that is over from one that never was. */
const SESSION_MS = 3_600_000;

export interface SignInSession {
    challenge: "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" | "MFA_SETUP";
    pool: string;
    /** The app client. */
    client: string;
    username: string;
    /** When it ends, in milliseconds since 1970. */
    expires: number;
    /** Of `MFA_SETUP`: a token of the user, which nobody was given yet. */
    accessToken?: string;
    /** Of `MFA_SETUP`: how far it has come. */
    token?: "associated" | "verified";
    used?: boolean;
}

/** Begins a session; returns its name, as long as Cognito's are. */
export function openSession(emulator: Emulator, session: SignInSession): string {
    for (const [name, { expires }] of emulator.store.all<SignInSession>(COLLECTION)) {
        if (expires + SESSION_MS < emulator.now()) {
            emulator.store.delete(COLLECTION, name);
        }
    }
    const name = randomBytes(240).toString("base64url");
    emulator.store.set(COLLECTION, name, session);
    return name;
}

/**
 * The session of a name.
 *
 * @throws {AwsError} where there is none, or one that is over or was for something else
 */
export function sessionOf(emulator: Emulator, name: string | undefined, is: Partial<SignInSession>): SignInSession {
    if (!name) {
        throw new AwsError("InvalidParameterException", "Missing required parameter Session");
    }
    const session = emulator.store.get<SignInSession>(COLLECTION, name);
    const fits = session && Object.entries(is).every(([key, value]) => session[key as keyof SignInSession] === value);
    if (!fits) {
        throw new AwsError("NotAuthorizedException", "Invalid session for the user.");
    }
    if (session.used) {
        throw new AwsError("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
    }
    if (session.expires <= emulator.now()) {
        throw new AwsError("NotAuthorizedException", "Invalid session for the user, session is expired.");
    }
    return session;
}

/** Ends a session that was answered. */
export function useSession(emulator: Emulator, name: string): void {
    const session = emulator.store.get<SignInSession>(COLLECTION, name);
    if (session) {
        const { accessToken: _, ...rest } = session;
        emulator.store.set(COLLECTION, name, { ...rest, used: true });
    }
}
