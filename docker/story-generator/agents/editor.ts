/** Edits single lines of each chapter; a chapter whose edit fails stays as written. */
import * as z from "zod";
import { printable } from "../../../contract/printable.ts";
import type { Plan, Session } from "../pipeline/session.ts";
import type { StageContext } from "../pipeline/stage.ts";
import type { Chapter } from "../story.ts";

const answer = z.object({
    edits: z
        .array(
            z.object({
                line: z.int().describe("Number of the line, from 1"),
                text: z.string().min(1).max(4_000).describe("The whole new line"),
            }),
        )
        .max(40)
        .describe("Only the lines that get better; none when the chapter is good"),
});

/** Chapters edited in parallel. */
const CONCURRENCY = 3;

export async function edit(context: StageContext, session: Session, plan: Plan): Promise<Chapter[]> {
    const chapters = session.chapters ?? [];
    const edited: Chapter[] = [];
    for (let from = 0; from < chapters.length; from += CONCURRENCY) {
        const group = chapters.slice(from, from + CONCURRENCY);
        edited.push(...(await Promise.all(group.map((chapter) => editChapter(context, session, plan, chapter)))));
    }
    return edited;
}

async function editChapter(context: StageContext, session: Session, plan: Plan, chapter: Chapter): Promise<Chapter> {
    try {
        const { edits } = await context.agents.ask({
            agent: "editor",
            values: { number: chapter.chapter_number },
            data: { request: context.request, plan, chapter },
            answer,
            tools: [context.tools.regenerateTool(session.session_id, chapter)],
            signal: context.signal,
        });
        return applyEdits(chapter, edits);
    } catch (error) {
        context.onUnavailable(
            `Chapter ${chapter.chapter_number} could not be edited; it stays as first written.`,
            error,
        );
        return chapter;
    }
}

/** Applies the edits whose line exists in the chapter. */
export function applyEdits(chapter: Chapter, edits: { line: number; text: string }[]): Chapter {
    const changed = new Map(edits.map(({ line, text }) => [line, printable(text)]));
    return {
        ...chapter,
        lines: chapter.lines.map((line, at) => ({ ...line, text: changed.get(at + 1) || line.text })),
    };
}
