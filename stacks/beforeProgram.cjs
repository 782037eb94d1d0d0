/**
 * What Node does before all else when `pulumi` starts the program (`nodeargs` in Pulumi.yaml): it refuses to run the program
 * if it is too old, and keeps what it compiles of the SDK and the program, types stripped, for the next time.
 */
const { writeSync } = require("node:fs");
const { problem } = require("./nodeVersion.cjs");

/** The exit code by which Pulumi's language host knows that the program has told its error itself, and adds nothing. */
const TOLD = 32;

if (problem) {
    writeSync(process.stderr.fd, `${problem}\n`);
    process.exit(TOLD);
}
require("node:module").enableCompileCache();
