/** Pictures as models draw them, and what of them is stored. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { expect } from "chai";
import { compactPicture } from "../../../../docker/shared/compactPicture.ts";
import { createPictureMaker, type Picture } from "../../../../docker/shared/pictures.ts";
import { close, listen, sendJson } from "../../../../standins/http.ts";
import { MEANS, paintedPicture, SIDE } from "../../../kit/paintedPicture.ts";

const require = createRequire(new URL("../../../../docker/package.json", import.meta.url));
const jpeg: typeof import("../../../../docker/node_modules/jpeg-js/index.js") = require("jpeg-js");

const asPng = (data: Buffer): Picture => ({ data, mimeType: "image/png" });

/** The mean of each channel. */
function colourOf({ data }: Picture): { size: number[]; colour: number[] } {
    const { width, height, data: pixels } = jpeg.decode(data, { useTArray: true });
    const sums = [0, 0, 0];
    for (let at = 0; at < pixels.length; at += 4) {
        for (const channel of [0, 1, 2]) {
            sums[channel] = (sums[channel] ?? 0) + (pixels[at + channel] ?? 0);
        }
    }
    return { size: [width, height], colour: sums.map((sum) => sum / (width * height)) };
}

/** What the picture function gets from a model that draws this. */
async function drawnBy({ data, mimeType }: Picture): Promise<Picture> {
    const model = createServer((_, response) => {
        const parts = [{ inlineData: { mimeType, data: data.toString("base64") } }];
        sendJson(response, 200, { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] });
    });
    const before = process.env.GOOGLE_GEMINI_BASE_URL;
    process.env.GOOGLE_GEMINI_BASE_URL = `http://127.0.0.1:${await listen(model, 0)}`;
    try {
        return await createPictureMaker("key", "model").draw("a fox", [], AbortSignal.timeout(20_000));
    } finally {
        if (before === undefined) {
            delete process.env.GOOGLE_GEMINI_BASE_URL;
        } else {
            process.env.GOOGLE_GEMINI_BASE_URL = before;
        }
        await close(model);
    }
}

describe("A picture that is stored", function () {
    this.timeout(20_000);
    it("is a fraction of what the model drew, in the same size and colours", async () => {
        const large = asPng(paintedPicture());
        expect(large.data.length).to.be.above(1_500_000);
        const stored = await drawnBy(large);
        expect(stored.mimeType).to.equal("image/jpeg");
        expect(stored.data.length).to.be.below(large.data.length / 4);
        const { size, colour } = colourOf(stored);
        expect(size).to.deep.equal([SIDE, SIDE]);
        for (const [channel, mean] of colour.entries()) {
            expect(mean).to.be.closeTo(MEANS[channel] ?? 0, 2);
        }
    });

    it("is on white where it is transparent", () => {
        for (const mean of colourOf(compactPicture(asPng(paintedPicture(0)))).colour) {
            expect(mean).to.be.closeTo(255, 1);
        }
    });

    it("is smaller also where the model answers with a JPEG, and never larger", () => {
        const pixels = { width: SIDE, height: SIDE, data: randomBytes(4 * SIDE * SIDE) };
        const fine: Picture = { data: jpeg.encode(pixels, 95).data, mimeType: "image/jpeg" };
        const stored = compactPicture(fine);
        expect(stored.data.length).to.be.below(fine.data.length);
        const coarse: Picture = { data: jpeg.encode(pixels, 40).data, mimeType: "image/jpeg" };
        expect(compactPicture(coarse)).to.equal(coarse);
    });

    it("stays as it is when it is small, or in a format that is small already", () => {
        const small = asPng(Buffer.from("not even looked at"));
        expect(compactPicture(small)).to.equal(small);
        const webp: Picture = { data: randomBytes(300_000), mimeType: "image/webp" };
        expect(compactPicture(webp)).to.equal(webp);
    });

    it("is refused when it is broken", () => {
        expect(() => compactPicture(asPng(paintedPicture().subarray(0, 300_000)))).to.throw();
    });
});
