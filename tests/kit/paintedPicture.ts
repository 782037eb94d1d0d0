/** A picture as a model paints it: 1024 pixels in square, with a grain that makes it a PNG of 1.7 MB. */
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../docker/package.json", import.meta.url));
const png: typeof import("../../docker/node_modules/fast-png/lib/index.js") = require("fast-png");

export const SIDE = 1_024;
/** The mean of each channel. */
export const MEANS = [47.5, 97.5, 207.5];
const GRAIN = 16;

/** @param alpha its opacity, of 255; undefined: three channels */
export function paintedPicture(alpha?: number): Buffer {
    const channels = alpha === undefined ? 3 : 4;
    const data = randomBytes(SIDE * SIDE * channels).map((byte, at) => {
        const mean = MEANS[at % channels];
        return mean === undefined ? (alpha ?? 0) : mean - (GRAIN - 1) / 2 + (byte % GRAIN);
    });
    return Buffer.from(png.encode({ width: SIDE, height: SIDE, data, channels }));
}
