/** Draws PNG pictures: a small landscape that its prompt decides, with the panel's number in a corner. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

const compress = promisify(deflate);

export interface PictureWish {
    /** The prompt: other words, another picture. */
    text: string;
    /** The number to show; undefined shows none. */
    panel: number | undefined;
    width: number;
    height: number;
}

/** The keyword under which a picture says its panel, so that one made from it can show it again. */
const PANEL_KEYWORD = "Panel";

/** Long side of a picture, in pixels: small against a real one, so that a story's pictures take a moment only. */
const LONG_SIDE = 640;

export function sizeOf(aspectRatio = "1:1"): { width: number; height: number } {
    const [across = 1, down = 1] = aspectRatio.split(":").map((side) => Number(side) || 1);
    const scale = LONG_SIDE / Math.max(across, down);
    return { width: Math.round(across * scale), height: Math.round(down * scale) };
}

/** The panel that a prompt names, else the one that the pictures to work from show. */
export function panelOf(prompt: string, pictures: string[]): number | undefined {
    const named = /\b(?:panel|segment|scene|picture|image|page)\s*(?:number|no\.?|#)?\s*[:=]?\s*(\d{1,3})\b/i.exec(
        prompt,
    )?.[1];
    return named === undefined ? pictures.map(panelInPicture).find((panel) => panel !== undefined) : Number(named);
}

function panelInPicture(base64: string): number | undefined {
    const start = Buffer.from(base64.slice(0, 4_000), "base64").toString("latin1");
    const said = new RegExp(`${PANEL_KEYWORD}\0(\\d+)`).exec(start)?.[1];
    return said === undefined ? undefined : Number(said);
}

/** The same wish gives the same bytes. */
export async function drawPicture({ text, panel, width, height }: PictureWish): Promise<Buffer> {
    const seed = createHash("sha256").update(text).update(String(panel)).digest();
    const pixels = landscape(seed, width, height);
    if (panel !== undefined) {
        drawNumber(pixels, String(panel), width, height);
    }
    return encode(pixels, palette(seed), width, height, panel);
}

/** Colours: 0-127 the sky from top to bottom, then the sun, three hills, the number and its ground. */
const SKY = 128;
const SUN = 128;
const HILLS = 129;
const INK = 132;
const PAPER = 133;

function palette(seed: Buffer): Buffer {
    const hue = byte(seed, 0) * (360 / 256);
    const colours: number[][] = [];
    for (let at = 0; at < SKY; at += 1) {
        colours.push(rgb(hue + (at / SKY) * 50, 0.55, 0.45 + (at / SKY) * 0.4));
    }
    colours.push(rgb(hue + 180, 0.8, 0.8));
    for (const depth of [0, 1, 2]) {
        colours.push(rgb(hue + 90 + byte(seed, 1) / 4, 0.4, 0.5 - depth * 0.14));
    }
    colours.push([40, 32, 48], [255, 252, 240]);
    return Buffer.from(colours.flat());
}

function landscape(seed: Buffer, width: number, height: number): Buffer {
    const pixels = Buffer.alloc(width * height);
    const sunX = (0.15 + (byte(seed, 2) / 255) * 0.7) * width;
    const sunY = (0.12 + (byte(seed, 3) / 255) * 0.25) * height;
    const radius = 0.08 * Math.min(width, height);
    for (let x = 0; x < width; x += 1) {
        const tops = [0, 1, 2].map((depth) => {
            const wave = Math.sin((x / width) * (3 + byte(seed, 4 + depth) / 40) + byte(seed, 7 + depth));
            return (0.55 + depth * 0.13 + wave * 0.07) * height;
        });
        for (let y = 0; y < height; y += 1) {
            const hill = tops.findLastIndex((top) => y >= top);
            const isSun = (x - sunX) ** 2 + (y - sunY) ** 2 < radius ** 2;
            pixels[y * width + x] = hill >= 0 ? HILLS + hill : isSun ? SUN : Math.floor((y / height) * SKY);
        }
    }
    return pixels;
}

/** Digits as 3 by 5 dots, one row after the other. */
const DIGITS = [
    "111101101101111",
    "010110010010111",
    "111001111100111",
    "111001011001111",
    "101101111001001",
    "111100111001111",
    "111100111101111",
    "111001010010010",
    "111101111101111",
    "111101111001111",
];

function drawNumber(pixels: Buffer, digits: string, width: number, height: number): void {
    const dot = Math.max(2, Math.floor(Math.min(width, height) / 72));
    const across = digits.length * 4 + 1;
    const left = 3 * dot;
    const top = height - 10 * dot;
    fill(pixels, width, { left, top, across: across * dot, down: 7 * dot }, PAPER);
    for (const [at, digit] of [...digits].entries()) {
        for (const [place, isOn] of [...(DIGITS[Number(digit)] ?? "")].entries()) {
            if (isOn === "1") {
                const x = left + (1 + at * 4 + (place % 3)) * dot;
                const y = top + (1 + Math.floor(place / 3)) * dot;
                fill(pixels, width, { left: x, top: y, across: dot, down: dot }, INK);
            }
        }
    }
}

function fill(
    pixels: Buffer,
    width: number,
    { left, top, across, down }: { left: number; top: number; across: number; down: number },
    colour: number,
): void {
    for (let y = Math.max(0, top); y < top + down; y += 1) {
        const start = y * width;
        pixels.fill(colour, start + Math.max(0, left), start + Math.min(width, left + across));
    }
}

/** An indexed PNG, every row unfiltered. */
async function encode(
    pixels: Buffer,
    colours: Buffer,
    width: number,
    height: number,
    panel: number | undefined,
): Promise<Buffer> {
    const rows = Buffer.alloc((width + 1) * height);
    for (let y = 0; y < height; y += 1) {
        pixels.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
    }
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    return Buffer.concat([
        Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
        chunk("IHDR", header),
        ...(panel === undefined ? [] : [chunk("tEXt", Buffer.from(`${PANEL_KEYWORD}\0${panel}`, "latin1"))]),
        chunk("PLTE", colours),
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

function rgb(hue: number, saturation: number, lightness: number): number[] {
    const spread = saturation * Math.min(lightness, 1 - lightness);
    return [0, 8, 4].map((offset) => {
        const turn = (offset + hue / 30) % 12;
        return Math.round(255 * (lightness - spread * Math.max(-1, Math.min(turn - 3, 9 - turn, 1))));
    });
}

function byte(seed: Buffer, at: number): number {
    return seed[at] ?? 0;
}
