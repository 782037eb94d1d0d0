/** The prompts of the text function without what they ask of a story beyond its shape. */
import { prompts as own } from "../../../docker/story-text-regen/prompts.ts";

export const prompts = { ...own, story: own.story.split("\n").slice(0, 3).join("\n") };
