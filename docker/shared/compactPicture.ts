/** Makes pictures small enough for a phone on a slow network: models draw PNGs of 1 to 2 MB. */
import { decode as decodePng } from "fast-png";
import { decode as decodeJpeg, encode as encodeJpeg } from "jpeg-js";
import type { Picture } from "./pictures.ts";

/** Pictures of this many bytes and less stay as they are: one takes a second over slow 4G (1.6 Mbit/s). */
const SMALL_BYTES = 200_000;
/** Of 100. */
const JPEG_QUALITY = 75;

/**
 * A large PNG or JPEG picture as a JPEG of the same width and height. Unchanged are small pictures, those in WebP or with other
 * than 8 bits a channel, and those that would not become smaller.
 *
 * @throws when the picture can't be decoded
 */
export function compactPicture(picture: Picture): Picture {
    const pixels = picture.data.length > SMALL_BYTES ? pixelsOf(picture) : undefined;
    if (!pixels) {
        return picture;
    }
    const { data } = encodeJpeg(pixels, JPEG_QUALITY);
    return data.length < picture.data.length ? { data, mimeType: "image/jpeg" } : picture;
}

/** Four bytes a pixel, of which a JPEG has no use for the last. */
interface Pixels {
    width: number;
    height: number;
    data: Uint8Array;
}

function pixelsOf({ data, mimeType }: Picture): Pixels | undefined {
    if (mimeType === "image/jpeg") {
        return decodeJpeg(data, { useTArray: true });
    }
    return mimeType === "image/png" ? pixelsOfPng(data) : undefined;
}

/** On white, where it is transparent. */
function pixelsOfPng(png: Buffer): Pixels | undefined {
    const { width, height, data, depth, channels = 0, palette } = decodePng(png);
    if (depth !== 8 || channels < 3 || palette) {
        return undefined;
    }
    const pixels = Buffer.alloc(4 * width * height);
    for (let from = 0, to = 0; from < data.length; from += channels, to += 4) {
        const opacity = channels === 4 ? (data[from + 3] ?? 0) / 255 : 1;
        for (let channel = 0; channel < 3; channel += 1) {
            pixels[to + channel] = Math.round(opacity * (data[from + channel] ?? 0) + (1 - opacity) * 255);
        }
    }
    return { width, height, data: pixels };
}
