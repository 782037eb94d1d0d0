/** JSON lines on standard output, one per event, without anything that lets somebody in. */
import { destination, type Logger, pino } from "pino";
import { traceFields } from "../shared/tracing.ts";

export type { Logger } from "pino";

/** What the service is called in logs, counts and traces. */
export const serviceName = "story-generator";

/** Log levels as the deployment's settings name them. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL"] as const;

const LEVELS: Record<(typeof LOG_LEVELS)[number], string> = {
    DEBUG: "debug",
    INFO: "info",
    WARN: "warn",
    WARNING: "warn",
    ERROR: "error",
    CRITICAL: "fatal",
};

export function createLogger(level: (typeof LOG_LEVELS)[number]): Logger {
    return pino(
        {
            level: LEVELS[level],
            base: { service: serviceName },
            mixin: traceFields,
            timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
            formatters: { level: (name) => ({ level: name.toUpperCase() }) },
            messageKey: "message",
            redact: {
                paths: [
                    "*.authorization",
                    "*.Authorization",
                    "*.password",
                    "*.key",
                    "*.token",
                    "err.config",
                    "err.options",
                ],
                censor: "[hidden]",
            },
            // An SDK error carries the whole request it failed on; only what tells a reader something is kept.
            serializers: { err: plainError },
        },
        // Nobody waits while a line is written; what is not yet written when the process ends is then.
        destination({ sync: false }),
    );
}

function plainError(error: unknown): unknown {
    if (!(error instanceof Error)) {
        return { message: String(error) };
    }
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number; requestId?: string } };
    return {
        name: error.name,
        message: error.message,
        stack: error.stack,
        ...($metadata ? { status: $metadata.httpStatusCode, request_id: $metadata.requestId } : {}),
        ...(error.cause ? { cause: plainError(error.cause) } : {}),
    };
}
