/** The list's index: one small row per story, sorted by time, apart from the rows of recorded calls. */
import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { callKeyPrefix, PIPELINE_ROUTE, RESERVED_PREFIX } from "../shared/sessionsTable.ts";
import { type Session, summaryOf } from "./pipeline/session.ts";
import { everyRow, type Row, type Rows } from "./rows.ts";

const PREFIX = `${RESERVED_PREFIX}story#`;
/** A topic may be as long as a body; the list shows its beginning. */
const MAX_LISTED_CHARACTERS = 300;
const MOVE_CONCURRENCY = 10;
/**
 * How long it is cached that a person has no story under a bare id. During a deployment, tasks of the earlier version still
 * write such rows; the search for them reads everything that earlier versions left of the person.
 */
const CACHE_MS = 60_000;
const MAX_CACHED_USERS = 50_000;

/** A story in the list; rows of earlier versions have neither `has_audio` nor `cover_key`. */
export type Listed = ReturnType<typeof summaryOf> & { has_audio?: boolean; cover_key?: string };

/** Whether a page may begin after this key. */
export const isPagePosition = (key: string) => /^#story#[\w.:+-]+#[\w-]+$/.test(key);

export class StoryIndex {
    readonly #rows: Rows;
    readonly #isNarrated: (userId: string, id: string) => Promise<boolean>;
    readonly #moving = new Map<string, Promise<void>>();
    readonly #hasNone = new LRUCache<string, true>({ max: MAX_CACHED_USERS, ttl: CACHE_MS });

    /** `isNarrated`: whether a story's narration is complete, for rows without `has_audio`. */
    constructor(rows: Rows, isNarrated: (userId: string, id: string) => Promise<boolean>) {
        this.#rows = rows;
        this.#isNarrated = isNarrated;
    }

    /** Writes the story's row unless a newer one exists; "created" when none existed. */
    put(session: Session): Promise<boolean | "created"> {
        return this.#rows.put(rowOf(session), "older");
    }

    /** Removes the rows of a story; returns whether any existed. `session`: the story, if known. */
    async remove(userId: string, id: string, session?: Session): Promise<boolean> {
        let removed = await this.#rows.remove(userId, id);
        const known = session && (await this.#rows.remove(userId, keyOf(session.created_at, id)));
        if (known) {
            return true;
        }
        for await (const row of everyRow(this.#rows, { userId, prefix: PREFIX })) {
            if (row.job_id === id) {
                removed = (await this.#rows.remove(userId, row.session_id)) || removed;
            }
        }
        return removed;
    }

    /** Removes the recorded calls of a story. */
    async removeCalls(userId: string, id: string): Promise<boolean> {
        let removed = false;
        for (const prefix of [callKeyPrefix(id), earlierCallPrefix(id)]) {
            for await (const row of everyRow(this.#rows, { userId, prefix, only: ["session_id"] })) {
                removed = (await this.#rows.remove(userId, row.session_id)) || removed;
            }
        }
        return removed;
    }

    /** Up to `limit` stories, newest first; `next` selects the following page. */
    async page(userId: string, limit: number, after?: string): Promise<{ stories: Listed[]; next?: string }> {
        // Bare ids are read first, so that rows that are moved meanwhile are in the page.
        const earlier = await this.#earlier(userId);
        const only = ["session_id", "job_id", "response"];
        const page = await this.#rows.part({
            userId,
            prefix: PREFIX,
            limit: limit + 1,
            newestFirst: true,
            only,
            after,
        });
        const rows = new Map(
            [...earlier, ...page.rows]
                .filter(({ session_id: key }) => after === undefined || key < after)
                .map((row) => [String(row.job_id), row]),
        );
        const sorted = [...rows.values()].sort((one, other) => (one.session_id < other.session_id ? 1 : -1));
        const shown = sorted.slice(0, limit);
        return {
            stories: shown.map(({ response }) => JSON.parse(String(response))),
            ...(sorted.length > limit ? { next: shown.at(-1)?.session_id } : {}),
        };
    }

    /** Rows under the bare id, which earlier versions write; they are moved to their new keys in the background. */
    async #earlier(userId: string): Promise<Row[]> {
        if (this.#hasNone.has(userId)) {
            return [];
        }
        const bare: Row[] = [];
        for await (const row of everyRow(this.#rows, { userId, route: PIPELINE_ROUTE })) {
            const created_at = String(row.created_at ?? new Date(Number(row.timestamp)).toISOString());
            const { session_id: id } = row;
            const [request, response] = [row.request, row.response].map((json) =>
                truncatedJson(JSON.parse(String(json ?? "{}"))),
            );
            const session_id = keyOf(created_at, id);
            bare.push({ ...row, session_id, job_id: id, request, response, created_at, revision: 0 });
        }
        if (bare.length === 0) {
            this.#hasNone.set(userId, true);
        }
        if (bare.length > 0 && !this.#moving.has(userId)) {
            const moved = this.#move(bare).finally(() => this.#moving.delete(userId));
            this.#moving.set(
                userId,
                moved.catch(() => undefined),
            );
        }
        return bare;
    }

    async #move(bare: Row[]): Promise<void> {
        const limit = pLimit(MOVE_CONCURRENCY);
        const move = async (row: Row) => {
            const id = String(row.job_id);
            const has_audio = await this.#isNarrated(row.user_id, id);
            const response = JSON.stringify({ ...JSON.parse(String(row.response)), has_audio });
            await this.#rows.move({ ...row, response }, id, PIPELINE_ROUTE);
        };
        await Promise.all(bare.map((row) => limit(() => move(row))));
    }
}

function rowOf(session: Session): Row {
    const { user_id, session_id, created_at, request, revision = 0 } = session;
    const summary = summaryOf(session);
    return {
        user_id,
        session_id: keyOf(created_at, session_id),
        job_id: session_id,
        timestamp: Date.parse(created_at),
        route: PIPELINE_ROUTE,
        request: truncatedJson(request),
        response: truncatedJson({
            ...summary,
            has_audio: session.narrated,
            cover_key: session.illustrations?.[0]?.key,
        }),
        created_at,
        revision,
    };
}

const keyOf = (createdAt: string, id: string) => `${PREFIX}${createdAt}#${id}`;

/** Key prefix of recorded calls of earlier versions. */
const earlierCallPrefix = (id: string) => `${id}#`;

/** JSON with each text cut to the length that a list shows. */
const truncatedJson = (fields: object): string =>
    JSON.stringify(fields, (_name, value) =>
        typeof value === "string" ? value.slice(0, MAX_LISTED_CHARACTERS) : value,
    );
