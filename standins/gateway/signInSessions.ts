/** The sessions of sign-ins that wait for an answer to a challenge. */
import { randomBytes } from "node:crypto";
import type { Emulator } from "./emulator.ts";
import { AwsError } from "./response.ts";

const COLLECTION = "sign-in-sessions";
/** Time that an expired session is kept, to distinguish it from an unknown one. */
const KEEP_EXPIRED_MS = 3_600_000;

export interface SignInSession {
    challenge: "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" | "MFA_SETUP";
    pool: string;
    /** The app client. */
    client: string;
    username: string;
    /** When it ends, in milliseconds since 1970. */
    expires: number;
    /** For `MFA_SETUP`: the user's token, which is not sent yet. */
    accessToken?: string;
    /** For `MFA_SETUP`: the state of the set-up. */
    token?: "associated" | "verified";
    used?: boolean;
}

/** Begins a session; returns its name, which is as long as Cognito's. */
export function openSession(emulator: Emulator, session: SignInSession): string {
    for (const [name, { expires }] of emulator.store.all<SignInSession>(COLLECTION)) {
        if (expires + KEEP_EXPIRED_MS < emulator.now()) {
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
 * @throws {AwsError} when the session is unknown, has ended or does not match
 */
export function sessionOf(
    emulator: Emulator,
    name: string | undefined,
    expected: Partial<SignInSession>,
): SignInSession {
    if (!name) {
        throw new AwsError("InvalidParameterException", "Missing required parameter Session");
    }
    const session = emulator.store.get<SignInSession>(COLLECTION, name);
    const fits =
        session && Object.entries(expected).every(([key, value]) => session[key as keyof SignInSession] === value);
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

/** Ends an answered session. */
export function useSession(emulator: Emulator, name: string): void {
    const session = emulator.store.get<SignInSession>(COLLECTION, name);
    if (session) {
        const { accessToken: _, ...rest } = session;
        emulator.store.set(COLLECTION, name, { ...rest, used: true });
    }
}
