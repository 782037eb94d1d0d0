/** Writes a story as the agents do: research, a plan, its chapters, and the editor's corrections; without their tools. */
import type * as z from "zod";
import { newStoryBody } from "../contract/agentRoutes.ts";
import { defaultMaxTokens } from "../contract/defaults.ts";
import { storyPartNames } from "../contract/story.ts";
import { converse } from "../docker/shared/converse.ts";
import { fill } from "../docker/shared/prompts.ts";
import { edit } from "../docker/story-generator/agents/editor.ts";
import { planning } from "../docker/story-generator/agents/planning.ts";
import type { AgentPrompts } from "../docker/story-generator/agents/prompts.ts";
import { research } from "../docker/story-generator/agents/research.ts";
import { writeChapters } from "../docker/story-generator/agents/writer.ts";
import { choices, newSession } from "../docker/story-generator/pipeline/session.ts";
import type { StageContext } from "../docker/story-generator/pipeline/stage.ts";
import { Tools } from "../docker/story-generator/tools/toolbox.ts";
import { prompts as ofText } from "../docker/story-text-regen/prompts.ts";
import { failureOf } from "./models.ts";
import { textFunction } from "./textWriter.ts";
import type { Writer } from "./writer.ts";

const CALLER = { userId: "eval", email: "", username: "eval", tokenUse: "id" } as const;
/** A story of three chapters: beginning, middle and end. */
const LENGTH = "short";

/**
 * A writer with prompts of the agents. The model answers as it does to the text function, without the agents' SDK, so that no
 * agent calls a tool; the web has no results. Ideas and outlines are the text function's, by its prompts of the checkout.
 */
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
        const job = `eval-${run}-${wish.id}`;
        const ask: StageContext["agents"]["ask"] = async ({ agent, values = {}, data, answer: schema }) => {
            const { role, task } = prompts[agent];
            const { answer } = await converse(bedrock, {
                models: [modelId],
                maxTokens: defaultMaxTokens,
                role: fill(role, values),
                task: fill(task, values),
                data: { ...data, job_id: job },
                schema: schema as z.ZodType<z.infer<typeof schema>>,
                signal,
                onFailedModel: () => {},
            });
            return answer;
        };
        const answered = textFunction(bedrock, modelId, ofText, signal);
        const tools = new Tools({
            search: { search: async () => [] },
            functions: { call: async ({ operation, body }, schema) => schema.parse(await answered(operation, body)) },
            speech: undefined,
            speechKey: undefined,
            bucket: "",
        });
        const onUnavailable = (_: string, error: unknown) => {
            throw error;
        };
        const context: StageContext = {
            request,
            choices: choices.parse({}),
            agents: { ask },
            tools: tools.forRun(CALLER, signal, onUnavailable, () => {}),
            signal,
            activity: () => {},
            onUnavailable,
        };
        const session = { ...newSession("eval", request), session_id: job };
        try {
            session.research = await research(context, session);
            const plan = await planning(context, session);
            session.chapters = await writeChapters(context, session, plan, async () => {});
            const lines = (await edit(context, session, plan)).map((chapter) => chapter.lines);
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
