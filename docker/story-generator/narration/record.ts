/** A narration's record, stored beside its story so that any container can continue it. */
import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import type { ObjectStore } from "../objects.ts";
import { lengthOf } from "./hls.ts";
import { endOf, segmentsIn } from "./mp3.ts";
import type { Script } from "./script.ts";
import { soundingSeconds, WavError, wavHead } from "./wav.ts";

const schema = z.object({
    status: z.enum(["generating", "interrupted", "failed", "ready"]),
    /** The id of its work; another task continues the narration when that work is no longer on the person's work row. */
    owner: z.string(),
    updated_at: z.number(),
    pieces: z.array(
        z.object({ id: z.string(), speaker: z.string(), voice: z.string(), text: z.string(), pause: z.number() }),
    ),
    done: z.int(),
    message: z.string(),
    /** Whether the person's own key is used, which is not stored: only that person can continue the narration. */
    own_key: z.boolean(),
    ticket_secret: z.string(),
    /** The playable part from the beginning, which grows. */
    heard: z.object({ seconds: z.number(), segments: z.int() }).optional(),
    /** The whole narration: a WAV, or a file of the earlier service. */
    audio: z.object({ bytes: z.int(), seconds: z.number() }).optional(),
    /** Files of a narration by the earlier service; `key` is missing when only segments exist. */
    found: z
        .object({ type: z.enum(["wav", "mp3"]), key: z.string().optional(), playlist: z.string().optional() })
        .optional(),
});

/** Larger than the header of any WAV. */
export const WAV_HEAD_BYTES = 64 * 1024;

export type NarrationRecord = z.infer<typeof schema>;

/** The objects of one story's narration. */
export class NarrationFiles {
    readonly objects: ObjectStore;
    /** The story's owner and id. */
    readonly userId: string;
    readonly sessionId: string;
    readonly #storyFolder: string;
    readonly #folder: string;
    readonly #oldFolder: string;
    /** The ETag with which each record was read or written. */
    readonly #tags = new WeakMap<NarrationRecord, string>();

    /** `storyFolder` and `oldStoryFolder`: the story's prefixes in the current and the old layout, ending with a slash. */
    constructor(objects: ObjectStore, userId: string, sessionId: string, storyFolder: string, oldStoryFolder: string) {
        this.objects = objects;
        this.userId = userId;
        this.sessionId = sessionId;
        this.#storyFolder = storyFolder;
        this.#folder = `${storyFolder}narration/`;
        this.#oldFolder = `${oldStoryFolder}audio/`;
    }

    get audioKey(): string {
        return `${this.#folder}story.wav`;
    }

    get mp3Key(): string {
        return `${this.#folder}story.mp3`;
    }

    pieceKey(id: string, type: "wav" | "mp3"): string {
        return `${this.#folder}pieces/${id}.${type}`;
    }

    /** The narration, also one of the earlier service. */
    async load(): Promise<NarrationRecord | undefined> {
        return (await this.stored()) ?? this.#find();
    }

