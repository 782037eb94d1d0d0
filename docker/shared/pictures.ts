/** Draws pictures with Google's Gemini API: one picture per call, earlier pictures as references. */
import { ApiError as GeminiError, type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import type { Span } from "@opentelemetry/api";
import type { Used } from "../../contract/usage.ts";
import { ApiError, badGateway, modelUnavailable, refused, throttled, tooSlow } from "./apiErrors.ts";
import { compactPicture } from "./compactPicture.ts";
import { upstreamTimeoutMs } from "./environment.ts";
import { inSpan, modelCall, recordAnswer, recordContent, traceHeaders } from "./tracing.ts";
import { metered } from "./usage/meter.ts";

/** A picture that the new picture shall resemble. */
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
    /** Draws a picture for a description: in the model's format, or as JPEG if it is large. */
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

/** Draws with a Gemini model; `GOOGLE_GEMINI_BASE_URL` sets another server. */
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
                    // Some answers have no picture; a retry of the same question usually has one.
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
    const deadline = AbortSignal.timeout(upstreamTimeoutMs());
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
                config: {
                    responseModalities: ["IMAGE"],
                    abortSignal: AbortSignal.any([signal, deadline]),
                    httpOptions: { headers: traceHeaders() },
                },
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
        return compactPicture({ data, mimeType });
    } catch (error) {
        throw explained(error, model, signal.aborted || deadline.aborted);
    }
}

/** The picture of an answer in base64, without pictures of the model's thoughts. */
function pictureIn({ candidates }: GenerateContentResponse): string | undefined {
    const parts = candidates?.[0]?.content?.parts ?? [];
    return parts.find((part) => part.inlineData?.data && !part.thought)?.inlineData?.data;
}

/**
 * The usage in Google's answer; undefined when the answer has none. Google counts cached tokens as part of the prompt. When
 * the answer does not say which tokens are the picture's, all tokens of an answer with a picture count as such.
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

/** The media type by the bytes, not by the answer's label: a page shows them to people. */
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
            return throttled(SERVICE, error, retryAfterSeconds(error));
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

/** Google's errors for an invalid or unauthorized key: by status, or by message where the status is only "invalid". */
function unavailability({ status, message }: GeminiError): "gone" | "refused" | undefined {
    if (status === 404) {
        return "gone";
    }
    const isRefused =
        status === 401 || status === 403 || (status === 400 && /API key|location is not supported/i.test(message));
    return isRefused ? "refused" : undefined;
}

/** The delay in the answer's `RetryInfo`, such as `"retryDelay": "37s"`. */
function retryAfterSeconds({ message }: GeminiError): number | undefined {
    const [, seconds] = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(message) ?? [];
    return seconds === undefined ? undefined : Math.max(1, Math.ceil(Number(seconds)));
}
