/**
 * Who signed up here and has yet to confirm the address. Cognito says so before it looks at a password; whoever asks with
 * another password than the one of the sign-up hears nothing of it.
 */
import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

/** As long as Cognito's code is good. */
const REMEMBERED_MS = 24 * 3_600_000;
const MAX_REMEMBERED = 10_000;

export class UnconfirmedSignUps {
    // Of this process alone: what is remembered of passwords is worth nothing anywhere else.
    readonly #key = randomBytes(32);
    readonly #marks = new LRUCache<string, string>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });

    remember(email: string, password: string): void {
        this.#marks.set(email.toLowerCase(), this.#markOf(password));
    }

    /** Whether somebody signed up with both. */
    has(email: string, password: string): boolean {
        return this.#marks.get(email.toLowerCase()) === this.#markOf(password);
    }

    #markOf(password: string): string {
        return createHmac("sha256", this.#key).update(password).digest("base64");
    }
}