    /** The stored record, if one exists. */
    async stored(): Promise<NarrationRecord | undefined> {
        const stored = await this.objects.readTagged(this.#recordKey);
        if (!stored) {
            return undefined;
        }
        const record = schema.parse(JSON.parse(stored.body.toString("utf8")));
        this.#tags.set(record, stored.tag);
        return record;
    }

    /**
     * Writes the record if the stored version is still the one that it was read from; a new record replaces `before`.
     * Returns whether it was written.
     */
    async save(record: NarrationRecord, before: NarrationRecord | undefined = record): Promise<boolean> {
        record.updated_at = Date.now();
        const tag = await this.objects.writeIf(
            this.#recordKey,
            JSON.stringify(record),
            "application/json",
            before && this.#tags.get(before),
        );
        if (tag !== undefined) {
            this.#tags.set(record, tag);
        }
        return tag !== undefined;
    }

    /** Whether the story exists. */
    async hasStory(): Promise<boolean> {
        const [own, old] = await Promise.all([
            this.objects.list(`${this.#storyFolder}session.json`),
            this.objects.list(this.#oldFolder.replace(/audio\/$/, "")),
        ]);
        return own.length > 0 || old.length > 0;
    }

    get #recordKey(): string {
        return `${this.#folder}job.json`;
    }

    /** Ids and sizes of the spoken pieces; pieces of an earlier version have no MP3. */
    async spoken(): Promise<Map<string, { wav: number; mp3: number | undefined }>> {
        const prefix = `${this.#folder}pieces/`;
        const found = await this.objects.list(prefix);
        const sizes = new Map(found.map(({ key, bytes }) => [key.slice(prefix.length), bytes]));
        return new Map(
            [...sizes].flatMap(([file, wav]) => {
                const id = file.replace(/\.wav$/, "");
                return id === file ? [] : [[id, { wav, mp3: sizes.get(`${id}.mp3`) }]];
            }),
        );
    }

    /** Whether the narration is complete, by the names of the objects alone. */
    async isReady(): Promise<boolean> {
        const [own, old] = await Promise.all([this.objects.list(this.audioKey), this.objects.list(this.#oldFolder)]);
        return own.length > 0 || old.some(({ key }) => /\/(full\.(wav|mp3)|hls\/stream\.m3u8)$/.test(key));
    }

    /** Removes the narration, also one of the earlier service. */
    async removeAll(): Promise<void> {
        await this.objects.removeAll(this.#folder);
        await this.objects.removeAll(this.#oldFolder);
    }

    /** Size of the whole MP3; undefined when it does not exist yet. */
    async mp3Bytes(): Promise<number | undefined> {
        return (await this.objects.list(this.mp3Key))[0]?.bytes;
    }

    /** Creates a record for a narration of the earlier service; it is stored so that its tickets have a secret. */
    async #find(): Promise<NarrationRecord | undefined> {
        const found = await this.#old();
        if (!found) {
            return undefined;
        }
        const record: NarrationRecord = {
            status: "ready",
            owner: "",
            updated_at: 0,
            pieces: [],
            done: 0,
            message: "The narration is ready.",
            own_key: false,
            ticket_secret: randomBytes(32).toString("base64url"),
            ...found,
        };
        if (!(await this.save(record))) {
            // Another request stored its record first; its secret counts.
            return this.stored();
        }
        if (!(await this.hasStory())) {
            // The story was removed meanwhile, so its record must not come back.
            await this.removeAll();
            return undefined;
        }
        return record;
    }

    async #old(): Promise<Pick<NarrationRecord, "audio" | "found" | "heard"> | undefined> {
        const objects = await this.objects.list(this.#oldFolder);
        const named = (name: string) => objects.find(({ key }) => key === this.#oldFolder + name);
        const playlistKey = named("hls/stream.m3u8")?.key;
        const text = playlistKey && (await this.objects.read(playlistKey))?.toString("utf8");
        // An unfinished playlist plays only a part; it does not count as a narration.
        const playlist = text?.includes("#EXT-X-ENDLIST") ? playlistKey : undefined;
        const whole = named("full.mp3") ?? named("full.wav");
        if (whole) {
            const type = whole.key.endsWith(".mp3") ? "mp3" : "wav";
            const seconds = await this.#secondsOf(whole.key, whole.bytes, type);
            return { audio: { bytes: whole.bytes, seconds }, found: { type, key: whole.key, playlist } };
        }
        return playlist && text ? { heard: lengthOf(text), found: { type: "mp3", playlist } } : undefined;
    }

    /** The file's duration; 0 for an unreadable file, which is kept. */
    async #secondsOf(key: string, bytes: number, type: "wav" | "mp3"): Promise<number> {
        if (type === "mp3") {
            return endOf(segmentsIn(key, (await this.objects.read(key)) ?? Buffer.alloc(0)));
        }
        try {
            const { format, at, bytes: known } = wavHead(await this.objects.readStart(key, WAV_HEAD_BYTES));
            return soundingSeconds(format, Math.min(known ?? bytes, bytes - at));
        } catch (error) {
            if (error instanceof WavError) {
                return 0;
            }
            throw error;
        }
    }
}

/** A new narration. Equal text with an equal voice has one id, so that a new voice costs only its own lines. */
export function newRecord({ pieces, voices, pauses }: Script, defaultVoice: string, ownKey: boolean): NarrationRecord {
    return {
        status: "generating",
        owner: "",
        updated_at: Date.now(),
        pieces: pieces.map(({ speaker, text, endsChapter }) => {
            // A speaker's name may be that of a property of Object.prototype.
            const voice = (Object.hasOwn(voices, speaker) && voices[speaker]) || defaultVoice;
            const id = createHash("sha256").update(`${voice}\n${text}`).digest("hex").slice(0, 40);
            return { id, speaker, voice, text, pause: endsChapter ? pauses.chapter : pauses.line };
        }),
        done: 0,
        message: "The narration has started.",
        own_key: ownKey,
        ticket_secret: randomBytes(32).toString("base64url"),
    };
}
