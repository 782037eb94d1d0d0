/** The agent service's routes: paths, bodies and answers. Deployed clients depend on them. */
import * as z from "zod";
import { printable, printableLines } from "./printable.ts";
import { reachedBound, storyUsage } from "./usage.ts";

/** An answer that is not JSON: a stream of events, a file, audio with ranges, a playlist, its segments, a picture, a page, a redirect. */
export type Medium = "events" | "file" | "audio" | "mp3" | "playlist" | "segment" | "picture" | "page" | "redirect";

export interface AgentRoute {
    method: "get" | "post" | "delete";
    path: string;
    summary: string;
    /** Whether it requires a token. */
    auth: boolean;
    /** Whether a ticket in the URL or in a cookie can replace the token. */
    ticket?: true;
    /** Whether it begins what costs something (models, pictures, speech, search), and therefore a trace. */
    costs?: true;
    /** The JSON body. */
    body?: z.ZodType;
    /** The query parameters. */
    query?: z.ZodObject;
    /** The answer of a success. */
    answer: z.ZodType | Medium;
    /** Failures beside those that every route, every body and every token may have. */
    failures?: readonly number[];
}

const sessionId = z.string().min(1).max(64);
const email = z.email().max(320);
const isoTime = z.string().meta({ description: "ISO 8601, UTC" });

/** Who signs in. */
export const credentials = z.object({ email, password: z.string().min(1).max(256) });
/** Who signs up. */
export const signUpBody = credentials.extend({ name: z.string().overwrite(printable).min(1).max(200).nullish() });

const newPassword = z.string().min(1).max(256);
const mailedCode = z.string().trim().min(1).max(2_048);
const oneTimePassword = z
    .string()
    .trim()
    .regex(/^\d{6}$/, "must be six digits");
/** The sign-in to continue: both values are those of the previous answer. */
const challengeSession = z.object({ username: z.string().min(1).max(320), session: z.string().min(20).max(2_048) });
/** The password that replaces the temporary one. */
export const newPasswordBody = challengeSession.extend({ new_password: newPassword });
/** What the authenticator app shows. */
export const authenticatorCodeBody = challengeSession.extend({ code: oneTimePassword });
/** The code of the app that becomes the caller's authenticator. */
export const oneTimePasswordBody = z.object({ code: oneTimePassword });
/** The sign-in to renew the tokens of. */
export const refreshBody = z.object({ refresh_token: z.string().min(1).max(8_192) });
/** Whom a code is mailed to. */
export const addressBody = z.object({ email });
/** The mailed code that confirms an address. */
export const confirmationBody = z.object({ email, code: mailedCode });
/** The mailed code with which a forgotten password is reset. */
export const passwordResetBody = confirmationBody.extend({ new_password: newPassword });
/** A signed-in user changes the password. */
export const passwordChangeBody = z.object({ password: z.string().min(1).max(256), new_password: newPassword });

const storyLength = z.enum(["tiny", "short", "medium", "long"]);
export type StoryLength = z.infer<typeof storyLength>;

/** Free text of a person; where `words` sets no limit, the body's maximum size is the only one. */
const optionalText = (fallback: string, words = z.string().overwrite(printable)) =>
    words.nullish().transform((given) => given || fallback);

/** A client's request to the pipeline. */
export const newStoryBody = z.object({
    topic: z.string().overwrite(printableLines).min(1),
    story_type: optionalText("fiction"),
    length: z
        .unknown()
        .optional()
        .transform((given) => storyLength.safeParse(given).data ?? "medium")
        .meta({ description: `${storyLength.options.join(", ")}; anything else, and nothing, is medium` }),
    tone_style: optionalText("engaging and descriptive"),
    target_audience: optionalText("general adult audience"),
    creative_notes: optionalText("", z.string().overwrite(printableLines).max(4_000)),
});
export type NewStoryBody = z.infer<typeof newStoryBody>;

