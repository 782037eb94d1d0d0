import { isRenewed } from "../../../automation/engine/dataHolding.ts";
import recorded from "../../snapshots/replacing.json" with { type: "json" };

/** The part of a provider's schema that says which inputs replace a resource. */
export interface ProviderSchema {
    resources: Record<string, { inputProperties?: Record<string, Property> }>;
    types: Record<string, { properties?: Record<string, Property> }>;
}

interface Property {
    willReplaceOnChanges?: boolean;
    $ref?: string;
    items?: Property;
    additionalProperties?: Property;
}

/**
 * Inputs that replace a resource by what the provider decides when it compares values, so that its schema does not say it:
 * Terraform's AWS provider 6.34, by file.
 */
const byComparison: Record<string, string[]> = {
    // internal/service/apigateway/authorizer.go
    "aws:apigateway/authorizer:Authorizer": ["type"],
    // internal/service/cognitoidp/user_pool.go: one that is there can't be changed at all.
    "aws:cognito/userPool:UserPool": ["schemas"],
};

/** Whether another value of an input replaces a resource of a type, and that is more than what each change does. */
export function replaces(type: string, input: string): boolean {
    const inputs = (recorded as Record<string, string[]>)[type] ?? [];
    return !isRenewed(type) && (inputs.includes(input) || (byComparison[type]?.includes(input) ?? false));
}

/** The inputs that replace a resource by themselves or by a part of them, by the types of resources that have some. */
export function replacingInputs({ resources, types }: ProviderSchema): Record<string, string[]> {
    const within = (property: Property, seen: readonly string[]): boolean => {
        if (property.willReplaceOnChanges) {
            return true;
        }
        const name = property.$ref?.replace("#/types/", "");
        const parts =
            name && !seen.includes(name) ? Object.values(types[decodeURIComponent(name)]?.properties ?? {}) : [];
        const inner = [property.items, property.additionalProperties, ...parts].filter((it) => it !== undefined);
        return inner.some((it) => within(it, name ? [...seen, name] : seen));
    };
    const all = Object.entries(resources).map(([type, { inputProperties = {} }]) => {
        const inputs = Object.entries(inputProperties).filter(([, property]) => within(property, []));
        return [type, inputs.map(([name]) => name).sort()] as const;
    });
    return Object.fromEntries(all.filter(([, inputs]) => inputs.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}
