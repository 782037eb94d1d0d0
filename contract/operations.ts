/** The six operations of the REST API: paths, bodies and answers. Deployed clients depend on them. */
import * as z from "zod";
import { printable, printableLines } from "./printable.ts";
import { outlineParts, segment, storyPart, storyParts } from "./story.ts";
import { reachedBound } from "./usage.ts";

/** One POST operation. */
export interface Operation {
    path: `/${string}`;
    /** The operation's name in code and documents. */
    name: string;
    /** The `route` in the answer. */
    route: string;
    /** The function that answers. */
    function: "text" | "image";
    /** What it does, in a sentence. */
    summary: string;
    request: z.ZodType<Record<string, unknown>>;
    /** The answer's `result`, with `metadata`. */
    result: z.ZodType;
}

const word = z.string().overwrite(printable).min(1).max(200);
const longText = z.string().overwrite(printableLines).min(1).max(10_000);
/** Ids become parts of object keys: no characters that could leave a folder. */
const jobId = z
    .string()
    .regex(
        /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
        "must be 1 to 128 letters, digits and . _ : - and begin with a letter or digit",
    );
/** An optional value; null counts as left out. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
    schema.nullish().transform((given) => given ?? undefined);
const modelId = optional(z.string().min(1).max(200));

/** A picture in the images bucket. */
export const s3Uri = z
    .string()
    .max(1_100)
    .regex(/^s3:\/\/[a-z0-9.-]{3,63}\/.+$/, "must be an address such as s3://BUCKET/KEY");
/** The address of a picture from a caller; any that is not the caller's own picture is refused with 403. */
const pictureAddress = z.string().min(1).max(1_100);

const common = {
    genre: longText,
    reading_level: longText,
    tone: longText,
    story_type: z.enum(["visual", "audio"]),
    number_of_speakers: z.int().min(1).max(4),
    panels: optional(z.int().min(1).max(30)),
    audio_length: optional(z.int().min(1).max(3_600)),
    job_id: jobId,
    model_id: modelId,
};

/** A visual story needs `panels`, an audio story `audio_length`. */
function withLength<Shape extends z.ZodRawShape>(shape: Shape) {
    return z.object({ ...common, ...shape }).superRefine((body, context) => {
        const { story_type, panels, audio_length } = body as {
            story_type: string;
            panels?: number;
            audio_length?: number;
        };
        const missing =
            story_type === "visual" ? panels === undefined && "panels" : audio_length === undefined && "audio_length";
        if (missing) {
            context.addIssue({
                code: "custom",
                path: [missing],
                message: `is required when story_type is ${story_type}`,
            });
        }
    });
}

/**
 * The request's fields that every answer repeats, with the user and the time. For text, `model_id` is the model that wrote
 * it, and `requested_model_id` the model in the request, if it differs. For text and pictures, `prompt_version` is the
 * version of the prompts that were used.
 */
export const metadata = z
    .object({ user_id: z.string(), job_id: z.string(), created_timestamp: z.iso.datetime() })
    .catchall(z.unknown());

export const outlineRequest = withLength({ user_input_description: longText });
export const outlineResult = z.object({ speaker_names: z.array(word).min(1).max(4), story_parts: outlineParts });

export const storyRequest = withLength({ story_outline_description: outlineParts });
export const storyResult = z.object({ story_parts: storyParts, speaker_names: z.array(word).min(1).max(4) });

export const segmentRequest = withLength({
    user_request: longText,
    original_story_segments: z.array(segment).min(1).max(500),
    original_story_segment_num: z.int().min(1),
    original_story_segment: segment,
});
export const segmentResult = z.object({ new_story_segment: segment });

export const topicsRequest = z.object({
    genre: z
        .string()
        .regex(/^([Nn]on-)?[Ff]iction$/, "must be fiction or non-fiction")
        .transform((given) => given.toLowerCase()),
    topics: z.string().overwrite(printableLines).min(1).max(2_000),
    job_id: optional(jobId),
    model_id: modelId,
});
export const topicsResult = z.object({
    subject_category: longText,
    scope_coverage: longText,
    structure: longText,
    source_types: longText,
    target_audience: longText,
    tone: longText,
});

export const imageSegment = z
    .object({
        story_segment_content: longText,
        story_segment_number: z.int().min(1).max(1_000),
        story_segment_speaker: optional(word),
    })
    .catchall(z.unknown());

