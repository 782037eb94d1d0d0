/** One execution environment of a function: its process, and the Lambda Runtime API that the process calls. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Launch } from "./launcher.ts";

export interface Invocation {
    requestId: string;
    /** ARN that was invoked, with its qualifier. */
    arn: string;
    /** Milliseconds since 1970. */
    deadline: number;
    /** The event, as JSON. */
    event: string;
    traceId?: string;
}

/** The function failed; `message` is what Lambda would report. */
export class FunctionFailure extends Error {
    readonly type: string;

    constructor(type: string, message: string) {
        super(message);
        this.name = "FunctionFailure";
        this.type = type;
    }
}

interface Current {
    invocation: Invocation;
    resolve(result: string): void;
    reject(error: Error): void;
}

const INIT_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;

export class Sandbox {
    readonly #process: ChildProcess;
    readonly #ready: Promise<void>;
    #isReady: () => void = () => {};
    #notReady: (error: Error) => void = () => {};
    #waiting: ServerResponse | undefined;
    #current: Current | undefined;
    #hasEnded = false;
    readonly #gone: Promise<void>;

    /** `log`: where the process's output goes. */
    constructor({ command: [program = "", ...args], cwd, env, ended }: Launch, log: Writable) {
        this.#ready = new Promise((resolve, reject) => {
            this.#isReady = resolve;
            this.#notReady = reject;
        });
        this.#ready.catch(() => undefined);
        this.#process = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
        this.#process.stdout?.pipe(log, { end: false });
        this.#process.stderr?.pipe(log, { end: false });
        this.#gone = once(this.#process, "exit").then(ended, ended);
        const timer = setTimeout(
            () => this.#fail("Sandbox.Timedout", `Init took longer than ${INIT_TIMEOUT_MS / 1000} s`),
            INIT_TIMEOUT_MS,
        );
        this.#ready.then(
            () => clearTimeout(timer),
            () => clearTimeout(timer),
        );
        this.#process.once("error", (error) => this.#fail("Runtime.InvalidEntrypoint", error.message));
        this.#process.once("exit", (code, signal) => {
            this.#fail(
                "Runtime.ExitError",
                `Runtime exited with ${signal ?? `status ${code}`}; see the function's log`,
            );
        });
    }

    get hasEnded(): boolean {
        return this.#hasEnded;
    }

    /** Resolves when the function waits for its first event. Throws FunctionFailure when it does not get that far. */
    async ready(): Promise<void> {
        await this.#ready;
    }

    /** The handler's answer as JSON. Throws FunctionFailure. */
    async invoke(invocation: Invocation): Promise<string> {
        await this.#ready;
        return new Promise((resolve, reject) => {
            const timer = setTimeout(
                () => this.#fail("Sandbox.Timedout", `${invocation.requestId} Task timed out`),
                Math.max(0, invocation.deadline - Date.now()),
            );
            const settle = () => {
                clearTimeout(timer);
                this.#current = undefined;
            };
            this.#current = {
                invocation,
                resolve: (result) => {
                    settle();
                    resolve(result);
                },
                reject: (error) => {
                    settle();
                    reject(error);
                },
            };
            this.#deliver();
        });
    }

    /** Ends the process; kills it when it does not end in time. */
    async stop(): Promise<void> {
        this.#hasEnded = true;
        this.#waiting?.destroy();
        if (this.#process.pid === undefined) {
            return;
        }
        this.#process.kill("SIGTERM");
        const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);
        await this.#gone;
        clearTimeout(timer);
    }

    /** Answers the process's calls of the Runtime API; `path` without the API's version. */
    async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
        if (path === "/runtime/invocation/next") {
            this.#waiting = response;
            this.#isReady();
            this.#deliver();
            return;
        }
        const body = await text(request);
        response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
        if (path === "/runtime/init/error") {
            const { errorType, errorMessage } = errorOf(body);
            this.#fail(errorType, errorMessage);
        } else if (path.endsWith("/error")) {
            const { errorType, errorMessage } = errorOf(body);
            this.#current?.reject(new FunctionFailure(errorType, errorMessage));
        } else {
            this.#current?.resolve(
                request.headers["lambda-runtime-function-response-mode"] === "streaming" ? buffered(body) : body,
            );
        }
    }

    #deliver(): void {
        if (!this.#waiting || !this.#current) {
            return;
        }
        const { invocation } = this.#current;
        this.#waiting.writeHead(200, {
            "content-type": "application/json",
            "lambda-runtime-aws-request-id": invocation.requestId,
            "lambda-runtime-deadline-ms": String(invocation.deadline),
            "lambda-runtime-invoked-function-arn": invocation.arn,
            ...(invocation.traceId ? { "lambda-runtime-trace-id": invocation.traceId } : {}),
        });
        this.#waiting.end(invocation.event);
        this.#waiting = undefined;
    }

    /** Fails the current invocation and ends the sandbox. */
    #fail(type: string, message: string): void {
        const wasStopped = this.#hasEnded;
        this.#hasEnded = true;
        const error = new FunctionFailure(type, message);
        this.#notReady(error);
        this.#current?.reject(error);
        if (!wasStopped && this.#process.exitCode === null) {
            this.#process.kill("SIGKILL");
        }
    }
}

function errorOf(body: string): { errorType: string; errorMessage: string } {
    try {
        const { errorType = "Error", errorMessage = "" } = JSON.parse(body);
        return { errorType: String(errorType), errorMessage: String(errorMessage) };
    } catch {
        return { errorType: "Runtime.Unknown", errorMessage: body.slice(0, 1_000) };
    }
}

/** Converts a streamed answer, whose head and body are separated by eight zero bytes, to one object for a buffering gateway. */
function buffered(answer: string): string {
    const at = answer.indexOf("\0".repeat(8));
    if (at < 0) {
        return answer;
    }
    return JSON.stringify({ ...JSON.parse(answer.slice(0, at)), body: answer.slice(at + 8) });
}
