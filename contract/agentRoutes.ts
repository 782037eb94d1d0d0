/** The agent service's routes, as deployed clients call them. */

export interface AgentRoute {
    method: "get" | "post" | "delete";
    path: string;
    summary: string;
    /** Whether it wants a token. */
    auth: boolean;
    /** What a success is: JSON, a stream of events, a file, or audio with ranges. */
    answer: "json" | "events" | "file" | "audio";
    /** The fields of the JSON body, those that must be there first. */
    body?: { required: string[]; optional: string[] };
}

const pipeline = ["story_type", "length", "tone_style", "target_audience", "creative_notes", "session_id"];

export const agentRoutes: readonly AgentRoute[] = [
    { method: "get", path: "/", summary: "Whether the service is well.", auth: false, answer: "json" },
    { method: "get", path: "/health", summary: "Whether the service is well.", auth: false, answer: "json" },
    {
        method: "post",
        path: "/api/v1/auth/signup",
        summary: "Signs a user up.",
        auth: false,
        answer: "json",
        body: { required: ["email", "password"], optional: ["name"] },
    },
    {
        method: "post",
        path: "/api/v1/auth/signin",
        summary: "Signs a user in; answers the tokens.",
        auth: false,
        answer: "json",
        body: { required: ["email", "password"], optional: [] },
    },
    { method: "get", path: "/api/v1/auth/me", summary: "Who the token names.", auth: true, answer: "json" },
    { method: "get", path: "/api/v1/auth/health", summary: "Whether sign-in is well.", auth: false, answer: "json" },
    {
        method: "post",
        path: "/api/v1/story/generate-pipeline",
        summary: "Makes a story and tells of it as it comes.",
        auth: true,
        answer: "events",
        body: { required: ["topic"], optional: pipeline },
    },
    {
        method: "post",
        path: "/api/v1/story/select-concept",
        summary: "Chooses a concept.",
        auth: true,
        answer: "json",
        body: { required: ["session_id", "selected_concept"], optional: [] },
    },
    {
        method: "post",
        path: "/api/v1/story/approve-scene",
        summary: "Approves a scene.",
        auth: true,
        answer: "json",
        body: { required: ["session_id", "scene_id"], optional: [] },
    },
    {
        method: "post",
        path: "/api/v1/story/select-format",
        summary: "Chooses audio, visual or both.",
        auth: true,
        answer: "json",
        body: { required: ["session_id", "output_format"], optional: [] },
    },
    {
        method: "post",
        path: "/api/v1/story/select-narrator",
        summary: "Chooses who narrates.",
        auth: true,
        answer: "json",
        body: { required: ["session_id", "narrator_id"], optional: [] },
    },
    {
        method: "get",
        path: "/api/v1/story/session/{session_id}",
        summary: "A session as it stands; with `Accept: text/event-stream` it goes on from there.",
        auth: true,
        answer: "json",
    },
    { method: "get", path: "/api/v1/stories/list", summary: "The caller's stories.", auth: true, answer: "json" },
    { method: "get", path: "/api/v1/stories/{id}", summary: "One story.", auth: true, answer: "json" },
    {
        method: "delete",
        path: "/api/v1/stories/{id}",
        summary: "Removes a story with all its objects.",
        auth: true,
        answer: "json",
    },
    {
        method: "get",
        path: "/api/v1/stories/{id}/images",
        summary: "The addresses of a story's pictures, good for an hour.",
        auth: true,
        answer: "json",
    },
    {
        method: "get",
        path: "/api/v1/stories/{id}/download",
        summary: "A story as a file; `format` is `txt` or `json`.",
        auth: true,
        answer: "file",
    },
    {
        method: "post",
        path: "/api/v1/stories/{id}/segments/{segment}/regenerate",
        summary: "Writes one line again.",
        auth: true,
        answer: "json",
        body: { required: ["user_request"], optional: [] },
    },
    {
        method: "post",
        path: "/api/v1/stories/{id}/images/{image}/regenerate",
        summary: "Draws one picture again.",
        auth: true,
        answer: "json",
        body: { required: ["user_request"], optional: [] },
    },
    { method: "get", path: "/api/v1/audio/voices", summary: "The voices that there are.", auth: true, answer: "json" },
    {
        method: "post",
        path: "/api/v1/audio/generate/{id}",
        summary: "Starts narration in the background.",
        auth: true,
        answer: "json",
        body: { required: [], optional: ["force_regenerate", "speaker_voice_overrides"] },
    },
    {
        method: "get",
        path: "/api/v1/audio/status/{id}",
        summary: "How far a narration is.",
        auth: true,
        answer: "json",
    },
    {
        method: "get",
        path: "/api/v1/audio/stream/{id}",
        summary: "The narration; ranges are answered with 206.",
        auth: true,
        answer: "audio",
    },
    {
        method: "post",
        path: "/api/v1/audio/reset/{id}",
        summary: "Forgets a narration, to start over.",
        auth: true,
        answer: "json",
    },
];

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
