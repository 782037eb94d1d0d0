/** The service's dependencies in its tests: the emulator, and upstreams that can be slow or down. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ministackCommand } from "../tools.ts";
import { unusedPort } from "./world.ts";

const { EventStreamCodec } = createRequire(new URL("../../../docker/package.json", import.meta.url))(
    "@smithy/core/event-streams",
);

/** Starts an emulator with its own port and folder. */
export async function startEmulator(): Promise<{ url: string; stop: () => Promise<void> }> {
    const port = await unusedPort();
    const folder = await mkdtemp(join(tmpdir(), "story-42-emulator-"));
    const emulator = spawn(await ministackCommand(), ["-m", "ministack"], {
        cwd: folder,
        env: {
            ...process.env,
            BIND_HOST: "127.0.0.1",
            GATEWAY_PORT: String(port),
            IOT_MTLS_ENABLED: "0",
            SFTP_ENABLED: "0",
            MINISTACK_REGION: "us-east-1",
        },
        stdio: "ignore",
    });
    await Promise.race([healthy(`http://127.0.0.1:${port}`), failed(emulator)]);
    return {
        url: `http://127.0.0.1:${port}`,
        stop: async () => {
            emulator.kill();
            await once(emulator, "exit");
            await rm(folder, { recursive: true, force: true });
        },
    };
}

