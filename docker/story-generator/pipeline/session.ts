/** A story's session: everything that a later run in another container needs to continue. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type NewStoryBody, newStoryBody } from "../../../contract/agentRoutes.ts";
import { printable } from "../../../contract/printable.ts";
import { chapter, chapterText } from "../story.ts";
import { AGENT_IDS } from "./events.ts";

const researchNotes = z.object({
    themes: z.array(z.string()),
    facts: z.array(z.string()),
    sources: z.array(z.object({ title: z.string(), url: z.string() })),
});
const printed = z.string().overwrite(printable);
const plan = z.object({
    title: printed,
    characters: z.array(printed),
    chapters: z.array(z.object({ title: printed, summary: z.string() })),
});
const narrationPlan = z.object({
    pieces: z.int(),
    speakers: z.array(z.string()),
    estimated_seconds: z.number(),
    pauses: z.object({ line: z.number(), chapter: z.number() }),
});
const illustration = z.object({ chapter_number: z.int(), key: z.string() });

export type ResearchNotes = z.infer<typeof researchNotes>;
export type Plan = z.infer<typeof plan>;
export type Illustration = z.infer<typeof illustration>;

/** The stored format. A stage's result exists when the stage is in `stages`; the writer's chapters exist earlier. */
export const session = z.object({
    session_id: z.string(),
    user_id: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    /** `running` is also the status after its container ended; `interrupted`: its person stopped it. */
    status: z.enum(["running", "interrupted", "failed", "completed"]),
    request: newStoryBody,
    stages: z.array(
        z.object({
            agent_id: z.enum(AGENT_IDS),
            execution_time_ms: z.number(),
            warnings: z.array(z.string()),
        }),
    ),
    research: researchNotes.optional(),
    plan: plan.optional(),
    chapters: z.array(chapter).optional(),
    voices: z.record(z.string(), z.string()).optional(),
    narration: narrationPlan.optional(),
    illustrations: z.array(illustration).optional(),
    /** Whether the narration is complete; unset in sessions of earlier versions. */
    narrated: z.boolean().optional(),
    /** The versions of the agents' prompts by which its runs asked; unset in sessions of earlier versions. */
    prompt_versions: z.array(z.string()).optional(),
    /** Secret of the link for others; without it the story is not shared. */
    link_secret: z.string().optional(),
    /** The address of the site on which the link was made, where a browser said so. */
    link_origin: z.string().optional(),
    /** The run that writes it, or wrote it last: no other run may write. */
    run: z.string().optional(),
    /** Counts the writes. */
    revision: z.int().optional(),
});

export type Session = z.infer<typeof session>;

/** A person's decisions during the run. Stored apart from the session, so that a run never overwrites them. */
export const choices = z.object({
    selected_concept: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    approved_scenes: z.array(z.string()).default([]),
    output_format: z.enum(["audio", "visual", "both"]).optional(),
    narrator_id: z.string().optional(),
});

export type Choices = z.infer<typeof choices>;

export function newSession(userId: string, request: NewStoryBody): Session {
    const now = new Date().toISOString();
    return {
        session_id: randomUUID(),
        user_id: userId,
        created_at: now,
        updated_at: now,
        status: "running",
        request,
        stages: [],
    };
}

/** Whether a run has nothing left to do: a story without its pictures may still get them. */
export function isWhole({ stages }: Session): boolean {
    return stages.length === AGENT_IDS.length && stages.at(-1)?.warnings.length === 0;
}

/** Whether the story is finished without all of its pictures, which a run of it draws. */
export function lacksPictures(session: Session): boolean {
    const illustrated = illustratedChapters(session);
    const { status, chapters = [] } = session;
    return (
        status === "completed" &&
        !isWhole(session) &&
        chapters.some(({ chapter_number }) => !illustrated.includes(chapter_number))
    );
}

/** The numbers of the chapters that have a picture, in the order of the pictures. */
export function illustratedChapters({ illustrations = [] }: Session): number[] {
    return illustrations.map(({ chapter_number }) => chapter_number);
}

/** Pictures in the chapters' order. An existing picture stays, since its person may have regenerated it. */
export function withPictures(there: Illustration[], drawn: Illustration[]): Illustration[] {
    const has = (number: number) => there.some(({ chapter_number }) => chapter_number === number);
    return [...there, ...drawn.filter(({ chapter_number }) => !has(chapter_number))].sort(
        (one, other) => one.chapter_number - other.chapter_number,
    );
}

/** The warnings of the finished stages without duplicates. */
export function warningsOf(of: Session): string[] {
    return [...new Set(of.stages.flatMap((stage) => stage.warnings))];
}

/** The chapters so far; undefined before the first chapter. */
export function storyOf(of: Session) {
    if (!of.plan || !of.chapters?.length) {
        return undefined;
    }
    return { title: of.plan.title, characters: of.plan.characters, chapters: of.chapters };
}

/** One entry of the list of stories. */
export function summaryOf(session: Session) {
    return {
        session_id: session.session_id,
        story_id: session.session_id,
        title: session.plan?.title ?? session.request.topic,
        topic: session.request.topic,
        story_type: session.request.story_type,
        length: session.request.length,
        status: session.status,
        created_at: session.created_at,
        updated_at: session.updated_at,
        chapters: session.chapters?.length ?? 0,
        word_count: wordsIn(session),
        images_count: session.illustrations?.length ?? 0,
        has_images: (session.illustrations?.length ?? 0) > 0,
    };
}

function wordsIn({ chapters = [] }: Session): number {
    return chapters.reduce((sum, chapter) => sum + chapterText(chapter).split(/\s+/).filter(Boolean).length, 0);
}