/** A session to resume. */
export const resumeBody = z.object({ session_id: sessionId.nullish() });
const concept = z
    .union([z.string().overwrite(printableLines).min(1).max(4_000), z.record(z.string().max(100), z.unknown())])
    .refine((given) => JSON.stringify(given).length <= 10_000, "must be at most 10000 characters");
export const conceptBody = z.object({ session_id: sessionId, selected_concept: concept });
export const sceneBody = z.object({ session_id: sessionId, scene_id: z.union([z.string().min(1).max(100), z.int()]) });
const outputFormat = z.enum(["audio", "visual", "both"]);
export const formatBody = z.object({ session_id: sessionId, output_format: outputFormat });
export const narratorBody = z.object({
    session_id: sessionId,
    narrator_id: z.string().overwrite(printable).min(1).max(200),
});
/** A request to regenerate a part of a story. */
export const regenerationBody = z.object({ user_request: z.string().overwrite(printableLines).min(1).max(2_000) });
/** Options of a narration; the header `X-Tech42-TTS-Key`, or either key here, is a key of the caller's own. */
export const narrationBody = z.object({
    tech42_tts_api_key: z.string().max(500).nullish(),
    tech42_tts_key: z.string().max(500).nullish(),
    force_regenerate: z.boolean().nullish(),
    speaker_voice_overrides: z
        .record(z.string().min(1).max(80), z.string().trim().min(1).max(200))
        .refine((overrides) => Object.keys(overrides).length <= 20, "must name at most 20 speakers")
        .nullish(),
});
/** The page of the caller's stories to list. */
export const listQuery = z.object({
    limit: z.coerce.number().int().min(1).max(200).default(100),
    next: z.string().max(400).optional().meta({ description: "What the page before gave as next" }),
});
/** The format of a downloaded story. */
export const downloadFormat = z.enum(["txt", "json"]);

const health = z.object({
    status: z.literal("healthy"),
    service: z.string(),
    environment: z.string(),
    region: z.string(),
    auth_enabled: z.boolean(),
    enabled: z.boolean().meta({ description: "What auth_enabled says" }),
    user_pool_id: z.string(),
    active_runs: z.int(),
    draining: z.boolean(),
});

const timeline = z.array(z.object({ at: z.number(), seconds: z.number(), speaker: z.string(), text: z.string() }));

