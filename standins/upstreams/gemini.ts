/** The Gemini API's `generateContent` on the wire, for pictures and for words. */
import { createHash } from "node:crypto";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { refusalOfModel } from "./geminiRules.ts";
import { factsOf } from "./model/facts.ts";
import { Teller } from "./model/teller.ts";
import { drawPicture, sizeOf } from "./picture.ts";

/** A call of a model, or a request for its description. */
const ROUTE = /^\/v1(?:alpha|beta)?\/models\/([^/:]+)(?::(generateContent|streamGenerateContent))?$/;

interface Part {
    text?: string;
    /** Part of the model's thoughts, not of its answer; pictures too. */
    thought?: boolean;
    inlineData?: { mimeType?: string; data?: string };
}

interface GenerateRequest {
    contents?: { role?: string; parts?: Part[] }[];
    generationConfig?: {
        responseModalities?: string[];
        imageConfig?: { aspectRatio?: string };
        seed?: number;
    };
}

interface Candidate {
    content?: { role: "model"; parts: Part[] };
    finishReason: string;
    finishMessage?: string;
    index: number;
}

export async function answerGemini(exchange: Exchange): Promise<void> {
    const [, model, operation] = ROUTE.exec(exchange.path) ?? [];
    const { fault } = exchange;
    if (!model || exchange.method !== (operation ? "POST" : "GET")) {
        await failure(exchange, 404, "NOT_FOUND", `${exchange.path} was not found on this server.`);
        return;
    }
    const key = exchange.headers["x-goog-api-key"] ?? exchange.query.get("key");
    if (!key || /invalid/i.test(key)) {
        await failure(exchange, 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.");
        return;
    }
    const refusal = refusalOfModel(model);
    if (refusal) {
        await failure(exchange, refusal.code, refusal.status, refusal.message);
        return;
    }
    if (fault?.kind === "throttle" || fault?.kind === "error") {
        await faultFailure(exchange, fault);
        return;
    }
    if (!operation) {
        await exchange.sendJson(200, {
            name: `models/${model}`,
            displayName: model,
            supportedGenerationMethods: ["generateContent", "countTokens"],
        });
        return;
    }
    const request = exchange.json() as GenerateRequest;
    if (!request.contents?.some(({ parts }) => parts?.length)) {
        await failure(
            exchange,
            400,
            "INVALID_ARGUMENT",
            "* GenerateContentRequest.contents: contents is not specified",
        );
        return;
    }
    const answer = await generate(request, model, fault);
    exchange.used = usedBy(answer);
    if (operation === "streamGenerateContent") {
        await exchange.send(200, { "content-type": "text/event-stream" }, `data: ${JSON.stringify(answer)}\r\n\r\n`);
    } else {
        await exchange.sendJson(200, answer);
    }
}

interface Answer {
    promptFeedback?: object;
    candidates?: Candidate[];
    usageMetadata: { promptTokenCount: number; candidatesTokenCount: number; candidatesTokensDetails?: object[] };
}

async function generate(request: GenerateRequest, model: string, fault: Fault | undefined): Promise<Answer> {
    const about = { usageMetadata: USAGE, modelVersion: model, responseId: idOf(request) };
    const reason = fault?.reason ?? "IMAGE_SAFETY";
    if (fault?.kind === "refuse" && BLOCKED_PROMPTS.has(reason)) {
        return { promptFeedback: { blockReason: reason }, ...about };
    }
    const answer = await candidate(request, fault, reason);
    const usageMetadata = isPicture(answer) ? { ...USAGE, candidatesTokensDetails: PICTURE } : USAGE;
    return { candidates: [answer], ...about, usageMetadata };
}

const isPicture = ({ content }: Candidate) =>
    content?.parts.some(({ inlineData, thought }) => inlineData && !thought) ?? false;

/** The usage in an answer. */
function usedBy({ candidates, usageMetadata }: Answer): Record<string, number> {
    const pictures = candidates?.filter(isPicture).length ?? 0;
    const { promptTokenCount: input_tokens, candidatesTokenCount: count } = usageMetadata;
    return {
        input_tokens,
        pictures,
        ...(pictures > 0 ? { image_tokens: count, output_tokens: 0 } : { image_tokens: 0, output_tokens: count }),
    };
}

async function candidate(request: GenerateRequest, fault: Fault | undefined, reason: string): Promise<Candidate> {
    const text = textOf(request);
    const answerOf = (...parts: Part[]): Candidate => ({
        content: { role: "model", parts },
        finishReason: "STOP",
        index: 0,
    });
    switch (fault?.kind) {
        case "refuse":
            return { finishReason: reason, finishMessage: `Unable to show the generated image (${reason}).`, index: 0 };
        case "empty":
            return { finishReason: "NO_IMAGE", index: 0 };
        case "nonsense":
            if (fault.reason === "draft") {
                break;
            }
            return fault.reason === "picture"
                ? answerOf({
                      inlineData: { mimeType: "image/png", data: Buffer.from("not a picture").toString("base64") },
                  })
                : answerOf({ text: "I can describe the picture to you instead." });
        case "truncate":
            return { content: { role: "model", parts: [] }, finishReason: "MAX_TOKENS", index: 0 };
    }
    if (!request.generationConfig?.responseModalities?.includes("IMAGE")) {
        const facts = factsOf([text]);
        return answerOf({ text: new Teller(facts.topic, facts.speakers).tell(0, 3) });
    }
    const pictures = (request.contents ?? [])
        .flatMap(({ parts = [] }) => parts)
        .flatMap(({ inlineData }) => inlineData?.data ?? []);
    const data = await drawPicture({
        text,
        pictures,
        ...sizeOf(request.generationConfig.imageConfig?.aspectRatio),
    });
    const picture: Part = { inlineData: { mimeType: "image/png", data: data.toString("base64") } };
    if (fault?.kind === "nonsense") {
        // A model that thinks shows its drafts before the picture (Gemini API, Image generation, thinking).
        const draft = await drawPicture({ text: "A draft", ...sizeOf(undefined) });
        return answerOf(
            { thought: true, inlineData: { mimeType: "image/png", data: draft.toString("base64") } },
            { text: "Here it is." },
            picture,
        );
    }
    return answerOf(picture);
}

/** The reasons for refusing a prompt; all other reasons are about the picture. */
const BLOCKED_PROMPTS = new Set(["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_PROMPT"]);

/** The tokens of a picture of 1024 by 1024 (Gemini API, "Image generation"). */
const PICTURE = [{ modality: "IMAGE", tokenCount: 1290 }];
const USAGE = { promptTokenCount: 200, candidatesTokenCount: 1290, totalTokenCount: 1490 };

const STATUS_NAMES: Record<number, string> = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
};

async function faultFailure(exchange: Exchange, fault: Fault): Promise<void> {
    if (fault.kind === "throttle") {
        const seconds = fault.retryAfter ?? 2;
        const message = fault.message ?? `You exceeded your current quota. Please retry in ${seconds}s.`;
        const retry = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` };
        await failure(exchange, 429, "RESOURCE_EXHAUSTED", message, [retry]);
        return;
    }
    const status = fault.status ?? 503;
    const message = fault.message ?? "The model is overloaded. Please try again later.";
    await failure(exchange, status, fault.code ?? STATUS_NAMES[status] ?? "UNKNOWN", message);
}

async function failure(
    exchange: Exchange,
    code: number,
    status: string,
    message: string,
    details?: object[],
): Promise<void> {
    await exchange.sendJson(code, { error: { code, message, status, ...(details ? { details } : {}) } });
}

/** The texts of all turns, the newest last. */
function textOf({ contents = [] }: GenerateRequest): string {
    return contents.flatMap(({ parts = [] }) => parts.flatMap(({ text }) => text ?? [])).join("\n");
}

function idOf(request: GenerateRequest): string {
    return createHash("sha256").update(JSON.stringify(request)).digest("base64url").slice(0, 20);
}
