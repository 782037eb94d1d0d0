/** The image function's prompts without what is to be drawn. */
import { prompts as own } from "../../../docker/story-image-regen/prompts.ts";

export const prompts = { ...own, panel: "Draw a picture {number} without any text in it." };
