/**
 * The stories of each user. The whole session lies in the bucket, `<prefix>/<user>/<session>/session.json`; the
 * sessions table has one small row for it, from which the list is read. A user's id is part of every key, so an id of
 * somebody else's story names nothing.
 */

import { isUserId } from "../../contract/userId.ts";
import type { SessionsTable } from "../shared/sessionsTable.ts";
import { NarrationFiles } from "./narration/record.ts";
import type { ObjectStore } from "./objects.ts";
import { OldStories } from "./oldStories.ts";
import { summaryOf } from "./pipeline/result.ts";
import { type Choices, choices, type Session, session as sessionSchema } from "./pipeline/session.ts";

/** The route under which the table keeps the pipeline's sessions, beside those of the REST API. */
export const PIPELINE_ROUTE = "generate_story_pipeline";

const MOST_LISTED = 100;

export function isSessionId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}

export class SessionStore {
    readonly objects: ObjectStore;
    readonly #table: SessionsTable;
    readonly #prefix: string;
    readonly #old: OldStories;

    constructor(objects: ObjectStore, table: SessionsTable, prefix: string) {
        this.objects = objects;
        this.#table = table;
        this.#prefix = prefix;
        this.#old = new OldStories(objects, prefix);
    }

    narrationFiles(userId: string, id: string): NarrationFiles {
        return new NarrationFiles(this.objects, userId, this.#folder(userId, id), this.#old.folder(userId, id));
    }

    /** The session, or a story of the earlier service as one; undefined where this user has neither. */
    async load(userId: string, id: string): Promise<Session | undefined> {
        const stored = await this.objects.read(`${this.#folder(userId, id)}session.json`);
        return stored ? sessionSchema.parse(JSON.parse(stored.toString("utf8"))) : this.#old.load(userId, id);
    }

    /** Bucket first: the list may lag behind a story, but never shows one that is not there. */
    async save(session: Session): Promise<void> {
        session.updated_at = new Date().toISOString();
        const { user_id, session_id } = session;
        await this.objects.write(
            `${this.#folder(user_id, session_id)}session.json`,
            JSON.stringify(session),
            "application/json",
        );
        await this.#table.put({
            user_id,
            session_id,
            timestamp: Date.parse(session.created_at),
            route: PIPELINE_ROUTE,
            request: JSON.stringify(session.request),
            response: JSON.stringify(summaryOf(session)),
            created_at: session.created_at,
        });
    }

    async loadChoices(userId: string, id: string): Promise<Choices> {
        const stored = await this.objects.read(`${this.#folder(userId, id)}choices.json`);
        return choices.parse(stored ? JSON.parse(stored.toString("utf8")) : {});
    }

    async saveChoices(userId: string, id: string, made: Choices): Promise<void> {
        await this.objects.write(`${this.#folder(userId, id)}choices.json`, JSON.stringify(made), "application/json");
    }

    /** The user's stories in either layout, newest first. */
    async list(userId: string): Promise<Record<string, unknown>[]> {
        const [rows, old] = await Promise.all([
            this.#table.ofUser(userId, PIPELINE_ROUTE, MOST_LISTED),
            this.#old.list(userId),
        ]);
        const saved = rows.map((row) => JSON.parse(row.response));
        const ids = new Set(saved.map(({ session_id }) => session_id));
        const summaries = [
            ...saved,
            ...old.filter(({ session_id: id }) => isSessionId(id) && !ids.has(id)).map(summaryOf),
        ]
            .sort((one, other) => String(other.created_at).localeCompare(String(one.created_at)))
            .slice(0, MOST_LISTED);
        return Promise.all(
            summaries.map(async (summary) => ({
                ...summary,
                // Rows from before it was recorded have none.
                story_id: summary.session_id,
                has_images: summary.images_count > 0,
                has_audio: await this.narrationFiles(userId, summary.session_id).isReady(),
            })),
        );
    }

    /**
     * Removes the story with its pictures and its narration, in either layout, and says how many objects that were;
     * undefined where there was nothing at all. The row goes last: what a crash leaves behind is still in the list, and
     * can be removed again.
     */
    async remove(userId: string, id: string): Promise<number | undefined> {
        let removed = 0;
        for (const folder of [imageFolder(userId, id), this.#folder(userId, id), this.#old.folder(userId, id)]) {
            removed += await this.objects.removeAll(folder);
        }
        const wasListed = await this.#table.remove(userId, id);
        return wasListed || removed > 0 ? removed : undefined;
    }

    /** The key of a picture of the story by its file's name; undefined where it has none. */
    async picture(userId: string, id: string, file: string): Promise<string | undefined> {
        const session = await this.load(userId, id);
        return session?.illustrations?.map(({ key }) => key).find((key) => key.endsWith(`/${file}`));
    }

    #folder(userId: string, id: string): string {
        if (!isUserId(userId) || !isSessionId(id)) {
            throw new Error("an id that could leave its own folder");
        }
        return `${this.#prefix}/${userId}/${id}/`;
    }
}

/** Where the image function puts the pictures of a job; a story's job has the story's own id. */
export function imageFolder(userId: string, jobId: string): string {
    return `users/${userId}/jobs/${jobId}/`;
}
