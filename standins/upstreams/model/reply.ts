/** The model's reply to a Converse request: a tool call, a JSON text or prose, as requested. */
import { createHash } from "node:crypto";
import type { Fault } from "../faults.ts";
import { breakRule } from "./breakRule.ts";
import { compose, type JsonSchema } from "./compose.ts";
import { type Facts, factsOf, jsonIn } from "./facts.ts";
import { Teller } from "./teller.ts";

export interface RequestBlock {
    text?: string;
    guardContent?: { text?: { text?: string } };
    image?: RequestImage;
    toolUse?: { toolUseId: string; name: string; input: unknown };
    toolResult?: { toolUseId: string; status?: string; content: { text?: string; json?: unknown }[] };
}

export interface RequestImage {
    format: string;
    /** Base64 in a request over HTTP. */
    source: { bytes?: string | Uint8Array };
}

/** An image's bytes in base64. */
export function imageBase64({ source: { bytes = "" } }: RequestImage): string {
    return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("base64");
}

interface ToolSpec {
    name: string;
    description?: string;
    inputSchema: { json: JsonSchema };
}

export interface ConverseRequest {
    system?: Pick<RequestBlock, "text" | "guardContent">[];
    messages?: { role: "user" | "assistant"; content: RequestBlock[] }[];
    toolConfig?: {
        tools: { toolSpec?: ToolSpec }[];
        toolChoice?: { auto?: object; any?: object; tool?: { name: string } };
    };
    guardrailConfig?: {
        guardrailIdentifier?: string;
        guardrailVersion?: string;
        trace?: string;
        streamProcessingMode?: string;
    };
    inferenceConfig?: { maxTokens?: number; temperature?: number };
    additionalModelRequestFields?: Record<string, unknown>;
    outputConfig?: { textFormat?: { structure?: { jsonSchema?: { schema?: string } } } };
}

export interface ReplyBlock {
    text?: string;
    toolUse?: { toolUseId: string; name: string; input: unknown };
}

export interface Reply {
    content: ReplyBlock[];
    stopReason: string;
}

const NONSENSE = "Colourless green ideas sleep furiously, and the moon is a Tuesday.";

/** Equal requests (and faults) get equal replies. */
export function reply(request: ConverseRequest, fault?: Fault): Reply {
    switch (fault?.kind) {
        case "refuse":
            return refusal(fault.reason);
        case "empty":
            return { content: [], stopReason: "end_turn" };
        case "nonsense":
            return nonsense(request, fault.reason);
        default: {
            const whole = sensible(request, fault);
            return fault?.kind === "truncate" ? truncated(whole) : whole;
        }
    }
}

function sensible(request: ConverseRequest, fault: Fault | undefined): Reply {
    const facts = factsOf(textsOf(request));
    const tool = chooseTool(request);
    const made = (schema: JsonSchema) => {
        const value = compose(schema, facts);
        return fault?.kind === "break" && fault.rule ? breakRule(value, fault.rule) : value;
    };
    if (tool) {
        return called(request, tool.name, made(tool.inputSchema.json));
    }
    const schema = schemaOfText(request);
    const text = schema ? JSON.stringify(made(schema)) : prose(facts);
    return { content: [{ text }], stopReason: "end_turn" };
}

/** Bedrock's stop reasons for blocked content, with the service's replacement text. */
function refusal(reason = "content_filtered"): Reply {
    const isGuardrail = reason === "guardrail_intervened";
    const text = isGuardrail
        ? "Sorry, the model cannot answer this question."
        : "The generated text has been blocked by our content filters.";
    return { content: [{ text }], stopReason: reason };
}

/** A call of a forced tool with a wrong input; with `reason` `text`, a text instead of a call. */
function nonsense(request: ConverseRequest, reason: string | undefined): Reply {
    const tool = chooseTool(request);
    return tool && reason !== "text"
        ? called(request, tool.name, { nonsense: NONSENSE })
        : { content: [{ text: NONSENSE }], stopReason: "end_turn" };
}

function truncated({ content }: Reply): Reply {
    const [first] = content;
    const text = first?.text ?? JSON.stringify(first?.toolUse?.input ?? "");
    return { content: [{ text: text.slice(0, Math.floor(text.length / 2)) }], stopReason: "max_tokens" };
}

function called(request: ConverseRequest, name: string, input: unknown): Reply {
    const seed = createHash("sha256").update(JSON.stringify(request.messages)).update(name).digest("base64url");
    return {
        content: [{ toolUse: { toolUseId: `tooluse_${seed.slice(0, 22)}`, name, input } }],
        stopReason: "tool_use",
    };
}

/** Names of tools that take the final answer. */
const ANSWER_TOOL = /structured|output|answer|result|respond|submit|final/i;

/** The forced tool; else a helping tool, once; else the tool that takes the answer. */
function chooseTool({ toolConfig, messages = [] }: ConverseRequest): ToolSpec | undefined {
    const tools = (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec] : []));
    const forced = toolConfig?.toolChoice?.tool?.name;
    if (forced) {
        return tools.find(({ name }) => name === forced);
    }
    const answering =
        tools.find(({ name }) => ANSWER_TOOL.test(name)) ?? (toolConfig?.toolChoice?.any ? tools[0] : undefined);
    const helping = tools.find((tool) => tool !== answering);
    const wasUsed = messages.some(({ content }) => content.some((block) => block.toolUse));
    return helping && !wasUsed ? helping : answering;
}

function schemaOfText(request: ConverseRequest): JsonSchema | undefined {
    const requested = request.outputConfig?.textFormat?.structure?.jsonSchema?.schema;
    if (requested) {
        return JSON.parse(requested) as JsonSchema;
    }
    return textsOf(request)
        .flatMap(jsonIn)
        .find((value): value is JsonSchema => isObject(value) && isObject(value.properties) && value.type === "object");
}

function prose(facts: Facts): string {
    const teller = new Teller(facts.topic, facts.speakers);
    return [teller.title(), ...[0, 1, 2].map((part) => teller.tell(part, 3))].join("\n\n");
}

/** The texts of the request: the user's messages first, since they contain the task. */
function textsOf({ system = [], messages = [] }: ConverseRequest): string[] {
    const ofUser = messages.filter(({ role }) => role === "user").flatMap(({ content }) => content);
    const texts = ofUser
        .flatMap(({ text = "", guardContent }) => [text, guardContent?.text?.text ?? ""])
        .filter(Boolean);
    return [...texts, ...system.flatMap(({ text }) => (text ? [text] : []))];
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
