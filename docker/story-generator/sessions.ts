/**
 * The stories of each user. The whole session is in the bucket, `<prefix>/<user>/<session>/session.json`; the sessions table
 * has one small row for it, from which the list is read. The user's id is part of every key, so the id of another user's
 * story finds nothing. docs/story-data.md describes all writers and their conditions.
 */

import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { isUserId } from "../../contract/userId.ts";
import { jobPrefix } from "../shared/userKeys.ts";
import { NarrationFiles } from "./narration/record.ts";
import type { ObjectStore } from "./objects.ts";
import { OldStories } from "./oldStories.ts";
import { type Choices, choices, type Session, session as sessionSchema, withPictures } from "./pipeline/session.ts";
import type { Rows } from "./rows.ts";
import { type Listed, StoryIndex } from "./storyIndex.ts";
import type { Works } from "./works/works.ts";

/** Attempts of a change that conflicts with others. */
const MAX_ATTEMPTS = 20;
/** Stories of the earlier layout that are read in parallel for the list, and the cache of those with a row. */
const READ_CONCURRENCY = 20;
const MAX_REMEMBERED = 50_000;

export function isSessionId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}

/** The story was removed, or never existed. */
export class StoryGone extends Error {
    constructor() {
        super("the story is gone");
        this.name = "StoryGone";
    }
}

/** Another writer has changed the story since it was read. */
export class StoryChanged extends Error {
    constructor() {
        super("the story was changed by another");
        this.name = "StoryChanged";
    }
}

export class SessionStore {
    readonly objects: ObjectStore;
    readonly #index: StoryIndex;
    readonly #prefix: string;
    readonly #works: Works;
    readonly #old: OldStories;
    /** The ETag with which each session was read or written. */
    readonly #tags = new WeakMap<object, string>();
    /** The last body of a session whose write got no answer: it may be stored or not. */
    readonly #unconfirmed = new WeakMap<Session, string>();
    readonly #listedOld = new LRUCache<string, true>({ max: MAX_REMEMBERED });

