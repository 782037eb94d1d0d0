/** Writes a story as the REST API does: an outline for the wish, then the story for the outline. */
import { defaultMaxTokens } from "../contract/defaults.ts";
import { outlineRequest, outlineResult, storyRequest, storyResult } from "../contract/operations.ts";
import { textHandlers } from "../docker/story-text-regen/handlers.ts";
import type { TextPrompts } from "../docker/story-text-regen/prompts.ts";
import { failureOf } from "./models.ts";
import type { Writer } from "./writer.ts";

/** A writer with prompts of the text function. */
export const textWriter =
    (prompts: TextPrompts): Writer =>
    async (bedrock, modelId, { id, language: _, ...wish }, run, signal) => {
        const models: [string] = [modelId];
        const handlers = textHandlers({
            bedrock,
            models,
            maxTokens: defaultMaxTokens,
            onFailedModel: () => {},
            prompts,
        });
        const ask = async (name: string, body: Record<string, unknown>) => {
            const found = handlers.find(({ operation }) => operation.name === name);
            if (!found) {
                throw new Error(`the text function has no ${name}`);
            }
            return await found.handle(body, { sub: "eval", email: "", username: "eval" }, signal, {
                id: run,
                isNamed: false,
            });
        };
        const shape = { ...wish, job_id: `eval-${run}-${id}` };
        try {
            const outline = outlineResult.parse(
                await ask(
                    "generateStoryOutline",
                    outlineRequest.parse({ ...shape, user_input_description: wish.user_input_description }),
                ),
            );
            const body = storyRequest.parse({ ...shape, story_outline_description: outline.story_parts });
            const story = storyResult.parse(await ask("generateStory", body));
            return { parts: story.story_parts, speakers: story.speaker_names };
        } catch (error) {
            return { failure: failureOf(error) };
        }
    };
