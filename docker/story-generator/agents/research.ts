/** Collects material for the story: themes of the topic, and facts from the web. */
import * as z from "zod";
import { printable } from "../../../contract/printable.ts";
import type { ResearchNotes, Session } from "../pipeline/session.ts";
import type { StageContext } from "../pipeline/stage.ts";

const answer = z.object({
    themes: z.array(z.string().max(300)).max(12).describe("Themes and angles that suit the topic and the audience"),
    facts: z.array(z.string().max(500)).max(20).describe("Facts that the story may use, each in one sentence"),
});

export async function research(context: StageContext, { session_id }: Session): Promise<ResearchNotes> {
    const { request, choices } = context;
    const [results, ideas] = await Promise.all([
        context.tools.search(`${request.topic} ${request.story_type}`),
        context.tools.topicIdeas(request, session_id),
    ]);
    const sources = results.map(({ title, url }) => ({ title, url }));
    try {
        const notes = await context.agents.ask({
            agent: "research",
            data: { request, concept: choices.selected_concept, web_results: results, ideas },
            answer,
            tools: [context.tools.searchTool()],
            signal: context.signal,
        });
        return { themes: tidy(notes.themes, 8), facts: tidy(notes.facts, 12), sources };
    } catch (error) {
        context.onUnavailable("The topic could not be researched; the story is based on your request alone.", error);
        return { themes: [request.topic], facts: results.map((result) => result.snippet).slice(0, 6), sources };
    }
}

function tidy(lines: string[], max: number): string[] {
    return [...new Set(lines.map(printable).filter(Boolean))].slice(0, max);
}
