import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ofProvider } from "../components/core/mocked.ts";

/** Nothing to wait for, once it is known that the provider of `parent` works in the region; else the program fails. */
export function providerIsIn(region: string, parent: pulumi.Resource): pulumi.Output<pulumi.Resource[]> {
    return ofProvider(aws.getRegionOutput({}, { parent }).region, (actual) => {
        if (actual !== region) {
            throw wrongRegion(
                `region is ${region}, but the AWS provider in use works in ${actual}: give another region or provider`,
            );
        }
        return [];
    });
}

/** An error that keeps its words: the SDK begins them with the names of all properties on whose way it is met. */
function wrongRegion(words: string): Error {
    return Object.defineProperty(new pulumi.RunError(words), "message", { get: () => words, set: () => {} });
}
