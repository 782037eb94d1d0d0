/** What of a call of a model a guardrail looks at (Bedrock user guide, Include a guardrail with the Converse API). */
import type { ConverseRequest, Reply, RequestBlock } from "../model/reply.ts";

/**
 * The texts of a request. Where any message has guarded content, nothing else of the messages is looked at, and the system
 * prompt is where it has some. Results of tools and what a model handed to tools are never looked at.
 */
export function examinedOf({ system = [], messages = [] }: ConverseRequest): string[] {
    const blocks = messages.flatMap(({ content }) => content);
    const guarded = blocks.flatMap(guardedText);
    const ofSystem = system.flatMap(guardedText);
    return [...ofSystem, ...(guarded.length > 0 ? guarded : blocks.flatMap(({ text }) => (text ? [text] : [])))];
}

/** The texts of an answer; what is handed to a tool is none of them. */
export const examinedOfReply = ({ content }: Reply): string[] => content.flatMap(({ text }) => (text ? [text] : []));

function guardedText({ guardContent }: Pick<RequestBlock, "guardContent">): string[] {
    const text = guardContent?.text?.text;
    return text ? [text] : [];
}
