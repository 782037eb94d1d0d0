/** JSON lines on standard output, one per event, without credentials. */
import { destination, type Logger, pino } from "pino";
import { traceFields } from "../shared/tracing.ts";

export type { Logger } from "pino";

/** The service's name in logs, metrics and traces. */
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
            // An SDK error contains the whole failed request; only the useful fields are logged.
            serializers: { err: plainError },
        },
        // Lines are written asynchronously; pino flushes the rest when the process ends.
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
