import { type AgentPrompts, prompts as own } from "../../../docker/story-generator/agents/prompts.ts";

const team = (role: string) => role.split(". ", 1)[0] ?? "";

/** The agents' prompts without the writer's rule on who speaks. */
export const withoutSpeakers: AgentPrompts = {
    ...own,
    writer: { ...own.writer, role: own.writer.role.replace(/, each with its speaker:.*$/s, ".") },
};

/** The agents' prompts without what is to be researched. */
export const withoutFacts: AgentPrompts = {
    ...own,
    research: { role: `${team(own.research.role)}.`, task: "Give your notes." },
};

/** The agents' prompts without what the editor is to look at. */
export const withoutSlips: AgentPrompts = {
    ...own,
    editor: { ...own.editor, role: `${team(own.editor.role)}.` },
};
