/** The failures that the contract names. Each carries what a client shows (`message`) and nothing that is not for it. */

export class ApiError extends Error {
    readonly status: number;
    /** The short form. */
    readonly error: string;
    /** Seconds until another try makes sense. */
    readonly retryAfter?: number;

    constructor(status: number, error: string, message: string, options?: { cause?: unknown; retryAfter?: number }) {
        super(message, { cause: options?.cause });
        this.name = "ApiError";
        this.status = status;
        this.error = error;
        this.retryAfter = options?.retryAfter;
    }
}

export const badRequest = (problems: string[]) =>
    new ApiError(400, "bad_request", `The request is not valid: ${problems.join("; ")}`);

export const forbidden = (message: string) => new ApiError(403, "forbidden", message);

export const refused = (what: string, cause?: unknown) =>
    new ApiError(422, "content_refused", `The ${what} refuses this content. Change the request and try again.`, {
        cause,
    });

export const throttled = (what: string, cause?: unknown) =>
    new ApiError(429, "throttled", `The ${what} has too much to do. Try again in a moment.`, { cause, retryAfter: 30 });

export const badGateway = (what: string, cause?: unknown) =>
    new ApiError(502, "bad_upstream_answer", `The ${what} gave no usable answer. Try again.`, { cause });

export const tooSlow = (what: string, cause?: unknown) =>
    new ApiError(504, "upstream_timeout", `The ${what} took too long. Try again.`, { cause });
