/** What runs in place of what is deployed, for as long as whoever works on it stays connected: for `npm run dev`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createInterface } from "node:readline";
import { z } from "zod";

/** The path of a request that lasts as long as the overlay: an {@link Overlay} in each of its lines, an answer to each in the response's. */
export const OVERLAY_PATH = "/overlay";

const overlaySchema = z.object({
    /** Folders with a bundle, each by the repository of the image whose code it takes the place of. */
    code: z.record(z.string(), z.string()),
    /** A server of the site's own files, and what its pages load beside what the deployed policy allows, by directive. */
    site: z.object({ url: z.string(), policy: z.record(z.string(), z.string()) }).optional(),
});
export type Overlay = z.infer<typeof overlaySchema>;
export type Code = Overlay["code"];

/** What came of an overlay; the one before stays where one can't be run. */
export interface OverlayAnswer {
    /** Why it can't. */
    problem?: string;
}

/** The folder that is in place of an image's own code, if one is. */
export function codeOf(code: Code, ref: string): string | undefined {
    return code[repositoryOf(ref)];
}

/** The repository of an image, without its registry: `ADDRESS/REPOSITORY@sha256:DIGEST`. */
export function repositoryOf(ref: string): string {
    return ref.slice(ref.indexOf("/") + 1).replace(/(:[\w.-]+)?@.*$/, "");
}

/** Brings what runs in line with each overlay that is sent, one after the other, and takes the last one away when its sender is gone. */
export async function answerOverlay(
    request: IncomingMessage,
    response: ServerResponse,
    lay: (overlay: Overlay) => Promise<void>,
): Promise<void> {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders();
    try {
        for await (const line of createInterface({ input: request })) {
            const answer: OverlayAnswer = await lay(overlaySchema.parse(JSON.parse(line))).then(
                () => ({}),
                (error: Error) => ({ problem: error.message }),
            );
            response.write(`${JSON.stringify(answer)}\n`);
        }
    } catch {
        // Whoever sent it is gone.
    }
    response.end();
    await lay({ code: {} });
}
