/** Writes a story as the REST API does: an outline for the wish, then the story for the outline. */
import { defaultMaxTokens } from "../contract/defaults.ts";
import { outlineResult, storyResult } from "../contract/operations.ts";
import type { BedrockRuntimeClient } from "../docker/shared/converse.ts";
import { textHandlers } from "../docker/story-text-regen/handlers.ts";
import type { TextPrompts } from "../docker/story-text-regen/prompts.ts";
import { failureOf } from "./models.ts";
import type { Writer } from "./writer.ts";

/** The text function: answers an operation by its name. */
export function textFunction(
    bedrock: BedrockRuntimeClient,
    modelId: string,
    prompts: TextPrompts,
    signal: AbortSignal,
) {
    const handlers = textHandlers({
        bedrock,
        models: [modelId],
        maxTokens: defaultMaxTokens,
        onFailedModel: () => {},
        prompts,
    });
    return async (name: string, body: Record<string, unknown>): Promise<unknown> => {
        const found = handlers.find(({ operation }) => operation.name === name);
        if (!found) {
            throw new Error(`the text function has no ${name}`);
        }
        const caller = { sub: "eval", email: "", username: "eval" };
        return await found.handle(found.operation.request.parse(body), caller, signal, { id: "eval", isNamed: false });
    };
}

/** A writer with prompts of the text function. */
export const textWriter =
    (prompts: TextPrompts): Writer =>
    async (bedrock, modelId, { id, language: _, user_input_description, ...wish }, run, signal) => {
        const ask = textFunction(bedrock, modelId, prompts, signal);
        const shape = { ...wish, job_id: `eval-${run}-${id}` };
        try {
            const outline = outlineResult.parse(
                await ask("generateStoryOutline", { ...shape, user_input_description }),
            );
            const story = storyResult.parse(
                await ask("generateStory", { ...shape, story_outline_description: outline.story_parts }),
            );
            return { parts: story.story_parts, speakers: story.speaker_names };
        } catch (error) {
            return { failure: failureOf(error) };
        }
    };
