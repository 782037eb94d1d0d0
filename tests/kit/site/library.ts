/** A stand-in for the agent service with given stories: answers the routes by the contract. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AgentCalls } from "../../../contract/agentRoutes.ts";
import type { Picture } from "../../../docker/shared/pictures.ts";
import { close, listen, sendJson } from "../../../standins/http.ts";
import { drawPicture } from "../../../standins/upstreams/picture.ts";
import { SAMPLE_RATE, wav } from "../../../standins/upstreams/speech.ts";

type Story = AgentCalls["get /api/v1/stories/{id}"]["data"];
type Listed = AgentCalls["get /api/v1/stories/list"]["data"]["stories"][number];
type Narration = AgentCalls["get /api/v1/audio/status/{id}"]["data"];

/** Duration of each line, and of the pause after it, in seconds. */
export const LINE_SECONDS = 2;
export const PAUSE_SECONDS = 0.5;

const PARAGRAPH =
    "The fog came up from the water every evening, and every evening Mira lit the lamp, wound the great clock and " +
    "listened. Somewhere out there a bell was ringing, once for each letter that nobody had ever opened. ";

/** A token as the site reads it, which no service has signed. */
export function tokenOf(person: string): string {
    const claims = { sub: person, email: `${person}@example.com`, exp: 4_000_000_000 };
    return `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
}

/** A story with a number of chapters, each with some lines of two people and a narrator. */
export function storyOf(id: string, title: string, chapters: number, paragraphs = 2): Story {
    const written = {
        title,
        characters: ["Mira", "Old Tam"],
        chapters: Array.from({ length: chapters }, (_, at) => ({
            chapter_number: at + 1,
            title: ["The lamp", "A bottle with a seal", "Where the letters go"][at % 3] ?? "",
            lines: [
                { speaker: "Narrator", text: `Chapter ${at + 1} begins. ${PARAGRAPH.repeat(paragraphs)}`.trim() },
                { speaker: "Mira", text: `Is anybody there, in chapter ${at + 1}? ${PARAGRAPH}`.trim() },
                { speaker: "Old Tam", text: `Only the sea, child. Only the sea of chapter ${at + 1}.` },
                { speaker: "Narrator", text: `So ended chapter ${at + 1}. ${PARAGRAPH.repeat(paragraphs)}`.trim() },
            ],
        })),
    };
    const summary = {
        session_id: id,
        story_id: id,
        title,
        topic: title,
        story_type: "fiction",
        length: "short",
        status: "completed" as const,
        created_at: "2026-03-01T18:00:00.000Z",
        updated_at: "2026-03-01T18:04:00.000Z",
        chapters,
        images_count: chapters,
        has_images: true,
        word_count: 900,
        has_audio: true,
    };
    return {
        ...summary,
        metadata: { ...summary, prompt_versions: [] },
        story: "",
        story_text: "",
        images: written.chapters.map((_, at) => `/api/pictures/${id}-${at + 1}.png`),
        illustrated_chapters: written.chapters.map(({ chapter_number }) => chapter_number),
        lacks_pictures: false,
        download_url: `/api/v1/stories/${id}/download`,
        structured_story: written,
        warnings: [],
        tone_style: "warm",
        target_audience: "children",
        creative_notes: "",
        sources: [],
        voices: {},
    };
}

export class Library {
    readonly stories: Story[];
    /** Called for requests that no story answers. */
    answer: (path: string, response: ServerResponse) => boolean = () => false;
    #port = 0;
    readonly #server: Server;
    readonly #pictures = new Map<string, Promise<Buffer>>();

    private constructor(stories: Story[]) {
        this.stories = stories;
        this.#server = createServer((request, response) => {
            const { pathname } = new URL(request.url ?? "/", "http://library");
            this.#answer(pathname, request.headers.range, response).catch(() => response.destroy());
        });
    }

    static async open(stories: Story[]): Promise<Library> {
        const library = new Library(stories);
        library.#port = await listen(library.#server, 0);
        return library;
    }

    /** Gives one picture in place of each story's own, until it gets another `answer`. */
    showPicture({ data, mimeType }: Picture): void {
        this.answer = (path, response) => {
            if (!path.endsWith(".png")) {
                return false;
            }
            response.writeHead(200, { "content-type": mimeType }).end(data);
            return true;
        };
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}`;
    }

    async close(): Promise<void> {
        await close(this.#server);
    }

    async #answer(path: string, range: string | undefined, response: ServerResponse): Promise<void> {
        const id = path.split("/").at(-1)?.split(".")[0] ?? "";
        const story = this.stories.find(({ session_id }) => path.includes(session_id));
        if (this.answer(path, response)) {
            return;
        }
        if (path.startsWith("/api/pictures/") || path.startsWith("/api/v1/images/")) {
            response.writeHead(200, { "content-type": "image/png" }).end(await this.#picture(id));
        } else if (path === "/api/v1/stories/list") {
            const stories = this.stories.map(({ images, ...one }): Listed => ({ ...one, cover: images[0] }));
            data(response, { stories, count: stories.length });
        } else if (path === "/api/v1/auth/signup") {
            data(response, { open: false });
        } else if (!story) {
            sendJson(response, 404, {
                success: false,
                message: "This story does not exist, or it is not one of yours.",
            });
        } else if (path.startsWith("/api/v1/audio/status/")) {
            data(response, narrationOf(story));
        } else if (path.startsWith("/api/v1/shared/") && !path.endsWith("/narration")) {
            data(response, { ...story, timeline: narrationOf(story).timeline });
        } else if (path.startsWith("/api/v1/audio/") || path.endsWith("/narration")) {
            sendPart(response, range, silenceOf(story));
        } else if (path.endsWith("/images")) {
            data(response, { session_id: story.session_id, images: story.images });
        } else {
            data(response, story);
        }
    }

    #picture(name: string): Promise<Buffer> {
        const drawn =
            this.#pictures.get(name) ?? drawPicture({ text: `A lighthouse ${name}`, width: 512, height: 512 });
        this.#pictures.set(name, drawn);
        return drawn;
    }
}

const data = (response: ServerResponse, fields: object) =>
    sendJson(response, 200, { ...fields, success: true, message: "", error: null, data: fields });

const linesOf = (story: Story) => (story.structured_story?.chapters ?? []).flatMap(({ lines }) => lines);

/** A narration in which all lines have the same duration. */
function narrationOf(story: Story): Narration {
    const every = LINE_SECONDS + PAUSE_SECONDS;
    const lines = linesOf(story);
    return {
        status: story.has_audio ? "ready" : "not_generated",
        session_id: story.session_id,
        message: "The narration is ready.",
        segments: 1,
        ...(story.has_audio
            ? {
                  url: `/api/v1/audio/stream/${story.session_id}?ticket=x`,
                  duration_seconds: lines.length * every,
                  timeline: lines.map((line, at) => ({ ...line, at: at * every, seconds: LINE_SECONDS })),
              }
            : {}),
    };
}

const silenceOf = (story: Story) =>
    wav(Buffer.alloc(2 * SAMPLE_RATE * linesOf(story).length * (LINE_SECONDS + PAUSE_SECONDS)));

function sendPart(response: ServerResponse, range: string | undefined, file: Buffer): void {
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
    const [start, end] = [Number(from), to === "" ? file.length - 1 : Number(to)];
    response
        .writeHead(range ? 206 : 200, {
            "content-type": "audio/wav",
            "accept-ranges": "bytes",
            "content-length": end - start + 1,
            ...(range ? { "content-range": `bytes ${start}-${end}/${file.length}` } : {}),
        })
        .end(file.subarray(start, end + 1));
}
