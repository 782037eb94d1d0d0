/** Plans the story: its title, at most three characters, and a summary of each chapter. */

import * as z from "zod";
import type { NewStoryBody } from "../../../contract/agentRoutes.ts";
import { printable } from "../../../contract/printable.ts";
import { NARRATOR } from "../../../contract/story.ts";
import type { Plan, Session } from "../pipeline/session.ts";
import { SHAPES } from "../pipeline/shapes.ts";
import type { StageContext } from "../pipeline/stage.ts";
import { MAX_CHARACTERS } from "../story.ts";
import type { Toolbox } from "../tools/toolbox.ts";

const answer = z.object({
    title: z.string().min(1).max(200),
    characters: z.array(z.string().min(1).max(80)).max(8).describe("Names of those who speak, without the narrator"),
    chapters: z
        .array(z.object({ title: z.string().min(1).max(200), summary: z.string().min(1).max(1_500) }))
        .min(1)
        .max(20),
});

const ARC = ["A beginning", "A door opens", "The path turns", "What was hidden", "The hardest hour", "A new light"];

/** What planning needs of a stage. */
export type PlanningContext = Omit<StageContext, "tools"> & { tools: Pick<Toolbox, "outline"> };

export async function planning(context: PlanningContext, session: Session): Promise<Plan> {
    const { request, choices } = context;
    const { chapters } = SHAPES[request.length];
    const outline = await context.tools.outline(request, session.session_id);
    try {
        const plan = await context.agents.ask({
            agent: "planning",
            values: { characters: MAX_CHARACTERS, chapters },
            data: { request, concept: choices.selected_concept, research: session.research, outline },
            answer,
            signal: context.signal,
        });
        return fitPlan(plan, request);
    } catch (error) {
        context.onUnavailable("The story could not be planned in detail; its chapters follow a simple outline.", error);
        return fitPlan({ title: request.topic, characters: [], chapters: [] }, request);
    }
}

/** Fits the plan to the requested number of chapters and to the number of voices. */
export function fitPlan(plan: Plan, request: NewStoryBody): Plan {
    const wanted = SHAPES[request.length].chapters;
    const chapters = plan.chapters.slice(0, wanted).map(({ title, summary }, at) => ({
        title: printable(title) || `Chapter ${at + 1}`,
        summary: printable(summary),
    }));
    while (chapters.length < wanted) {
        const isLast = chapters.length === wanted - 1;
        const title = isLast ? "The end of the road" : (ARC[chapters.length % ARC.length] ?? "Onward");
        chapters.push({ title, summary: `${title}: the story of ${request.topic} goes on.` });
    }
    const names = plan.characters.map(printable).filter((name) => name && !isNarrator(name));
    return {
        title: printable(plan.title) || printable(request.topic).slice(0, 200),
        characters: distinct(names).slice(0, MAX_CHARACTERS),
        chapters,
    };
}

function isNarrator(name: string): boolean {
    return name.toLowerCase() === NARRATOR.toLowerCase();
}

function distinct(names: string[]): string[] {
    return names.filter((name, at) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === at);
}
