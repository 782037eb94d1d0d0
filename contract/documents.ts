/** The OpenAPI document and API_DOCUMENTATION.md, from the contract; `npm run docs` writes them. */
import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { type AgentRoute, agentFailure, agentRouteList, type Medium, pipelineEvents } from "./agentRoutes.ts";
import { dataOperations } from "./dataOps.ts";
import { failure, idempotencyKey, type Operation, operations, statusCodes, successOf } from "./operations.ts";

type Json = Record<string, unknown>;
type Responses = NonNullable<ZodOpenApiOperationObject["responses"]>;

const jsonBody = (schema: z.ZodType) => ({ content: { "application/json": { schema } } });

/** The gateway's own answer to a call without a token; the functions' answers have more fields. */
const unauthorized = z.looseObject({ message: z.literal("Unauthorized") });

function operationObject(operation: Operation): ZodOpenApiOperationObject {
    const answers = Object.entries(statusCodes).map(([status, description]) => {
        const schema = status === "200" ? successOf(operation) : status === "401" ? unauthorized : failure;
        const headers =
            status === "409" || status === "429"
                ? { "Retry-After": { description: "Seconds.", schema: { type: "integer" as const } } }
                : undefined;
        return [status, { description, ...(headers ? { headers } : {}), ...jsonBody(schema) }];
    });
    return {
        operationId: operation.name,
        summary: operation.summary,
        tags: ["REST API"],
        security: [{ idToken: [] }],
        requestParams: {
            header: z.object({
                "Idempotency-Key": idempotencyKey.optional().describe(idempotencyKey.description ?? ""),
            }),
        },
        requestBody: { required: true, ...jsonBody(operation.request) },
        responses: Object.fromEntries(answers),
    };
}

const pictureTypes = ["image/png", "image/jpeg", "image/webp"];

const mediaTypes: Record<Exclude<Medium, "redirect">, string[]> = {
    events: ["text/event-stream"],
    file: ["text/plain; charset=utf-8", "application/json"],
    audio: ["audio/wav", "audio/mpeg"],
    mp3: ["audio/mpeg"],
    playlist: ["application/vnd.apple.mpegurl"],
    segment: ["audio/mpeg", "video/mp2t"],
    picture: pictureTypes,
    page: ["text/html; charset=utf-8"],
};

/** The meanings of the agent service's status codes. */
const agentStatusCodes: Record<number, string> = {
    400: "The request is not as it must be; `message` names every missing or bad field.",
    401: "No token, or not a good one; at sign-in a wrong address or password.",
    403: "Not allowed: an account that is not confirmed, or a ticket that is not valid.",
    404: "There is none, or it is not the caller's.",
    409: "Not in this state: it exists already, runs already or is not finished.",
    413: "The body is too large.",
    416: "The audio has no such range.",
    422: "The model or the image service refuses the content.",
    429: "Too much at once; `Retry-After` says when to try again, in seconds.",
    500: "Something else went wrong.",
    502: "An upstream did not answer, or answered nonsense.",
    503: "Not available just now; `Retry-After` says when to try again, in seconds.",
    504: "An upstream took too long.",
};

function routeObject(route: AgentRoute): ZodOpenApiOperationObject {
    const { summary, auth, body, query, path } = route;
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, z.string()]);
    return {
        summary,
        tags: ["Agent service"],
        security: auth ? [{ idToken: [] }] : [],
        requestParams: {
            ...(inPath.length > 0 ? { path: z.object(Object.fromEntries(inPath)) } : {}),
            ...(query ? { query } : {}),
        },
        ...(body ? { requestBody: { required: isRequired(body), ...jsonBody(body) } } : {}),
        responses: { ...successesOf(route), ...failuresOf(route, inPath.length > 0) },
    };
}

/** The content of an answer that is not JSON. */
const contentOf = (types: string[]) => Object.fromEntries(types.map((type) => [type, {}]));

function successesOf({ answer }: AgentRoute): Responses {
    if (typeof answer !== "string") {
        return { 200: { description: "Success.", ...jsonBody(answer) } };
    }
    if (answer === "redirect") {
        const headers = { Location: { description: "Good for an hour.", schema: { type: "string" as const } } };
        const content = contentOf(pictureTypes);
        return {
            200: { description: "The picture, where it is asked for `inline`.", content },
            302: { description: "Where it is.", headers },
        };
    }
    const content = contentOf(mediaTypes[answer]);
    return {
        200: { description: "Success.", content },
        ...(answer === "audio" || answer === "mp3"
            ? { 206: { description: "The range that was asked for.", content } }
            : {}),
    };
}

function failuresOf({ auth, body, query, answer, failures = [] }: AgentRoute, hasId: boolean): Responses {
    const codes = [
        ...(body || query ? [400] : []),
        ...(auth ? [401] : []),
        ...(hasId ? [404] : []),
        ...(body ? [413] : []),
        ...failures,
        500,
        503,
    ];
    const sorted = [...new Set(codes)].sort((a, b) => a - b);
    // Where a page leads to nothing, it says so to a person.
    const bodyOf = (code: number) =>
        code === 404 && answer === "page" ? { content: contentOf(mediaTypes.page) } : jsonBody(agentFailure);
    return Object.fromEntries(
        sorted.map((code) => [code, { description: agentStatusCodes[code] ?? "", ...bodyOf(code) }]),
    );
}

/** Whether a body is required; a missing optional body is read as an empty one. */
const isRequired = (body: z.ZodType) => !body.safeParse({}).success;