const structuredStory = z.object({
    title: z.string(),
    characters: z.array(z.string()),
    chapters: z.array(
        z.object({
            chapter_number: z.int(),
            title: z.string(),
            lines: z.array(z.object({ speaker: z.string(), text: z.string() })),
        }),
    ),
});
const summary = z.object({
    session_id: z.string(),
    story_id: z.string().meta({ description: "What session_id says" }),
    title: z.string(),
    topic: z.string(),
    story_type: z.string(),
    length: z.string(),
    status: z.enum(["running", "interrupted", "failed", "completed"]),
    created_at: isoTime,
    updated_at: isoTime,
    chapters: z.int(),
    images_count: z.int(),
    has_images: z.boolean(),
    word_count: z.int().optional(),
});
const listed = summary.extend({
    has_audio: z.boolean(),
    cover: z.url().optional().meta({ description: "Of its first picture, good for an hour" }),
});
const illustratedChapters = z.array(z.int()).meta({ description: "The numbers of the chapters that images show" });
/** A pipeline's result, in the event `complete`. */
export const pipelineResult = z.object({
    story: z.string().meta({ description: "Markdown" }),
    topic: z.string(),
    session_id: z.string(),
    images: z.array(z.url()),
    illustrated_chapters: illustratedChapters,
    download_url: z.string(),
    structured_story: structuredStory.optional(),
    speakerOptions: z.array(z.string()).optional(),
    warnings: z.array(z.string()),
});
const story = pipelineResult.extend({
    ...summary.shape,
    tone_style: z.string(),
    target_audience: z.string(),
    creative_notes: z.string(),
    sources: z.array(z.object({ title: z.string(), url: z.string() })),
    voices: z.record(z.string(), z.string()),
    plan: z
        .object({
            title: z.string(),
            characters: z.array(z.string()),
            chapters: z.array(z.object({ title: z.string() })),
        })
        .optional()
        .meta({ description: "What the chapters are to be, once it is planned" }),
    lacks_pictures: z.boolean().meta({
        description:
            "Whether the story is finished without all of its pictures: gone on with, it gets those that are missing",
    }),
    narration: z.record(z.string(), z.unknown()).optional(),
    story_text: z.string().meta({ description: "What story says" }),
    has_audio: z.boolean(),
    usage: storyUsage.optional(),
    link_token: z.string().optional().meta({ description: "Of the link by which others read it, where there is one" }),
    metadata: summary.extend({
        prompt_versions: z
            .array(z.string())
            .meta({ description: "Of the agents' prompts that wrote it: several where it went on under later ones" }),
    }),
});
const session = story.extend({
    choices: z.object({
        selected_concept: z.unknown().optional(),
        approved_scenes: z.array(z.string()),
        output_format: outputFormat.optional(),
        narrator_id: z.string().optional(),
    }),
    scenes: z.array(z.object({ scene_id: z.string(), title: z.string(), status: z.enum(["approved", "open"]) })),
    completed_stages: z.array(z.string()),
    stage: z.string(),
    resumable: z.boolean(),
});
const sessionView = session.extend({ session: session.meta({ description: "The same again" }) });
const narration = z.object({
    status: z.enum(["started", "generating", "interrupted", "failed", "ready", "not_generated"]),
    session_id: z.string(),
    message: z.string(),
    progress: z.int().min(0).max(100).optional(),
    pieces_done: z.int().optional(),
    pieces_total: z.int().optional(),
    segments: z.int().meta({ description: "How many the playlist has" }),
    url: z.string().optional().meta({ description: "Of the whole, with a ticket for an hour" }),
    duration_seconds: z.number().optional().meta({ description: "Of what can be heard already" }),
    file_size_bytes: z.int().optional(),
    file_type: z.enum(["mp3", "wav"]).optional().meta({ description: "Of what stands at url" }),
    timeline: timeline.optional().meta({ description: "What is heard when, in what stands at url" }),
});

/** A success: its fields are in `data`, and also beside it, where deployed clients read them. */
function success<Shape extends z.core.$ZodLooseShape>(data: z.ZodObject<Shape>) {
    const envelope = { success: z.literal(true), message: z.string(), error: z.null() };
    return z.object({ ...data.shape, ...envelope, data });
}

/** A failure, of any route. */
export const agentFailure = z.object({
    success: z.literal(false),
    message: z.string(),
    detail: z.string().meta({ description: "What message says" }),
    data: z.null(),
    error: z.string(),
    bound: reachedBound.optional(),
});

const tokens = z.object({
    access_token: z.string(),
    id_token: z.string(),
    refresh_token: z.string(),
    expires_in: z.int().meta({ description: "Seconds" }),
    token_type: z.string(),
});
/** The state of a sign-in: either the next challenge, or the tokens. */
const signInStep = tokens.partial().extend({
    challenge: z
        .enum(["NEW_PASSWORD_REQUIRED", "MFA_SETUP", "SOFTWARE_TOKEN_MFA"])
        .optional()
        .meta({ description: "What is asked for; without it, here are the tokens" }),
    username: z.string().optional().meta({ description: "For the next step" }),
    session: z.string().optional().meta({ description: "For the next step, good for some minutes" }),
    secret_code: z.string().optional().meta({ description: "Of MFA_SETUP: the authenticator's key, in base32" }),
});
const addressAnswer = z.object({ email: z.string() });

