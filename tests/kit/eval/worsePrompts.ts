/** The text function's prompts without the requirements beyond a story's structure. */
import { prompts as own } from "../../../docker/story-text-regen/prompts.ts";

export const prompts = { ...own, story: own.story.split("\n").slice(0, 3).join("\n") };
