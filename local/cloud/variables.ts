/** The environment in which the engine and its child processes work on a local cloud without an account. */
import { join } from "node:path";
import { withoutMetadataFiles } from "../../automation/engine/backend.ts";
import { ownFolder } from "../lib/files.ts";
import { pulumiHome } from "../lib/paths.ts";
import { checkoutVariables } from "../tools/checkoutScript.ts";
import { passphraseOf } from "./keptState.ts";
import { pluginVariables } from "./pluginVariables.ts";

/** Variables that point the engine and its plugins at a local cloud. */
export function cloudVariables(stateDir: string, endpoint: string, region: string): Record<string, string> {
    return {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        DOCKER_CONFIG: dockerConfig(stateDir),
        ...pluginVariables(endpoint),
    };
}

/** Docker's settings folder for a local cloud: it names the builder, and leaves the user's own settings alone. */
export function dockerConfig(stateDir: string): string {
    return join(stateDir, "docker");
}

/**
 * The environment in which the command line works on a local cloud, with the stacks in its folder.
 *
 * @param env more variables for the engine and the providers that it starts
 */
export function engineEnvironment(stateDir: string, env: Record<string, string>): Record<string, string> {
    const backend = join(stateDir, "backend");
    // The AWS plugin writes its uploads there and does not delete them.
    const temporary = join(stateDir, "tmp");
    for (const folder of [backend, temporary]) {
        ownFolder(folder);
    }
    return {
        TMPDIR: temporary,
        PULUMI_HOME: pulumiHome(),
        PULUMI_BACKEND_URL: withoutMetadataFiles(`file://${backend}`),
        PULUMI_CONFIG_PASSPHRASE: passphraseOf(stateDir),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // This project reads the state's file itself, uncompressed.
        PULUMI_DIY_BACKEND_GZIP: "false",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...checkoutVariables,
        ...env,
    };
}
