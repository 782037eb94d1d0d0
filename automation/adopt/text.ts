import type { AdoptionPlan, Changed, PlannedResource } from "./plan.ts";

/** A plan for people: what differs, what happens to each resource, and what to do in Terraform afterwards. */
export function planText(plan: AdoptionPlan): string {
    const { deployment, terraform } = plan;
    return [
        `${deployment.project} (${deployment.environment}) in ${deployment.region}${deployment.account ? `, account ${deployment.account}` : ""}, by Terraform ${terraform.version} (serial ${terraform.serial}), becomes stack ${plan.stack}.`,
        section("The stack's settings differ from the deployment", plan.differences, ({ setting, set, ...values }) =>
            "stack" in values
                ? `${setting}: ${show(values.stack)}, deployed ${show(values.deployment)}. To make it equal: ${set}`
                : `${setting}: another one than is deployed. To make it equal: ${set}`,
        ),
        section("Taken over as is", plan.asIs, named),
        section("Taken over, and then changed", plan.changed, withProperties),
        section("Taken over, and then replaced", plan.replaced, withProperties),
        section("Made new", plan.madeNew, (it) => `${named(it)}${it.reason ? `: ${it.reason}` : ""}`),
        leftText(plan),
        section("Look at this first", plan.warnings, (warning) => warning),
        section("REFUSED: nothing is changed", plan.refusals, ({ message, advice }) => `${message}\n    ${advice}`),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** What makes Terraform let go of what the stack has, for people. */
export function handOverText({ handOver, left }: AdoptionPlan): string {
    return [
        "In Terraform's folder, so that it does not delete what the stack has now:",
        ...handOver.commands.map((command) => `  ${command}`),
        "or, with Terraform 1.7 and later, in place of their resource and module blocks:",
        ...handOver.blocks
            .trimEnd()
            .split("\n")
            .map((line) => `  ${line}`.trimEnd()),
        ...(left.length > 0 ? [`Then terraform destroy removes the ${left.length} that are left to it.`] : []),
    ].join("\n");
}

function leftText({ left }: AdoptionPlan): string {
    const lines = [...new Set(left.map(({ reason }) => reason))].flatMap((reason) => [
        `  ${reason}:`,
        ...left.filter((one) => one.reason === reason).map(({ address, forget }) => `    ${address}\n      ${forget}`),
    ]);
    return left.length === 0 ? "" : [`Left to Terraform (${left.length}):`, ...lines].join("\n");
}

function section<Item>(title: string, items: readonly Item[], line: (item: Item) => string): string {
    return items.length === 0
        ? ""
        : [`${title} (${items.length}):`, ...items.map((item) => `  ${line(item)}`)].join("\n");
}

function named({ name, type }: PlannedResource): string {
    return `${name} (${type})`;
}

function withProperties(change: Changed): string {
    return `${named(change)}: ${change.properties.join(", ")}`;
}

function show(value: unknown): string {
    return value === undefined ? "none" : typeof value === "string" ? value : JSON.stringify(value);
}
