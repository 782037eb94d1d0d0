/** Asks an OpenAI-compatible server, such as Ollama, in place of the made-up model. */
import { z } from "zod";
import { type ConverseRequest, imageBase64, type Reply, type RequestBlock } from "./reply.ts";

export const modelServerSchema = z.strictObject({
    /** The base address, without `/chat/completions`, for example `http://127.0.0.1:11434/v1`. */
    url: z.url({ protocol: /^https?$/ }),
    /** The server's own name of the model, for example `qwen3`. */
    model: z.string().min(1),
});
export type ModelServer = z.infer<typeof modelServerSchema>;

/** Parses `URL#MODEL`; undefined if it is invalid. */
export function parseModelServer(word: string): ModelServer | undefined {
    const at = word.lastIndexOf("#");
    return at < 0 ? undefined : modelServerSchema.safeParse({ url: word.slice(0, at), model: word.slice(at + 1) }).data;
}

const completion = z.object({
    choices: z
        .array(
            z.object({
                finish_reason: z.string().nullish(),
                message: z.object({
                    content: z.string().nullish(),
                    tool_calls: z
                        .array(
                            z.object({
                                id: z.string(),
                                function: z.object({ name: z.string(), arguments: z.string() }),
                            }),
                        )
                        .nullish(),
                }),
            }),
        )
        .min(1),
});

/** A model on this machine may be slow. */
const TIMEOUT_MS = 600_000;

/** Throws with the server's error when there is no answer. */
export async function askModelServer(
    { url, model }: ModelServer,
    request: ConverseRequest,
    signal?: AbortSignal,
): Promise<Reply> {
    const tools = (request.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec] : []));
    const response = await fetch(`${url.replace(/\/+$/, "")}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
            model,
            messages: [
                ...(request.system ?? []).flatMap(({ text }) => (text ? [{ role: "system", content: text }] : [])),
                ...(request.messages ?? []).flatMap(({ role, content }) => messagesOf(role, content)),
            ],
            max_tokens: request.inferenceConfig?.maxTokens,
            temperature: request.inferenceConfig?.temperature,
            ...(tools.length > 0
                ? {
                      tools: tools.map(({ name, description, inputSchema }) => ({
                          type: "function",
                          function: { name, description, parameters: inputSchema.json },
                      })),
                      tool_choice: choiceOf(request.toolConfig?.toolChoice),
                  }
                : {}),
        }),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    });
    const text = await response.text();
    if (!response.ok) {
        throw new Error(`it answered ${response.status}: ${text.slice(0, 300)}`);
    }
    return replyOf(completion.parse(JSON.parse(text)));
}

function replyOf({ choices }: z.infer<typeof completion>): Reply {
    const [choice] = choices;
    const { content, tool_calls: calls } = choice?.message ?? {};
    const uses = (calls ?? []).map(({ id, function: { name, arguments: input } }) => ({
        toolUse: { toolUseId: id, name, input: parsed(input) },
    }));
    const stopReason = uses.length > 0 ? "tool_use" : choice?.finish_reason === "length" ? "max_tokens" : "end_turn";
    return { content: [...(content ? [{ text: content }] : []), ...uses], stopReason };
}

/** In OpenAI's format, tool results are separate messages. */
function messagesOf(role: "user" | "assistant", blocks: RequestBlock[]): object[] {
    const text = blocks.flatMap((block) => block.text ?? []).join("\n");
    const pictures = blocks.flatMap(({ image }) =>
        image ? [`data:image/${image.format};base64,${imageBase64(image)}`] : [],
    );
    const content =
        pictures.length > 0
            ? [{ type: "text", text }, ...pictures.map((url) => ({ type: "image_url", image_url: { url } }))]
            : text;
    const calls = blocks.flatMap(({ toolUse }) =>
        toolUse
            ? [
                  {
                      id: toolUse.toolUseId,
                      type: "function",
                      function: { name: toolUse.name, arguments: JSON.stringify(toolUse.input) },
                  },
              ]
            : [],
    );
    const results = blocks.flatMap(({ toolResult }) =>
        toolResult
            ? [
                  {
                      role: "tool",
                      tool_call_id: toolResult.toolUseId,
                      content: toolResult.content.map((part) => part.text ?? JSON.stringify(part.json)).join("\n"),
                  },
              ]
            : [],
    );
    const own = text || calls.length > 0 ? [{ role, content, ...(calls.length > 0 ? { tool_calls: calls } : {}) }] : [];
    return [...results, ...own];
}

function choiceOf(choice: NonNullable<ConverseRequest["toolConfig"]>["toolChoice"]): unknown {
    if (choice?.tool) {
        return { type: "function", function: { name: choice.tool.name } };
    }
    return choice?.any ? "required" : "auto";
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return {};
    }
}
