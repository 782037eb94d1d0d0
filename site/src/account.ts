/** Signing up and in by the agent service's API. */
import { call } from "./api.ts";
import { leave, session } from "./session.ts";

/** Where a sign-in stands: it has either what it asks for next, or the tokens. */
export interface SignInStep {
    challenge?: "NEW_PASSWORD_REQUIRED" | "MFA_SETUP" | "SOFTWARE_TOKEN_MFA";
    username?: string;
    session?: string;
    /** Of `MFA_SETUP`: the authenticator's key. */
    secret_code?: string;
    id_token?: string;
    access_token?: string;
}

const post = <T>(route: string, body: object, token?: string) =>
    call<T>("POST", `/auth/${route}`, { body, token: token ?? null });
const goOn = (route: string, { username, session }: SignInStep, answer: object) =>
    post<SignInStep>(`signin/${route}`, { username, session, ...answer });

export const beginSignIn = (email: string, password: string) => post<SignInStep>("signin/begin", { email, password });

export const choosePassword = (at: SignInStep, password: string) =>
    goOn("new-password", at, { new_password: password });

export const setUpAuthenticator = (at: SignInStep, code: string) => goOn("authenticator", at, { code });

export const enterCode = (at: SignInStep, code: string) => goOn("code", at, { code });

/** Whether anybody may sign up. */
export const signUpIsOpen = async (signal: AbortSignal) =>
    (await call<{ open: boolean }>("GET", "/auth/signup", { signal, token: null })).open;

export const signUp = (email: string, password: string) => post("signup", { email, password });

export const confirmAddress = (email: string, code: string) => post("confirm", { email, code });

export const resendCode = (email: string) => post("resend-code", { email });

export const forgotPassword = (email: string) => post("forgot-password", { email });

export const resetPassword = (email: string, code: string, password: string) =>
    post("reset-password", { email, code, new_password: password });

export const changePassword = (accessToken: string, password: string, next: string) =>
    post("change-password", { password, new_password: next }, accessToken);

/** Makes a key for an authenticator app, in place of the one from before. */
export const makeAuthenticator = async (accessToken: string) =>
    (await post<{ secret_code: string }>("authenticator", {}, accessToken)).secret_code;

export const verifyAuthenticator = (accessToken: string, code: string) =>
    post("authenticator/verify", { code }, accessToken);

/** Signs out: here at once, and wherever else the person is signed in. */
export function signOut(): void {
    const left = session();
    leave();
    if (left && !left.ended) {
        // Where the service can't be reached, the tokens end by themselves within the hour.
        post("signout", {}, left.idToken).catch(() => undefined);
    }
}
