import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../core/arguments.ts";
import { isOutput } from "../core/schemaCheck.ts";

/** The zones of a network, as a program gives them. */
export type Zones = pulumi.Input<pulumi.Input<string>[]>;

/** Whether they are known as the program runs. */
export function areKnown(zones: Zones): zones is string[] {
    return Array.isArray(zones) && !zones.some(isOutput);
}

/** What is wrong with them; `undefined` if nothing is. */
export function zonesProblem(zones: string[]): string | undefined {
    const isRight = [2, 3].includes(zones.length) && new Set(zones).size === zones.length;
    return isRight
        ? undefined
        : `availabilityZones is ${JSON.stringify(zones)}; it must name two or three different zones`;
}

/**
 * Arguments of `awsx.ec2.Vpc` that depend on its zones. Its plugin takes plain values for them, by which it names what it makes;
 * those of an output are promised, and the SDK waits for a promise before it asks the plugin.
 */
export function ofZones<Made extends object>(name: string, zones: Zones, make: (zones: string[]) => Made): Made {
    if (areKnown(zones)) {
        return make(zones);
    }
    const promised = knownZones(name, zones).then(make);
    const keys = Object.keys(make([])) as (keyof Made)[];
    return Object.fromEntries(
        keys.map((key) => {
            const value = promised.then((made) => made[key]);
            // One that fails is told by the first argument that the SDK waits for; it looks at no further one.
            value.catch(() => {});
            return [key, value];
        }),
    ) as Made;
}

/** @throws {ArgumentError} if they are not known, or not those of a network */
export async function knownZones(name: string, zones: Zones): Promise<string[]> {
    const output = pulumi.output(zones);
    // By this property outputs of all versions of the SDK tell each other; there is no other way to ask.
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
