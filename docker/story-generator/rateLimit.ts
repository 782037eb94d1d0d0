/** How often something may be done. */
import { LRUCache } from "lru-cache";

/** Those that are remembered at once; whoever would fill this meets another limit before. */
const MAX_KEYS = 50_000;

/** So often in a time that begins with the first one, for each key and in this container. */
export class RateLimit {
    readonly #max: number;
    readonly #counts: LRUCache<string, number>;

    constructor(most: number, perMs: number) {
        this.#max = most;
        this.#counts = new LRUCache({ max: MAX_KEYS, ttl: perMs, noUpdateTTL: true });
    }

    /** Counts one more; returns the seconds to wait where that is too many, and otherwise 0. */
    take(key: string): number {
        const count = (this.#counts.get(key) ?? 0) + 1;
        this.#counts.set(key, count);
        return count > this.#max ? Math.ceil(this.#counts.getRemainingTTL(key) / 1000) : 0;
    }

    /** Takes back what was counted and should not have been. */
    giveBack(key: string): void {
        const count = this.#counts.get(key);
        if (count) {
            this.#counts.set(key, count - 1);
        }
    }
}
