/** Mocha's `spec` output, with the counts and the duration of each file written to a file as well. */
const { writeFileSync } = require("node:fs");
const { relative } = require("node:path");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const durations = {};
        const add = ({ file, duration }) => {
            const name = file ? relative(process.cwd(), file) : "(hooks of all files)";
            durations[name] = (durations[name] ?? 0) + (duration ?? 0);
        };
        runner.on("test end", add);
        runner.on("hook end", add);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            const report = { passed: passes, failed: failures, pending, durations };
            writeFileSync(options.reporterOption.output, JSON.stringify(report));
        });
    }
};
