import { join } from "node:path";
import { installedVersion } from "../../plugins/installedVersion.ts";
import { writeCheckoutScript } from "./checkoutScript.ts";
import { pluginTool } from "./plugin.ts";

/** Pulumi's AWSX components: Pulumi's own plugin, or this project's version of the one component that the stacks use. */
export const awsxPlugin = pluginTool("awsx", installedVersion("@pulumi/awsx"), {
    description: "the project's own awsx:ec2:Vpc (plugins/awsx)",
    install: async (folder) => {
        writeCheckoutScript(join(folder, "pulumi-resource-awsx"), "STORY42_AWSX");
    },
});
