/** `npm run docs:api`: writes the OpenAPI document and API_DOCUMENTATION.md from the contract. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type AgentRoute, agentRoutes, pipelineEvents } from "./agentRoutes.ts";
import { dataOperations } from "./dataOps.ts";
import { failure, type Operation, operations, statusCodes, successOf } from "./operations.ts";

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: "input" | "output") => {
    const { $schema: _draft, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
    return json;
};
const jsonBody = (schema: unknown) => ({ content: { "application/json": { schema } } });

function operationObject(operation: Operation): Json {
    const answers = Object.entries(statusCodes).map(([status, description]) => {
        const schema =
            status === "200"
                ? schemaOf(successOf(operation), "output")
                : status === "401"
                  ? { type: "object", properties: { message: { const: "Unauthorized" } }, required: ["message"] }
                  : schemaOf(failure, "output");
        const headers =
            status === "429" ? { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } } : undefined;
        return [status, { description, ...(headers ? { headers } : {}), ...jsonBody(schema) }];
    });
    return {
        operationId: operation.name,
        summary: operation.summary,
        tags: ["REST API"],
        security: [{ idToken: [] }],
        requestBody: { required: true, ...jsonBody(schemaOf(operation.request, "input")) },
        responses: Object.fromEntries(answers),
    };
}

const mediaTypes = {
    json: "application/json",
    events: "text/event-stream",
    file: "application/octet-stream",
    audio: "audio/wav",
};

function routeObject({ summary, auth, answer, body, path }: AgentRoute): Json {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
    }));
    const fields = [...(body?.required ?? []), ...(body?.optional ?? [])];
    return {
        summary,
        tags: ["Agent service"],
        security: auth ? [{ idToken: [] }] : [],
        parameters,
        ...(body
            ? {
                  requestBody: jsonBody({
                      type: "object",
                      properties: Object.fromEntries(fields.map((name) => [name, {}])),
                      required: body.required,
                  }),
              }
            : {}),
        responses: {
            200: { description: "Success.", content: { [mediaTypes[answer]]: {} } },
            ...(auth ? { 401: { description: "No token, or not a good one." } } : {}),
            ...(parameters.length > 0 ? { 404: { description: "There is none, or it is not the caller's." } } : {}),
        },
    };
}

/** The OpenAPI 3.1 document of the REST API and the agent service. */
export function openApiDocument(): Json {
    const paths: Record<string, Json> = {};
    for (const operation of operations) {
        paths[operation.path] = { post: operationObject(operation) };
    }
    for (const route of agentRoutes) {
        paths[route.path] = { ...paths[route.path], [route.method]: routeObject(route) };
    }
    return {
        openapi: "3.1.0",
        info: {
            title: "Story-42",
            version: "1.0.0",
            description: "The REST API (at `api_endpoint`) and the agent service (at `ecs_service_endpoint`).",
        },
        paths,
        components: {
            securitySchemes: {
                idToken: {
                    type: "http",
                    scheme: "bearer",
                    description: "A Cognito ID token. The REST API takes it bare too.",
                },
            },
        },
    };
}

/** The same for people. */
export function apiDocumentation(): string {
    const required = (operation: Operation) => {
        const { properties = {}, required = [] } = schemaOf(operation.request, "input") as {
            properties?: Json;
            required?: string[];
        };
        return Object.keys(properties)
            .map((name) => `\`${name}\`${required.includes(name) ? "" : " (optional)"}`)
            .join(", ");
    };
    const lines = [
        "# The API of Story-42",
        "",
        "Written from `contract/` by `npm run docs:api`; every field with its limits is in `docs/openapi.json`.",
        "",
        "## The REST API",
        "",
        "`POST`, JSON, `Authorization: Bearer <Cognito ID token>` (a bare token works too). A success is `{ success, route, result, authenticated_user, request_id }`; `result.metadata` repeats what was asked for. A failure is `{ error, message, request_id }`.",
        "",
        "| Path | Does | Route in the answer | Body |",
        "|---|---|---|---|",
        ...operations.map((it) => `| \`${it.path}\` | ${it.summary} | \`${it.route}\` | ${required(it)} |`),
        "",
        "| Status | Meaning |",
        "|---|---|",
        ...Object.entries(statusCodes).map(([status, meaning]) => `| ${status} | ${meaning} |`),
        "",
        "## The agent service",
        "",
        "| Call | Does | Token | Body | Answers |",
        "|---|---|---|---|---|",
        ...agentRoutes.map((it) => {
            const body = it.body
                ? [
                      ...it.body.required.map((name) => `\`${name}\``),
                      ...it.body.optional.map((name) => `\`${name}\`?`),
                  ].join(", ")
                : "";
            return `| \`${it.method.toUpperCase()} ${it.path}\` | ${it.summary} | ${it.auth ? "yes" : "no"} | ${body} | ${it.answer} |`;
        }),
        "",
        `A pipeline's events, in their order: ${pipelineEvents.map((name) => `\`${name}\``).join(", ")}.`,
        "",
        "## The data operations",
        "",
        'Invoked directly (`lambda:InvokeFunction` on the data-ops function), never over HTTP, with `{ "operation": NAME, ... }`.',
        "",
        "| Operation | Fields |",
        "|---|---|",
        ...Object.entries(dataOperations).map(([name, schema]) => {
            const { properties = {}, required: needed = [] } = schemaOf(schema, "input") as {
                properties?: Json;
                required?: string[];
            };
            return `| \`${name}\` | ${Object.keys(properties)
                .map((field) => `\`${field}\`${needed.includes(field) ? "" : "?"}`)
                .join(", ")} |`;
        }),
    ];
    return `${lines.join("\n")}\n`;
}

/** The documents by their paths. */
export const documents = (): Record<string, string> => ({
    "docs/openapi.json": `${JSON.stringify(openApiDocument(), null, 2)}\n`,
    "API_DOCUMENTATION.md": apiDocumentation(),
});

if (import.meta.main) {
    for (const [path, text] of Object.entries(documents())) {
        writeFileSync(join(import.meta.dirname, "..", path), text);
        console.log(`Wrote ${path}`);
    }
}
