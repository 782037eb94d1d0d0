/** Pictures that often do not show what their prompt names, unless it asks for that. The rates are made up. */
import { createHash } from "node:crypto";
import type { PictureMaker } from "../../docker/shared/pictures.ts";
import { drawPicture } from "../../standins/upstreams/picture.ts";
import { isMissing } from "./asAsked.ts";

/** The words that ask for the panel, which the story's data hold beside the whole story. */
const PANEL = /\bdraw panel\b/i;
/** Nothing looks at them but a judge that reads what they show. */
const SIZE = { width: 32, height: 32 };

/** A maker whose pictures of an equal text differ, as a model's do; equal sequences of texts get equal pictures. */
export function madeUpPictures(): PictureMaker {
    const drawn = new Map<string, number>();
    return {
        draw: async (text) => {
            const count = (drawn.get(text) ?? 0) + 1;
            drawn.set(text, count);
            const seed = createHash("sha256").update(`${count} ${text}`).digest();
            const shown = isMissing(seed.readUInt16BE(0), PANEL.test(text)) ? "" : text;
            return { data: await drawPicture({ text: shown, ...SIZE }), mimeType: "image/png" };
        },
    };
}
