/** How often something may be done. */
import { LRUCache } from "lru-cache";

/** Those that are remembered at once; whoever would fill this meets another limit before. */
const REMEMBERED = 50_000;

/** So often in a time that begins with the first one, for each key and in this container. */
export class Limit {
    readonly #most: number;
    readonly #counts: LRUCache<string, number>;

    constructor(most: number, perMs: number) {
        this.#most = most;
        this.#counts = new LRUCache({ max: REMEMBERED, ttl: perMs, noUpdateTTL: true });
    }

    /** Counts one more; returns the seconds to wait where that is too many, and otherwise 0. */
    take(key: string): number {
        const count = (this.#counts.get(key) ?? 0) + 1;
        this.#counts.set(key, count);
        return count > this.#most ? Math.ceil(this.#counts.getRemainingTTL(key) / 1000) : 0;
    }

    /** Takes back what was counted and should not have been. */
    giveBack(key: string): void {
        const count = this.#counts.get(key);
        if (count) {
            this.#counts.set(key, count - 1);
        }
    }
}
