import { expect } from "chai";
import { bedrockRules, type Call, refusalByRule } from "../../../../standins/upstreams/bedrockRules.ts";
import type { ConverseRequest } from "../../../../standins/upstreams/model/reply.ts";

const withSchema = (json: object, name = "answer"): ConverseRequest => ({
    toolConfig: { tools: [{ toolSpec: { name, inputSchema: { json } } }] },
});
const choosing = (toolChoice: object): ConverseRequest => ({
    toolConfig: { ...withSchema({ type: "object" }).toolConfig, toolChoice } as ConverseRequest["toolConfig"],
});

const PNG = "\x89PNG\r\n\x1a\n";
const showing = (format: string, bytes = PNG): ConverseRequest => ({
    messages: [
        {
            role: "user",
            content: [
                { text: "What is it?" },
                { image: { format, source: { bytes: Buffer.from(bytes, "latin1").toString("base64") } } },
            ],
        },
    ],
});

/** A call that breaks each rule, by the rule's name, with the error that Bedrock gives. */
const broken: Record<string, [Partial<Call>, string, RegExp]> = {
    "an unknown model": [{ modelId: "no-such-model" }, "ValidationException", /identifier is invalid/],
    "a profile of another geography": [
        { modelId: "eu.amazon.nova-pro-v1:0" },
        "ValidationException",
        /identifier is invalid/,
    ],
    "a retired model": [
        { modelId: "us.amazon.nova-premier-v1:0" },
        "ResourceNotFoundException",
        /reached the end of its life/,
    ],
    "a model that needs a profile there": [
        { modelId: "amazon.nova-pro-v1:0", region: "us-west-2" },
        "ValidationException",
        /on-demand throughput isn.t supported/,
    ],
    "more tokens than the model gives": [
        { request: { inferenceConfig: { maxTokens: 10_001 } } },
        "ValidationException",
        /exceeds the model limit of 10000/,
    ],
    "Nova: more at a schema's top than type, properties and required": [
        { request: withSchema({ $schema: "x", type: "object" }) },
        "ValidationException",
        /tools\/0\/toolSpec\/inputSchema\/json: extraneous key \[\$schema\] is not permitted/,
    ],
    "Mistral and Llama: additionalProperties in a schema": [
        {
            modelId: "mistral.mistral-large-2407-v1:0",
            request: withSchema({ properties: { a: { additionalProperties: false } } }),
        },
        "ValidationException",
        /is not of type/,
    ],
    "a forced tool, of all but Nova and Claude": [
        { modelId: "openai.gpt-oss-120b-1:0", request: choosing({ tool: { name: "answer" } }) },
        "ValidationException",
        /toolChoice\.tool field/,
    ],
    "any tool forced, of all but Nova, Claude and Mistral": [
        { modelId: "us.meta.llama3-3-70b-instruct-v1:0", request: choosing({ any: {} }) },
        "ValidationException",
        /toolChoice\.any field/,
    ],
    "Mistral and Llama: tools in a stream": [
        { modelId: "mistral.mistral-large-2407-v1:0", streamed: true, request: withSchema({}) },
        "ValidationException",
        /tool use in streaming mode/,
    ],
    "a tool's status, of all but Nova and Claude": [
        {
            modelId: "openai.gpt-oss-120b-1:0",
            request: {
                messages: [
                    { role: "user", content: [{ toolResult: { toolUseId: "1", status: "error", content: [] } }] },
                ],
            },
        },
        "ValidationException",
        /status field/,
    ],
    "fields of Nova, of others": [
        {
            modelId: "openai.gpt-oss-120b-1:0",
            request: { additionalModelRequestFields: { inferenceConfig: { topK: 1 } } },
        },
        "ValidationException",
        /extraneous key \[inferenceConfig\]/,
    ],
    "Claude from 4.7 on: a temperature": [
        { modelId: "us.anthropic.claude-opus-4-7", request: { inferenceConfig: { temperature: 0.7 } } },
        "ValidationException",
        /deprecated for this model/,
    ],
    "an image's format": [
        { request: showing("jpg") },
        "ValidationException",
        /^1 validation error detected: Value 'jpg' at 'messages\.1\.member\.content\.2\.member\.image\.format' failed to satisfy/,
    ],
    "an image, of models that take words alone": [
        { modelId: "us.amazon.nova-micro-v1:0", request: showing("png") },
        "ValidationException",
        /doesn't support the image content block/,
    ],
    "Claude: an image of another format than it says": [
        { modelId: "us.anthropic.claude-sonnet-4-6", request: showing("jpeg") },
        "ValidationException",
        /messages\.0\.content\.1\.image\.source\.bytes: .* image\/jpeg media type, but the image appears to be a image\/png/,
    ],
    "Claude: an image above 3.75 MB": [
        { modelId: "us.anthropic.claude-sonnet-4-6", request: showing("png", PNG.padEnd(3_932_163, "x")) },
        "ValidationException",
        /image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes/,
    ],
    "Nova: a hyphen in a tool's name": [
        { request: withSchema({ type: "object" }, "the-answer") },
        "ModelErrorException",
        /invalid sequence as part of ToolUse/,
    ],
};

describe("The rules of the stand-in for Bedrock", () => {
    const fine: Omit<Call, "model" | "prefix"> = {
        modelId: "us.amazon.nova-pro-v1:0",
        region: "us-east-1",
        streamed: false,
        request: {},
    };

    it("let good calls through", () => {
        expect(refusalByRule(fine)).to.equal(undefined);
        const largest = showing("png", PNG.padEnd(3_932_160, "x"));
        for (const modelId of [fine.modelId, "us.anthropic.claude-sonnet-4-6"]) {
            expect(refusalByRule({ ...fine, modelId, request: largest })).to.equal(undefined);
        }
    });

    for (const { name, source } of bedrockRules) {
        it(`refuse ${name} (${source})`, () => {
            const [change, code, message] = broken[name] ?? expect.fail("no call breaks it");
            const problem = refusalByRule({ ...fine, ...change });
            expect(problem?.code).to.equal(code);
            expect(problem?.message).to.match(message);
        });
    }
});
