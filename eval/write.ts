/** Writes a story as the REST API does: an outline for the wish, then the story for the outline. */

import { defaultMaxTokens } from "../contract/defaults.ts";
import { outlineRequest, outlineResult, storyRequest, storyResult } from "../contract/operations.ts";
import type { StoryPart } from "../contract/story.ts";
import type { BedrockRuntimeClient } from "../docker/shared/converse.ts";
import { textHandlers } from "../docker/story-text-regen/handlers.ts";
import type { TextPrompts } from "../docker/story-text-regen/prompts.ts";
import { failureOf } from "./models.ts";
import type { Wish } from "./wishes.ts";

/** The graded combination of prompts and a model. */
export interface Variant {
    /** For tables. */
    name: string;
    prompts: TextPrompts;
    modelId: string;
}

/** A story, or why there is none: three attempts broke the contract's rules, or the model refused. */
export type Written = { parts: StoryPart[]; speakers: string[] } | { failure: string };

/** @throws errors that are not about the story: no access, no such model, throttling after all retries */
export async function write(
    bedrock: BedrockRuntimeClient,
    { prompts, modelId }: Variant,
    { id, language: _, ...wish }: Wish,
    run: string,
    signal: AbortSignal,
): Promise<Written> {
    const models: [string] = [modelId];
    const handlers = textHandlers({ bedrock, models, maxTokens: defaultMaxTokens, onFailedModel: () => {}, prompts });
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
}
