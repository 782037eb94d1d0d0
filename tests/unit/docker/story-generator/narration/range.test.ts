import { expect } from "chai";
import fc from "fast-check";
import { parseRange } from "../../../../../docker/story-generator/narration/range.ts";

describe("byte ranges", () => {
    const cases: [string | undefined, object][] = [
        [undefined, { kind: "whole" }],
        ["bytes=0-", { kind: "part", start: 0, end: 999 }],
        ["bytes=10-19", { kind: "part", start: 10, end: 19 }],
        ["bytes=990-2000", { kind: "part", start: 990, end: 999 }],
        ["bytes=-100", { kind: "part", start: 900, end: 999 }],
        ["bytes=-5000", { kind: "part", start: 0, end: 999 }],
        ["bytes=1000-", { kind: "none" }],
        ["bytes=-0", { kind: "none" }],
        ["bytes=20-10", { kind: "whole" }],
        ["bytes=0-1,5-6", { kind: "whole" }],
        ["items=0-1", { kind: "whole" }],
    ];
    for (const [header, expected] of cases) {
        it(`${header ?? "no header"} of 1000 bytes`, () => {
            expect(parseRange(header, 1000)).to.deep.equal(expected);
        });
    }

    it("never reach outside the file", () => {
        fc.assert(
            fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1e9 }), (from, to, size) => {
                const range = parseRange(`bytes=${from}-${to}`, size);
                expect(range.kind !== "part" || (range.start <= range.end && range.end < size)).to.equal(true);
            }),
        );
    });
});
