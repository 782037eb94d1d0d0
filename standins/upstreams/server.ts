/**
 * The upstreams of Story-42 on one loopback port, with their wire protocols: Bedrock Converse (HTTP/1.1 and HTTP/2 without TLS),
 * Gemini, DuckDuckGo's pages, Brave's web search and the Tech42 text-to-speech API. Equal requests get equal answers. Paths
 * begin with a secret, since recorded requests contain keys, and faults can be set.
 */
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { guarded, newSecret } from "../http.ts";
import { answerBedrock } from "./bedrock.ts";
import { answerAboutModels, isAboutModels } from "./bedrockModels.ts";
import { answerBrave, isBrave } from "./brave.ts";
import { CONSOLE_PATH, Console } from "./console/console.ts";
import { answerControl, CONTROL_PATH, type Control, newControl, type RecordedRequest, shortened } from "./control.ts";
import { isOfControlPlane, passOn } from "./controlPlane.ts";
import { answerDuckDuckGo } from "./duckduckgo.ts";
import { Exchange, type Request, type Response, readBody } from "./exchange.ts";
import type { Upstream } from "./faults.ts";
import { answerGemini } from "./gemini.ts";
import { answerApplyGuardrail, isApplyGuardrail } from "./guardrails/apply.ts";
import { answerTraces, TRACES_PATH } from "./traces.ts";
import { SpeechApi } from "./tts.ts";

export interface UpstreamsOptions {
    /** Port to listen on. Default 0: a free one. */
    port?: number;
    /** Address to listen on. Default 127.0.0.1. */
    host?: string;
    /** The first segment of its paths. Default: random. */
    secret?: string;
    /** The file for the spans that are sent to `tracesUrl`. Default: none. */
    tracesFile?: string;
}

export interface Upstreams {
    url: string;
    /** For `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`. */
    bedrockUrl: string;
    /** For `GOOGLE_GEMINI_BASE_URL`. */
    geminiUrl: string;
    /** The HTML search page; the lite page is `/lite/` on the same port. */
    duckduckgoUrl: string;
    /** Brave's web search. */
    braveUrl: string;
    /** For `TECH42_TTS_API_URL`. */
    ttsUrl: string;
    /** For `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. */
    tracesUrl: string;
    /** The page that shows requests and sets faults. */
    consoleUrl: string;
    control: Control;
    /** The requests since the last reset, of one upstream or of all. */
    requests(upstream?: Upstream): RecordedRequest[];
    stop(): Promise<void>;
}

type Answer = (exchange: Exchange) => Promise<void>;

/** Starts the server. Throws when the port is taken. */
export async function startUpstreams({
    port = 0,
    host = "127.0.0.1",
    secret = newSecret(),
    tracesFile,
}: UpstreamsOptions = {}): Promise<Upstreams> {
    const control = newControl();
    const ended = new AbortController();
    const speech = new SpeechApi();
    const answers: Record<Upstream, Answer> = {
        bedrock: (exchange) => {
            if (isApplyGuardrail(exchange.path)) {
                return answerApplyGuardrail(exchange, control.findGuardrail);
            }
            return isAboutModels(exchange.path) ? answerAboutModels(exchange) : answerBedrock(exchange, control);
        },
        gemini: answerGemini,
        duckduckgo: answerDuckDuckGo,
        brave: answerBrave,
        tts: (exchange) => speech.answer(exchange),
    };
    const ownConsole = new Console(control, tracesFile);
    const upstreamListener = guarded<Request, Response>({ secret }, (request, response) => {
        void serve(request, response, { control, answers, ended: ended.signal, tracesFile });
    });
    // The console is a site: its own page may call it, but no other part of this server.
    const consoleListener = guarded<Request, Response>({ secret, isSite: true }, (request, response) => {
        void handle(request, response, (exchange) => ownConsole.answer(exchange));
    });
    const listener = (request: Request, response: Response) =>
        (isConsole(request.url ?? "") ? consoleListener : upstreamListener)(request, response);
    const http1 = createHttpServer(listener);
    const http2 = createHttp2Server(listener);
    const server = listen(http1, http2);
    server.listen(port, host);
    await once(server, "listening");
    const url = `http://${host}:${(server.address() as AddressInfo).port}/${secret}`;
    return {
        url,
        bedrockUrl: url,
        geminiUrl: url,
        duckduckgoUrl: `${url}/html/`,
        braveUrl: `${url}/res/v1/web/search`,
        ttsUrl: url,
        tracesUrl: `${url}${TRACES_PATH}`,
        consoleUrl: `${url}${CONSOLE_PATH}/`,
        control,
        requests: (upstream) => control.requests(upstream),
        stop: async () => {
            ended.abort();
            await server.end();
        },
    };
}

