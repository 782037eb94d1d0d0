import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../core/arguments.ts";
import { isOutput } from "../core/schemaCheck.ts";

/** The zones of a network, as a program gives them. */
export type Zones = pulumi.Input<pulumi.Input<string>[]>;

/** Whether the zones are plain values. */
export function areKnown(zones: Zones): zones is string[] {
    return Array.isArray(zones) && !zones.some(isOutput);
}

/** The problem with the zones; `undefined` if there is none. */
export function zonesProblem(zones: string[]): string | undefined {
    const isRight = [2, 3].includes(zones.length) && new Set(zones).size === zones.length;
    return isRight
        ? undefined
        : `availabilityZones is ${JSON.stringify(zones)}; it must name two or three different zones`;
}

/**
 * Arguments of `awsx.ec2.Vpc` that depend on its zones. Its plugin needs plain values for them, since it names its resources
 * by them; for an output the arguments are promises, which the SDK awaits before it calls the plugin.
 */
export function withZones<Made extends object>(name: string, zones: Zones, make: (zones: string[]) => Made): Made {
    if (areKnown(zones)) {
        return make(zones);
    }
    const promised = knownZones(name, zones).then(make);
    const keys = Object.keys(make([])) as (keyof Made)[];
    return Object.fromEntries(
        keys.map((key) => {
            const value = promised.then((made) => made[key]);
            // The SDK reports the rejection of the first argument and awaits no other: avoid an unhandled rejection.
            value.catch(() => {});
            return [key, value];
        }),
    ) as Made;
}

/** @throws {ArgumentError} if the zones are not known yet, or not valid */
export async function knownZones(name: string, zones: Zones): Promise<string[]> {
    const output = pulumi.output(zones);
    // The SDK has no public way to ask; all its versions have this property.
    const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
    if (!(await isKnown)) {
        const later = "availabilityZones is an output that is not known yet, as a resource's are";
        throw new ArgumentError("StoryNetwork", name, [`${later}; it must be plain, or what a call tells`]);
    }
    const known = await new Promise<string[]>((resolve) => output.apply(resolve));
    const problem = zonesProblem(known);
    if (problem) {
        throw new ArgumentError("StoryNetwork", name, [problem]);
    }
    return known;
}
