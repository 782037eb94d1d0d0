import type { Suite } from "mocha";

/**
 * Declares that each test of a suite needs the previous one: after a failure the others are skipped. Mocha's own `bail`
 * would also end the other files, which run in parallel.
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
