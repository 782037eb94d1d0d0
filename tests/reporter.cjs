/** Mocha's `spec` output, with the counts written to a file as well. */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            writeFileSync(options.reporterOption.output, JSON.stringify({ passed: passes, failed: failures, pending }));
        });
    }
};