async function healthy(url: string): Promise<void> {
    while (
        !(await fetch(`${url}/_ministack/health`).then(
            (answer) => answer.ok,
            () => false,
        ))
    ) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

async function failed(emulator: ChildProcess): Promise<never> {
    const [code] = await Promise.race([once(emulator, "exit"), once(emulator, "error")]);
    throw new Error(`the emulator did not start: ${code}`);
}

export type Upstream = "model" | "search" | "speech" | "api" | "functions";

/** Model, search, speech, the REST API and the functions behind it on one port, each of which can be slowed down or switched off. */
export interface TestUpstreams {
    url: string;
    slow(upstream: Upstream, milliseconds: number): void;
    down(upstream: Upstream): void;
    /** Holds every call that contains none of the words of `letGo`. */
    hold(upstream: Upstream): void;
    letGo(upstream: Upstream, words: string): void;
    /** Answers 200 with an invalid body. */
    nonsense(upstream: Upstream): void;
    /** Breaks off the next answer of the model. */
    breakOffOnce(): void;
    /** The model answers with a content filter. */
    refuse(): void;
    heal(): void;
    calls(upstream: Upstream): number;
    lastSpeechKey(): string | undefined;
    stop(): Promise<void>;
}

export async function startUpstreams(): Promise<TestUpstreams> {
    const delays = new Map<Upstream, number>();
    const down = new Set<Upstream>();
    const nonsense = new Set<Upstream>();
    const held = new Map<Upstream, { free: string[]; waiting: { body: string; go: () => void }[] }>();
    const release = (upstream: Upstream, words: string) => {
        held.get(upstream)?.free.push(words);
        for (const { body, go } of held.get(upstream)?.waiting ?? []) {
            if (body.includes(words)) {
                go();
            }
        }
    };
    const calls = { model: 0, search: 0, speech: 0, api: 0, functions: 0 };
    let refusing = false;
    let breaking = false;
    let speechKey: string | undefined;
    const server = createServer(async (request, response) => {
        const upstream = upstreamOf(request.url ?? "");
        calls[upstream] += 1;
        if (upstream === "speech") {
            speechKey = request.headers.authorization?.replace("Bearer ", "");
        }
        const body = await textOf(request);
        await new Promise((resolve) => setTimeout(resolve, delays.get(upstream) ?? 0));
        const holding = held.get(upstream);
        if (holding && !holding.free.some((words) => body.includes(words))) {
            await new Promise<void>((go) => holding.waiting.push({ body, go }));
        }
        if (down.has(upstream)) {
            response.writeHead(503).end();
        } else if (nonsense.has(upstream)) {
            response.end("nonsense");
        } else if (breaking && upstream === "model") {
            breaking = false;
            response.write(streamed("messageStart", { role: "assistant" }), () => response.destroy());
        } else if (refusing && upstream === "model") {
            refuse(response);
        } else {
            ANSWERS[upstream](response, request, body);
        }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        slow: (upstream, milliseconds) => delays.set(upstream, milliseconds),
        down: (upstream) => down.add(upstream),
        hold: (upstream) => held.set(upstream, { free: [], waiting: [] }),
        letGo: release,
        nonsense: (upstream) => nonsense.add(upstream),
        refuse: () => {
            refusing = true;
        },
        breakOffOnce: () => {
            breaking = true;
        },
        heal: () => {
            breaking = false;
            refusing = false;
            delays.clear();
            for (const upstream of held.keys()) {
                release(upstream, "");
            }
            held.clear();
            down.clear();
            nonsense.clear();
        },
        calls: (upstream) => calls[upstream],
        lastSpeechKey: () => speechKey,
        stop: async () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

function upstreamOf(url: string): Upstream {
    if (url.startsWith("/model/")) {
        return "model";
    }
    if (url.startsWith("/stage/")) {
        return "api";
    }
    if (url.startsWith("/2015-03-31/functions/")) {
        return "functions";
    }
    return url.startsWith("/html") ? "search" : "speech";
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
}

const ANSWERS: Record<Upstream, (response: ServerResponse, request: IncomingMessage, body: string) => void> = {
    model: (response, _request, body) => {
        const { tools } = JSON.parse(body).toolConfig;
        const { toolSpec } = tools.find((tool: { toolSpec?: { name: string } }) =>
            tool.toolSpec?.name.includes("structured_output"),
        );
        const input = JSON.stringify(example(toolSpec.inputSchema.json));
        response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
        for (const [type, content] of [
            ["messageStart", { role: "assistant" }],
            [
                "contentBlockStart",
                { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t", name: toolSpec.name } } },
            ],
            ["contentBlockDelta", { contentBlockIndex: 0, delta: { toolUse: { input } } }],
            ["contentBlockStop", { contentBlockIndex: 0 }],
            ["messageStop", { stopReason: "tool_use" }],
        ] as const) {
            response.write(streamed(type, content));
        }
        response.end();
    },
    search: (response) => {
        response.end(
            '<div class="result"><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org">A fox</a>' +
                '<a class="result__snippet">About foxes</a></div>',
        );
    },
    speech: (response, { url }, body) => {
        if (url === "/voices") {
            response.end(JSON.stringify({ voices: [{ id: "en-Alice_woman" }, { id: "en-Bob_man" }] }));
            return;
        }
        const samples = Buffer.alloc(JSON.parse(body).script.length * 200, 1);
        const header = Buffer.from("RIFF....WAVEfmt ................data....", "latin1");
        header.writeUInt32LE(16, 16);
        const wav = Buffer.concat([header.subarray(0, 20), Buffer.alloc(24), samples]);
        for (const [at, value] of [
            [20, 1],
            [22, 1],
            [32, 2],
            [34, 16],
        ] as const) {
            wav.writeUInt16LE(value, at);
        }
        wav.writeUInt32LE(24_000, 24);
        wav.writeUInt32LE(48_000, 28);
        wav.write("data", 36, "latin1");
        response.end(wav);
    },
    api: (response, { url, headers }, body) => {
        const [, claims = ""] = (headers.authorization ?? "").split(".");
        const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
        const result = operation((url ?? "").replace("/stage", ""), sub, JSON.parse(body));
        response.end(JSON.stringify({ success: true, result }));
    },
    functions: (response, _request, body) => {
        const { path, requestContext, body: wish } = JSON.parse(body);
        const result = operation(path, requestContext.authorizer.claims.sub, JSON.parse(wish));
        response.end(JSON.stringify({ statusCode: 200, body: JSON.stringify({ success: true, result }) }));
    },
};

/** The functions' answers. */
function operation(path: string, sub: string, wish: Record<string, unknown>): unknown {
    const image = (name: string) => `s3://story-images-test/users/${sub}/jobs/${wish.job_id}/${name}.png`;
    switch (path) {
        case "/generate-story-image":
            return {
                story_segments: (wish.story_segments as { story_segment_number: number }[]).map((segment) => ({
                    ...segment,
                    image_s3_uri: image(`segment_${segment.story_segment_number}`),
                })),
            };
        case "/regenerate-segment-image":
            return { new_story_segment_image_s3_uri: image("segment_1_regenerated") };
        case "/regenerate-segment":
            return {
                new_story_segment: {
                    segment_num: 1,
                    segment_content: `Anew: ${wish.user_request}`,
                    speaker: "Narrator",
                },
            };
        default:
            return {
                story_parts: [{ story_part: "beginning", story_part_summary: "A fox." }],
                subject_category: "foxes",
                scope_coverage: "all",
                structure: "three parts",
                target_audience: "all",
            };
    }
}

function refuse(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.write(streamed("messageStart", { role: "assistant" }));
    response.end(streamed("messageStop", { stopReason: "content_filtered" }));
}

function streamed(type: string, content: unknown): Uint8Array {
    const text = (value: string) => ({ type: "string", value });
    const codec = new EventStreamCodec(
        (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8"),
        (value: string) => new Uint8Array(Buffer.from(value)),
    );
    return codec.encode({
        headers: {
            ":message-type": text("event"),
            ":event-type": text(type),
            ":content-type": text("application/json"),
        },
        body: new Uint8Array(Buffer.from(JSON.stringify(content))),
    });
}

interface JsonSchema {
    type?: string;
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
}

/** A value that a JSON schema allows. */
function example(schema: JsonSchema, name = "answer"): unknown {
    if (schema.type === "object") {
        return Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([key, part]) => [key, example(part, key)]),
        );
    }
    if (schema.type === "array") {
        return [example(schema.items ?? {}, name), example(schema.items ?? {}, name)];
    }
    return schema.type === "integer" || schema.type === "number" ? 1 : `The ${name} of a fox`;
}
