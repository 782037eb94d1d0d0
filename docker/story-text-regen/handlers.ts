/** The question for the model for each text operation, and the rules for its answer. */
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { z } from "zod";
import {
    type outlineRequest,
    outlineResult,
    type segmentRequest,
    segmentResult,
    type storyRequest,
    storyResult,
    type topicsRequest,
    topicsResult,
} from "../../contract/operations.ts";
import {
    NARRATOR,
    outlineProblems,
    type Segment,
    type StoryShape,
    storyProblems,
    toAscii,
} from "../../contract/story.ts";
import { badRequest } from "../shared/apiErrors.ts";
import { type ApiFunctionOptions, handlersOf } from "../shared/apiHandler.ts";
import { converse, type Question } from "../shared/converse.ts";
import type { Guardrail } from "../shared/guardrail.ts";
import { chooseModels, type InferenceProfiles, publicModelId } from "../shared/models.ts";
import { byPrompts, fill, versionOf } from "../shared/prompts.ts";
import { prompts as ownPrompts, type TextPrompts } from "./prompts.ts";

export interface TextOptions {
    bedrock: BedrockRuntimeClient;
    /** Models that a request may name, the default first. */
    models: readonly [string, ...string[]];
    /** Default: models are called by their ids. */
    inferenceProfiles?: InferenceProfiles;
    maxTokens: number;
    /** Checks requests and answers. Default: no guardrail. */
    guardrail?: Guardrail;
    /** Called for each model that failed, also when another model answers. */
    onFailedModel: Question<unknown>["onFailedModel"];
    /** Default: those of `prompts.ts`. */
    prompts?: TextPrompts;
}

/** The options with the prompts and their version, which are the same for all calls. */
type ResolvedOptions = Omit<TextOptions, "prompts"> & { prompts: TextPrompts; version: string };

/** The handlers of the text operations. */
export function textHandlers({ prompts = ownPrompts, ...others }: TextOptions): ApiFunctionOptions["handlers"] {
    const options: ResolvedOptions = { ...others, prompts, version: versionOf(prompts) };
    return handlersOf("text", {
        generateStoryOutline: (body, _caller, signal) =>
            outline(options, body as z.output<typeof outlineRequest>, signal),
        generateStory: (body, _caller, signal) => story(options, body as z.output<typeof storyRequest>, signal),
        regenerateSegment: (body, _caller, signal) =>
            segmentAgain(options, body as z.output<typeof segmentRequest>, signal),
        generateTopicsIdeas: (body, _caller, signal) => topics(options, body as z.output<typeof topicsRequest>, signal),
    });
}

type TextQuestion<T> = Pick<Question<T>, "task" | "data" | "schema" | "problems">;

/**
 * The answer. Its metadata names the answering model (`model_id`), the requested model if that is another, and the version of
 * the prompts.
 */
async function ask<T extends object>(
    { bedrock, models, inferenceProfiles, maxTokens, guardrail, onFailedModel, prompts, version }: ResolvedOptions,
    requestedModel: string | undefined,
    signal: AbortSignal,
    question: TextQuestion<T>,
): Promise<T & { metadata: Record<string, string> }> {
    const { answer, modelId } = await byPrompts(version, () =>
        converse(bedrock, {
            ...question,
            models: chooseModels(requestedModel, models),
            inferenceProfiles,
            maxTokens,
            role: prompts.role,
            signal,
            guardrail,
            onFailedModel,
        }),
    );
    const model_id = publicModelId(modelId);
    const isAnother = requestedModel !== undefined && requestedModel !== model_id && requestedModel !== modelId;
    const metadata: Record<string, string> = { model_id, prompt_version: version };
    return { ...answer, metadata: isAnother ? { ...metadata, requested_model_id: requestedModel } : metadata };
}

/** The story's length, and its speakers. */
function shapeIn(prompts: TextPrompts, { story_type, panels, number_of_speakers }: StoryShape) {
    return {
        length: story_type === "visual" ? fill(prompts.visualLength, { panels: panels ?? 1 }) : prompts.audioLength,
        speakers: fill(prompts.speakers, { most: number_of_speakers, narrator: NARRATOR }),
    };
}

async function outline(
    options: ResolvedOptions,
    body: z.output<typeof outlineRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const { prompts } = options;
    return ask(options, body.model_id, signal, {
        task: fill(prompts.outline, shapeIn(prompts, body)),
        data: body,
        schema: outlineResult,
        problems: (answer) => outlineProblems(answer, body),
    });
}

async function story(
    options: ResolvedOptions,
    body: z.output<typeof storyRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const { prompts } = options;
    const written = await ask(options, body.model_id, signal, {
        task: fill(prompts.story, shapeIn(prompts, body)),
        data: body,
        schema: storyResult,
        problems: (answer) => storyProblems(answer, body),
    });
    return {
        ...written,
        story_parts: written.story_parts.map((part) => ({
            ...part,
            sections: part.sections.map((section) => ({ ...section, segments: section.segments.map(inAscii) })),
        })),
    };
}

async function segmentAgain(
    options: ResolvedOptions,
    body: z.output<typeof segmentRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const { original_story_segment_num: number, original_story_segments: segments } = body;
    if (!segments.some((segment) => segment.segment_num === number)) {
        throw badRequest([`original_story_segment_num is ${number}, which original_story_segments does not have`]);
    }
    const speakers = [...new Set([...segments.map((segment) => segment.speaker), body.original_story_segment.speaker])];
    const { new_story_segment, metadata } = await ask(options, body.model_id, signal, {
        task: fill(options.prompts.segment, { number }),
        data: { ...body, allowed_speakers: speakers },
        schema: segmentResult,
        problems: ({ new_story_segment: it }) => [
            ...(it.segment_num === number ? [] : [`segment_num is ${it.segment_num}; it must be ${number}`]),
            ...(speakers.includes(it.speaker)
                ? []
                : [`speaker is ${it.speaker}; it must be one of ${speakers.join(", ")}`]),
        ],
    });
    const { original_story_segments, original_story_segment } = body;
    return {
        new_story_segment: inAscii(new_story_segment),
        metadata: { ...metadata, original_story_segments, original_story_segment },
    };
}

function topics(
    options: ResolvedOptions,
    body: z.output<typeof topicsRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    return ask(options, body.model_id, signal, {
        task: options.prompts.topics,
        data: body,
        schema: topicsResult,
    });
}

const inAscii = (segment: Segment): Segment => ({ ...segment, segment_content: toAscii(segment.segment_content) });
