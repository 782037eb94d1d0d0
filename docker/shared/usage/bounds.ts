/** Usage bounds of a person, the stack and a run, checked against the ledger. */
import { LRUCache } from "lru-cache";
import {
    type BoundName,
    type Bounds,
    dayOf,
    type LedgerRow,
    monthOf,
    NANO_USD,
    type ReachedBound,
    sumOf,
    tokensOf,
} from "../../../contract/usage.ts";
import type { Ledger } from "./ledger.ts";

/** Cache time of sums, except the run's own; usage within that time may exceed the bound. */
const CACHE_MS = 5_000;
/** Cached sums of past days. A day's sum is final after the following day, whatever the difference of clocks. */
const MAX_CACHED_DAYS = 20_000;
const DAY_MS = 86_400_000;

/** A bound is reached. The message is for the person. */
export class BoundReached extends Error {
    readonly reached: ReachedBound;
    /** Seconds until the bound resets; undefined for a run's bound. */
    readonly retryAfter: number | undefined;

    constructor(name: BoundName, limit: number, left: number, at: Date) {
        const resetsAt = resetTime(name, at);
        super(WORDS[name](limit, resetsAt));
        this.name = "BoundReached";
        this.reached = { name, limit, left: Math.max(0, left), ...(resetsAt && { resets_at: resetsAt.toISOString() }) };
        this.retryAfter = resetsAt && Math.max(1, Math.ceil((resetsAt.getTime() - at.getTime()) / 1_000));
    }
}

const on = (resetsAt: Date | undefined) =>
    resetsAt?.toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
const GO_ON = "What is finished is saved; continue the story to go on with it.";
const stories = (count: number) => (count === 1 ? "one story" : `${count} stories`);

const WORDS: Record<BoundName, (limit: number, resetsAt: Date | undefined) => string> = {
    dailyStoriesPerPerson: (limit, resetsAt) =>
        `You can make ${stories(limit)} a day. You can make the next one on ${on(resetsAt)} (UTC).`,
    monthlyStoriesPerPerson: (limit, resetsAt) =>
        `You can make ${stories(limit)} a month. You can make the next one on ${on(resetsAt)} (UTC).`,
    dailyUsdPerPerson: (_, resetsAt) =>
        `Your stories have used all that they may in a day. You can go on on ${on(resetsAt)} (UTC).`,
    monthlyUsdPerPerson: (_, resetsAt) =>
        `Your stories have used all that they may in a month. You can go on on ${on(resetsAt)} (UTC).`,
    dailyUsd: (_, resetsAt) => `This service has used all that it may in a day. Come back on ${on(resetsAt)} (UTC).`,
    tokensPerRun: () => `The story takes more words than can be written at one go. ${GO_ON}`,
    usdPerRun: () => `The story costs more than may be used at one go. ${GO_ON}`,
    turnsPerRun: () => `The story takes more steps than are made at one go. ${GO_ON}`,
    secondsPerRun: () => `The story takes longer than one go may. ${GO_ON}`,
};

function resetTime(name: BoundName, at: Date): Date | undefined {
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    if (name.startsWith("daily")) {
        return new Date(Date.UTC(year, month, day + 1));
    }
    return name.startsWith("monthly") ? new Date(Date.UTC(year, month + 1, 1)) : undefined;
}

/** The person whose usage is bounded. */
export interface Person {
    userId: string;
    /** For an administrator only the run's bounds apply. */
    isAdmin?: boolean;
}

export interface BoundsOptions {
    ledger: Ledger;
    bounds: Bounds;
    /** Called when sums could not be read; such an error refuses nobody. */
    onError: (error: unknown) => void;
    now?: () => Date;
}

/** Enforces the bounds. */
export class Bounded {
    readonly #ledger: Ledger;
    readonly #bounds: Bounds;
    readonly #onError: (error: unknown) => void;
    readonly #now: () => Date;
    readonly #days = new LRUCache<string, Promise<number>>({ max: MAX_CACHED_DAYS });

    constructor({ ledger, bounds, onError, now = () => new Date() }: BoundsOptions) {
        this.#ledger = ledger;
        this.#bounds = bounds;
        this.#onError = onError;
        this.#now = now;
    }

