import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** Whether the program runs under `pulumi.runtime.setMocks`, as in a unit test: without an engine, and with no provider. */
export function isMocked(): boolean {
    return pulumi.runtime.getMonitor() instanceof MockMonitor;
}

/** What is made of a value that a provider tells. Mocks need not tell it: nothing is made of it then. */
export function mapProviderOutput<Value, Made>(
    value: pulumi.Output<Value>,
    make: (value: Value) => pulumi.Input<Made>,
): pulumi.Output<Made> {
    const isMissing = (told: Value) => told === undefined && isMocked();
    return value.apply((told) => (isMissing(told) ? undefined : make(told)) as pulumi.OutputInstance<Made>);
}
