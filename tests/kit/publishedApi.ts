/** Checks answers against the published OpenAPI document, not against the code's own types. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

export const documentPath = join(import.meta.dirname, "../../docs/openapi.json");

type Document = {
    paths: Record<
        string,
        Record<string, { responses: Record<string, { content?: Record<string, { schema?: object }> }> }>
    >;
};
const document: Document = JSON.parse(readFileSync(documentPath, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, "openapi");
const compiled = new Map<string, ValidateFunction>();

/**
 * Throws unless the document allows this answer.
 *
 * @param path the path that was called, with its values
 * @param body the answer's JSON; undefined for a stream or a file
 */
export function expectPublished(method: string, path: string, status: number, body: unknown): void {
    const template = templateOf(path.split("?")[0] ?? path, method.toLowerCase());
    if (!template) {
        throw new Error(`${method} ${path} is not published`);
    }
    const at = document.paths[template]?.[method.toLowerCase()]?.responses[status];
    if (!at) {
        throw new Error(`${method} ${template} answered ${status}, which is not published: ${JSON.stringify(body)}`);
    }
    if (body === undefined || !at.content?.["application/json"]?.schema) {
        return;
    }
    const pointer = `openapi#/paths/${escaped(template)}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`;
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: pointer });
    compiled.set(pointer, validate);
    if (!validate(body)) {
        throw new Error(
            `${method} ${template} answered ${status} otherwise than published: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
        );
    }
}

/** The matching path template; literal paths take precedence: `list` in `/stories/list` is not a story's id. */
function templateOf(path: string, method: string): string | undefined {
    const fits = Object.keys(document.paths).filter((template) => {
        const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/]+");
        return document.paths[template]?.[method] && new RegExp(`^${pattern}$`).test(path);
    });
    return fits.sort((a, b) => a.split("{").length - b.split("{").length)[0];
}

function escaped(path: string): string {
    return encodeURIComponent(path.replaceAll("~", "~0").replaceAll("/", "~1")).replaceAll("%7E", "~");
}