interface ServeContext {
    control: Control;
    answers: Record<Upstream, Answer>;
    ended: AbortSignal;
    tracesFile: string | undefined;
}

async function serve(
    request: Request,
    response: Response,
    { control, answers, ended, tracesFile }: ServeContext,
): Promise<void> {
    await handle(request, response, async (exchange) => {
        if (exchange.path.startsWith(CONTROL_PATH)) {
            await answerControl(exchange, control);
            return;
        }
        if (exchange.path === TRACES_PATH) {
            await answerTraces(exchange, tracesFile);
            return;
        }
        if (control.controlPlane && isOfControlPlane(exchange.path)) {
            await passOn(exchange, control.controlPlane);
            return;
        }
        const upstream = upstreamOf(exchange.path);
        if (!upstream) {
            await exchange.sendJson(404, { message: `No upstream has the path ${exchange.path}` });
            return;
        }
        const recorded = control.record(upstream, exchange);
        try {
            await answer(exchange, answers[upstream], ended);
            control.count(exchange);
        } finally {
            recorded.status = exchange.status;
            recorded.milliseconds = Date.now() - recorded.at;
            recorded.answer = exchange.answer === undefined ? undefined : shortened(JSON.stringify(exchange.answer));
        }
    });
}

async function handle(
    request: Request,
    response: Response,
    answer: (exchange: Exchange) => Promise<void>,
): Promise<void> {
    try {
        await answer(new Exchange(request, response, await readBody(request)));
    } catch (error) {
        // A client that disconnects early is no error of this server.
        if (!response.destroyed) {
            console.error(error);
            request.socket?.destroy();
        }
    }
}

/** Applies the faults that are the same for all upstreams; upstreams apply the others. */
async function answer(exchange: Exchange, answerOfUpstream: Answer, ended: AbortSignal): Promise<void> {
    const { fault } = exchange;
    if (fault?.kind === "down") {
        exchange.breakConnection();
        return;
    }
    if (fault?.kind === "garbage") {
        await exchange.send(200, { "content-type": "text/html" }, "<html><body>It works!</body></html>");
        return;
    }
    if (fault?.kind === "stall" && !fault.midway) {
        await Promise.race([exchange.gone(ended), sleep(fault.milliseconds ?? 2 ** 31 - 1, undefined, { ref: false })]);
        if (fault.milliseconds === undefined || ended.aborted) {
            return;
        }
    }
    await answerOfUpstream(exchange);
}

/** Whether a URL, after its secret, is the console's. */
function isConsole(url: string): boolean {
    const [, path = ""] = /^\/[^/?]*(\/[^?]*)/.exec(url) ?? [];
    return path === CONSOLE_PATH || path.startsWith(`${CONSOLE_PATH}/`);
}

function upstreamOf(path: string): Upstream | undefined {
    if (path.startsWith("/model/") || isAboutModels(path) || isApplyGuardrail(path)) {
        return "bedrock";
    }
    if (/^\/v1(alpha|beta)?\//.test(path)) {
        return "gemini";
    }
    if (path.startsWith("/html") || path.startsWith("/lite")) {
        return "duckduckgo";
    }
    if (isBrave(path)) {
        return "brave";
    }
    return /^\/(voices|admin|generate)\b/.test(path) ? "tts" : undefined;
}

/** The first bytes of an HTTP/2 connection, which no HTTP/1.1 request has. */
const HTTP2_PREFACE = "PRI";

/** One port for both protocols, which are distinguished by the first bytes of a connection. */
function listen(http1: HttpServer, http2: Http2Server): Server & { end: () => Promise<void> } {
    const sockets = new Set<Socket>();
    const sessions = new Set<ServerHttp2Session>();
    http2.on("session", (session) => {
        sessions.add(session);
        session.once("close", () => sessions.delete(session));
        session.on("error", () => session.destroy());
    });
    http2.on("sessionError", () => undefined);
    http1.on("clientError", (_error, socket) => socket.destroy());
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        socket.once("data", (first: Buffer) => {
            socket.pause();
            socket.unshift(first);
            const isHttp2 = first.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
            (isHttp2 ? http2 : http1).emit("connection", socket);
            process.nextTick(() => socket.resume());
        });
    });
    const end = async () => {
        const closed = once(server, "close");
        server.close();
        for (const session of sessions) {
            session.destroy();
        }
        for (const socket of sockets) {
            socket.destroy();
        }
        await closed;
    };
    return Object.assign(server, { end });
}
