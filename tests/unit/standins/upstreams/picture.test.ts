import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { drawPicture } from "../../../../standins/upstreams/picture.ts";

describe("the upstream server's pictures", () => {
    it("let other requests be answered between two of them", async () => {
        let drawn = 0;
        const pictures = Array.from({ length: 10 }, async (_, index) => {
            await drawPicture({ text: `Fox ${index}`, width: 200, height: 200 });
            drawn += 1;
        });
        const drawnAtTurns: number[] = [];
        while (drawn < pictures.length) {
            await nextTurn();
            drawnAtTurns.push(drawn);
        }
        await Promise.all(pictures);
        expect(new Set(drawnAtTurns).size).to.be.above(5);
    });
});
