import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { buildSite, removeSite } from "../../kit/site/front.ts";

/** What a page may load of script, compressed as CloudFront does. */
const MAX_SCRIPT_BYTES = 200_000;

describe("The site as it is built", function () {
    this.timeout(60_000);
    let folder: string;

    before(async () => {
        folder = await buildSite();
    });
    after(() => removeSite(folder));

    it("has less script, with all that is loaded on demand, than one page may load", () => {
        const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
            file.endsWith(".js"),
        );
        expect(scripts).to.include("worker.js").and.have.length.above(3);
        const sizes = scripts.map((file) => gzipSync(readFileSync(join(folder, file))).length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.below(MAX_SCRIPT_BYTES);
    });
});
