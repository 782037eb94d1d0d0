/** The service's answers: one envelope for success and failure, and errors that tell a person what to do. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";

/** An error whose message the caller gets. */
export class HttpError extends HTTPException {
    /** Short name of the error. */
    readonly error: string;
    readonly headers: Record<string, string>;
    /** Additional fields of the answer. */
    readonly fields: Record<string, unknown>;

    constructor(
        status: ContentfulStatusCode,
        error: string,
        message: string,
        options: { headers?: Record<string, string>; fields?: Record<string, unknown>; cause?: unknown } = {},
    ) {
        super(status, { message, cause: options.cause });
        this.error = error;
        this.headers = options.headers ?? {};
        this.fields = options.fields ?? {};
    }
}

/** Success. The fields of `data` are repeated at the top level, where deployed clients read them. */
export function success(context: Context, message: string, data: Record<string, unknown>): Response {
    return context.json({ ...data, success: true, message: data.message ?? message, data, error: null });
}

/** Failure in the same envelope; clients of earlier versions read `detail`. */
export function failure(context: Context, problem: HttpError): Response {
    for (const [name, value] of Object.entries(problem.headers)) {
        context.header(name, value);
    }
    const { error, message, fields } = problem;
    return context.json({ ...fields, success: false, message, detail: message, data: null, error }, problem.status);
}

/** Parses the body by `schema`; 400 with every missing or wrong field otherwise. */
export async function bodyAs<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.infer<Schema>> {
    const text = await context.req.text();
    let body: unknown;
    try {
        body = text.trim() === "" ? {} : JSON.parse(text);
    } catch {
        throw new HttpError(400, "Bad request", "The body is not JSON.");
    }
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
        const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
        throw new HttpError(400, "Bad request", `Wrong or missing: ${problems.join("; ")}`);
    }
    return parsed.data;
}

export const notFound = () => new HttpError(404, "Not found", "This story does not exist, or it is not one of yours.");
