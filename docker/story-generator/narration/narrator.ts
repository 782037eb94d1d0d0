/** Narrations in the background: start, status, continuation after their task ended, and stop. */
import { setTimeout as wait } from "node:timers/promises";
import pLimit from "p-limit";
import { failActiveSpan, forStory, inSpan } from "../../shared/tracing.ts";
import { type TtsClient, TtsError, type Voice } from "../../shared/tts.ts";
import type { Meter } from "../../shared/usage/meter.ts";
import type { Logger } from "../logger.ts";
import { type Work, WorkRefused, type Works } from "../works/works.ts";
import { endOf } from "./mp3.ts";
import { type NarrationFiles, type NarrationRecord, newRecord } from "./record.ts";
import type { Script } from "./script.ts";
import { join, playable, speakAll } from "./speak.ts";
import { WavError } from "./wav.ts";

/** Concurrent calls to the speech API, over all narrations of this container. */
const MAX_CONCURRENT_CALLS = 6;

/** Poll interval for the record of a narration that another request has just started, and the number of polls. */
const POLL_MS = 100;
const MAX_POLLS = 50;

export interface NarratorOptions {
    /** Undefined when no speech API is configured. */
    tts: TtsClient | undefined;
    /** The deployment's key; a person may use their own. */
    key: string | undefined;
    defaultVoice: string;
    works: Works;
    /** Counts the use of the deployment's key. */
    meter: Meter | undefined;
    /** Called when a story's narration is complete, or removed. */
    onNarrated: (files: NarrationFiles, isNarrated: boolean) => Promise<void>;
    log: Logger;
}

/** The deployment can't narrate; `reason` is for the person. */
export class NarrationUnavailable extends Error {
    constructor(reason: string) {
        super(reason);
        this.name = "NarrationUnavailable";
    }
}

/** The story does not exist (any more). */
export class NothingToNarrate extends Error {}

export class Narrator {
    readonly #options: NarratorOptions;
    readonly #limit = pLimit(MAX_CONCURRENT_CALLS);

    constructor(options: NarratorOptions) {
        this.#options = options;
    }

    /** The voices that a key may use; undefined without the person's and the deployment's key. */
    async voices(ownKey: string | undefined, signal: AbortSignal): Promise<Voice[] | undefined> {
        const key = ownKey ?? this.#options.key;
        return key ? this.#options.tts?.voices(key, signal) : undefined;
    }

