import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mapProviderOutput } from "../components/core/mocked.ts";

/** Fails the program unless the provider of `parent` works in `region`. Returns an empty list to use as `dependsOn`. */
export function checkProviderRegion(region: string, parent: pulumi.Resource): pulumi.Output<pulumi.Resource[]> {
    return mapProviderOutput(aws.getRegionOutput({}, { parent }).region, (actual) => {
        if (actual !== region) {
            throw wrongRegion(
                `region is ${region}, but the AWS provider in use works in ${actual}: give another region or provider`,
            );
        }
        return [];
    });
}

/** An error with a fixed message: the SDK would prefix the message with the names of the properties that led to it. */
function wrongRegion(message: string): Error {
    return Object.defineProperty(new pulumi.RunError(message), "message", { get: () => message, set: () => {} });
}
