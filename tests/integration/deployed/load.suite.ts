import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { askAsCrowd } from "../../kit/deployed/crowd.ts";
import type { Person, Stage } from "../../kit/deployed/stage.ts";

const PEOPLE = 50;

/** How calls fail that are not answered in time: API Gateway's words, and those of the service's clients. */
const TOO_LATE = /Endpoint request timed out|: not reachable|: no connection|: no (whole )?answer in \d+ s/;

/** Many people at once; how fast they are served is for `npm run bench` to say. */
export function describeLoad(stageOf: () => Stage): void {
    describe("A crowd", () => {
        it(`of ${PEOPLE} people at once gets right answers, and each their own`, async () => {
            const stage = stageOf();
            const people: Person[] = [];
            for (let at = 0; at < PEOPLE; at += 1) {
                people.push(await stage.person(`crowd-${at}`));
            }
            const { wrong, lacking, stories } = await askAsCrowd({
                url: stage.url,
                people,
                goOn: (round) => round < 1,
            });
            expect(wrong).to.deep.equal([]);
            // A busy machine answers some calls too late; a story may lack something for no other reason.
            const log = readFileSync(join(stage.cloud.stateDir, "logs/story-generator.log"), "utf8").split("\n");
            for (const { session = "", warning } of lacking) {
                const why = log.filter((line) => line.includes(session) && line.includes(warning));
                expect(why.join("\n"), warning).to.match(TOO_LATE);
            }
            expect(stories).to.equal(PEOPLE);
        });
    });
}