/** All routes by name. The first route that matches a path handles it. */
export const agentRoutes = {
    root: { method: "get", path: "/", summary: "Whether the service is well.", auth: false, answer: health },
    health: { method: "get", path: "/health", summary: "Whether the service is well.", auth: false, answer: health },
    signUp: {
        method: "post",
        path: "/api/v1/auth/signup",
        summary: "Signs a user up, where that is open; whether there was an account already is not told.",
        auth: false,
        body: signUpBody,
        answer: success(z.object({ email: z.string(), user_sub: z.string(), user_confirmed: z.boolean() })),
        failures: [403, 429, 502],
    },
    signUpState: {
        method: "get",
        path: "/api/v1/auth/signup",
        summary: "Whether anybody may sign up.",
        auth: false,
        answer: success(z.object({ open: z.boolean() })),
    },
    signIn: {
        method: "post",
        path: "/api/v1/auth/signin",
        summary: "Signs a user in; answers the tokens.",
        auth: false,
        body: credentials,
        answer: success(tokens),
        failures: [401, 403, 429, 502],
    },
    beginSignIn: {
        method: "post",
        path: "/api/v1/auth/signin/begin",
        summary: "Begins to sign a user in; answers the tokens, or what is asked for first.",
        auth: false,
        body: credentials,
        answer: success(signInStep),
        failures: [401, 403, 429, 502],
    },
    setNewPassword: {
        method: "post",
        path: "/api/v1/auth/signin/new-password",
        summary: "Goes on with a sign-in that asks for NEW_PASSWORD_REQUIRED.",
        auth: false,
        body: newPasswordBody,
        answer: success(signInStep),
        failures: [401, 403, 429, 502],
    },
    setUpAuthenticator: {
        method: "post",
        path: "/api/v1/auth/signin/authenticator",
        summary:
            "Goes on with a sign-in that asks for MFA_SETUP, with the first code of an app that was given the key.",
        auth: false,
        body: authenticatorCodeBody,
        answer: success(signInStep),
        failures: [401, 403, 429, 502],
    },
    answerCode: {
        method: "post",
        path: "/api/v1/auth/signin/code",
        summary: "Goes on with a sign-in that asks for SOFTWARE_TOKEN_MFA.",
        auth: false,
        body: authenticatorCodeBody,
        answer: success(signInStep),
        failures: [401, 403, 429, 502],
    },
    refreshTokens: {
        method: "post",
        path: "/api/v1/auth/refresh",
        summary:
            "Answers new tokens of a sign-in, for as long as its refresh token is good: 30 days, or until its user signs out.",
        auth: false,
        body: refreshBody,
        answer: success(tokens.partial({ refresh_token: true })),
        failures: [401, 429, 502],
    },
    signOut: {
        method: "post",
        path: "/api/v1/auth/signout",
        summary:
            "Signs the caller out everywhere: refresh tokens are good for nothing from then on, access tokens in a minute, and ID tokens no later than they run out, an hour after they were given out.",
        auth: true,
        answer: success(z.object({ sub: z.string() })),
        failures: [429, 502],
    },
    confirmAddress: {
        method: "post",
        path: "/api/v1/auth/confirm",
        summary: "Confirms the address of who signed up, with the code that was mailed to it.",
        auth: false,
        body: confirmationBody,
        answer: success(addressAnswer),
        failures: [429, 502],
    },
    resendCode: {
        method: "post",
        path: "/api/v1/auth/resend-code",
        summary: "Mails the code once more to who signed up; whether somebody did is not told.",
        auth: false,
        body: addressBody,
        answer: success(addressAnswer),
        failures: [429, 502],
    },
    forgotPassword: {
        method: "post",
        path: "/api/v1/auth/forgot-password",
        summary: "Mails a code for a new password to who has an account; whether somebody has is not told.",
        auth: false,
        body: addressBody,
        answer: success(addressAnswer),
        failures: [429, 502],
    },
    resetPassword: {
        method: "post",
        path: "/api/v1/auth/reset-password",
        summary: "Sets a new password with the code that was mailed.",
        auth: false,
        body: passwordResetBody,
        answer: success(addressAnswer),
        failures: [429, 502],
    },
    changePassword: {
        method: "post",
        path: "/api/v1/auth/change-password",
        summary: "Changes the caller's password; it takes an access token.",
        auth: true,
        body: passwordChangeBody,
        answer: success(z.object({ sub: z.string() })),
        failures: [403, 429, 502],
    },
    makeAuthenticator: {
        method: "post",
        path: "/api/v1/auth/authenticator",
        summary: "Makes the caller a key for an authenticator app; it takes an access token. An app from before ends.",
        auth: true,
        answer: success(z.object({ secret_code: z.string().meta({ description: "In base32" }) })),
        failures: [403, 429, 502],
    },
    verifyAuthenticator: {
        method: "post",
        path: "/api/v1/auth/authenticator/verify",
        summary: "Has the caller's sign-ins ask for the app's code from now on; it takes an access token.",
        auth: true,
        body: oneTimePasswordBody,
        answer: success(z.object({ sub: z.string() })),
        failures: [403, 429, 502],
    },
    me: {
        method: "get",
        path: "/api/v1/auth/me",
        summary: "Who the token names.",
        auth: true,
        answer: success(
            z.object({
                sub: z.string(),
                email: z.string().optional(),
                username: z.string().optional(),
                name: z.string().optional(),
                email_verified: z.boolean().optional(),
            }),
        ),
    },
    authHealth: {
        method: "get",
        path: "/api/v1/auth/health",
        summary: "Whether sign-in is well.",
        auth: false,
        answer: health,
    },
    generateStory: {
        method: "post",
        path: "/api/v1/story/generate-pipeline",
        summary:
            "Makes a story and tells of it as it comes; with `session_id` it tells of one that is being made, or goes on with it.",
        auth: true,
        costs: true,
        body: z.union([newStoryBody, resumeBody.required()]),
        answer: "events",
        failures: [404, 422, 429, 502],
    },
    selectConcept: {
        method: "post",
        path: "/api/v1/story/select-concept",
        summary: "Chooses a concept.",
        auth: true,
        body: conceptBody,
        answer: success(
            z.object({ ...conceptBody.shape, status: z.literal("concept_selected"), next_step: z.string() }),
        ),
        failures: [404],
    },
    approveScene: {
        method: "post",
        path: "/api/v1/story/approve-scene",
        summary: "Approves a scene.",
        auth: true,
        body: sceneBody,
        answer: success(z.object({ ...sceneBody.shape, status: z.literal("approved"), next_action: z.string() })),
        failures: [404],
    },
    selectFormat: {
        method: "post",
        path: "/api/v1/story/select-format",
        summary: "Chooses audio, visual or both.",
        auth: true,
        body: formatBody,
        answer: success(z.object({ ...formatBody.shape, stage: z.literal("format_selected"), next_step: z.string() })),
        failures: [404],
    },
    selectNarrator: {
        method: "post",
        path: "/api/v1/story/select-narrator",
        summary: "Chooses who narrates.",
        auth: true,
        body: narratorBody,
        answer: success(
            z.object({
                ...narratorBody.shape,
                stage: z.literal("generation"),
                status: z.literal("narrator_selected"),
            }),
        ),
        failures: [404],
    },
    getSession: {
        method: "get",
        path: "/api/v1/story/session/{session_id}",
        summary:
            "A session as it stands; with `Accept: text/event-stream` the events of the story that is being made, or is gone on with.",
        auth: true,
        costs: true,
        answer: success(sessionView),
        failures: [429],
    },
    stopRun: {
        method: "post",
        path: "/api/v1/story/session/{session_id}/stop",
        summary: "Stops a story that is being made, and answers when it has stopped; what is finished stays.",
        auth: true,
        answer: success(
            z.object({
                session_id: z.string(),
                resumable: z.boolean().meta({ description: "Whether something is left to do" }),
            }),
        ),
    },
    listStories: {
        method: "get",
        path: "/api/v1/stories/list",
        summary: "The caller's stories, newest first.",
        auth: true,
        query: listQuery,
        answer: success(
            z.object({
                stories: z.array(listed),
                count: z.int().meta({ description: "How many this page has" }),
                next: z.string().optional().meta({ description: "Leads to the next page, where there is one" }),
            }),
        ),
    },
    getStory: {
        method: "get",
        path: "/api/v1/stories/{id}",
        summary: "One story.",
        auth: true,
        answer: success(story),
    },
    deleteStory: {
        method: "delete",
        path: "/api/v1/stories/{id}",
        summary: "Removes a story with all its objects.",
        auth: true,
        answer: success(z.object({ session_id: z.string(), deleted_objects: z.int() })),
    },
    shareStory: {
        method: "post",
        path: "/api/v1/stories/{id}/link",
        summary: "Makes the link by which anybody may read a finished story, or answers the one that there is.",
        auth: true,
        answer: success(z.object({ session_id: z.string(), token: z.string() })),
        failures: [409],
    },
    unshareStory: {
        method: "delete",
        path: "/api/v1/stories/{id}/link",
        summary: "Takes a story's link back; the next one is another.",
        auth: true,
        answer: success(z.object({ session_id: z.string() })),
    },
    getSharedStory: {
        method: "get",
        path: "/api/v1/shared/{token}",
        summary: "The story of a link, for anybody who has it.",
        auth: false,
        answer: success(
            z.object({
                title: z.string(),
                story: z.string().meta({ description: "Markdown" }),
                structured_story: structuredStory,
                images: z.array(z.url()),
                illustrated_chapters: illustratedChapters,
                has_audio: z.boolean(),
                timeline: timeline.optional().meta({ description: "What is heard when, in its narration" }),
                created_at: isoTime,
            }),
        ),
        failures: [404],
    },
    getSharedPage: {
        method: "get",
        path: "/api/v1/shared/{token}/page",
        summary:
            "The page to give as a link: with what a preview of the link shows, and the way to the site's page of the story.",
        auth: false,
        answer: "page",
    },
    getSharedCover: {
        method: "get",
        path: "/api/v1/shared/{token}/cover",
        summary: "The first picture of a link's story, for as long as the link opens it.",
        auth: false,
        answer: "picture",
        failures: [404],
    },
    getSharedNarration: {
        method: "get",
        path: "/api/v1/shared/{token}/narration",
        summary: "The narration of a link's story, as an MP3, with ranges.",
        auth: false,
        answer: "mp3",
        failures: [404],
    },
    getImages: {
        method: "get",
        path: "/api/v1/stories/{id}/images",
        summary: "The addresses of a story's pictures, good for an hour.",
        auth: true,
        answer: success(z.object({ session_id: z.string(), images: z.array(z.url()) })),
    },
    downloadStory: {
        method: "get",
        path: "/api/v1/stories/{id}/download",
        summary: "A story as a file; `format` is `txt` or `json`.",
        auth: true,
        query: z.object({ format: downloadFormat.optional() }),
        answer: "file",
        failures: [409],
    },
    regenerateSegment: {
        method: "post",
        path: "/api/v1/stories/{id}/segments/{segment}/regenerate",
        summary: "Writes one line again.",
        auth: true,
        costs: true,
        body: regenerationBody,
        answer: success(
            z.object({ session_id: z.string(), segment: z.object({ speaker: z.string(), text: z.string() }) }),
        ),
        failures: [409, 422, 429, 502, 504],
    },
    regenerateImage: {
        method: "post",
        path: "/api/v1/stories/{id}/images/{image}/regenerate",
        summary: "Draws one picture again.",
        auth: true,
        costs: true,
        body: regenerationBody,
        answer: success(z.object({ session_id: z.string(), image: z.url() })),
        failures: [409, 422, 429, 502, 504],
    },
    getImage: {
        method: "get",
        path: "/api/v1/images/{id}/{file}",
        summary: "Leads to a story's picture, by its file's name; with `inline=true` the answer is the picture itself.",
        auth: true,
        query: z.object({ inline: z.literal("true").optional() }),
        answer: "redirect",
    },
    listVoices: {
        method: "get",
        path: "/api/v1/audio/voices",
        summary: "The voices that there are.",
        auth: true,
        answer: success(z.object({ voices: z.array(z.unknown()), key_required: z.boolean() })),
        failures: [502],
    },
    narrate: {
        method: "post",
        path: "/api/v1/audio/generate/{id}",
        summary: "Starts narration in the background.",
        auth: true,
        costs: true,
        body: narrationBody,
        answer: success(narration),
        failures: [409, 429],
    },
    narrationStatus: {
        method: "get",
        path: "/api/v1/audio/status/{id}",
        summary: "How far a narration is; `not_generated` also where the caller has no such story.",
        auth: true,
        answer: success(narration.partial({ message: true })),
    },
    streamNarration: {
        method: "get",
        path: "/api/v1/audio/stream/{id}",
        summary: "The narration; ranges are answered with 206. A `ticket` in the address stands for a token.",
        auth: true,
        ticket: true,
        query: z.object({ ticket: z.string().optional() }),
        answer: "audio",
        failures: [403, 416],
    },
    playNarration: {
        method: "get",
        path: "/api/v1/audio/hls/{id}/stream.m3u8",
        summary:
            "The narration as an HLS playlist, which grows while it is made. The cookie of a status stands for a token.",
        auth: true,
        ticket: true,
        answer: "playlist",
        failures: [403],
    },
    narrationSegment: {
        method: "get",
        path: "/api/v1/audio/hls/{id}/{file}",
        summary: "A segment that the playlist names: packed MP3, or what the earlier service stored.",
        auth: true,
        ticket: true,
        answer: "segment",
        failures: [400, 403],
    },
    downloadNarration: {
        method: "get",
        path: "/api/v1/audio/download/{id}",
        summary:
            "The whole narration as an MP3 to keep. A ticket, or the cookie of a status, stands for a token; a person who has neither gets a page.",
        auth: true,
        ticket: true,
        query: z.object({ ticket: z.string().optional() }),
        answer: "mp3",
        failures: [403, 416],
    },
    resetNarration: {
        method: "post",
        path: "/api/v1/audio/reset/{id}",
        summary: "Forgets a narration, to start over.",
        auth: true,
        answer: success(z.object({ status: z.literal("reset"), session_id: z.string() })),
    },
} as const satisfies Record<string, AgentRoute>;

