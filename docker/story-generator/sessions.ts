/**
 * The stories of each user. The whole session lies in the bucket, `<prefix>/<user>/<session>/session.json`; the
 * sessions table has one small row for it, from which the list is read. A user's id is part of every key, so an id of
 * somebody else's story names nothing. Who writes what, and on which condition, is in docs/story-data.md.
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

/** Tries of a change that others are faster than. */
const ATTEMPTS = 20;
/** Stories of the earlier layout that are read at the same time for the list, and those that are known to be in it. */
const READ_CONCURRENCY = 20;
const MAX_REMEMBERED = 50_000;

export function isSessionId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}

/** The story was removed, or never there. */
export class StoryGone extends Error {
    constructor() {
        super("the story is gone");
        this.name = "StoryGone";
    }
}

/** Somebody else has written the story since it was read. */
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
    /** The version in the bucket that each session was read from, or written as. */
    readonly #tags = new WeakMap<object, string>();
    /** What was written last of a session when no answer came: it may have been stored or not. */
    readonly #unsure = new WeakMap<Session, string>();
    readonly #listedOld = new LRUCache<string, true>({ max: MAX_REMEMBERED });

    /** Also makes `works` clear up after stories that are removed, and after works whose task died. */
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

    /** The session, or a story of the earlier service as one; undefined where this user has neither. */
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
     * Writes a session that a work holds; afterwards both bucket and list have it. Throws StoryChanged or StoryGone where
     * it isn't any more what was read.
     */
    async save(session: Session): Promise<void> {
        session.updated_at = new Date().toISOString();
        session.revision = (session.revision ?? 0) + 1;
        const { user_id, session_id } = session;
        const key = this.#sessionKey(user_id, session_id);
        const known = this.#tags.get(session);
        const body = JSON.stringify(session);
        const unsure = this.#unsure.get(session);
        this.#unsure.set(session, body);
        let tag = await this.objects.writeIf(key, body, "application/json", known);
        const there = tag === undefined && unsure !== undefined ? await this.objects.readTagged(key) : undefined;
        if (there && there.body.toString("utf8") === unsure) {
            tag = await this.objects.writeIf(key, body, "application/json", there.tag);
        }
        this.#unsure.delete(session);
        if (tag === undefined) {
            throw known !== undefined && !(await this.objects.readTagged(key)) ? new StoryGone() : new StoryChanged();
        }
        this.#tags.set(session, tag);
        // Where it isn't known that there was a row before, this one may have come after the story's removal.
        if ((await this.#index.put(session)) !== true && !(await this.objects.readTagged(key))) {
            await this.#index.remove(user_id, session_id, session);
            throw new StoryGone();
        }
    }

    /**
     * Applies `change` to the story as it stands, and again where another was faster; returns what `change` returned last.
     * What it throws is thrown, and nothing is written. Throws StoryGone.
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
                if (!(error instanceof StoryChanged) || attempt === ATTEMPTS) {
                    throw error;
                }
            }
        }
    }

    /** The story, for this run to go on with: one that had it before writes nothing any more. Throws StoryGone. */
    async claim(userId: string, id: string, run: string): Promise<Session> {
        return this.edit(userId, id, (session) => {
            session.run = run;
            session.status = session.status === "completed" ? "completed" : "running";
            return session;
        });
    }

    /**
     * Writes what a run has made, beside what others have written meanwhile: a part that was made again, whether there is a
     * narration. Throws StoryGone, and StoryChanged where another run has the story.
     */
    async saveRun(session: Session): Promise<void> {
        for (let attempt = 1; ; attempt += 1) {
            try {
                return await this.save(session);
            } catch (error) {
                const isLast = !(error instanceof StoryChanged) || attempt === ATTEMPTS;
                const fresh = isLast ? undefined : await this.load(session.user_id, session.session_id);
                const tag = fresh && this.#tags.get(fresh);
                if (!fresh || !tag || fresh.run !== session.run) {
                    throw error;
                }
                this.#tags.set(session, tag);
                session.revision = fresh.revision;
                session.narrated = fresh.narrated;
                session.link_secret = fresh.link_secret;
                // Nobody but its run writes more of a story that is not finished.
                if (fresh.status === "completed") {
                    session.chapters = fresh.chapters;
                    session.illustrations = withPictures(fresh.illustrations ?? [], session.illustrations ?? []);
                }
            }
        }
    }

    /** Notes whether the story has a whole narration, for the list. Throws StoryGone. */
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

    /** Applies `change` to what was chosen, and again where another choice was faster. A work holds the story. */
    async choose(userId: string, id: string, change: (made: Choices) => Partial<Choices>): Promise<void> {
        const key = this.#choicesKey(userId, id);
        for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
            const made = await this.loadChoices(userId, id);
            const body = JSON.stringify({ ...made, ...change(made) });
            if ((await this.objects.writeIf(key, body, "application/json", this.#tags.get(made))) !== undefined) {
                return;
            }
        }
        throw new StoryChanged();
    }

    /** A page of the user's stories in either layout, newest first; `next` leads to the page after it. */
    async list(
        userId: string,
        limit: number,
        after?: string,
    ): Promise<{ stories: Record<string, unknown>[]; next?: string }> {
        const { works, removals } = await this.#works.look(userId);
        const leaving = new Set(Object.keys(removals));
        if (after === undefined) {
            const worked = new Set(Object.values(works).map((entry) => entry.session_id));
            // A removal that broke off is ended here; until that works it is tried again the next time.
            const broken = [...leaving].filter((id) => !worked.has(id));
            await Promise.allSettled(broken.map((id) => this.#finishRemoval(userId, id)));
            await this.#listOld(userId);
        }
        const { stories, next } = await this.#index.page(userId, limit, after);
        const shown = stories.filter(({ session_id: id }) => !leaving.has(id));
        return { stories: await Promise.all(shown.map((story) => this.#shown(userId, story))), next };
    }

    /**
     * Removes the story with all that belongs to it, in either layout, and says how many objects that were; undefined where
     * there was nothing at all. What is under way for it is stopped first, on whatever task. A removal that breaks off is
     * noted on the person's work row: nothing begins on the story any more, no list shows it, and asking again ends it.
     */
    async remove(userId: string, id: string): Promise<number | undefined> {
        const wasThere = (await this.load(userId, id)) !== undefined;
        await this.#works.remove(userId, id);
        const removed = await this.#finishRemoval(userId, id);
        // A list, or the end of a work, may have cleared up before.
        return removed ?? (wasThere ? 0 : undefined);
    }

    /** The key of a picture of the story by its file's name; undefined where it has none. */
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

    /** Rows last: a story whose objects are gone can still be found. */
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

    /** Makes the list agree with the bucket, unless works are still at it; says whether it does. */
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
            // One that was taken for dead may have stored it meanwhile, and its row may have been removed here.
            if (!(await this.objects.readTagged(this.#sessionKey(userId, id)))) {
                return true;
            }
        }
    }

    async #shown(userId: string, { cover_key, ...story }: Listed): Promise<Record<string, unknown>> {
        return {
            ...story,
            // Rows from before it was recorded have none.
            story_id: story.session_id,
            has_images: story.images_count > 0,
            has_audio: story.has_audio ?? (await this.narrationFiles(userId, story.session_id).isReady()),
            ...(cover_key === undefined ? {} : { cover: await this.objects.sign(cover_key) }),
        };
    }

    /** Gives stories of the earlier service their rows. */
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
        // Removed since it was read: its row isn't to come back.
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
