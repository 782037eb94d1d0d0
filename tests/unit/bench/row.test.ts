import { expect } from "chai";
import { isWithin } from "../../../bench/row.ts";

describe("a measured row", () => {
    for (const [measured, limit, within] of [
        ["2.6 s", "1.5 s", false],
        ["1.1 s, 194 MB", "1.5 s, 300 MB", true],
        ["1.1 s, 310 MB", "1.5 s, 300 MB", false],
        ["p50 1.1 s, p99 3.8 s", "p99 5 s", true],
        ["p50 1.1 s, p99 5.1 s", "p99 5 s", false],
        ["207", "at least 50", true],
        ["49", "at least 50", false],
    ] as const) {
        it(`${within ? "keeps" : "exceeds"} its limit with ${measured} against ${limit}`, () => {
            expect(isWithin({ what: "it", measured, limit })).to.equal(within);
        });
    }

    it("can't be held against another unit", () => {
        expect(() => isWithin({ what: "it", measured: "5 ms", limit: "1 s" })).to.throw("it: 5 ms can't be held");
    });
});
