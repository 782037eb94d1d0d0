/** The service's routes and their common middleware. */
import { randomUUID } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { html } from "hono/html";
import { matchedRoutes } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type AgentRoute, agentRoutes } from "../../contract/agentRoutes.ts";
import { answerInSpan, isSampled, isTracing, traceFields } from "../shared/tracing.ts";
import { type Access, requireUser } from "./access.ts";
import { failure, HttpError } from "./responses.ts";
import { audioRoutes, userOrTicket } from "./routes/audio.ts";
import { authRoutes } from "./routes/auth.ts";
import { healthRoutes } from "./routes/health.ts";
import { linkRoutes } from "./routes/link.ts";
import { patternOf, serveRoutes } from "./routes/serve.ts";
import { storiesRoutes } from "./routes/stories.ts";
import { storyRoutes } from "./routes/story.ts";
import type { Service } from "./service.ts";
import { httpErrorOf } from "./works/requestWork.ts";

/** Largest body of a request. */
const MAX_BODY_BYTES = 64 * 1024;

export function createApp(service: Service): Hono<Access> {
    const app = new Hono<Access>();
    const user = requireUser(service.checkToken);

    app.use(inTrace);
    app.use(requestLog(service));
    app.use(secureHeaders({ crossOriginResourcePolicy: false }));
    const crossOrigin = cors({
        origin: service.settings.corsOrigins.includes("*") ? "*" : service.settings.corsOrigins,
        allowHeaders: [
            "Authorization",
            "Content-Type",
            "X-Tech42-TTS-Key",
            "Range",
            "Cache-Control",
            "Pragma",
            "Last-Event-ID",
            "traceparent",
        ],
        exposeHeaders: [
            "Content-Range",
            "Accept-Ranges",
            "Content-Length",
            "Content-Disposition",
            "Retry-After",
            "X-Request-Id",
            "X-Trace-Id",
        ],
        maxAge: 600,
    });
    // Only requests with an Origin need CORS headers, and adding them makes Hono build every answer twice.
    app.use((context, next) => (context.req.header("origin") ? crossOrigin(context, next) : next()));
    // Routes with other methods read no body.
    app.post("*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));

    app.get(patternOf(agentRoutes.downloadNarration), readable);
    const handlers = {
        ...healthRoutes(service),
        ...authRoutes(service),
        ...storyRoutes(service),
        ...storiesRoutes(service),
        ...audioRoutes(service),
        ...linkRoutes(service),
    };
    serveRoutes(app, handlers, { user, userOrTicket: userOrTicket(user) });
    // A request without a token must not reveal which routes exist.
    for (const path of ["/api/v1/story", "/api/v1/stories", "/api/v1/audio"]) {
        app.use(`${path}/*`, user);
    }

    app.notFound((context) => failure(context, new HttpError(404, "Not found", "There is no such route.")));
    app.onError((error, context) => {
        const known = httpErrorOf(error);
        if (known) {
            return failure(context, known);
        }
        service.log.error({ err: error, path: context.req.path }, "request failed");
        return failure(context, isAwsError(error) ? storageDown() : internalError());
    });
    return app;
}

/** Answers a failure as a page when a person follows a link, not when a program calls. */
const readable: MiddlewareHandler = async (context, next) => {
    await next();
    const { status } = context.res;
    if (status < 400 || !context.req.header("accept")?.includes("text/html")) {
        return;
    }
    const advice = {
        401: "Open the story where you are signed in, and use the download link there within an hour. A page of another site needs the address that the narration's status gives.",
        403: "This link has expired. Open the story again and use the new link there.",
        404: "This story has no narration to download. Open the story and have it narrated first.",
    }[status];
    context.res = await context.html(
        html`<!doctype html><html lang="en"><title>No narration</title><p>${advice ?? "Something went wrong. Try again in a moment."}</p></html>`,
        status as ContentfulStatusCode,
    );
};

/** Whether it is an error of an AWS client; its message may name resources, so it is only logged. */
function isAwsError(error: Error): boolean {
    return "$metadata" in error || "$fault" in error;
}

function storageDown(): HttpError {
    return new HttpError(503, "Unavailable", "The stories cannot be reached right now; try again in a moment.", {
        headers: { "Retry-After": "10" },
    });
}

function internalError(): HttpError {
    return new HttpError(500, "Internal error", "Something went wrong on our side. Try again.");
}

const isProbe = (path: string) => path === "/health" || path === "/";

/** The routes that begin a trace. */
const COSTLY = new Set(
    Object.values<AgentRoute>(agentRoutes).flatMap((route) =>
        route.costs ? [`${route.method.toUpperCase()} ${patternOf(route)}`] : [],
    ),
);

/**
 * Makes a request a span if it is to cost something or its caller records a trace: a span for each cheap request would take
 * longer than the limit of 3 % of p99. The span is named by the route, since a path may contain a story's id.
 */
const inTrace: MiddlewareHandler = async (context, next) => {
    if (!isTracing()) {
        return next();
    }
    const { method } = context.req;
    const headers = { traceparent: context.req.header("traceparent") };
    const route = matchedRoutes(context).findLast((one) => one.method === method)?.path ?? "*";
    if (!COSTLY.has(`${method} ${route}`) && !isSampled(headers)) {
        return next();
    }
    await answerInSpan({ method, route, headers }, async () => {
        const { trace_id } = traceFields();
        if (trace_id) {
            context.header("X-Trace-Id", trace_id);
        }
        await next();
        return context.res;
    });
};

/** Logs one line per request: never the query, which may contain a ticket, nor the body or headers. */
function requestLog({ log }: Service): MiddlewareHandler {
    return async (context, next) => {
        const started = performance.now();
        const requestId = randomUUID();
        context.header("X-Request-Id", requestId);
        await next();
        const { method, path } = context.req;
        log[isProbe(path) ? "debug" : "info"](
            {
                request_id: requestId,
                method,
                path,
                status: context.res.status,
                milliseconds: Math.round(performance.now() - started),
            },
            "request",
        );
    };
}

function tooLarge(context: Context): Response {
    return failure(context, new HttpError(413, "Too large", `The body may have at most ${MAX_BODY_BYTES} bytes.`));
}
