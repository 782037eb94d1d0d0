/** Narrations in the background: started, watched, taken over from a container that is gone, and stopped. */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { type TtsClient, TtsError, type Voice } from "../../shared/tts.ts";
import type { Logger } from "../logger.ts";
import { endOf } from "./mp3.ts";
import { type NarrationFiles, type NarrationRecord, newRecord } from "./record.ts";
import type { Pauses, Piece } from "./script.ts";
import { join, playable, speakAll } from "./speak.ts";
import { WavError } from "./wav.ts";

/** Calls to the speech API at the same time, over all narrations of this container. */
const CALLS_ABREAST = 6;

/** Narrations of one user at the same time. */
const PER_USER = 3;

/** A running narration shows that it lives this often; after the longer silence another container may take over. */
const BEAT_MS = 4_000;
const SILENT_AFTER_MS = 15_000;

/** What shall be spoken, and how. */
export interface Script {
    pieces: Piece[];
    voices: Record<string, string>;
    pauses: Pauses;
    /** Nobody asks for voices of their own: what the earlier service narrated will do. */
    asCast: boolean;
}

interface Work {
    userId: string;
    abort: AbortController;
    done: Promise<void>;
}

export interface NarratorOptions {
    /** Undefined where the deployment names no speech API. */
    tts: TtsClient | undefined;
    /** The deployment's key; a person may bring another. */
    key: string | undefined;
    defaultVoice: string;
    log: Logger;
}

/** A request that cannot be met as things are; `reason` is for the person. */
export class NarrationUnavailable extends Error {
    constructor(reason: string) {
        super(reason);
        this.name = "NarrationUnavailable";
    }
}

export class TooManyNarrations extends Error {}

export class Narrator {
    readonly #options: NarratorOptions;
    readonly #owner = randomUUID();
    readonly #limit = pLimit(CALLS_ABREAST);
    readonly #running = new Map<string, Work>();
    #stopping = false;

    constructor(options: NarratorOptions) {
        this.#options = options;
    }

    /** The voices that a key may use; undefined when there is neither the person's key nor the deployment's. */
    async voices(ownKey: string | undefined, signal: AbortSignal): Promise<Voice[] | undefined> {
        const key = ownKey ?? this.#options.key;
        return key ? this.#options.tts?.voices(key, signal) : undefined;
    }

    /**
     * Starts the narration, or says that it runs or is ready. `again`: throw away what is there and speak it anew.
     * Throws NarrationUnavailable or TooManyNarrations. A script with other voices than the stored one is a new narration; what stays the same is not spoken again.
     */
    async start(
        files: NarrationFiles,
        script: Script,
        { key: ownKey, again }: { key?: string; again: boolean },
    ): Promise<{ started: boolean; record: NarrationRecord }> {
        const key = ownKey ?? this.#options.key;
        const stored = await files.load();
        const fresh = newRecord(
            script.pieces,
            script.voices,
            this.#options.defaultVoice,
            script.pauses,
            this.#owner,
            ownKey !== undefined,
        );
        if (stored && !again && (isSame(stored, fresh) || (stored.found && script.asCast))) {
            if (stored.status === "ready" || this.#isAlive(files, stored)) {
                return { started: false, record: stored };
            }
        }
        if (!this.#options.tts || !key) {
            throw new NarrationUnavailable(
                this.#options.tts
                    ? "There is no key for the TTS API: send one in X-Tech42-TTS-Key."
                    : "This deployment names no TTS API (setting tech42TtsApiUrl).",
            );
        }
        if (this.#stopping) {
            throw new NarrationUnavailable("This container is going away; try again in a moment.");
        }
        await this.cancel(files);
        if ([...this.#running.values()].filter((work) => work.userId === files.userId).length >= PER_USER) {
            throw new TooManyNarrations();
        }
        if (again) {
            await files.removeAll();
        }
        await files.save(fresh);
        this.#launch(files, fresh, this.#options.tts, key);
        return { started: true, record: fresh };
    }

    /** The stored narration; one that a container left behind goes on here. */
    async watch(files: NarrationFiles, ownKey?: string): Promise<NarrationRecord | undefined> {
        const record = await files.load();
        const key = record?.own_key ? ownKey : this.#options.key;
        const isLeft =
            record &&
            (record.status === "interrupted" || record.status === "generating") &&
            !this.#isAlive(files, record);
        if (!isLeft || !key || !this.#options.tts || this.#stopping) {
            return isLeft ? { ...record, status: "interrupted" } : record;
        }
        record.status = "generating";
        record.owner = this.#owner;
        await files.save(record);
        this.#launch(files, record, this.#options.tts, key);
        return record;
    }

    /** Stops what runs; afterwards it writes nothing more. */
    async cancel(files: NarrationFiles): Promise<void> {
        const work = this.#running.get(files.audioKey);
        work?.abort.abort();
        await work?.done;
    }

    /** Stops what runs and removes all audio of the story. */
    async reset(files: NarrationFiles): Promise<void> {
        await this.cancel(files);
        await files.removeAll();
    }

    /** Stops all work; what is spoken stays, and the next question for its status goes on with it. */
    async stop(): Promise<void> {
        this.#stopping = true;
        const works = [...this.#running.values()];
        for (const work of works) {
            work.abort.abort();
        }
        await Promise.all(works.map((work) => work.done));
    }

    #isAlive(files: NarrationFiles, record: NarrationRecord): boolean {
        if (record.status !== "generating") {
            return false;
        }
        return record.owner === this.#owner
            ? this.#running.has(files.audioKey)
            : Date.now() - record.updated_at < SILENT_AFTER_MS;
    }

    #launch(files: NarrationFiles, record: NarrationRecord, tts: TtsClient, key: string): void {
        const abort = new AbortController();
        const done = this.#work(files, record, tts, key, abort).finally(() => this.#running.delete(files.audioKey));
        this.#running.set(files.audioKey, { userId: files.userId, abort, done });
    }

