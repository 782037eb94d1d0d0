import type { Suite } from "mocha";

/**
 * Says of a suite that each of its tests needs the one before: after one that fails, the others are skipped. Mocha's own
 * `bail` would end the files of everybody else, too, where files run side by side.
 */
export function inSteps(suite: Suite): void {
    let hasFailed = false;
    suite.beforeEach("goes on only after what went well", function () {
        if (hasFailed) {
            this.skip();
        }
    });
    suite.afterEach("remembers what failed", function () {
        hasFailed ||= this.currentTest?.state === "failed";
    });
}
