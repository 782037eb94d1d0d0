import { expect } from "chai";
import { askAsCrowd } from "../../kit/deployed/crowd.ts";
import type { Person, Stage } from "../../kit/deployed/stage.ts";

const PEOPLE = 50;

/** Many people at once; how fast they are served, and whether a story lacks something for it, is for `npm run bench` to say. */
export function describeLoad(stageOf: () => Stage): void {
    describe("A crowd", () => {
        it(`of ${PEOPLE} people at once gets right answers, and each their own`, async () => {
            const stage = stageOf();
            const people: Person[] = [];
            for (let at = 0; at < PEOPLE; at += 1) {
                people.push(await stage.person(`crowd-${at}`));
            }
            const { wrong, stories } = await askAsCrowd({ url: stage.url, people, goOn: (round) => round < 1 });
            expect(wrong).to.deep.equal([]);
            expect(stories).to.equal(PEOPLE);
        });
    });
}
