/** A plugin `awsx` that has the one component in use, for machines that can't have Pulumi's own. */
import "../../stacks/lightSdk.cjs";
import type * as pulumi from "@pulumi/pulumi";
import { type ConstructResult, main, type Provider } from "@pulumi/pulumi/provider/index.js";
import { installedVersion } from "../installedVersion.ts";
import { Vpc, type VpcArgs } from "./vpc.ts";

const awsx: Provider = {
    version: installedVersion("@pulumi/awsx"),
    schema: JSON.stringify({ name: "awsx" }),
    async construct(name, type, inputs, opts: pulumi.ComponentResourceOptions): Promise<ConstructResult> {
        if (type !== "awsx:ec2:Vpc") {
            throw new Error(
                `${type} is not among the components of this stand-in for Pulumi's awsx plugin, which has awsx:ec2:Vpc ` +
                    `alone. Install the plugin: pulumi plugin install resource awsx ${awsx.version}`,
            );
        }
        const vpc = new Vpc(name, inputs as VpcArgs, opts);
        return { urn: vpc.urn, state: vpc.state() };
    },
};

void main(awsx, process.argv.slice(2));
