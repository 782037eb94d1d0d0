/** A debugger of Node's inspector protocol (https://chromedevtools.github.io/devtools-protocol/v8/Debugger/). */
import { once } from "node:events";
import { SourceMap, type SourceMapPayload } from "node:module";
import { freePort, isFree } from "../../../local/lib/ports.ts";

interface Script {
    scriptId: string;
    url: string;
    sourceMapURL?: string;
}

interface Paused {
    callFrames: { location: { scriptId: string; lineNumber: number; columnNumber: number } }[];
}

/** A line of a source file. */
export interface SourceLine {
    /** The file's URL. */
    file: string;
    /** From 1. */
    line: number;
}

export class Debugger {
    readonly #socket: WebSocket;
    readonly #scripts = new Map<string, Script>();
    readonly #answers = new Map<number, (result: unknown) => void>();
    /** Rejects when the connection ends. */
    readonly #ended: Promise<never>;
    #paused: (event: Paused) => void = () => undefined;
    #calls = 0;

    private constructor(socket: WebSocket) {
        this.#socket = socket;
        this.#ended = once(socket, "close").then(() => {
            throw new Error("The debugger was disconnected");
        });
        this.#ended.catch(() => undefined);
        socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
    }

    /** Attaches as editors do: to the target that the port lists. */
    static async attach(port: number): Promise<Debugger> {
        const listed = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
        const [target] = listed as { webSocketDebuggerUrl: string }[];
        const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
        await once(socket, "open");
        const attached = new Debugger(socket);
        await attached.#send("Debugger.enable");
        return attached;
    }

    /** Sets a breakpoint in the one line of the running code that has a text. */
    async breakAt(text: string): Promise<void> {
        for (const { scriptId } of this.#ofBundles()) {
            const { scriptSource } = await this.#send<{ scriptSource: string }>("Debugger.getScriptSource", {
                scriptId,
            });
            const lineNumber = scriptSource.split("\n").findIndex((line) => line.includes(text));
            if (lineNumber >= 0) {
                await this.#send("Debugger.setBreakpoint", { location: { scriptId, lineNumber } });
                return;
            }
        }
        throw new Error(`No script has a line with ${text}`);
    }

    /** Resolves at the next breakpoint to the line of the source file. */
    async paused(): Promise<SourceLine> {
        const paused = new Promise<Paused>((resolve) => {
            this.#paused = resolve;
        });
        const { callFrames } = await Promise.race([paused, this.#ended]);
        const [frame] = callFrames;
        const script = this.#scripts.get(frame?.location.scriptId ?? "");
        if (!frame || !script) {
            throw new Error("It paused in no script");
        }
        const encoded = (script.sourceMapURL ?? "").replace(/^data:[^,]*base64,/, "");
        const payload = JSON.parse(Buffer.from(encoded, "base64").toString()) as SourceMapPayload;
        const entry = new SourceMap(payload).findEntry(frame.location.lineNumber, frame.location.columnNumber);
        if (!("originalSource" in entry)) {
            throw new Error("The source map does not have the line");
        }
        const { originalSource, originalLine } = entry;
        return { file: new URL(`${payload.sourceRoot}${originalSource}`).href, line: originalLine + 1 };
    }

    async resume(): Promise<void> {
        await this.#send("Debugger.resume");
    }

    close(): void {
        this.#socket.close();
    }

    #ofBundles(): Script[] {
        return [...this.#scripts.values()].filter(({ url }) => url.endsWith(".mjs"));
    }

    async #send<Result>(method: string, params: object = {}): Promise<Result> {
        this.#calls += 1;
        const id = this.#calls;
        const answer = new Promise((resolve) => this.#answers.set(id, resolve));
        this.#socket.send(JSON.stringify({ id, method, params }));
        return (await Promise.race([answer, this.#ended])) as Result;
    }

    #take({ id, result, method, params }: { id?: number; result?: unknown; method?: string; params?: unknown }): void {
        if (id !== undefined) {
            this.#answers.get(id)?.(result);
        } else if (method === "Debugger.scriptParsed") {
            const script = params as Script;
            this.#scripts.set(script.scriptId, script);
        } else if (method === "Debugger.paused") {
            this.#paused(params as Paused);
        }
    }
}

/** The first of several free ports in a row. */
export async function freePorts(count: number): Promise<number> {
    for (;;) {
        const first = await freePort();
        const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
        if (!free.includes(false)) {
            return first;
        }
    }
}
