/**
 * Node loads this file first when `pulumi` starts the program (`nodeargs` in Pulumi.yaml). It refuses a Node that is too old,
 * and enables Node's compile cache for the SDK and the program, with their types stripped.
 */
const { writeSync } = require("node:fs");
const { problem } = require("./nodeVersion.cjs");

/** The exit code that tells Pulumi's language host that the program printed its error; the host then adds nothing. */
const ERROR_PRINTED = 32;

if (problem) {
    writeSync(process.stderr.fd, `${problem}\n`);
    process.exit(ERROR_PRINTED);
}
require("node:module").enableCompileCache();
require("./lightSdk.cjs");