    /** Throws BoundReached when a bound of the person or the stack is reached. */
    async assertMay({ userId, isAdmin }: Person): Promise<void> {
        const { dailyUsdPerPerson, monthlyUsdPerPerson, dailyUsd } = this.#bounds;
        if (isAdmin) {
            return;
        }
        const at = this.#now();
        const used = [
            ["dailyUsd", dailyUsd, () => this.#usdOf([dayOf(at)])],
            ["dailyUsdPerPerson", dailyUsdPerPerson, () => this.#usdOf([dayOf(at)], userId)],
            ["monthlyUsdPerPerson", monthlyUsdPerPerson, () => this.#usdOf(daysOfMonth(at), userId)],
        ] as const;
        for (const [name, limit, usdOf] of used) {
            const usd = limit === 0 ? 0 : await this.#read(usdOf, 0);
            if (limit > 0 && usd >= limit) {
                throw new BoundReached(name, limit, limit - usd, at);
            }
        }
    }

    /** Counts a new story of the person. Throws BoundReached when it exceeds a bound. */
    async beginStory(person: Person, story: string): Promise<void> {
        await this.assertMay(person);
        if (person.isAdmin || !(this.#bounds.dailyStoriesPerPerson || this.#bounds.monthlyStoriesPerPerson)) {
            return;
        }
        const at = this.#now();
        const met = await this.#read(() => this.#ledger.beginStory(person.userId, story, at, this.#bounds), undefined);
        if (met) {
            throw new BoundReached(met, this.#bounds[met], 0, at);
        }
    }

    /** Uncounts a story that did not begin. */
    async giveBack({ userId }: Person, story: string): Promise<void> {
        await this.#read(() => this.#ledger.giveBackStory(userId, story, this.#now()), undefined);
    }

    /** Enforces the bounds of one run of a story, from now on. */
    async run(person: Person, story: string): Promise<BoundedRun> {
        const sum = async () => usedBy(await this.#ledger.ofStory(person.userId, story));
        const before = await this.#read(sum, undefined);
        return {
            seconds: this.#bounds.secondsPerRun,
            assertMay: async () => {
                await this.assertMay(person);
                const now = before && (await this.#read(sum, undefined));
                if (before && now) {
                    this.#assertWithin(before, now);
                }
            },
        };
    }

    #assertWithin(before: RunUse, now: RunUse): void {
        for (const name of ["tokensPerRun", "usdPerRun", "turnsPerRun"] as const) {
            const limit = this.#bounds[name];
            const count = now[name] - before[name];
            if (limit > 0 && count >= limit) {
                throw new BoundReached(name, limit, limit - count, this.#now());
            }
        }
    }

    /** Cost in USD of some days, of one person or of all. */
    async #usdOf(days: readonly string[], userId?: string): Promise<number> {
        const before = dayOf(new Date(this.#now().getTime() - DAY_MS));
        const sums = days.map((day) => {
            const key = `${day}/${userId ?? ""}`;
            const known = this.#days.get(key);
            if (known) {
                return known;
            }
            const sum = this.#ledger.ofDay(day, userId).then((rows) => sumOf(rows).nano_usd);
            this.#days.set(key, sum, { ttl: day < before ? 0 : CACHE_MS });
            sum.catch(() => this.#days.delete(key));
            return sum;
        });
        return (await Promise.all(sums)).reduce((all, one) => all + one, 0) / NANO_USD;
    }

    async #read<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
        try {
            return await read();
        } catch (error) {
            this.#onError(error);
            return otherwise;
        }
    }
}

/** The bounds of one run. */
export interface BoundedRun {
    /** The run's time limit; 0: none. */
    seconds: number;
    /** Throws BoundReached when a bound of the run, its person or the stack is reached. */
    assertMay(): Promise<void>;
}

type RunUse = Record<"tokensPerRun" | "usdPerRun" | "turnsPerRun", number>;

/** The run's use in its rows; a turn is one answer of a text model. */
function usedBy(rows: readonly LedgerRow[]): RunUse {
    const all = sumOf(rows);
    const written = rows.filter(({ output_tokens, image_tokens }) => output_tokens > 0 && image_tokens === 0);
    return { tokensPerRun: tokensOf(all), usdPerRun: all.nano_usd / NANO_USD, turnsPerRun: sumOf(written).calls };
}

function daysOfMonth(at: Date): string[] {
    return Array.from(
        { length: at.getUTCDate() },
        (_, index) => `${monthOf(at)}-${String(index + 1).padStart(2, "0")}`,
    );
}
