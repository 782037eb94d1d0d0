/** What mocha loads before any test (.mocharc.json), in each of its processes. No test finds what another one left in the environment. */

/** The environment itself, which a test may replace by an object of its own. */
const environment = process.env;

// Nor does a test find what the person who starts it has of AWS: an account, a profile, a region, an endpoint.
for (const name of Object.keys(environment).filter((one) => one.startsWith("AWS_"))) {
    delete environment[name];
}
Object.assign(environment, {
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
});

const beforeFile = { ...environment };
let beforeTest = beforeFile;

function restore(kept: NodeJS.ProcessEnv): void {
    for (const name of Object.keys(environment).filter((one) => !(one in kept))) {
        delete environment[name];
    }
    process.env = Object.assign(environment, kept);
}

export const mochaHooks = {
    beforeEach(): void {
        beforeTest = { ...process.env };
    },
    /** Undoes what the test and its own `beforeEach` changed. */
    afterEach(): void {
        restore(beforeTest);
    },
    /** Undoes what the file and its `before` changed: with `--parallel` after each file, and otherwise after all. */
    afterAll(): void {
        restore(beforeFile);
    },
};
