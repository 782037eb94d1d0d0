/** Verifies Cognito tokens with the user pool's keys. */
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { FetchError, JwtExpiredError } from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { LRUCache } from "lru-cache";
import { adminGroup } from "../../contract/defaults.ts";

/** An authenticated user. */
export interface User {
    /** Cognito's `sub`: the id under which all data of this user is stored. */
    userId: string;
    /** Only in an ID token. */
    email: string | undefined;
    username: string;
    /** Only in an ID token. */
    name?: string;
    emailVerified?: boolean;
    tokenUse: "id" | "access";
    /** Whether the user is in the administrators' group. */
    isAdmin?: boolean;
    /** Cognito's id of the token's sign-in (`origin_jti`). */
    signIn?: string;
}

export interface PoolOptions {
    userPoolId: string;
    clientId: string;
    /** Address of an emulator's keys, instead of Cognito's. It never changes the accepted issuer. */
    jwksUrl?: string;
    /** Whether the sign-in of a valid token has ended. */
    isOver?: (token: string, user: User) => Promise<boolean>;
}

/** The token is invalid: 401. */
export class TokenError extends Error {
    constructor(message: string, cause: unknown) {
        super(message, { cause });
        this.name = "TokenError";
    }
}

/** The pool's keys cannot be read right now: 503. */
export class KeysUnavailable extends Error {
    constructor(cause: unknown) {
        super("the user pool's keys cannot be read", { cause });
        this.name = "KeysUnavailable";
    }
}

const KEYS_TIMEOUT_MS = 5_000;

/** How long a verified token is accepted without another check; never past its expiry. */
const CACHE_MS = 60_000;
const MAX_CACHED_TOKENS = 2_000;

/** Accepted difference of clocks, in seconds. */
const CLOCK_SKEW_SECONDS = 60;

/**
 * Verifies ID and access tokens: signature, issuer, audience, use and times, and whether their sign-in has ended. Keys are
 * cached and read again on rotation.
 */
export function createTokenCheck(options: PoolOptions): (token: string) => Promise<User> {
    const verifier = verifierOf(options);
    const cache = new LRUCache<string, { user: Promise<User>; expires: number }>({
        max: MAX_CACHED_TOKENS,
        ttl: CACHE_MS,
    });
    return async (token) => {
        const known = cache.get(token);
        if (known && known.expires > Date.now()) {
            return known.user;
        }
        const { user, expires } = await verified(verifier, token);
        const signedIn = stillSignedIn(token, user, options.isOver);
        // Concurrent checks of a token share one answer; a failed check is not cached.
        cache.set(token, { user: signedIn, expires });
        signedIn.catch(() => cache.delete(token));
        return signedIn;
    };
}

function verifierOf({ userPoolId, clientId, jwksUrl }: PoolOptions) {
    const jwksCache = new SimpleJwksCache({ fetcher: { fetch: (uri) => readKeys(jwksUrl ?? uri) } });
    return CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: null }, { jwksCache });
}

async function verified(
    verifier: Pick<ReturnType<typeof verifierOf>, "verify">,
    token: string,
): Promise<{ user: User; expires: number }> {
    try {
        const claims = await verifier.verify(token);
        // The library accepts a token without times as always valid.
        if (
            typeof claims.exp !== "number" ||
            typeof claims.iat !== "number" ||
            claims.iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS
        ) {
            throw new Error("the token's times are not those of a token of Cognito");
        }
        const { email, name, email_verified, origin_jti } = claims as Record<string, unknown>;
        const user: User = {
            userId: claims.sub,
            email: typeof email === "string" ? email : undefined,
            username: String(claims["cognito:username"] ?? claims.username ?? claims.sub),
            name: typeof name === "string" ? name : undefined,
            emailVerified: typeof email_verified === "boolean" ? email_verified : undefined,
            tokenUse: claims.token_use,
            ...(claims["cognito:groups"]?.includes(adminGroup) ? { isAdmin: true } : {}),
            signIn: typeof origin_jti === "string" ? origin_jti : undefined,
        };
        return { user, expires: claims.exp * 1000 };
    } catch (error) {
        if (error instanceof FetchError) {
            throw new KeysUnavailable(error);
        }
        throw new TokenError(
            error instanceof JwtExpiredError ? "The token has expired." : "The token is not valid.",
            error,
        );
    }
}

async function stillSignedIn(token: string, user: User, isOver: PoolOptions["isOver"]): Promise<User> {
    if (await isOver?.(token, user)) {
        throw new TokenError("You are signed out; sign in again.", undefined);
    }
    return user;
}

/** The sign-in in a Cognito token, which is not verified here. */
export function signInOf(token: string): string | undefined {
    try {
        const { origin_jti } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
        return typeof origin_jti === "string" ? origin_jti : undefined;
    } catch {
        return undefined;
    }
}

async function readKeys(url: string): Promise<ArrayBuffer> {
    try {
        const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) });
        if (!response.ok) {
            throw new Error(`status ${response.status}`);
        }
        return await response.arrayBuffer();
    } catch (error) {
        throw new FetchError(url, error);
    }
}
