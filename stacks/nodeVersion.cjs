/** Checks that Node is recent enough, in JavaScript that older versions can parse. The oldest supported is in package.json. */
const { engines } = require("../package.json");

const oldest = engines.node.replace(">=", "");
const numbers = (version) => version.split(".").map(Number);

/** The version of the Node that runs this, for example 24.21.0. */
const version = process.versions.node;

/** What is wrong with the Node that runs this, in one sentence; undefined when it is recent enough. */
const problem = isOlder(numbers(version), numbers(oldest))
    ? `Story-42 needs Node ${oldest} or later; this is Node ${version}.`
    : undefined;

function isOlder([major, minor], [oldestMajor, oldestMinor]) {
    return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

module.exports = { problem };
