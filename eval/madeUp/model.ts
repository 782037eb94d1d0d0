/** The model of the stand-ins, as an evaluation needs it: one on which prompts have an effect, and which can judge. */
import { type ConverseRequest, type Reply, reply } from "../../standins/upstreams/model/reply.ts";
import { asAsked } from "./asAsked.ts";
import { judged } from "./judged.ts";

/** The same request gets the same reply. */
export function madeUpReply(request: ConverseRequest): Reply {
    const said = reply(request);
    const [block, ...others] = said.content;
    if (!block?.toolUse) {
        return said;
    }
    const texts = (request.messages ?? []).flatMap(({ content }) => content.flatMap(({ text }) => text ?? []));
    const input = judged(texts) ?? asAsked(block.toolUse.input, texts);
    return { ...said, content: [{ toolUse: { ...block.toolUse, input } }, ...others] };
}
