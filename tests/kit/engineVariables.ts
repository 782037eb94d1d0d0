import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cloudVariables } from "../../local/cloud/variables.ts";
import { pulumiHome } from "../../local/lib/paths.ts";
import { checkoutVariables } from "../../local/tools/checkoutScript.ts";
import { providePlugins } from "./tools.ts";

/** The environment for an engine that deploys to an emulator, with its backend in `folder`; prepares the plugins. */
export async function engineVariables(
    folder: string,
    endpoint: string,
    region: string,
): Promise<Record<string, string>> {
    await providePlugins();
    mkdirSync(join(folder, "backend"), { recursive: true });
    return {
        PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_HOME: pulumiHome(),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...checkoutVariables,
        ...cloudVariables(folder, endpoint, region),
    };
}