/** The OpenAPI 3.1 document of the REST API and the agent service. */
export function openApiDocument(): object {
    const paths: ZodOpenApiPathsObject = {};
    for (const operation of operations) {
        paths[operation.path] = { post: operationObject(operation) };
    }
    for (const route of agentRouteList) {
        paths[route.path] = { ...paths[route.path], [route.method]: routeObject(route) };
    }
    return createDocument({
        openapi: "3.1.0",
        info: {
            title: "Story-42",
            version: "1.0.0",
            description: "The REST API (at `api_endpoint`) and the agent service (at `ecs_service_endpoint`).",
        },
        paths,
        components: {
            schemas: { Failure: failure, AgentFailure: agentFailure },
            securitySchemes: {
                idToken: {
                    type: "http",
                    scheme: "bearer",
                    description: "A Cognito ID token. The REST API takes it bare too.",
                },
            },
        },
    });
}

/** The fields of a body for a table's cell; optional ones have a question mark. */
function fieldsOf(body: z.ZodType): string {
    const schema = z.toJSONSchema(body, { io: "input", unrepresentable: "any" }) as { anyOf?: Json[] };
    return (schema.anyOf ?? [schema]).map(namesOf).join("; or ");
}

function namesOf({ properties = {}, required = [] }: { properties?: Json; required?: string[] }): string {
    return Object.keys(properties)
        .map((name) => `\`${name}\`${required.includes(name) ? "" : "?"}`)
        .join(", ");
}

/** The documentation of the API in Markdown. */
export function apiDocumentation(): string {
    const lines = [
        "# The API of Story-42",
        "",
        "Written from `contract/` by `npm run docs`; every field with its limits is in `docs/openapi.json`.",
        "",
        "## The REST API",
        "",
        "`POST`, JSON, `Authorization: Bearer <Cognito ID token>` (a bare token works too). A success is `{ success, route, result, authenticated_user, request_id }`; `result.metadata` repeats what was asked for. A failure is `{ error, message, request_id }`, and `trace_id` where the deployment has traces.",
        "",
        "A call may have a header `Idempotency-Key`, such as a UUID of its own. A text that was made is then given again, as often as the same call is sent; of pictures, those that are missing are drawn.",
        "",
        "| Path | Does | Route in the answer | Body (`?`: may be left out) |",
        "|---|---|---|---|",
        ...operations.map((it) => `| \`${it.path}\` | ${it.summary} | \`${it.route}\` | ${fieldsOf(it.request)} |`),
        "",
        "| Status | Meaning |",
        "|---|---|",
        ...Object.entries(statusCodes).map(([status, meaning]) => `| ${status} | ${meaning} |`),
        "",
        "## The agent service",
        "",
        "| Call | Does | Token | Body | Answers |",
        "|---|---|---|---|---|",
        ...agentRouteList.map((it) => {
            const answer = typeof it.answer === "string" ? it.answer : "json";
            return `| \`${it.method.toUpperCase()} ${it.path}\` | ${it.summary} | ${it.auth ? "yes" : "no"} | ${it.body ? fieldsOf(it.body) : ""} | ${answer} |`;
        }),
        "",
        `A pipeline's events, in their order: ${pipelineEvents.map((name) => `\`${name}\``).join(", ")}.`,
        "",
        "A story goes on to its end when its client leaves; `/stop` stops it. Whoever calls `generate-pipeline` with `session_id`, or `session/{session_id}` with `Accept: text/event-stream`, hears the events from the first one on, or from the one after `Last-Event-ID`. Several may listen at once. Events have an id where they come from the task that makes the story; another task tells of each stage when it is stored. An event `error` with `resumable` leaves a story that can be gone on with; with `retry_after` as well, only the task that made it went away: ask again after that many seconds, as after a connection that broke.",
        "",
        "A failure is `{ success: false, message, detail, error, data: null }`; `detail` says what `message` says.",
        "",
        "A narration is a WAV at `url` (what the earlier service left may be an MP3), an MP3 at `/download`, and an HLS playlist of packed MP3 segments, which can be played while the narration is still made. Players and links that can send no token use the ticket in `url`, or the cookie that a call of `status` or `generate` sets for pages of the same site (an hour, `HttpOnly`, `Secure`, `SameSite=Lax`). A page of another site can't link to `/download` without a ticket: the person who follows such a link is told to open the story at the service's own address.",
        "",
        "Stories that the service before this one saved (`AIWorkflow/users/{sub}/stories/{id}/` in the images bucket) are listed, read, played, changed and deleted by the same routes. They stay where they are until they are deleted; what is changed is saved beside them.",
        "",
        "## The data operations",
        "",
        'Invoked directly (`lambda:InvokeFunction` on the data-ops function), never over HTTP, with `{ "operation": NAME, ... }`.',
        "",
        "| Operation | Fields |",
        "|---|---|",
        ...Object.entries(dataOperations).map(([name, schema]) => {
            return `| \`${name}\` | ${fieldsOf(schema)} |`;
        }),
        "",
        "`export_user_data` writes a ZIP archive beside the user's data and answers `{ complete, archive, usage, sessions, objects, bytes, next? }`. What does not fit into one invocation, or one archive of 2 GB or 10,000 objects, is in further ones: call again with `next` until `complete` is true. An archive holds `usage.jsonl` (what a story used of a model on a day, one a line, counted as in a story's data), `sessions.jsonl` (one recorded call or story a line), the objects under their keys, and `contents.json`, which names them. Earlier archives are left out; so is what Cognito knows of the user. `delete_user_data` removes the same, and earlier archives with it; it answers `complete: false` where its time was over: call it again.",
    ];
    return `${lines.join("\n")}\n`;
}

/** The documents by their paths. */
export const apiDocuments = (): Record<string, string> => ({
    "docs/openapi.json": `${JSON.stringify(openApiDocument(), null, 2)}\n`,
    "API_DOCUMENTATION.md": apiDocumentation(),
});
