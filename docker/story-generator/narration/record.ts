/** A narration as it is stored beside its story, so that any container can go on with it. */
import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import type { ObjectStore } from "../objects.ts";
import type { Pauses, Piece } from "./script.ts";

const schema = z.object({
    status: z.enum(["generating", "interrupted", "failed", "ready"]),
    /** Who works on it; another container takes over when it has been silent for too long. */
    owner: z.string(),
    updated_at: z.number(),
    pieces: z.array(
        z.object({ id: z.string(), speaker: z.string(), voice: z.string(), text: z.string(), pause: z.number() }),
    ),
    done: z.int(),
    message: z.string(),
    /** Whether a person's own key is used, which is not stored: only that person can go on with the work. */
    own_key: z.boolean(),
    ticket_secret: z.string(),
    audio: z.object({ bytes: z.int(), seconds: z.number() }).optional(),
});

export type NarrationRecord = z.infer<typeof schema>;

/** Where the objects of one story's narration lie. */
export class NarrationFiles {
    readonly objects: ObjectStore;
    /** Whose story it is. */
    readonly userId: string;
    readonly #folder: string;

    /** `storyFolder`: the story's own prefix, with a slash at its end. */
    constructor(objects: ObjectStore, userId: string, storyFolder: string) {
        this.objects = objects;
        this.userId = userId;
        this.#folder = `${storyFolder}narration/`;
    }

    get audioKey(): string {
        return `${this.#folder}story.wav`;
    }

    pieceKey(id: string): string {
        return `${this.#folder}pieces/${id}.wav`;
    }

    async load(): Promise<NarrationRecord | undefined> {
        const stored = await this.objects.read(`${this.#folder}job.json`);
        return stored && schema.parse(JSON.parse(stored.toString("utf8")));
    }

    async save(record: NarrationRecord): Promise<void> {
        record.updated_at = Date.now();
        await this.objects.write(`${this.#folder}job.json`, JSON.stringify(record), "application/json");
    }

    /** Ids and sizes of the pieces that are spoken already. */
    async spoken(): Promise<Map<string, number>> {
        const prefix = `${this.#folder}pieces/`;
        const found = await this.objects.list(prefix);
        return new Map(found.map(({ key, bytes }) => [key.slice(prefix.length, -".wav".length), bytes]));
    }

    async removeAll(): Promise<void> {
        await this.objects.removeAll(this.#folder);
    }
}

/** A narration at its start. Equal words in an equal voice are one piece, so that a new voice costs only its own lines. */
export function newRecord(
    pieces: Piece[],
    voices: Record<string, string>,
    defaultVoice: string,
    pauses: Pauses,
    owner: string,
    ownKey: boolean,
): NarrationRecord {
    return {
        status: "generating",
        owner,
        updated_at: Date.now(),
        pieces: pieces.map(({ speaker, text, endsChapter }) => {
            const voice = voices[speaker] ?? defaultVoice;
            const id = createHash("sha256").update(`${voice}\n${text}`).digest("hex").slice(0, 40);
            return { id, speaker, voice, text, pause: endsChapter ? pauses.chapter : pauses.line };
        }),
        done: 0,
        message: "The narration has started.",
        own_key: ownKey,
        ticket_secret: randomBytes(32).toString("base64url"),
    };
}
