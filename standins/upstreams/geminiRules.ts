/** The models of the Gemini API, and its errors for other models, each with its source. */

/** An error of Google's. */
export interface GeminiProblem {
    code: number;
    status: string;
    message: string;
}

interface GeminiRule {
    name: string;
    /** The source: a document, or a place that quotes Google's answer. */
    source: string;
    refuses(model: string): GeminiProblem | undefined;
}

/** Available models. */
const AVAILABLE = [
    "gemini-nano-banana-2.1",
    "gemini-3-pro-image",
    "gemini-3.1-flash-lite",
    "gemini-3.5-flash",
    "gemini-3.8-flash",
];

/** Models that were shut down. */
const SHUT_DOWN = [
    "gemini-2.0-flash",
    "gemini-2.0-flash-lite",
    "gemini-2.5-flash-image-preview",
    "gemini-2.5-flash-image",
    "gemini-3-pro-image-preview",
    "gemini-3.1-flash-image-preview",
    "gemini-3.1-flash-image",
];

const notFound = (message: string): GeminiProblem => ({ code: 404, status: "NOT_FOUND", message });

export const geminiRules: readonly GeminiRule[] = [
    {
        name: "a model that was shut down",
        source: "Gemini API, Deprecations (6 October 2026); the words: Google's answers for gemini-2.0-flash",
        refuses: (model) =>
            SHUT_DOWN.includes(model)
                ? notFound(
                      `This model models/${model} is no longer available. Please update your code to use a newer model for the latest features and improvements.`,
                  )
                : undefined,
    },
    {
        name: "an unknown model",
        source: "Gemini API, Models; the words: Google's answers for gemini-pro and gemini-1.5-flash",
        refuses: (model) =>
            AVAILABLE.includes(model)
                ? undefined
                : notFound(
                      `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
                  ),
    },
];

/** The first rule's refusal of a model. */
export function refusalOfModel(model: string): GeminiProblem | undefined {
    return geminiRules.map((rule) => rule.refuses(model)).find((problem) => problem !== undefined);
}
