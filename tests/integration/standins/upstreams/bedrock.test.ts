import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { type FaultInput, RULES } from "../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";

const ofImages = createRequire(new URL("../../../../docker/package.json", import.meta.url));
const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = ofImages("@aws-sdk/client-bedrock-runtime");
const { NodeHttpHandler } = ofImages("@smithy/node-http-handler");

const TEXT = { type: "string" };
const object = (properties: object) => ({ type: "object", properties });
const list = (items: object) => ({ type: "array", items });
const STORY = object({
    story_parts: list(
        object({
            story_part: { type: "string", enum: ["beginning", "middle", "end"] },
            sections: list(
                object({
                    section_num: { type: "integer" },
                    segments: list(object({ segment_num: { type: "integer" }, segment_content: TEXT, speaker: TEXT })),
                }),
            ),
        }),
    ),
    speaker_names: list(TEXT),
});

const VISUAL = { story_type: "visual", panels: 7, number_of_speakers: 3, user_input_description: "A fox in the rain" };

interface Story {
    story_parts: {
        story_part: string;
        sections: {
            section_num: number;
            segments: { segment_num: number; segment_content: string; speaker: string }[];
        }[];
    }[];
    speaker_names: string[];
}

describe("Bedrock at the upstream server", () => {
    let upstreams: Upstreams;
    const clients: { destroy(): void }[] = [];

    before(async () => {
        upstreams = await startUpstreams();
    });
    afterEach(() => upstreams.control.reset());
    after(async () => {
        for (const client of clients) {
            client.destroy();
        }
        await upstreams.stop();
    });

    /** `settings`: nothing is the SDK's default, which is HTTP/2. */
    function connect(settings: object = {}) {
        const client = new BedrockRuntimeClient({
            region: "us-east-1",
            endpoint: upstreams.bedrockUrl,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
            maxAttempts: 1,
            ...settings,
        });
        clients.push(client);
        return client;
    }

    function input(material: object = VISUAL, change: object = {}) {
        return {
            modelId: "us.amazon.nova-pro-v1:0",
            messages: [{ role: "user", content: [{ text: `Write it.\n<data>${JSON.stringify(material)}</data>` }] }],
            toolConfig: {
                tools: [{ toolSpec: { name: "story", inputSchema: { json: STORY } } }],
                toolChoice: { tool: { name: "story" } },
            },
            inferenceConfig: { maxTokens: 4096 },
            ...change,
        };
    }

    async function story(material: object = VISUAL): Promise<Story> {
        const answer = await connect().send(new ConverseCommand(input(material)));
        expect(answer.stopReason).to.equal("tool_use");
        return answer.output.message.content[0].toolUse.input;
    }

    async function streamed(client = connect(), change: object = {}) {
        const answer = await client.send(new ConverseStreamCommand(input(VISUAL, change)));
        const events: Record<string, unknown>[] = [];
        let said = "";
        for await (const event of answer.stream) {
            events.push(event);
            said += event.contentBlockDelta?.delta?.toolUse?.input ?? event.contentBlockDelta?.delta?.text ?? "";
        }
        return { events, said };
    }

    async function failureOf(work: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
        return work.then(
            () => expect.fail("it succeeded"),
            (error) => error,
        );
    }

    for (const [name, settings, protocol] of [
        ["the default handler", () => ({}), "HTTP/2"],
        ["NodeHttpHandler", () => ({ requestHandler: new NodeHttpHandler() }), "HTTP/1.1"],
    ] as const) {
        it(`answers ${name} by ${protocol}, whole and streamed alike`, async () => {
            const client = connect(settings());
            const whole = await client.send(new ConverseCommand(input()));
            const { events, said } = await streamed(client);
            expect(JSON.parse(said)).to.deep.equal(whole.output.message.content[0].toolUse.input);
            expect(whole.usage.totalTokens).to.equal(whole.usage.inputTokens + whole.usage.outputTokens);
            expect(events[0]).to.deep.equal({ messageStart: { role: "assistant" } });
            expect(events.at(-2)).to.deep.equal({ messageStop: { stopReason: "tool_use" } });
            expect(Object.keys(events.at(-1) ?? {})).to.deep.equal(["metadata"]);
            expect(new Set(upstreams.requests("bedrock").map((request) => request.protocol))).to.deep.equal(
                new Set([protocol]),
            );
        });
    }

    for (const panels of [1, 3, 4, 7, 12, 30]) {
        it(`tells a story of ${panels} panels that keeps the contract's rules`, async () => {
            const told = await story({ ...VISUAL, panels });
            const sections = told.story_parts.flatMap((part) => part.sections);
            const segments = sections.flatMap((section) => section.segments);
            expect(told.story_parts.map((part) => part.story_part)).to.deep.equal(["beginning", "middle", "end"]);
            expect(sections.map((section) => section.section_num)).to.deep.equal(countTo(panels));
            expect(segments.map((segment) => segment.segment_num)).to.deep.equal(countTo(segments.length));
            expect(told.speaker_names).to.have.length(3).and.include("Narrator");
            expect(told.speaker_names).to.include.members(segments.map((segment) => segment.speaker));
        });
    }

    it("fills the minutes of a story for listening with two to four sections a part", async () => {
        const words = async (audio_length: number) => {
            const told = await story({ ...VISUAL, story_type: "audio", panels: undefined, audio_length });
            for (const part of told.story_parts) {
                expect(part.sections.length).to.be.within(2, 4);
            }
            const segments = told.story_parts.flatMap((part) => part.sections.flatMap((section) => section.segments));
            return segments.reduce((sum, segment) => sum + segment.segment_content.split(" ").length, 0);
        };
        expect(await words(10)).to.be.above(1.5 * (await words(5)));
    });

    it("lets nobody speak but those that the request names", async () => {
        const story_parts = [{ story_part: "beginning", story_part_speakers: ["Narrator", "Ada"] }];
        const told = await story({ ...VISUAL, story_outline_description: story_parts });
        expect(told.speaker_names).to.deep.equal(["Narrator", "Ada"]);
        expect((await story({ ...VISUAL, number_of_speakers: 1 })).speaker_names).to.deep.equal(["Narrator"]);
    });

    it("makes the segment anew that is named, for its own speaker, with other words", async () => {
        const original = { segment_num: 5, segment_content: "Rain.", speaker: "Ada" };
        const material = {
            ...VISUAL,
            user_request: "more thunder",
            original_story_segment_num: 5,
            original_story_segment: original,
            original_story_segments: [original],
        };
        const schema = object({
            new_story_segment: object({ segment_num: { type: "integer" }, segment_content: TEXT, speaker: TEXT }),
        });
        const tools = [{ toolSpec: { name: "segment", inputSchema: { json: schema } } }];
        const asked = input(material, { toolConfig: { tools, toolChoice: { any: {} } } });
        const answer = await connect().send(new ConverseCommand(asked));
        const { new_story_segment: made } = answer.output.message.content[0].toolUse.input;
        expect(made).to.include({ segment_num: 5, speaker: "Ada" });
        expect(made.segment_content).to.include("more thunder");
    });

    it("calls a helping tool once, then the one that takes the answer", async () => {
        const tools = ["web_search", "structured_output"].map((name) => ({
            toolSpec: { name, inputSchema: { json: object({ query: TEXT }) } },
        }));
        const first = await connect().send(new ConverseCommand(input(VISUAL, { toolConfig: { tools } })));
        const { toolUse } = first.output.message.content[0];
        expect(toolUse.name).to.equal("web_search");
        const messages = [
            ...input().messages,
            first.output.message,
            { role: "user", content: [{ toolResult: { toolUseId: toolUse.toolUseId, content: [{ text: "found" }] } }] },
        ];
        const second = await connect().send(new ConverseCommand(input(VISUAL, { toolConfig: { tools }, messages })));
        expect(second.output.message.content[0].toolUse.name).to.equal("structured_output");
    });

    it("answers in text without tools: prose, or JSON for a schema in the prompt", async () => {
        const prose = await connect().send(new ConverseCommand(input(VISUAL, { toolConfig: undefined })));
        expect(prose.stopReason).to.equal("end_turn");
        expect(prose.output.message.content[0].text).to.include("fox in the rain");
        const text = `Answer with JSON for this schema: ${JSON.stringify(STORY)}\n${JSON.stringify(VISUAL)}`;
        const messages = [{ role: "user", content: [{ text }] }];
        const json = await connect().send(new ConverseCommand(input(VISUAL, { toolConfig: undefined, messages })));
        expect(JSON.parse(json.output.message.content[0].text).story_parts).to.have.length(3);
    });

    for (const [what, change, name] of [
        ["an unknown model", { modelId: "no-such-model" }, "ValidationException"],
        [
            "a turn of the model at the start",
            { messages: [{ role: "assistant", content: [{ text: "Hi" }] }] },
            "ValidationException",
        ],
    ] as const) {
        it(`refuses ${what} as Bedrock does`, async () => {
            const error = await failureOf(connect().send(new ConverseCommand(input(VISUAL, change))));
            expect(error.name).to.equal(name);
            expect(error.$metadata?.httpStatusCode).to.equal(400);
        });
    }

    for (const [fault, name] of [
        [{ kind: "throttle" }, "ThrottlingException"],
        [{ kind: "error", status: 500 }, "InternalServerException"],
        [{ kind: "error", status: 503 }, "ServiceUnavailableException"],
        [{ kind: "error", status: 400 }, "ValidationException"],
        [{ kind: "error", status: 424 }, "ModelErrorException"],
    ] as const) {
        it(`fails with ${name}, whole and streamed`, async () => {
            upstreams.control.fault({ upstream: "bedrock", times: 2, ...fault });
            expect((await failureOf(connect().send(new ConverseCommand(input())))).name).to.equal(name);
            expect((await failureOf(streamed())).name).to.equal(name);
            await story();
        });
    }

    for (const fault of [{ kind: "down" }, { kind: "breakOff" }, { kind: "garbage" }] satisfies Partial<FaultInput>[]) {
        for (const settings of [() => ({}), () => ({ requestHandler: new NodeHttpHandler() })]) {
            it(`gives no answer when it is set to ${fault.kind}, and is well afterwards`, async () => {
                upstreams.control.fault({ upstream: "bedrock", times: 2, ...fault });
                await failureOf(connect(settings()).send(new ConverseCommand(input())));
                await failureOf(streamed(connect(settings())));
                expect((await streamed(connect(settings()))).said).to.not.equal("");
            });
        }
    }

    it("breaks a stream off with the model's own error", async () => {
        upstreams.control.fault({ upstream: "bedrock", kind: "error", status: 424, midway: true });
        const error = await failureOf(streamed());
        expect(error.name).to.match(/^modelStreamErrorException$/i);
    });

    it("stalls until the client gives up, before the answer or in its middle", async () => {
        for (const midway of [false, true]) {
            upstreams.control.fault({ upstream: "bedrock", kind: "stall", midway });
            const requestHandler = new NodeHttpHandler({
                requestTimeout: 200,
                socketTimeout: 200,
                throwOnRequestTimeout: true,
            });
            await failureOf(streamed(connect({ requestHandler })));
        }
    });

    it("refuses, says nothing, cuts short or talks nonsense with the stop reason of each", async () => {
        const stops: [Partial<FaultInput>, string][] = [
            [{ kind: "refuse" }, "content_filtered"],
            [{ kind: "refuse", reason: "guardrail_intervened" }, "guardrail_intervened"],
            [{ kind: "empty" }, "end_turn"],
            [{ kind: "truncate" }, "max_tokens"],
            [{ kind: "nonsense" }, "tool_use"],
            [{ kind: "nonsense", reason: "text" }, "end_turn"],
        ];
        for (const [fault, stopReason] of stops) {
            upstreams.control.fault({ upstream: "bedrock", kind: "refuse", ...fault });
            const answer = await connect().send(new ConverseCommand(input()));
            expect(answer.stopReason, JSON.stringify(fault)).to.equal(stopReason);
            expect(answer.output.message.content[0]?.toolUse?.input?.story_parts).to.equal(undefined);
        }
    });

    it("lets an OpenAI-compatible server think, with the tools and what they said", async () => {
        const asked: { model: string; messages: { role: string }[]; tools: object[]; tool_choice: object }[] = [];
        const server = createServer(async (request, response) => {
            asked.push(JSON.parse(await text(request)));
            const call = { id: "call_1", function: { name: "story", arguments: '{"speaker_names":["Narrator"]}' } };
            const message = { content: null, tool_calls: [call] };
            response.end(JSON.stringify({ choices: [{ finish_reason: "tool_calls", message }] }));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
        upstreams.control.modelServer = { url, model: "own" };
        expect((await story()).speaker_names).to.deep.equal(["Narrator"]);
        expect(JSON.parse((await streamed()).said)).to.deep.equal({ speaker_names: ["Narrator"] });
        expect(asked[0]).to.deep.include({
            model: "own",
            tool_choice: { type: "function", function: { name: "story" } },
        });
        expect(asked[0]?.tools).to.have.length(1);
        server.close();
        server.closeAllConnections();
        expect((await failureOf(story())).name).to.equal("ModelErrorException");
        upstreams.control.modelServer = undefined;
    });

    for (const rule of RULES) {
        it(`breaks the rule ${rule} and no more often than told`, async () => {
            const good = await story();
            upstreams.control.fault({ upstream: "bedrock", kind: "break", rule });
            expect(await story()).to.not.deep.equal(good);
            expect(await story()).to.deep.equal(good);
        });
    }
});

function countTo(last: number): number[] {
    return Array.from({ length: last }, (_, at) => at + 1);
}
