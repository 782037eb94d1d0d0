/** Draws PNG pictures: a small scene of the things that its prompt names. These and the panel's number are in its metadata. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import pLimit from "p-limit";
import type { Canvas } from "./canvas.ts";
import { jsonIn } from "./model/facts.ts";
import { drawScene, isThing, thingsIn } from "./scene.ts";

const compress = promisify(deflate);
/** Drawing takes the event loop; between two pictures other requests are answered. */
const oneAtATime = pLimit(1);

export interface PictureRequest {
    /** The prompt; different words give a different picture. */
    text: string;
    /** Reference pictures in base64; their things are drawn again. */
    pictures?: string[];
    width: number;
    height: number;
}

/** The metadata keywords of a picture's panel and things, which pictures that are based on it reuse. */
const PANEL_KEYWORD = "Panel";
const THINGS_KEYWORD = "Description";

/** Long side of a picture: smaller than a real one, so that a story's pictures are drawn quickly. */
const LONG_SIDE_PIXELS = 640;

export function sizeOf(aspectRatio = "1:1"): { width: number; height: number } {
    const [across = 1, down = 1] = aspectRatio.split(":").map((side) => Number(side) || 1);
    const scale = LONG_SIDE_PIXELS / Math.max(across, down);
    return { width: Math.round(across * scale), height: Math.round(down * scale) };
}

/** The number of the panel that a prompt names. */
const NUMBER = /\b(?:panel|segment|scene|picture|image|page)\s*(?:number|no\.?|#)?\s*[:=]?\s*(\d{1,3})\b/i;

/** Equal requests give equal bytes. */
export async function drawPicture({ text, pictures = [], width, height }: PictureRequest): Promise<Buffer> {
    // A panel with an earlier one as its reference has its own number and things.
    const named = NUMBER.exec(text)?.[1];
    const panel = named ?? pictures.map((one) => metadataIn(one, PANEL_KEYWORD)).find((one) => one !== undefined);
    const shownBefore = named === undefined ? pictures.flatMap(thingsShown) : [];
    const things = [...new Set([...shownBefore, ...thingsIn(sceneOf(text))])];
    const seed = createHash("sha256").update(text).update(String(panel)).digest();
    const canvas = await oneAtATime(async () => {
        await nextTurn();
        return drawScene(things, width, height, randomFrom(seed.readUInt32BE(0)));
    });
    return await encode(canvas, {
        ...(panel === undefined ? {} : { [PANEL_KEYWORD]: panel }),
        [THINGS_KEYWORD]: things.join(", "),
    });
}

/** The part of a prompt to draw: its panel, without the story around it. */
function sceneOf(text: string): string {
    const panels = jsonIn(text).flatMap((value) => {
        const panel = (value as { panel?: unknown } | null)?.panel;
        return typeof panel === "string" ? [panel] : [];
    });
    return panels.length > 0 ? panels.join(" ") : text;
}

/** What such a picture shows, in base64. */
export function thingsShown(picture: string) {
    return metadataIn(picture, THINGS_KEYWORD)?.split(", ").filter(isThing) ?? [];
}

/** A picture's metadata for a keyword. */
function metadataIn(base64: string, keyword: string): string | undefined {
    const start = Buffer.from(base64.slice(0, 4_000), "base64").toString("latin1");
    return new RegExp(`tEXt${keyword}\0([\\w, ]+)`).exec(start)?.[1];
}

/** Pseudo-random numbers from 0 to 1, equal for equal seeds (mulberry32). */
function randomFrom(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
}

/** A PNG with three bytes per pixel; each row is the difference to the one above, which compresses well. */
async function encode({ pixels, width, height }: Canvas, about: Record<string, string>): Promise<Buffer> {
    const long = width * 3;
    const rows = Buffer.alloc((long + 1) * height);
    const UP = 2;
    for (let y = 0; y < height; y += 1) {
        const row = y * (long + 1);
        rows[row] = UP;
        for (let x = 0; x < long; x += 1) {
            rows[row + 1 + x] = (pixels[y * long + x] ?? 0) - (y === 0 ? 0 : (pixels[(y - 1) * long + x] ?? 0));
        }
    }
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    return Buffer.concat([
        Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
        chunk("IHDR", header),
        ...Object.entries(about).map(([keyword, text]) => chunk("tEXt", Buffer.from(`${keyword}\0${text}`, "latin1"))),
        chunk("IDAT", await compress(rows, { level: 6 })),
        chunk("IEND", Buffer.alloc(0)),
    ]);
}

function chunk(name: string, data: Buffer): Buffer {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
}
