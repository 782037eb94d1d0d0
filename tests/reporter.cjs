/** Mocha's `spec` output, with the counts, the failed tests and the duration of each file written to a file as well. */
const { writeFileSync } = require("node:fs");
const { relative } = require("node:path");
const { reporters } = require("mocha");

/** Characters of an error's message in the list of failed tests; the whole one is in the output. */
const MAX_CHARACTERS = 500;

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const durations = {};
        const failed = [];
        const nameOf = (file) => (file ? relative(process.cwd(), file) : "(hooks of all files)");
        const add = ({ file, duration }) => {
            const name = nameOf(file);
            durations[name] = (durations[name] ?? 0) + (duration ?? 0);
        };
        runner.on("fail", (test, error) => {
            failed.push(
                `${nameOf(test.file)}: ${test.fullTitle()}\n    ${String(error?.message).slice(0, MAX_CHARACTERS)}`,
            );
        });
        runner.on("test end", add);
        runner.on("hook end", add);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            const report = { passed: passes, failed: failures, pending, failures: failed, durations };
            writeFileSync(options.reporterOption.output, JSON.stringify(report));
        });
    }
};
