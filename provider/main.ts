/** The component provider as a process, which Pulumi starts: see PulumiPlugin.yaml. */
import "../stacks/lightSdk.cjs";
import { main } from "@pulumi/pulumi/provider/index.js";
import { ComponentProvider } from "./provider.ts";

main(new ComponentProvider(), process.argv.slice(2));
