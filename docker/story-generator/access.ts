/** Authentication of the caller, for all routes but a few. */
import type { Context, MiddlewareHandler } from "hono";
import { isUserId } from "../../contract/userId.ts";
import { KeysUnavailable, TokenError, type User } from "../shared/tokens.ts";
import { HttpError } from "./responses.ts";

/** The authenticated caller. */
export interface Caller extends User {
    /** The caller's ID token, for the REST API; absent when the caller sent an access token. */
    idToken?: string;
}

/** The context variables that the check sets for the routes. */
export interface Access {
    Variables: { caller: Caller };
}

/** The only user when authentication is off. */
const LOCAL_USER: Caller = { userId: "local", email: "local@localhost", username: "local", tokenUse: "id" };

/** Requires a valid token. `check` undefined: authentication is off. */
export function requireUser(check: ((token: string) => Promise<User>) | undefined): MiddlewareHandler<Access> {
    return async (context, next) => {
        context.set("caller", check ? await identified(context, check) : LOCAL_USER);
        await next();
    };
}

/** The caller that `requireUser` authenticated. */
export function callerOf(context: Context): Caller {
    return context.get("caller");
}

/** The request's bearer token; empty without one. */
export function bearerOf(context: Context): string {
    const header = context.req.header("authorization")?.trim() ?? "";
    return header.replace(/^bearer\s+/i, "");
}

async function identified(context: Context, check: (token: string) => Promise<User>): Promise<Caller> {
    const token = bearerOf(context);
    if (token === "" || token.length > 8_192) {
        throw unauthorized("Sign in first: send a token as Authorization: Bearer.");
    }
    try {
        const user = await check(token);
        if (!isUserId(user.userId)) {
            throw unauthorized("The token names no usable user.");
        }
        return { ...user, idToken: user.tokenUse === "id" ? token : undefined };
    } catch (error) {
        if (error instanceof TokenError) {
            throw unauthorized(error.message);
        }
        if (error instanceof KeysUnavailable) {
            throw new HttpError(503, "Unavailable", "Tokens cannot be checked right now; try again in a moment.", {
                headers: { "Retry-After": "5" },
                cause: error,
            });
        }
        throw error;
    }
}

function unauthorized(message: string): HttpError {
    return new HttpError(401, "Unauthorized", message, { headers: { "WWW-Authenticate": "Bearer" } });
}
