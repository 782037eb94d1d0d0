/**
 * The stories of each user. The whole session lies in the bucket, `<prefix>/<user>/<session>/session.json`; the
 * sessions table has one small row for it, from which the list is read. A user's id is part of every key, so an id of
 * somebody else's story names nothing.
 */

import type { SessionsTable } from "../shared/sessionsTable.ts";
import { NarrationFiles } from "./narration/record.ts";
import type { ObjectStore } from "./objects.ts";
import { summaryOf } from "./pipeline/result.ts";
import { type Choices, choices, type Session, session as sessionSchema } from "./pipeline/session.ts";

/** The route under which the table keeps the pipeline's sessions, beside those of the REST API. */
export const PIPELINE_ROUTE = "generate_story_pipeline";

const MOST_LISTED = 100;

export function isSessionId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}

export function isUserId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id);
}

export class SessionStore {
    readonly objects: ObjectStore;
    readonly #table: SessionsTable;
    readonly #prefix: string;

    constructor(objects: ObjectStore, table: SessionsTable, prefix: string) {
        this.objects = objects;
        this.#table = table;
        this.#prefix = prefix;
    }

    narrationFiles(userId: string, id: string): NarrationFiles {
        return new NarrationFiles(this.objects, userId, this.#folder(userId, id));
    }

    /** Undefined where this user has no such session. */
    async load(userId: string, id: string): Promise<Session | undefined> {
        const stored = await this.objects.read(`${this.#folder(userId, id)}session.json`);
        return stored && sessionSchema.parse(JSON.parse(stored.toString("utf8")));
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

    /** The user's stories, newest first. */
    async list(userId: string): Promise<Record<string, unknown>[]> {
        const rows = await this.#table.ofUser(userId, PIPELINE_ROUTE, MOST_LISTED);
        return rows.map((row) => JSON.parse(row.response));
    }

    /** Removes the story with its pictures and its narration, and says how many objects that were. */
    async remove(userId: string, id: string): Promise<number> {
        const objects = await this.objects.removeAll(this.#folder(userId, id));
        const pictures = await this.objects.removeAll(imageFolder(userId, id));
        await this.#table.remove(userId, id);
        return objects + pictures;
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
