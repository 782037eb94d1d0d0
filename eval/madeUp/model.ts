/** The stand-ins' model for evaluations: prompts have an effect on it, and it can judge. */
import { type ConverseRequest, imageBase64, type Reply, reply } from "../../standins/upstreams/model/reply.ts";
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
    const pictures = (request.messages ?? []).flatMap(({ content }) =>
        content.flatMap(({ image }) => (image ? [imageBase64(image)] : [])),
    );
    const input = judged(texts, pictures) ?? asAsked(block.toolUse.input, role, texts);
    return { ...original, content: [{ toolUse: { ...block.toolUse, input } }, ...others] };
}
