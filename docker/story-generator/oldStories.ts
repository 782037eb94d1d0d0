/**
 * Stories of the earlier service under `<prefix>/users/<user>/stories/<id>/`. They are read in place, as finished sessions; a
 * changed story is saved in the current layout, which takes precedence from then on.
 */
import * as z from "zod";
import { newStoryBody } from "../../contract/agentRoutes.ts";
import { printable } from "../../contract/printable.ts";
import { NARRATOR } from "../../contract/story.ts";
import type { ObjectStore, StoredObject } from "./objects.ts";
import { AGENT_IDS } from "./pipeline/events.ts";
import type { Session } from "./pipeline/session.ts";
import { type Chapter, type Line, MAX_LINE_CHARACTERS, type StructuredStory } from "./story.ts";

const name = z
    .union([z.string(), z.object({ name: z.string() }).transform((character) => character.name)])
    .transform(printable);
const text = z.string().overwrite(printable).catch("");
/** Every field may be missing. */
const metadataFile = z
    .object({
        title: text,
        topic: text,
        story_type: z.string().optional().catch(undefined),
        genre: z.string().optional().catch(undefined),
        length: z.unknown().optional(),
        tone_style: z.string().optional().catch(undefined),
        target_audience: z.string().optional().catch(undefined),
        created_at: text,
        updated_at: text,
    })
    .catch({ title: "", topic: "", length: undefined, created_at: "", updated_at: "" });
const storyFile = z.object({
    title: text,
    characters: z.array(name).catch([]),
    chapters: z.array(
        z.object({
            title: text,
            lines: z.array(z.object({ speaker: text, text: z.string() })),
        }),
    ),
});

export class OldStories {
    readonly #objects: ObjectStore;
    readonly #prefix: string;

    constructor(objects: ObjectStore, prefix: string) {
        this.#objects = objects;
        this.#prefix = prefix;
    }

    folder(userId: string, id: string): string {
        return `${this.#stories(userId)}${id}/`;
    }

    /** Undefined when the story does not exist. */
    async load(userId: string, id: string): Promise<Session | undefined> {
        const folder = this.folder(userId, id);
        const objects = await this.#objects.list(folder);
        const read = async (file: string) =>
            objects.some(({ key }) => key === folder + file) ? await this.#objects.read(folder + file) : undefined;
        const [metadata, structured, whole] = await Promise.all(["metadata.json", "story.json", "story.txt"].map(read));
        if (!metadata && !structured && !whole) {
            return undefined;
        }
        const about = metadataFile.parse(parsed(metadata));
        const story = storyOf(parsed(structured), whole?.toString("utf8"), about.title || about.topic);
        const files = objects.filter(({ key }) => !key.slice(folder.length).includes("/"));
        const written = new Date(Math.max(...files.map(({ modified }) => modified.getTime())));
        const created = time(about.created_at) ?? written.toISOString();
        return {
            session_id: id,
            user_id: userId,
            created_at: created,
            updated_at: time(about.updated_at) ?? created,
            status: "completed",
            request: newStoryBody.parse({
                ...about,
                topic: about.topic || story?.title || id,
                story_type: about.story_type ?? about.genre,
            }),
            stages: AGENT_IDS.map((agent_id) => ({ agent_id, execution_time_ms: 0, warnings: [] })),
            plan: {
                title: story?.title || about.title || about.topic || id,
                characters: story?.characters ?? [],
                chapters: (story?.chapters ?? []).map(({ title }) => ({ title, summary: "" })),
            },
            ...(story ? { chapters: story.chapters } : {}),
            illustrations: picturesAmong(objects, folder).map((key, at) => ({ chapter_number: at + 1, key })),
        };
    }

    /** The ids of all old stories of a user. */
    ids(userId: string): Promise<string[]> {
        return this.#objects.folders(this.#stories(userId));
    }

    #stories(userId: string): string {
        return `${this.#prefix}/users/${userId}/stories/`;
    }
}

function parsed(file: Buffer | undefined): unknown {
    try {
        return file && JSON.parse(file.toString("utf8"));
    } catch {
        return undefined;
    }
}

function time(text: string): string | undefined {
    // The earlier service wrote UTC times without a zone.
    const milliseconds = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
    return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}

/** Pictures, sorted by the numbers in their names. */
function picturesAmong(objects: StoredObject[], folder: string): string[] {
    return objects
        .map(({ key }) => key)
        .filter((key) => key.startsWith(`${folder}images/`) && /\.(png|jpe?g|webp)$/i.test(key))
        .sort(new Intl.Collator("en", { numeric: true }).compare);
}

function storyOf(structured: unknown, whole: string | undefined, title: string): StructuredStory | undefined {
    const given = storyFile.safeParse(structured).data ?? (whole === undefined ? undefined : chaptersIn(whole));
    const chapters = (given?.chapters ?? [])
        .map((chapter) => ({ ...chapter, lines: chapter.lines.flatMap(linesOf) }))
        .filter(({ lines }) => lines.length > 0)
        .map((chapter, at): Chapter => {
            const number = at + 1;
            return {
                chapter_number: number,
                title: printable(chapter.title).slice(0, 200) || `Chapter ${number}`,
                lines: chapter.lines,
            };
        });
    const speakers = chapters.flatMap(({ lines }) => lines.map(({ speaker }) => speaker));
    const characters = [...new Set([...(given?.characters ?? []), ...speakers])].filter((one) => !isNarrator(one));
    return chapters.length > 0
        ? { title: printable(given?.title || title).slice(0, 200), characters, chapters }
        : undefined;
}

/** Splits a line that is too long between words. */
function linesOf({ speaker, text }: { speaker: string; text: string }): Line[] {
    const parts: string[] = [];
    for (let rest = printable(text); rest; ) {
        const space = rest.length > MAX_LINE_CHARACTERS ? rest.lastIndexOf(" ", MAX_LINE_CHARACTERS) : -1;
        const end = space > 0 ? space : MAX_LINE_CHARACTERS;
        parts.push(rest.slice(0, end));
        rest = rest.slice(end).trim();
    }
    const who = isNarrator(speaker) ? NARRATOR : speaker.trim().slice(0, 80);
    return parts.map((part) => ({ speaker: who, text: part }));
}

const isNarrator = (speaker: string) => /^\s*(narrator)?\s*$/i.test(speaker);

/** Parses a text into chapters, which begin at headings; the narrator speaks all lines. */
function chaptersIn(whole: string): z.infer<typeof storyFile> {
    const title = /^# +(.+)$/m.exec(whole)?.[1] ?? "";
    const [preface = "", ...chapters] = whole.replace(/^# +.+$/m, "").split(/^## +/m);
    const lines = (part: string) => part.split(/\n\s*\n/).map((said) => ({ speaker: NARRATOR, text: said }));
    return {
        title,
        characters: [],
        chapters: [
            { title: "", lines: lines(preface) },
            ...chapters.map((chapter) => {
                const [heading = "", ...body] = chapter.split("\n");
                return { title: heading.replace(/^chapter \d+:?\s*/i, "").trim(), lines: lines(body.join("\n")) };
            }),
        ],
    };
}
