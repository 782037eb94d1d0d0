/** What writes the stories that are graded. */
import type { StoryPart } from "../contract/story.ts";
import type { BedrockRuntimeClient } from "../docker/shared/converse.ts";
import type { Wish } from "./wishes.ts";

/** A story, or why there is none: all attempts broke the rules, or the model refused. */
export type Written = { parts: StoryPart[]; speakers: string[] } | { failure: string };

/**
 * Writes a story for a wish. A different `run` gives different samples of the same prompts.
 *
 * @throws errors that are not about the story: no access, no such model, throttling after all retries
 */
export type Writer = (
    bedrock: BedrockRuntimeClient,
    modelId: string,
    wish: Wish,
    run: string,
    signal: AbortSignal,
) => Promise<Written>;
