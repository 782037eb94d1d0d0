/** The texts of a model call that a guardrail examines (Bedrock user guide, Include a guardrail with the Converse API). */
import type { ConverseRequest, Reply, RequestBlock } from "../model/reply.ts";

/**
 * The texts of a request. If any message has guarded content, only that is examined in the messages. The system prompt is
 * examined only where it has guarded content. Tool results and tool inputs are never examined.
 */
export function examinedOf({ system = [], messages = [] }: ConverseRequest): string[] {
    const blocks = messages.flatMap(({ content }) => content);
    const guarded = blocks.flatMap(guardedText);
    const ofSystem = system.flatMap(guardedText);
    return [...ofSystem, ...(guarded.length > 0 ? guarded : blocks.flatMap(({ text }) => (text ? [text] : [])))];
}

/** The texts of an answer, without tool inputs. */
export const examinedOfReply = ({ content }: Reply): string[] => content.flatMap(({ text }) => (text ? [text] : []));

function guardedText({ guardContent }: Pick<RequestBlock, "guardContent">): string[] {
    const text = guardContent?.text?.text;
    return text ? [text] : [];
}
