/** Writes the chapters in sequence; each prompt contains the end of the previous chapter. */

import * as z from "zod";
import { printable } from "../../../contract/printable.ts";
import { NARRATOR } from "../../../contract/story.ts";
import type { Plan, Session } from "../pipeline/session.ts";
import { SHAPES } from "../pipeline/shapes.ts";
import type { StageContext } from "../pipeline/stage.ts";
import { type Chapter, chapterText, knownSpeaker } from "../story.ts";

const answer = z.object({
    lines: z
        .array(
            z.object({
                speaker: z.string().min(1).max(80).describe(`"${NARRATOR}" or the name of a character`),
                text: z.string().min(1).max(4_000).describe("What is told or said, without the speaker's name"),
            }),
        )
        .min(1)
        .max(120),
});

/** Characters of the previous chapter in the prompt, so that the next chapter continues it. */
const OVERLAP_CHARACTERS = 1_500;

/** Writes the missing chapters. `onChapter` is called after each chapter with all chapters so far. */
export async function writeChapters(
    context: Omit<StageContext, "tools">,
    session: Session,
    plan: Plan,
    onChapter: (chapters: Chapter[]) => Promise<void>,
): Promise<Chapter[]> {
    const chapters = [...(session.chapters ?? [])];
    while (chapters.length < plan.chapters.length) {
        const number = chapters.length + 1;
        context.activity(`Writing chapter ${number} of ${plan.chapters.length}`);
        chapters.push(await writeChapter(context, session, plan, chapters.at(-1), number));
        await onChapter(chapters);
    }
    return chapters;
}

async function writeChapter(
    context: Omit<StageContext, "tools">,
    session: Session,
    plan: Plan,
    before: Chapter | undefined,
    number: number,
): Promise<Chapter> {
    const { words } = SHAPES[context.request.length];
    const chapterPlan = plan.chapters[number - 1];
    const written = await context.agents.ask({
        agent: "writer",
        values: { narrator: NARRATOR, number, chapters: plan.chapters.length, words },
        data: {
            request: context.request,
            concept: context.choices.selected_concept,
            research: session.research,
            plan,
            chapter: chapterPlan,
            chapter_before: before && chapterText(before).slice(-OVERLAP_CHARACTERS),
        },
        answer,
        signal: context.signal,
    });
    const lines = written.lines.flatMap(({ speaker, text }) => {
        const printed = printable(text);
        return printed ? [{ speaker: knownSpeaker(speaker, plan.characters), text: printed }] : [];
    });
    return {
        chapter_number: number,
        title: chapterPlan?.title ?? `Chapter ${number}`,
        lines: lines.length > 0 ? lines : [{ speaker: NARRATOR, text: chapterPlan?.summary ?? plan.title }],
    };
}
