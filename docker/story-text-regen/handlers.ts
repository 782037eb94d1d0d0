/** What is asked of the model for each text operation, and the rules that its answer must keep. */
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
import { chooseModels, publicModelId } from "../shared/models.ts";

export interface TextOptions {
    bedrock: BedrockRuntimeClient;
    /** Models that may be asked for, the default first. */
    models: readonly [string, ...string[]];
    maxTokens: number;
    /** Told of a model that did not answer, whether or not another does. */
    onFailedModel: Question<unknown>["onFailedModel"];
}

const ROLE = "You write stories that are read aloud and illustrated. You keep every rule exactly.";

/** The handlers of the text operations. */
export function textHandlers(options: TextOptions): ApiFunctionOptions["handlers"] {
    return handlersOf("text", {
        generateStoryOutline: (body, _caller, signal) =>
            outline(options, body as z.output<typeof outlineRequest>, signal),
        generateStory: (body, _caller, signal) => story(options, body as z.output<typeof storyRequest>, signal),
        regenerateSegment: (body, _caller, signal) =>
            segmentAgain(options, body as z.output<typeof segmentRequest>, signal),
        generateTopicsIdeas: (body, _caller, signal) => topics(options, body as z.output<typeof topicsRequest>, signal),
    });
}

type Asked<T> = Pick<Question<T>, "task" | "data" | "schema" | "problems">;

/** The answer, with the model that gave it as the metadata's `model_id`, and the one that was asked for if it is another. */
async function ask<T extends object>(
    { bedrock, models, maxTokens, onFailedModel }: TextOptions,
    asked: string | undefined,
    signal: AbortSignal,
    question: Asked<T>,
): Promise<T & { metadata: Record<string, string> }> {
    const { answer, modelId } = await converse(bedrock, {
        ...question,
        models: chooseModels(asked, models),
        maxTokens,
        role: ROLE,
        signal,
        onFailedModel,
    });
    const model_id = publicModelId(modelId);
    const isAnother = asked !== undefined && asked !== model_id && asked !== modelId;
    return { ...answer, metadata: { model_id, ...(isAnother ? { requested_model_id: asked } : {}) } };
}

const lengthRule = ({ story_type, panels }: StoryShape) =>
    story_type === "visual"
        ? `The whole story has exactly ${panels} sections, one for each panel, spread over the three parts.`
        : "Each of the three parts has 2 to 4 sections.";

const speakerRule = ({ number_of_speakers }: StoryShape) =>
    `At most ${number_of_speakers} speakers, all of them in speaker_names. If there is a narrator, its name is ${NARRATOR}.`;

async function outline(
    options: TextOptions,
    body: z.output<typeof outlineRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    return ask(options, body.model_id, signal, {
        task: `Plan a story for the request below: its speakers, and for beginning, middle and end a summary and who speaks.
${speakerRule(body)} story_parts are exactly beginning, middle, end, in this order.`,
        data: body,
        schema: outlineResult,
        problems: (answer) => outlineProblems(answer, body),
    });
}

async function story(
    options: TextOptions,
    body: z.output<typeof storyRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const written = await ask(options, body.model_id, signal, {
        task: `Write the whole story of the outline below. story_parts are exactly beginning, middle, end, in this order.
${lengthRule(body)} section_num and segment_num each run from 1 without gaps across the whole story.
${speakerRule(body)} A segment is what one speaker says in one go.`,
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
    options: TextOptions,
    body: z.output<typeof segmentRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const { original_story_segment_num: number, original_story_segments: segments } = body;
    if (!segments.some((segment) => segment.segment_num === number)) {
        throw badRequest([`original_story_segment_num is ${number}, which original_story_segments does not have`]);
    }
    const speakers = [...new Set([...segments.map((segment) => segment.speaker), body.original_story_segment.speaker])];
    const { new_story_segment, metadata } = await ask(options, body.model_id, signal, {
        task: `Write segment ${number} of the story below again as the user wishes, so that it fits between its neighbours.
new_story_segment.segment_num is ${number}. Its speaker is one of allowed_speakers.`,
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
    options: TextOptions,
    body: z.output<typeof topicsRequest>,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    return ask(options, body.model_id, signal, {
        task: "Say what a story on the topics below could be like: its subject category, scope and coverage, structure, types of sources, target audience and tone, each in a sentence or two.",
        data: body,
        schema: topicsResult,
    });
}

const inAscii = (segment: Segment): Segment => ({ ...segment, segment_content: toAscii(segment.segment_content) });
