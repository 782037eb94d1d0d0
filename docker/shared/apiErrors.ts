/** The errors of the contract. Each has a `message` for the client, and nothing that the client must not see. */

export class ApiError extends Error {
    readonly status: number;
    /** The short form. */
    readonly error: string;
    /** Seconds after which the client may retry. */
    readonly retryAfter?: number;
    /** Additional log fields; never text that a person wrote. */
    readonly logged?: Record<string, string>;
    /** Additional fields of the answer. */
    readonly fields?: Record<string, unknown>;

    constructor(
        status: number,
        error: string,
        message: string,
        options?: {
            cause?: unknown;
            retryAfter?: number;
            logged?: Record<string, string>;
            fields?: Record<string, unknown>;
        },
    ) {
        super(message, { cause: options?.cause });
        this.name = "ApiError";
        this.status = status;
        this.error = error;
        this.retryAfter = options?.retryAfter;
        this.logged = options?.logged;
        this.fields = options?.fields;
    }
}

export const badRequest = (problems: string[]) =>
    new ApiError(400, "bad_request", `The request is not valid: ${problems.join("; ")}`);

export const forbidden = (message: string) => new ApiError(403, "forbidden", message);

export const refused = (what: string, cause?: unknown) =>
    new ApiError(422, "content_refused", `The ${what} declined this request. Change it and try again.`, {
        cause,
    });

/** `retryAfter`: seconds that the upstream asks for. Default: 30. */
export const throttled = (what: string, cause?: unknown, retryAfter = 30) =>
    new ApiError(429, "throttled", `The ${what} is busy. Try again in a moment.`, { cause, retryAfter });

export const badGateway = (what: string, cause?: unknown) =>
    new ApiError(502, "bad_upstream_answer", `The ${what} gave no usable answer. Try again.`, { cause });

/** The configured model can't be used; a retry does not help. */
export const modelUnavailable = (what: string, model: string, why: "gone" | "refused", cause?: unknown) =>
    new ApiError(
        502,
        "model_unavailable",
        `The ${what} ${model} can't be used: ${why === "gone" ? "it no longer exists" : "access to it is refused"}. Whoever runs this service has to choose another or ask for access.`,
        { cause, logged: { model, why } },
    );

export const tooSlow = (what: string, cause?: unknown) =>
    new ApiError(504, "upstream_timeout", `The ${what} took too long. Try again.`, { cause });
