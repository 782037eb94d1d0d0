import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** Whether the program runs under `pulumi.runtime.setMocks`, as in a unit test: without an engine, and with no provider. */
export function isMocked(): boolean {
    return pulumi.runtime.getMonitor() instanceof MockMonitor;
}

/** Applies `make` to an output of a provider. Under mocks the output may be undefined; then so is the result. */
export function mapProviderOutput<Value, Made>(
    value: pulumi.Output<Value>,
    make: (value: Value) => pulumi.Input<Made>,
): pulumi.Output<Made> {
    const isMissing = (known: Value) => known === undefined && isMocked();
    return value.apply((known) => (isMissing(known) ? undefined : make(known)) as pulumi.OutputInstance<Made>);
}
