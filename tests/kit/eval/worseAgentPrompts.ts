/** The agents' prompts without the writer's rule on who speaks. */
import { prompts as own } from "../../../docker/story-generator/agents/prompts.ts";

export const prompts = {
    ...own,
    writer: { ...own.writer, role: own.writer.role.replace(/, each with its speaker:.*$/s, ".") },
};
