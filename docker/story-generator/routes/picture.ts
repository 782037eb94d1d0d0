import type { Context } from "hono";
import type { ObjectStore } from "../objects.ts";
import { notFound } from "../responses.ts";

/** A stored picture. Throws HttpError: 404 where it is gone. */
export async function pictureAnswer(context: Context, objects: ObjectStore, key: string): Promise<Response> {
    const picture = await objects.readTagged(key);
    if (!picture) {
        throw notFound();
    }
    // Only types that a browser doesn't execute.
    context.header("Content-Type", /^image\/(png|jpeg|webp)$/.exec(picture.type ?? "")?.[0] ?? "image/png");
    context.header("X-Content-Type-Options", "nosniff");
    return context.body(picture.body as Uint8Array<ArrayBuffer>);
}