export const imagesRequest = z
    .object({
        story_segments: optional(z.array(imageSegment).min(1).max(30)),
        complete_story_parts: optional(z.array(storyPart).min(1).max(3)),
        art_style: longText,
        number_of_panels: z.int().min(1).max(30),
        job_id: jobId,
    })
    .superRefine((body, context) => {
        if (!body.story_segments && !body.complete_story_parts) {
            context.addIssue({
                code: "custom",
                path: ["story_segments"],
                message: "or complete_story_parts is required",
            });
        }
    });
export const imagesResult = z.object({
    story_segments: z.array(z.object({ image_s3_uri: s3Uri, image_presigned_url: z.url() }).catchall(z.unknown())),
});

export const imageRequest = z.object({
    user_request: longText,
    original_segment_image_s3_uri: pictureAddress,
    job_id: jobId,
});
export const imageResult = z.object({
    new_story_segment_image_s3_uri: s3Uri,
    new_story_segment_image_presigned_url: z.url(),
});

/** Every operation, in the order of the documentation. */
export const operations = [
    {
        path: "/generate-story-outline",
        name: "generateStoryOutline",
        route: "generate_story_outline_description",
        function: "text",
        summary: "Plans a story: its speakers and what happens in its three parts.",
        request: outlineRequest,
        result: outlineResult,
    },
    {
        path: "/generate-story",
        name: "generateStory",
        route: "generate_entire_story",
        function: "text",
        summary: "Writes the story of an outline.",
        request: storyRequest,
        result: storyResult,
    },
    {
        path: "/regenerate-segment",
        name: "regenerateSegment",
        route: "regenerate_story_segment",
        function: "text",
        summary: "Writes one segment of a story again, as the user wishes.",
        request: segmentRequest,
        result: segmentResult,
    },
    {
        path: "/generate-topics-ideas",
        name: "generateTopicsIdeas",
        route: "generate_topics_ideas",
        function: "text",
        summary: "Says what a story on the given topics could be like.",
        request: topicsRequest,
        result: topicsResult,
    },
    {
        path: "/generate-story-image",
        name: "generateStoryImage",
        route: "generate_entire_story_image",
        function: "image",
        summary: "Draws a picture for every panel of a story, in one style and with the same characters.",
        request: imagesRequest,
        result: imagesResult,
    },
    {
        path: "/regenerate-segment-image",
        name: "regenerateSegmentImage",
        route: "regenerate_segment_image",
        function: "image",
        summary: "Draws one picture again, as the user wishes.",
        request: imageRequest,
        result: imageResult,
    },
] as const satisfies readonly Operation[];

/** The answer to a call that succeeded. */
export function successOf(operation: Operation) {
    return z.object({
        success: z.literal(true),
        route: z.literal(operation.route),
        result: z.intersection(operation.result, z.object({ metadata })),
        authenticated_user: z.object({ email: z.string(), sub: z.string(), username: z.string() }),
        request_id: z.string(),
    });
}

/** The answer to a call that failed, beside the gateway's own 401. */
export const failure = z.object({
    error: z.string(),
    message: z.string(),
    request_id: z.string(),
    /** Where there are traces. */
    trace_id: z.string().optional(),
    bound: reachedBound.optional(),
});

/** The header that identifies a call for retries (draft-ietf-httpapi-idempotency-key-header-06). */
export const idempotencyKey = z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be 1 to 200 printable characters")
    .describe(
        "Names the call among its caller's of this operation and job. Sent again with the same body, it is answered with what it has made and paid for already.",
    );

/** Status codes of a call, and what each means. */
export const statusCodes: Record<number, string> = {
    200: "The result.",
    400: "The request is not as it must be; `message` names every missing or bad field.",
    401: "No token, or not a good one; the gateway answers before any function runs.",
    403: "The picture named is not the caller's own.",
    409: "A call with this `Idempotency-Key` is under way; `Retry-After` says when to ask for its answer, in seconds.",
    422: "The model or the image service refuses the content; or, with `error` `idempotency_key_reused`, the `Idempotency-Key` is that of another request.",
    429: "An upstream is throttled; or, with `error` `too_many_calls`, the caller has as many calls under way as one person may have at once. `Retry-After` says when to try again, in seconds.",
    500: "Something else went wrong.",
    502: "An upstream answered nonsense, also after the retries; or, with `error` `model_unavailable`, the configured model is gone or not allowed.",
    504: "An upstream took too long.",
};

/** All problems of a body, one entry per field. */
export function bodyProblems(error: z.ZodError): string[] {
    return error.issues.map((issue) => {
        const field = issue.path.join(".") || "the body";
        const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
        return missing ? `${field} is missing` : `${field} ${issue.message.replace(/^Invalid input: /, "")}`;
    });
}
