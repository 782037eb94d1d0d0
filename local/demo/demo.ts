/** Makes an illustrated and narrated story through the public API, as any client would, and writes it to a folder. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathOf } from "../../contract/agentRoutes.ts";
import type { Screen, Step } from "../lib/screen.ts";
import type { LocalUser } from "../runtime/user.ts";
import { Client, DemoError } from "./client.ts";
import { type PanelStory, panelsAsHtml, requestTable, type Story, storyAsHtml, storyAsMarkdown } from "./pages.ts";

export interface DemoOptions {
    /** The one address of the site and its API. */
    url: string;
    user: LocalUser;
    /** The folder that the story is written to; created if it does not exist. */
    folder: string;
    topic?: string;
    screen: Screen;
    signal: AbortSignal;
}

const TOPIC = "A fox who is afraid of the dark and finds a lantern";

const POLL_MS = 500;

export async function makeDemo({ url, user, folder, topic = TOPIC, screen, signal }: DemoOptions): Promise<void> {
    const client = new Client(url, signal);
    await mkdir(folder, { recursive: true });
    const during = async <Result>(title: string, work: (step: Step) => Promise<[Result, string]>): Promise<Result> => {
        const step = screen.step(title);
        try {
            const [result, outcome] = await work(step);
            step.done(outcome);
            return result;
        } catch (error) {
            step.failed("failed");
            throw error;
        }
    };
    try {
        await during("Sign in", async () => [await client.signIn(user), `as ${user.email}`]);
        const outline = await during("Outline", () => makeOutline(client, topic));
        const panels = await during("Story in panels", () => makePanelStory(client, topic, outline));
        const pictured = await during("Pictures of the panels", () => drawPanels(client, panels, folder));
        const story = await during("Story by the agents", (step) => makeStory(client, topic, outline, step));
        const chapters = await during("Pictures of the chapters", () =>
            fetchPictures(client, story.images, folder, "chapter"),
        );
        const audio = await during("Narration", (step) => narrate(client, story.session_id, folder, step));
        await writeFile(join(folder, "panels.html"), panelsAsHtml(topic, pictured));
        await writeFile(join(folder, "story.md"), storyAsMarkdown(story, chapters, audio));
        await writeFile(join(folder, "story.html"), storyAsHtml(story, chapters, audio));
    } finally {
        await writeFile(join(folder, "requests.json"), `${JSON.stringify(client.requests, null, 2)}\n`);
    }
    screen.line();
    screen.line(requestTable(client.requests));
    screen.line(
        `\nThe story is in ${folder}. Open story.html; narration.wav is the voice, panels.html the REST API's story.`,
    );
}

interface Outline {
    speaker_names: string[];
    story_parts: { story_part: string; story_part_summary: string }[];
}

function wish(topic: string) {
    return {
        genre: "fiction",
        reading_level: "middle grade",
        tone: "warm",
        story_type: "visual",
        number_of_speakers: 3,
        panels: 4,
        job_id: "demo",
        user_input_description: topic,
    };
}

async function makeOutline(client: Client, topic: string): Promise<[Outline, string]> {
    const { result } = await client.post<{ result: Outline }>("Outline", "/generate-story-outline", wish(topic));
    return [result, `${result.story_parts.length} parts for ${result.speaker_names.join(", ")}`];
}

async function makePanelStory(
    client: Client,
    topic: string,
    outline: Outline,
): Promise<[PanelStory["story_parts"], string]> {
    const body = { ...wish(topic), story_outline_description: outline.story_parts };
    const { result } = await client.post<{ result: PanelStory }>("Story", "/generate-story", body);
    const sections = result.story_parts.flatMap((part) => part.sections);
    return [result.story_parts, `${sections.length} panels`];
}

interface DrawnSegment {
    story_segment_content: string;
    story_segment_number: number;
    story_segment_speaker: string;
    image_presigned_url: string;
}

async function drawPanels(
    client: Client,
    parts: PanelStory["story_parts"],
    folder: string,
): Promise<[{ text: string; picture: string }[], string]> {
    const sections = parts.flatMap((part) => part.sections);
    const story_segments = sections.map((section) => ({
        story_segment_content: section.segments.map((segment) => segment.segment_content).join(" "),
        story_segment_number: section.section_num,
        story_segment_speaker: section.segments[0]?.speaker ?? "Narrator",
    }));
    const body = { story_segments, art_style: "watercolour", number_of_panels: story_segments.length, job_id: "demo" };
    const { result } = await client.post<{ result: { story_segments: DrawnSegment[] } }>(
        "Pictures",
        "/generate-story-image",
        body,
    );
    const drawn = result.story_segments;
    const [pictures] = await fetchPictures(
        client,
        drawn.map((one) => one.image_presigned_url),
        folder,
        "panel",
    );
    return [
        drawn.map((one, at) => ({ text: one.story_segment_content, picture: pictures[at] ?? "" })),
        `${drawn.length} pictures`,
    ];
}

async function makeStory(client: Client, topic: string, outline: Outline, step: Step): Promise<[Story, string]> {
    let story: Story | undefined;
    let failure = "the stream ended early";
    const creative_notes = outline.story_parts
        .map((part) => part.story_part_summary)
        .join(" ")
        .slice(0, 1_500);
    const body = {
        topic,
        story_type: "fiction",
        length: "short",
        tone_style: "warm",
        target_audience: "children",
        creative_notes,
    };
    await client.stream("Pipeline", pathOf("generateStory"), body, (event) => {
        if (event.type === "complete") {
            story = event.result as Story;
        } else if (event.type === "error") {
            failure = String(event.message);
        } else if (event.type === "agent_activity" || event.type === "agent_start") {
            step.progress(`${Math.round(Number(event.progress))} % ${event.agent}: ${event.activity ?? event.message}`);
        }
    });
    if (!story) {
        throw new DemoError(`The pipeline made no story: ${failure}`);
    }
    return [story, `${story.structured_story.title}, ${story.structured_story.chapters.length} chapters`];
}

/** Names of the files, in the order of the addresses. */
async function fetchPictures(
    client: Client,
    urls: string[],
    folder: string,
    name: string,
): Promise<[string[], string]> {
    const files = await Promise.all(
        urls.map(async (url, at) => {
            const file = `${name}-${at + 1}.png`;
            await writeFile(join(folder, file), await client.bytes(`Picture ${at + 1}`, url));
            return file;
        }),
    );
    return [files, `${files.length} pictures`];
}

interface Narration {
    status: string;
    message: string;
    progress?: number;
    url?: string;
    duration_seconds?: number;
}

async function narrate(client: Client, id: string, folder: string, step: Step): Promise<[string, string]> {
    let state = await client.post<Narration>("Narration", pathOf("narrate", { id }), {});
    while (state.status === "started" || state.status === "generating") {
        step.progress(`${Math.round(state.progress ?? 0)} % ${state.message}`);
        await sleep(POLL_MS);
        state = await client.get<Narration>("Narration's progress", pathOf("narrationStatus", { id }));
    }
    if (state.status !== "ready" || !state.url) {
        throw new DemoError(`The narration was not made: ${state.message}`);
    }
    const file = "narration.wav";
    await writeFile(join(folder, file), await client.bytes("Audio", state.url));
    return [file, `${Math.round(state.duration_seconds ?? 0)} s of audio`];
}
