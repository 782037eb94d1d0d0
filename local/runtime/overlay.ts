/** Code and a site that replace the deployed ones while a client stays connected: for `npm run dev`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createInterface } from "node:readline";
import { z } from "zod";

/** The path of a request that lasts as long as the overlay: each line is an {@link Overlay}, each line of the response its answer. */
export const OVERLAY_PATH = "/overlay";

const newCodeSchema = z.object({
    /** The folder with a bundle. */
    folder: z.string(),
    /** More options for Node, with which debuggers can attach. Calls of a function then wait for each other, without a time limit. */
    nodeOptions: z.string().optional(),
});
/** Code that replaces an image's own. */
export type NewCode = z.infer<typeof newCodeSchema>;

const overlaySchema = z.object({
    /** By the repository of the image whose code it replaces. */
    code: z.record(z.string(), newCodeSchema),
    /** A server of the site's own files, and the sources to add to the deployed content security policy, by directive. */
    site: z.object({ url: z.string(), policy: z.record(z.string(), z.string()) }).optional(),
});
export type Overlay = z.infer<typeof overlaySchema>;
export type Code = Partial<Overlay["code"]>;

/** The result of an overlay: why code can't be run, by the repository of its image; the code before it stays. */
export type Problems = Record<string, string>;

/** What replaces an image's own code, if anything does. */
export function codeOf(code: Code, ref: string): NewCode | undefined {
    return code[repositoryOf(ref)];
}

/** An image's variables, with the options for Node that new code comes with. */
export function variablesWith(code: NewCode | undefined, variables: Record<string, string>): Record<string, string> {
    const { NODE_OPTIONS = "" } = variables;
    return code?.nodeOptions ? { ...variables, NODE_OPTIONS: `${NODE_OPTIONS} ${code.nodeOptions}` } : variables;
}

/** The repository of an image, without its registry: `ADDRESS/REPOSITORY@sha256:DIGEST`. */
export function repositoryOf(ref: string): string {
    return ref.slice(ref.indexOf("/") + 1).replace(/(:[\w.-]+)?@.*$/, "");
}

/** Applies each overlay that a client sends, one after the other, and removes the last one when the client disconnects. */
export async function answerOverlay(
    request: IncomingMessage,
    response: ServerResponse,
    apply: (overlay: Overlay) => Promise<Problems>,
): Promise<void> {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders();
    try {
        for await (const line of createInterface({ input: request })) {
            response.write(`${JSON.stringify(await apply(overlaySchema.parse(JSON.parse(line))))}\n`);
        }
    } catch {
        // The client has disconnected.
    }
    response.end();
    await apply({ code: {} });
}
