import { expect } from "chai";
import { growthRow, type Round } from "../../../bench/growth.ts";
import { isWithin } from "../../../bench/row.ts";

/** Rounds of calls that take 2 ms or a little more, of which the slowest take longer, by the numbers of a fixed sequence. */
function rounds(on: (ms: number, call: number) => number): Round[] {
    let state = 1;
    const random = () => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
    };
    const times = () => Array.from({ length: 200 }, () => 2 + random() / 5 + (random() < 0.03 ? 4 * random() : 0));
    return Array.from({ length: 20 }, () => ({ off: times(), on: times().map(on) }));
}

describe("the growth of a call's p99", () => {
    for (const [what, on, within] of [
        ["keeps its limit where only chance is between both", (ms: number) => ms, true],
        ["exceeds it where each call takes a quarter of a millisecond longer", (ms: number) => ms + 0.25, false],
        [
            "exceeds it where one call of fifty waits for something",
            (ms: number, call: number) => ms + (call % 50 === 0 ? 5 : 0),
            false,
        ],
    ] as const) {
        it(what, () => {
            expect(isWithin(growthRow("it", rounds(on)))).to.equal(within);
        });
    }
});
