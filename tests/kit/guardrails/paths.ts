/** The paths of a text to a model or the image service: each returns whether the guardrail blocked it. */
import * as z from "zod";
import { ApiError } from "../../../docker/shared/apiErrors.ts";
import type { OperationHandler } from "../../../docker/shared/apiHandler.ts";
import type { Guardrail } from "../../../docker/shared/guardrail.ts";
import { Agents, GuardrailStop } from "../../../docker/story-generator/agents/ask.ts";
import { createModels } from "../../../docker/story-generator/agents/models.ts";
import { Tools } from "../../../docker/story-generator/tools/toolbox.ts";
import { imageHandlers } from "../../../docker/story-image-regen/handlers.ts";
import { textHandlers } from "../../../docker/story-text-regen/handlers.ts";
import { requests, segment } from "../functions/requests.ts";
import { type Bedrock, REGION } from "./guardrail.ts";

const MODEL = "us.amazon.nova-pro-v1:0";
const caller = { sub: "ann", email: "ann@example.com", username: "ann" };
const call = { id: "call", isNamed: false };
const answer = z.strictObject({ title: z.string().min(1).max(200) });

export type Path = (text: string) => Promise<boolean>;

/** Paths by the source of a text, and by the part of Story-42 that it passes. */
export type Paths = Record<string, Record<string, Path>>;

/** @param drawn called with every prompt that the image service would get */
export function pathsOf(
    guardrail: Guardrail | undefined,
    bedrock: Bedrock,
    endpoint: string,
    drawn: (prompt: string) => void,
): Paths {
    const signal = () => AbortSignal.timeout(20_000);
    const text = textHandlers({
        bedrock,
        models: [MODEL],
        maxTokens: 4_096,
        guardrail,
        onFailedModel: () => undefined,
    });
    const image = imageHandlers({
        guardrail,
        store: {
            keyOf: () => "key",
            ownKey: () => "key",
            read: async () => ({}),
            write: async () => undefined,
            writeAll: async () => undefined,
            addresses: async () => ({ uri: "s3://b/k", url: "https://b/k" }),
        } as never,
        maker: async () => ({
            draw: async (prompt) => {
                drawn(prompt);
                return { data: Buffer.alloc(1), mimeType: "image/png" };
            },
        }),
    });
    const operation = (path: string, change: Record<string, unknown>) => {
        const found = [...text, ...image].find((one) => one.operation.path === path);
        const handle = found?.handle as OperationHandler;
        return stopped(handle({ ...requests[path], ...change }, caller, signal(), call));
    };
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const models = createModels({
        modelIds: [MODEL],
        maxTokens: 4_096,
        region: REGION,
        clientConfig: { endpoint, credentials, maxAttempts: 1 },
        guardrail,
    });
    const agents = new Agents(models, 20_000, () => undefined, guardrail);
    const values = { characters: 3, chapters: 3 };
    const agent = (data: Record<string, unknown>) =>
        stopped(agents.ask({ agent: "planning", values, data, answer, signal: signal() }));
    const search = async (snippet: string) => {
        const found = [{ title: "A page", url: "https://example.com", snippet }];
        const tools = new Tools({ search: { search: async () => found }, guardrail } as never);
        const nothing = () => undefined;
        const toolbox = tools.forRun({ userId: "ann" } as never, signal(), nothing, nothing);
        return (await toolbox.search("foxes")).length === 0;
    };
    const wish = { story_type: "fiction", length: "short", tone_style: "warm", target_audience: "children" };
    return {
        topic: {
            "the wish, before a run": (it) => stopped(guardrail?.check("INPUT", { ...wish, topic: it }, signal())),
            "an agent (Strands)": (it) => agent({ request: { ...wish, topic: it } }),
            "the text function (Converse)": (it) => operation("/generate-topics-ideas", { topics: it }),
        },
        notes: {
            "an agent (Strands)": (it) => agent({ request: { ...wish, topic: "foxes", creative_notes: it } }),
            "the text function (Converse)": (it) =>
                operation("/generate-story-outline", { user_input_description: `Foxes\n\n${it}` }),
            "a picture made again": (it) => operation("/regenerate-segment-image", { user_request: it }),
        },
        "web page": {
            "a search": search,
            "an agent (Strands)": (it) => agent({ web_results: [{ title: "A page", snippet: it }] }),
        },
        "earlier story": {
            "an agent (Strands)": (it) => agent({ chapters: [{ title: "One", lines: [{ text: it }] }] }),
            "the text function (Converse)": (it) =>
                operation("/regenerate-segment", {
                    original_story_segments: [segment(1), { ...segment(2), segment_content: it }],
                    original_story_segment: { ...segment(2), segment_content: it },
                }),
            "the story's pictures": (it) =>
                operation("/generate-story-image", {
                    story_segments: [{ story_segment_content: it, story_segment_number: 1 }],
                    number_of_panels: 1,
                }),
        },
        "file name": {
            "an agent (Strands)": (it) => agent({ request: { ...wish, topic: "foxes", file: it } }),
            "the text function (Converse)": (it) =>
                operation("/generate-story-outline", { user_input_description: `What is in the file ${it}` }),
        },
    };
}

/** Whether the guardrail blocked it; any other failure is thrown. */
async function stopped(work: Promise<unknown> | undefined): Promise<boolean> {
    try {
        await work;
        return false;
    } catch (error) {
        if (error instanceof GuardrailStop || (error instanceof ApiError && error.status === 422)) {
            return true;
        }
        throw error;
    }
}
