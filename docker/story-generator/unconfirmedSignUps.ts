/**
 * Sign-ups whose address is not confirmed yet. Cognito reports an unconfirmed user before it checks the password; here only
 * a caller with the password of the sign-up may learn it.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

/** Validity of Cognito's code. */
const CACHE_MS = 24 * 3_600_000;
const MAX_CACHED_SIGN_UPS = 10_000;

export class UnconfirmedSignUps {
    // A random key per process, so that the stored password hashes are useless elsewhere.
    readonly #key = randomBytes(32);
    readonly #hashes = new LRUCache<string, string>({ max: MAX_CACHED_SIGN_UPS, ttl: CACHE_MS });

    remember(email: string, password: string): void {
        this.#hashes.set(email.toLowerCase(), this.#hashOf(password));
    }

    /** Whether somebody signed up with this address and password. */
    has(email: string, password: string): boolean {
        return this.#hashes.get(email.toLowerCase()) === this.#hashOf(password);
    }

    #hashOf(password: string): string {
        return createHmac("sha256", this.#key).update(password).digest("base64");
    }
}
