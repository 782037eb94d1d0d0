/** The stand-ins' model for evaluations: prompts have an effect on it, and it can judge. */
import { type ConverseRequest, type Reply, reply } from "../../standins/upstreams/model/reply.ts";
import { asAsked } from "./asAsked.ts";
import { judged } from "./judged.ts";

/** Equal requests get equal replies. */
export function madeUpReply(request: ConverseRequest): Reply {
    const original = reply(request);
    const [block, ...others] = original.content;
    if (!block?.toolUse) {
        return original;
    }
    const texts = (request.messages ?? []).flatMap(({ content }) => content.flatMap(({ text }) => text ?? []));
    const role = (request.system ?? []).flatMap(({ text }) => text ?? []).join("\n");
    const input = judged(texts) ?? asAsked(block.toolUse.input, role, texts);
    return { ...original, content: [{ toolUse: { ...block.toolUse, input } }, ...others] };
}
