/** Writes a story as the agents do: a plan for the wish, then chapter by chapter; without research, an outline and the editor. */
import type * as z from "zod";
import { newStoryBody } from "../contract/agentRoutes.ts";
import { defaultMaxTokens } from "../contract/defaults.ts";
import { storyPartNames } from "../contract/story.ts";
import { converse } from "../docker/shared/converse.ts";
import { fill } from "../docker/shared/prompts.ts";
import { type PlanningContext, planning } from "../docker/story-generator/agents/planning.ts";
import type { AgentPrompts } from "../docker/story-generator/agents/prompts.ts";
import { writeChapters } from "../docker/story-generator/agents/writer.ts";
import { choices, newSession } from "../docker/story-generator/pipeline/session.ts";
import { failureOf } from "./models.ts";
import type { Writer } from "./writer.ts";

/** A story of three chapters: beginning, middle and end. */
const LENGTH = "short";

/** A writer with prompts of the agents. The model answers as it does to the text function, without the agents' SDK. */
export const agentsWriter =
    (prompts: AgentPrompts): Writer =>
    async (bedrock, modelId, wish, run, signal) => {
        const request = newStoryBody.parse({
            topic: wish.user_input_description,
            story_type: wish.genre,
            length: LENGTH,
            tone_style: wish.tone,
            target_audience: wish.reading_level,
        });
        const ask: PlanningContext["agents"]["ask"] = async ({ agent, values = {}, data, answer: schema }) => {
            const { role, task } = prompts[agent];
            const { answer } = await converse(bedrock, {
                models: [modelId],
                maxTokens: defaultMaxTokens,
                role: fill(role, values),
                task: fill(task, values),
                data: { ...data, job_id: `eval-${run}-${wish.id}` },
                schema: schema as z.ZodType<z.infer<typeof schema>>,
                signal,
                onFailedModel: () => {},
            });
            return answer;
        };
        const context: PlanningContext = {
            request,
            choices: choices.parse({}),
            agents: { ask },
            tools: { outline: async () => undefined },
            signal,
            activity: () => {},
            onUnavailable: (_, error) => {
                throw error;
            },
        };
        const session = newSession("eval", request);
        try {
            const plan = await planning(context, session);
            const chapters = await writeChapters(context, session, plan, async () => {});
            const lines = chapters.map((chapter) => chapter.lines);
            return {
                speakers: plan.characters,
                parts: storyPartNames.map((story_part, at) => ({
                    story_part,
                    sections: [{ section_num: at + 1, segments: segmentsOf(lines, at) }],
                })),
            };
        } catch (error) {
            return { failure: failureOf(error) };
        }
    };

/** The lines of a chapter as segments, which are numbered over the whole story from 1. */
function segmentsOf(chapters: { speaker: string; text: string }[][], chapter: number) {
    const before = chapters.slice(0, chapter).flat().length;
    return (chapters[chapter] ?? []).map(({ speaker, text }, at) => ({
        segment_num: before + at + 1,
        segment_content: text,
        speaker,
    }));
}
