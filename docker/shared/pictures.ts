/** Google's Gemini API as the picture maker: one picture a call, earlier pictures as references. */
import { ApiError as GeminiError, type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import type { Span } from "@opentelemetry/api";
import type { Used } from "../../contract/usage.ts";
import { ApiError, badGateway, modelUnavailable, refused, throttled, tooSlow } from "./apiErrors.ts";
import { upstreamTimeoutMs } from "./environment.ts";
import { inSpan, modelCall, recordAnswer, recordContent } from "./tracing.ts";
import { metered } from "./usage/meter.ts";

/** A picture that a later one shall look like. */
export interface Reference {
    mimeType: string;
    base64: string;
}

/** A picture that was drawn. */
export interface Picture {
    data: Buffer;
    mimeType: string;
}

export interface PictureMaker {
    /** A PNG (or what the model gives) for a description. */
    draw(description: string, references: Reference[], signal: AbortSignal): Promise<Picture>;
}

const SERVICE = "image service";
const ATTEMPTS = 2;
const REFUSALS = new Set([
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "PROHIBITED_CONTENT",
    "SAFETY",
    "BLOCKLIST",
    "SPII",
]);

/** Draws with a Gemini model; `GOOGLE_GEMINI_BASE_URL` leads to another server. */
export function createPictureMaker(apiKey: string, model: string): PictureMaker {
    const gemini = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: process.env.GOOGLE_GEMINI_BASE_URL } });
    return {
        async draw(description, references, signal) {
            for (let attempt = 1; ; attempt += 1) {
                try {
                    const { name, options } = modelCall("gcp.gemini", "generate_content", model, {
                        "gen_ai.output.type": "image",
                        "story42.attempt": attempt,
                    });
                    return await inSpan(name, options, (span) =>
                        drawOnce(gemini, model, description, references, signal, span),
                    );
                } catch (error) {
                    // An answer without a picture comes now and then; the same question again usually has one.
                    const again =
                        error instanceof ApiError && error.error === "bad_upstream_answer" && attempt < ATTEMPTS;
                    if (!again) {
                        throw error;
                    }
                }
            }
        },
    };
}

async function drawOnce(
    gemini: GoogleGenAI,
    model: string,
    text: string,
    references: Reference[],
    signal: AbortSignal,
    span: Span,
) {
    const deadline = AbortSignal.timeout(upstreamTimeoutMs);
    recordContent(span, () => ({ "input.messages": text }));
    const parts: Part[] = [
        ...references.map(({ mimeType, base64 }) => ({ inlineData: { mimeType, data: base64 } })),
        { text },
    ];
    try {
        const ask = () =>
            gemini.models.generateContent({
                model,
                contents: [{ role: "user", parts }],
                config: { responseModalities: ["IMAGE"], abortSignal: AbortSignal.any([signal, deadline]) },
            });
        const answer = await metered(model, ask, usedBy);
        const [candidate] = answer.candidates ?? [];
        const { promptTokenCount, candidatesTokenCount, cachedContentTokenCount } = answer.usageMetadata ?? {};
        recordAnswer(span, {
            usage: {
                inputTokens: promptTokenCount,
                outputTokens: candidatesTokenCount,
                cacheReadInputTokens: cachedContentTokenCount,
            },
            finishReason: candidate?.finishReason,
            model: answer.modelVersion,
            id: answer.responseId,
        });
        if (answer.promptFeedback?.blockReason || REFUSALS.has(String(candidate?.finishReason))) {
            throw refused(SERVICE);
        }
        const data = Buffer.from(pictureIn(answer) ?? "", "base64");
        const mimeType = typeOf(data);
        if (!mimeType) {
            throw badGateway(SERVICE);
        }
        return { data, mimeType };
    } catch (error) {
        throw explained(error, model, signal.aborted || deadline.aborted);
    }
}

/** The picture of an answer, in base64; not what the model thought on its way. */
function pictureIn({ candidates }: GenerateContentResponse): string | undefined {
    const parts = candidates?.[0]?.content?.parts ?? [];
    return parts.find((part) => part.inlineData?.data && !part.thought)?.inlineData?.data;
}

/**
 * What Google says that an answer used; undefined where it says nothing. What is read from its cache is part of what it calls
 * the prompt. Without a word about which tokens are a picture's, those of an answer with a picture are.
 */
function usedBy(answer: GenerateContentResponse): Used | undefined {
    const {
        promptTokenCount,
        candidatesTokenCount = 0,
        candidatesTokensDetails,
        ...others
    } = answer.usageMetadata ?? {};
    if (promptTokenCount === undefined) {
        return undefined;
    }
    const { thoughtsTokenCount = 0, cachedContentTokenCount = 0 } = others;
    const pictures = pictureIn(answer) === undefined ? 0 : 1;
    const drawn = candidatesTokensDetails
        ?.filter(({ modality }) => modality === "IMAGE")
        .reduce((sum, { tokenCount = 0 }) => sum + tokenCount, 0);
    const image_tokens = drawn ?? (pictures > 0 ? candidatesTokenCount : 0);
    return {
        input_tokens: promptTokenCount - cachedContentTokenCount,
        output_tokens: candidatesTokenCount - image_tokens + thoughtsTokenCount,
        image_tokens,
        cache_read_tokens: cachedContentTokenCount,
        pictures,
    };
}

/** What the bytes are, whatever the answer calls them: a page will show them to people. */
function typeOf(data: Buffer): string | undefined {
    const begins = (bytes: string, at = 0) => data.subarray(at, at + bytes.length).equals(Buffer.from(bytes, "latin1"));
    if (begins("\x89PNG\r\n\x1a\n")) {
        return "image/png";
    }
    if (begins("\xff\xd8\xff")) {
        return "image/jpeg";
    }
    return begins("RIFF") && begins("WEBP", 8) ? "image/webp" : undefined;
}

function explained(error: unknown, model: string, outOfTime: boolean): unknown {
    if (error instanceof ApiError) {
        return error;
    }
    if (outOfTime) {
        return tooSlow(SERVICE, error);
    }
    if (error instanceof GeminiError) {
        if (error.status === 429) {
            return throttled(SERVICE, error, secondsAsked(error));
        }
        const why = unavailability(error);
        if (why) {
            return modelUnavailable("picture model", model, why, error);
        }
        if (error.status === 504) {
            return tooSlow(SERVICE, error);
        }
    }
    return badGateway(SERVICE, error);
}

/** Google's refusals of a key that is none or may not: by status, or by words where the status says only "invalid". */
function unavailability({ status, message }: GeminiError): "gone" | "refused" | undefined {
    if (status === 404) {
        return "gone";
    }
    const isRefused =
        status === 401 || status === 403 || (status === 400 && /API key|location is not supported/i.test(message));
    return isRefused ? "refused" : undefined;
}

/** What the answer's `RetryInfo` asks for, as `"retryDelay": "37s"`. */
function secondsAsked({ message }: GeminiError): number | undefined {
    const [, seconds] = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(message) ?? [];
    return seconds === undefined ? undefined : Math.max(1, Math.ceil(Number(seconds)));
}
