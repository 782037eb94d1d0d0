/** Cognito tokens: whom they name, checked against the user pool's keys. */
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { FetchError, JwtExpiredError } from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { LRUCache } from "lru-cache";

/** Somebody who proved who they are. */
export interface User {
    /** Cognito's `sub`: the id that everything of this user is stored under. */
    userId: string;
    /** Only an ID token carries it. */
    email: string | undefined;
    username: string;
    /** Only an ID token carries them. */
    name?: string;
    emailVerified?: boolean;
    tokenUse: "id" | "access";
}

export interface PoolOptions {
    userPoolId: string;
    clientId: string;
    /** Where the keys are read instead of at Cognito, for an emulator. It never changes whose tokens are believed. */
    jwksUrl?: string;
}

/** The token proves nothing: 401. */
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

/** A token that was checked is believed for this long without another look at its signature, never past its expiry. */
const BELIEVED_FOR_MS = 60_000;
const MOST_BELIEVED = 2_000;

/** A check of ID and access tokens: signature, issuer, audience, use and expiry. Keys are cached and read again on rotation. */
export function createTokenCheck({ userPoolId, clientId, jwksUrl }: PoolOptions): (token: string) => Promise<User> {
    const jwksCache = new SimpleJwksCache({ fetcher: { fetch: (uri) => readKeys(jwksUrl ?? uri) } });
    const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: null }, { jwksCache });
    const believed = new LRUCache<string, User>({ max: MOST_BELIEVED });
    return async (token) => {
        const known = believed.get(token);
        if (known) {
            return known;
        }
        try {
            const claims = await verifier.verify(token);
            const { email, name, email_verified } = claims as Record<string, unknown>;
            const user: User = {
                userId: claims.sub,
                email: typeof email === "string" ? email : undefined,
                username: String(claims["cognito:username"] ?? claims.username ?? claims.sub),
                name: typeof name === "string" ? name : undefined,
                emailVerified: typeof email_verified === "boolean" ? email_verified : undefined,
                tokenUse: claims.token_use,
            };
            // Never 0, which would mean for ever.
            const ttl = Math.max(1, Math.min(BELIEVED_FOR_MS, claims.exp * 1000 - Date.now()));
            believed.set(token, user, { ttl });
            return user;
        } catch (error) {
            if (error instanceof FetchError) {
                throw new KeysUnavailable(error);
            }
            throw new TokenError(
                error instanceof JwtExpiredError ? "The token has expired." : "The token is not valid.",
                error,
            );
        }
    };
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