    /**
     * Starts the narration, or returns the running or finished one. `again`: removes the existing narration first.
     * Throws NarrationUnavailable, WorkRefused or NothingToNarrate. A script with other voices than the stored one is a new
     * narration; unchanged pieces are not spoken again.
     */
    async start(
        files: NarrationFiles,
        script: Script,
        { key: ownKey, again }: { key?: string; again: boolean },
    ): Promise<{ started: boolean; record: NarrationRecord }> {
        const key = ownKey ?? this.#options.key;
        const fresh = newRecord(script, this.#options.defaultVoice, ownKey !== undefined);
        const isWanted = (stored: NarrationRecord) =>
            !again && (isSame(stored, fresh) || (stored.found !== undefined && script.asCast));
        const existing = await files.load();
        if (existing?.status === "ready" && isWanted(existing)) {
            return { started: false, record: existing };
        }
        if (!this.#options.tts || !key) {
            throw new NarrationUnavailable(
                this.#options.tts
                    ? "Stories can't be narrated here yet: there is no key for the narration service. Programs may send one in X-Tech42-TTS-Key."
                    : "Stories can't be narrated here: no narration service is set up (setting tech42TtsApiUrl).",
            );
        }
        const work = await this.#begin(files);
        if (!work) {
            const running = await this.#started(files);
            if (running && isWanted(running)) {
                return { started: false, record: running };
            }
            await this.#options.works.stop(files.userId, files.sessionId, "narration");
        }
        return this.#startAs(work ?? (await this.#options.works.begin(files.userId, files.sessionId, "narration")), {
            files,
            fresh,
            isWanted,
            again,
            tts: this.#options.tts,
            key,
        });
    }

    /** Starts as `work`, which excludes all others; therefore the stored record is read again. */
    async #startAs(work: Work, { files, fresh, isWanted, again, tts, key }: Start) {
        try {
            if (!(await files.hasStory())) {
                throw new NothingToNarrate();
            }
            const stored = await files.load();
            if (stored?.status === "ready" && isWanted(stored)) {
                await work.end();
                return { started: false, record: stored };
            }
            if (again) {
                await files.removeAll();
            }
            fresh.owner = work.id;
            if (!(await files.save(fresh, again ? undefined : stored))) {
                throw new NothingToNarrate();
            }
            await this.#options.onNarrated(files, false);
        } catch (error) {
            work.isDoubtful = true;
            await work.end();
            throw error;
        }
        void this.#work(work, files, fresh, tts, key);
        return { started: true, record: fresh };
    }

    /** The stored narration; continues it here if its task is gone. */
    async watch(files: NarrationFiles, ownKey?: string): Promise<NarrationRecord | undefined> {
        const { tts, works } = this.#options;
        const record = await files.load();
        if (!record || (record.status !== "interrupted" && record.status !== "generating")) {
            return record;
        }
        const { works: entries, removals } = await works.look(files.userId);
        if (removals[files.sessionId]) {
            return undefined;
        }
        if (Object.values(entries).some((entry) => isOf(files, entry))) {
            return record;
        }
        const key = record.own_key ? ownKey : this.#options.key;
        if (!key || !tts || works.isDraining) {
            return { ...record, status: "interrupted" };
        }
        const work = await this.#begin(files).catch((error) => {
            if (error instanceof WorkRefused) {
                return undefined;
            }
            throw error;
        });
        if (!work) {
            return record;
        }
        const stored = await files.stored().catch(() => undefined);
        if (stored?.status !== "interrupted" && stored?.status !== "generating") {
            await work.end();
            return stored;
        }
        stored.status = "generating";
        stored.owner = work.id;
        if (!(await files.save(stored).catch(() => false))) {
            await work.end();
            return record;
        }
        void this.#work(work, files, stored, tts, key);
        return stored;
    }

    /** Stops a running narration and removes all audio of the story. */
    async reset(files: NarrationFiles): Promise<void> {
        const { works } = this.#options;
        await works.stop(files.userId, files.sessionId, "narration");
        const work = await works.begin(files.userId, files.sessionId, "narration");
        try {
            await files.removeAll();
            await this.#options.onNarrated(files, false);
        } catch (error) {
            work.isDoubtful = true;
            throw error;
        } finally {
            await work.end();
        }
    }

    /** A work for the narration; undefined when the narration already has one. */
    async #begin(files: NarrationFiles): Promise<Work | undefined> {
        try {
            return await this.#options.works.begin(files.userId, files.sessionId, "narration");
        } catch (error) {
            if (error instanceof WorkRefused && error.refusal === "already-running") {
                return undefined;
            }
            throw error;
        }
    }

    /** The record of a narration that another request has just begun. */
    async #started(files: NarrationFiles): Promise<NarrationRecord | undefined> {
        for (let poll = 1; ; poll += 1) {
            const record = await files.load();
            if (record?.status === "generating" || poll === MAX_POLLS) {
                return record;
            }
            await wait(POLL_MS);
        }
    }

    /** Speaks the missing pieces in a span. */
    async #work(
        work: Work,
        files: NarrationFiles,
        record: NarrationRecord,
        tts: TtsClient,
        key: string,
    ): Promise<void> {
        await forStory(files.sessionId, () =>
            inSpan("narrate", {}, () => this.#narrate(work, files, record, tts, key)),
        );
    }

    async #narrate(
        work: Work,
        files: NarrationFiles,
        record: NarrationRecord,
        tts: TtsClient,
        key: string,
    ): Promise<void> {
        const { log, onNarrated, meter } = this.#options;
        const { signal } = work;
        const save = inSequence(async () => {
            if (await files.save(record)) {
                return;
            }
            work.abort.abort();
            if (!(await files.stored())) {
                // Another task took this one for dead and reset or deleted the narration: removes later writes too.
                await files.removeAll();
            }
        });
        try {
            const speak = () =>
                speakAll(tts, this.#limit, files, record, key, signal, async (done, spoken) => {
                    const segments = playable(files, record, spoken);
                    record.heard = { seconds: endOf(segments), segments: segments.length };
                    record.done = done;
                    record.message = `${done} of ${record.pieces.length} parts are recorded.`;
                    await save();
                });
            const owner = { userId: files.userId, story: files.sessionId };
            await (meter && !record.own_key ? meter.as(owner, speak) : speak());
            record.audio = await join(files, record, signal);
            await onNarrated(files, true);
            record.status = "ready";
            record.message = "The narration is ready.";
        } catch (error) {
            record.status = signal.aborted ? "interrupted" : "failed";
            record.message = signal.aborted ? "The narration was interrupted." : explained(error);
            if (!signal.aborted) {
                log.warn({ err: error, object: files.audioKey }, "narration failed");
                failActiveSpan(error);
            }
        }
        await save().catch((error) => {
            work.isDoubtful = true;
            log.error({ err: error }, "narration's state was not saved");
        });
        await work.end();
    }
}

interface Start {
    files: NarrationFiles;
    fresh: NarrationRecord;
    isWanted: (stored: NarrationRecord) => boolean;
    again: boolean;
    tts: TtsClient;
    key: string;
}

const isOf = (files: NarrationFiles, entry: { kind: string; session_id: string }) =>
    entry.kind === "narration" && entry.session_id === files.sessionId;

function isSame(stored: NarrationRecord, fresh: NarrationRecord): boolean {
    const ids = (record: NarrationRecord) => record.pieces.map((piece) => piece.id).join();
    return ids(stored) === ids(fresh);
}

function explained(error: unknown): string {
    if (error instanceof TtsError) {
        if (error.status === 401 || error.status === 403) {
            return "The narration service did not accept the key.";
        }
        const why = error.status === 429 ? "is busy" : "did not respond as expected";
        return `The narration service ${why}. Start the narration again to continue where it stopped.`;
    }
    return error instanceof WavError
        ? "The narration service sent audio that can't be used."
        : "The narration could not be saved. Start it again to continue where it stopped.";
}

/** Runs calls of `action` in sequence, so that an older state never overwrites a newer one. */
function inSequence(action: () => Promise<void>): () => Promise<void> {
    let last: Promise<void> = Promise.resolve();
    return () => {
        last = last.catch(() => undefined).then(action);
        return last;
    };
}
