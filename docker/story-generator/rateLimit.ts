/** A rate limit in memory. */
import { LRUCache } from "lru-cache";

/** Keys in memory; a client that would exceed this reaches another limit before. */
const MAX_KEYS = 50_000;

/** At most `max` events per key in a window that begins with the first event; per container. */
export class RateLimit {
    readonly #max: number;
    readonly #counts: LRUCache<string, number>;

    constructor(max: number, perMs: number) {
        this.#max = max;
        this.#counts = new LRUCache({ max: MAX_KEYS, ttl: perMs, noUpdateTTL: true });
    }

    /** Counts an event; returns the seconds to wait if the limit is exceeded, otherwise 0. */
    take(key: string): number {
        const count = (this.#counts.get(key) ?? 0) + 1;
        this.#counts.set(key, count);
        return count > this.#max ? Math.ceil(this.#counts.getRemainingTTL(key) / 1000) : 0;
    }

    /** Uncounts an event. */
    giveBack(key: string): void {
        const count = this.#counts.get(key);
        if (count) {
            this.#counts.set(key, count - 1);
        }
    }
}
