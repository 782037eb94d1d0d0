/** Sign-up and sign-in with the agent service's API. */
import type { AgentCalls } from "../../contract/agentRoutes.ts";
import { ApiError, call, refresh } from "./api.ts";
import { leave, type Session, session } from "./session.ts";

/** The state of a sign-in: either the next challenge or the tokens. */
export type SignInStep = AgentCalls["post /api/v1/auth/signin/begin"]["data"];

/** The fields of a step that the next request repeats. */
const stepFields = ({ username = "", session = "" }: SignInStep) => ({ username, session });

export const beginSignIn = (email: string, password: string) =>
    call("post /api/v1/auth/signin/begin", { body: { email, password }, token: null });

export const choosePassword = (at: SignInStep, new_password: string) =>
    call("post /api/v1/auth/signin/new-password", { body: { ...stepFields(at), new_password }, token: null });

export const setUpAuthenticator = (at: SignInStep, code: string) =>
    call("post /api/v1/auth/signin/authenticator", { body: { ...stepFields(at), code }, token: null });

export const enterCode = (at: SignInStep, code: string) =>
    call("post /api/v1/auth/signin/code", { body: { ...stepFields(at), code }, token: null });

/** Whether anybody may sign up. */
export const signUpIsOpen = async (signal: AbortSignal) =>
    (await call("get /api/v1/auth/signup", { signal, token: null })).open;

export const signUp = (email: string, password: string) =>
    call("post /api/v1/auth/signup", { body: { email, password }, token: null });

export const confirmAddress = (email: string, code: string) =>
    call("post /api/v1/auth/confirm", { body: { email, code }, token: null });

export const resendCode = (email: string) => call("post /api/v1/auth/resend-code", { body: { email }, token: null });

export const forgotPassword = (email: string) =>
    call("post /api/v1/auth/forgot-password", { body: { email }, token: null });

export const resetPassword = (email: string, code: string, new_password: string) =>
    call("post /api/v1/auth/reset-password", { body: { email, code, new_password }, token: null });

export const changePassword = (accessToken: string, password: string, new_password: string) =>
    call("post /api/v1/auth/change-password", { body: { password, new_password }, token: accessToken });

/** Creates a key for an authenticator app, which replaces the previous key. */
export const makeAuthenticator = async (accessToken: string) =>
    (await call("post /api/v1/auth/authenticator", { token: accessToken })).secret_code;

export const verifyAuthenticator = (accessToken: string, code: string) =>
    call("post /api/v1/auth/authenticator/verify", { body: { code }, token: accessToken });

/** Signs out: here at once, and on all other devices. */
export function signOut(): void {
    const left = session();
    leave();
    if (left && !left.ended) {
        // If the service can't be reached, nobody has the tokens any more.
        revoke(left).catch(() => undefined);
    }
}

async function revoke({ idToken, refreshToken }: Session): Promise<void> {
    const signOutWith = (token: string | undefined) => call("post /api/v1/auth/signout", { token });
    try {
        await signOutWith(idToken);
    } catch (problem) {
        if (refreshToken === undefined || !(problem instanceof ApiError && problem.status === 401)) {
            throw problem;
        }
        // The ID token has run out, and the refresh token must not go on.
        await signOutWith((await refresh(refreshToken)).id_token);
    }
}