/** The name of a route. */
export type AgentRouteName = keyof typeof agentRoutes;

export const agentRouteList: readonly AgentRoute[] = Object.values(agentRoutes);

type Routes = typeof agentRoutes;

/** A route's path, with values for the parameters in braces. */
export function pathOf(name: AgentRouteName, at: Record<string, string> = {}): string {
    return agentRoutes[name].path.replaceAll(/\{(\w+)\}/g, (_, part) => encodeURIComponent(at[part] ?? ""));
}

type Input<Route, Part extends string> = Route extends { [P in Part]: infer Schema extends z.ZodType }
    ? z.input<Schema>
    : undefined;
type Data<Route> = Route extends { answer: infer Schema extends z.ZodType }
    ? z.output<Schema> extends { data: infer Fields }
        ? Fields
        : z.output<Schema>
    : undefined;

/** The body and query of each call and the `data` of its success, by `method path`: types only, for clients without a schema. */
export type AgentCalls = {
    [Name in AgentRouteName as `${Routes[Name]["method"]} ${Routes[Name]["path"]}`]: {
        body: Input<Routes[Name], "body">;
        query: Input<Routes[Name], "query">;
        data: Data<Routes[Name]>;
    };
};

/** The calls that cost something, by `method path`. */
export type CostlyAgentCall = {
    [Name in AgentRouteName]: Routes[Name] extends { costs: true }
        ? `${Routes[Name]["method"]} ${Routes[Name]["path"]}`
        : never;
}[AgentRouteName];

/** The events of a pipeline, in their order; those of an agent come once for each agent. */
export const pipelineEvents = [
    "start",
    "status",
    "themed_activities",
    "agent_start",
    "agent_activity",
    "agent_complete",
    "complete",
    "error",
] as const;