    /** Also registers the cleanup of removed stories, and of works whose task died, with `works`. */
    constructor(objects: ObjectStore, rows: Rows, prefix: string, works: Works) {
        this.objects = objects;
        this.#index = new StoryIndex(rows, (userId, id) => this.narrationFiles(userId, id).isReady());
        this.#prefix = prefix;
        this.#works = works;
        this.#old = new OldStories(objects, prefix);
        works.onRemoved = async (userId, id) => void (await this.#finishRemoval(userId, id));
        works.onLeft = (userId, id) => this.#putInOrder(userId, id);
    }

    narrationFiles(userId: string, id: string): NarrationFiles {
        return new NarrationFiles(this.objects, userId, id, this.#folder(userId, id), this.#old.folder(userId, id));
    }

    /** The session, or a converted story of the earlier service; undefined when the user has neither. */
    async load(userId: string, id: string): Promise<Session | undefined> {
        const stored = await this.objects.readTagged(this.#sessionKey(userId, id));
        if (!stored) {
            return this.#old.load(userId, id);
        }
        const session = sessionSchema.parse(JSON.parse(stored.body.toString("utf8")));
        this.#tags.set(session, stored.tag);
        return session;
    }

    /**
     * Writes a session that a work holds, to the bucket and the list. Throws StoryChanged or StoryGone when the stored version
     * is no longer the one that was read.
     */
    async save(session: Session): Promise<void> {
        session.updated_at = new Date().toISOString();
        session.revision = (session.revision ?? 0) + 1;
        const { user_id, session_id } = session;
        const key = this.#sessionKey(user_id, session_id);
        const known = this.#tags.get(session);
        const body = JSON.stringify(session);
        const unconfirmed = this.#unconfirmed.get(session);
        this.#unconfirmed.set(session, body);
        let tag = await this.objects.writeIf(key, body, "application/json", known);
        const stored = tag === undefined && unconfirmed !== undefined ? await this.objects.readTagged(key) : undefined;
        if (stored && stored.body.toString("utf8") === unconfirmed) {
            tag = await this.objects.writeIf(key, body, "application/json", stored.tag);
        }
        this.#unconfirmed.delete(session);
        if (tag === undefined) {
            throw known !== undefined && !(await this.objects.readTagged(key)) ? new StoryGone() : new StoryChanged();
        }
        this.#tags.set(session, tag);
        // If the row may not have existed before, it may have been written after the story's removal.
        if ((await this.#index.put(session)) !== true && !(await this.objects.readTagged(key))) {
            await this.#index.remove(user_id, session_id, session);
            throw new StoryGone();
        }
    }

    /**
     * Applies `change` to the current story, and again after a conflict; returns the last result of `change`. An error of
     * `change` is thrown, and nothing is written. Throws StoryGone.
     */
    async edit<Result>(userId: string, id: string, change: (session: Session) => Result): Promise<Result> {
        for (let attempt = 1; ; attempt += 1) {
            const session = await this.load(userId, id);
            if (!session) {
                throw new StoryGone();
            }
            const result = change(session);
            try {
                await this.save(session);
                return result;
            } catch (error) {
                if (!(error instanceof StoryChanged) || attempt === MAX_ATTEMPTS) {
                    throw error;
                }
            }
        }
    }

    /** Claims the story for this run, so that the run that had it before can't write any more. Throws StoryGone. */
    async claim(userId: string, id: string, run: string): Promise<Session> {
        return this.edit(userId, id, (session) => {
            session.run = run;
            session.status = session.status === "completed" ? "completed" : "running";
            return session;
        });
    }

    /**
     * Writes a run's result and keeps what others wrote meanwhile: a regenerated part, whether the narration is complete.
     * Throws StoryGone, and StoryChanged when another run has the story.
     */
    async saveRun(session: Session): Promise<void> {
        for (let attempt = 1; ; attempt += 1) {
            try {
                return await this.save(session);
            } catch (error) {
                const isLast = !(error instanceof StoryChanged) || attempt === MAX_ATTEMPTS;
                const fresh = isLast ? undefined : await this.load(session.user_id, session.session_id);
                const tag = fresh && this.#tags.get(fresh);
                if (!fresh || !tag || fresh.run !== session.run) {
                    throw error;
                }
                this.#tags.set(session, tag);
                session.revision = fresh.revision;
                session.narrated = fresh.narrated;
                session.link_secret = fresh.link_secret;
                session.link_origin = fresh.link_origin;
                // Only its run writes the chapters and pictures of an unfinished story.
                if (fresh.status === "completed") {
                    session.chapters = fresh.chapters;
                    session.illustrations = withPictures(fresh.illustrations ?? [], session.illustrations ?? []);
                }
            }
        }
    }

    /** Records for the list whether the narration is complete. Throws StoryGone. */
    async markNarrated(userId: string, id: string, isNarrated: boolean): Promise<void> {
        const session = await this.load(userId, id);
        if (!session || Boolean(session.narrated) !== isNarrated) {
            await this.edit(userId, id, (fresh) => {
                fresh.narrated = isNarrated;
            });
        }
    }

    async loadChoices(userId: string, id: string): Promise<Choices> {
        const stored = await this.objects.readTagged(this.#choicesKey(userId, id));
        const made = choices.parse(stored ? JSON.parse(stored.body.toString("utf8")) : {});
        if (stored) {
            this.#tags.set(made, stored.tag);
        }
        return made;
    }

    /** Applies `change` to the stored choices, and again after a conflict. A work holds the story. */
    async choose(userId: string, id: string, change: (made: Choices) => Partial<Choices>): Promise<void> {
        const key = this.#choicesKey(userId, id);
        for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
            const made = await this.loadChoices(userId, id);
            const body = JSON.stringify({ ...made, ...change(made) });
            if ((await this.objects.writeIf(key, body, "application/json", this.#tags.get(made))) !== undefined) {
                return;
            }
        }
        throw new StoryChanged();
    }

    /** A page of the user's stories in both layouts, newest first; `next` selects the following page. */
    async list(
        userId: string,
        limit: number,
        after?: string,
    ): Promise<{ stories: Record<string, unknown>[]; next?: string }> {
        const { works, removals } = await this.#works.look(userId);
        const removing = new Set(Object.keys(removals));
        if (after === undefined) {
            const withWorks = new Set(Object.values(works).map((entry) => entry.session_id));
            // Completes removals that broke off; a failure is retried with the next list.
            const broken = [...removing].filter((id) => !withWorks.has(id));
            await Promise.allSettled(broken.map((id) => this.#finishRemoval(userId, id)));
            await this.#listOld(userId);
        }
        const { stories, next } = await this.#index.page(userId, limit, after);
        const shown = stories.filter(({ session_id: id }) => !removing.has(id));
        return { stories: await Promise.all(shown.map((story) => this.#listEntry(userId, story))), next };
    }

    /**
     * Removes the story and all its data in both layouts; returns the number of objects, or undefined when nothing existed. Its
     * works are stopped first, on every task. A removal that breaks off stays on the person's work row: no work begins on the
     * story any more, no list shows it, and a repeated request completes the removal.
     */
    async remove(userId: string, id: string): Promise<number | undefined> {
        const existed = (await this.load(userId, id)) !== undefined;
        await this.#works.remove(userId, id);
        const removed = await this.#finishRemoval(userId, id);
        // A list request, or the end of a work, may have removed everything before.
        return removed ?? (existed ? 0 : undefined);
    }

    /** The key of a picture of the story by its file's name; undefined when it does not exist. */
    async picture(userId: string, id: string, file: string): Promise<string | undefined> {
        const session = await this.load(userId, id);
        return session?.illustrations?.map(({ key }) => key).find((key) => key.endsWith(`/${file}`));
    }

    async #finishRemoval(userId: string, id: string): Promise<number | undefined> {
        let removed: number | undefined;
        let isOver: boolean;
        do {
            const before = await this.#works.workRow(userId);
            const more = await this.#erase(userId, id);
            removed = more === undefined ? removed : more + (removed ?? 0);
            isOver = await this.#works.removed(userId, id, before);
        } while (!isOver);
        return removed;
    }

    /** Removes the rows last, so that a story whose objects are gone can still be found. */
    async #erase(userId: string, id: string): Promise<number | undefined> {
        const session = await this.load(userId, id);
        let removed = 0;
        for (const folder of [jobPrefix(userId, id), this.#folder(userId, id), this.#old.folder(userId, id)]) {
            removed += await this.objects.removeAll(folder);
        }
        const hadCalls = await this.#index.removeCalls(userId, id);
        const wasListed = await this.#index.remove(userId, id, session);
        this.#listedOld.delete(`${userId}/${id}`);
        return wasListed || hadCalls || removed > 0 ? removed : undefined;
    }

    /** Makes the list consistent with the bucket, unless the story has works or is being removed; returns whether it did. */
    async #putInOrder(userId: string, id: string): Promise<boolean> {
        const { works, removals } = await this.#works.workRow(userId);
        if (removals[id] || Object.values(works).some((entry) => entry.session_id === id)) {
            return false;
        }
        for (;;) {
            const narrated = await this.narrationFiles(userId, id).isReady();
            try {
                await this.edit(userId, id, (session) => {
                    session.narrated = narrated;
                });
                return true;
            } catch (error) {
                if (!(error instanceof StoryGone)) {
                    throw error;
                }
            }
            await this.#erase(userId, id);
            // A work that was taken for dead may have stored the session meanwhile, and its row may have been removed here.
            if (!(await this.objects.readTagged(this.#sessionKey(userId, id)))) {
                return true;
            }
        }
    }

    async #listEntry(userId: string, { cover_key, ...story }: Listed): Promise<Record<string, unknown>> {
        return {
            ...story,
            // Rows of earlier versions have no `story_id`.
            story_id: story.session_id,
            has_images: story.images_count > 0,
            has_audio: story.has_audio ?? (await this.narrationFiles(userId, story.session_id).isReady()),
            ...(cover_key === undefined ? {} : { cover: await this.objects.sign(cover_key) }),
        };
    }

    /** Creates the missing rows of stories of the earlier service. */
    async #listOld(userId: string): Promise<void> {
        const limit = pLimit(READ_CONCURRENCY);
        const ids = (await this.#old.ids(userId)).filter(
            (id) => isSessionId(id) && !this.#listedOld.has(`${userId}/${id}`),
        );
        await Promise.all(ids.map((id) => limit(() => this.#listOldStory(userId, id))));
    }

    async #listOldStory(userId: string, id: string): Promise<void> {
        const session = await this.load(userId, id);
        if (!session) {
            return;
        }
        session.narrated ??= await this.narrationFiles(userId, id).isReady();
        const put = await this.#index.put(session);
        // The story was removed meanwhile, so its row must not come back.
        if (put !== true && !(await this.load(userId, id))) {
            await this.#index.remove(userId, id, session);
            return;
        }
        this.#listedOld.set(`${userId}/${id}`, true);
    }

    #sessionKey(userId: string, id: string): string {
        return `${this.#folder(userId, id)}session.json`;
    }

    #choicesKey(userId: string, id: string): string {
        return `${this.#folder(userId, id)}choices.json`;
    }

    #folder(userId: string, id: string): string {
        if (!isUserId(userId) || !isSessionId(id)) {
            throw new Error("an id that could leave its own folder");
        }
        return `${this.#prefix}/${userId}/${id}/`;
    }
}
