import type * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider/index.js";
import { ArgumentError } from "../components/core/arguments.ts";
import { inputProblems, type ObjectSpec } from "../components/core/schemaCheck.ts";
import schema from "../schema.json" with { type: "json" };
import type { ProvidedComponent } from "./component.ts";
import { components } from "./components.ts";

interface ResourceSpec {
    inputProperties: ObjectSpec["properties"];
    requiredInputs?: string[];
}

const resources = schema.resources as Record<string, ResourceSpec>;

/** The library's components as a Pulumi provider, for programs in every language of Pulumi. */
export class ComponentProvider implements Provider {
    readonly version = schema.version;
    readonly schema = JSON.stringify(schema);

    /** Creates a component, whose children are registered from this process. */
    async construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        opts: pulumi.ComponentResourceOptions,
    ): Promise<ConstructResult> {
        const spec = resources[type];
        const [, , className = ""] = type.split(":");
        const provided = (components as Record<string, ProvidedComponent<object, object> | undefined>)[className];
        if (!spec || !provided) {
            throw new Error(
                `${type} is not a component of ${schema.name}; there are ${Object.keys(resources).join(", ")}`,
            );
        }
        const problems = inputProblems({ properties: spec.inputProperties, required: spec.requiredInputs }, inputs, {
            types: schema.types as Record<string, ObjectSpec>,
            strict: true,
        });
        if (problems.length > 0) {
            throw new ArgumentError(className, name, problems);
        }
        const { component, outputs } = provided.make(name, inputs, opts);
        return { urn: component.urn, state: outputs as pulumi.Inputs };
    }
}