    async #work(
        files: NarrationFiles,
        record: NarrationRecord,
        tts: TtsClient,
        key: string,
        abort: AbortController,
    ): Promise<void> {
        const { signal } = abort;
        const save = serially(async () => {
            const stored = await files.stored();
            if (stored?.owner === this.#owner) {
                await files.save(record);
                return;
            }
            abort.abort();
            if (!stored) {
                // Reset or deleted by way of another container: what was written since goes too.
                await files.removeAll();
            }
        });
        const beat = setInterval(() => void save().catch(() => undefined), BEAT_MS);
        try {
            await speakAll(tts, this.#limit, files, record, key, signal, async (done, spoken) => {
                const segments = playable(files, record, spoken);
                record.heard = { seconds: endOf(segments), segments: segments.length };
                record.done = done;
                record.message = `${done} of ${record.pieces.length} pieces are spoken.`;
                await save();
            });
            record.audio = await join(files, record, signal);
            record.status = "ready";
            record.message = "The narration is ready.";
        } catch (error) {
            record.status = signal.aborted ? "interrupted" : "failed";
            record.message = signal.aborted ? "The narration was interrupted." : explained(error);
            if (!signal.aborted) {
                this.#options.log.warn({ err: error, object: files.audioKey }, "narration failed");
            }
        }
        clearInterval(beat);
        await save().catch((error) => this.#options.log.error({ err: error }, "narration's state was not saved"));
    }
}

function isSame(stored: NarrationRecord, fresh: NarrationRecord): boolean {
    const ids = (record: NarrationRecord) => record.pieces.map((piece) => piece.id).join();
    return ids(stored) === ids(fresh);
}

function explained(error: unknown): string {
    if (error instanceof TtsError) {
        if (error.status === 401 || error.status === 403) {
            return "The TTS API refuses the key.";
        }
        const why = error.status === 429 ? "has too much to do" : "gave no usable answer";
        return `The TTS API ${why}; ask again to go on from the pieces that are spoken.`;
    }
    return error instanceof WavError
        ? `The TTS API's audio cannot be used: ${error.message}.`
        : "The narration could not be stored; ask again to go on from the pieces that are spoken.";
}

/** Calls of `action` one after the other, so that an older state never lands on a newer one. */
function serially(action: () => Promise<void>): () => Promise<void> {
    let last: Promise<void> = Promise.resolve();
    return () => {
        last = last.catch(() => undefined).then(action);
        return last;
    };
}
