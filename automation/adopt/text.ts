import type { AdoptionPlan, Changed, PlannedResource } from "./plan.ts";
import type { UndoPlan } from "./undo.ts";

/** A plan for people: what differs, what happens to each resource, and what to do in Terraform afterwards. */
export function planText(plan: AdoptionPlan): string {
    const { deployment, terraform } = plan;
    return [
        `${deployment.project} (${deployment.environment}) in ${deployment.region}${deployment.account ? `, account ${deployment.account}` : ""}, by Terraform ${terraform.version} (serial ${terraform.serial}), becomes stack ${plan.stack}.`,
        `From the first change on, what holds data refuses to be deleted (protectData), until a person takes that back: pulumi config set --stack ${plan.stack} protectData false, and an up.`,
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
        section("What changes for those who use it", plan.consequences, (sentence) => sentence),
        section("Look at this first", plan.warnings, (warning) => warning),
        section("REFUSED: nothing is changed", plan.refusals, ({ message, advice }) => `${message}\n    ${advice}`),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** How to remove from Terraform what the stack manages, for people. */
export function handOverText({ handOver, left, stack }: AdoptionPlan): string {
    return [
        `Until Terraform lets go, there is a way back: story42 adopt STATE --stack ${stack} --undo`,
        "In Terraform's folder, so that it does not delete what the stack has now:",
        ...handOver.commands.map((command) => `  ${command}`),
        "or, with Terraform 1.7 and later, in place of their resource and module blocks:",
        ...handOver.blocks
            .trimEnd()
            .split("\n")
            .map((line) => `  ${line}`.trimEnd()),
        ...(left.length > 0
            ? [
                  `After that, terraform destroy deletes the ${left.length} that are left to it, and what is in them:`,
                  ...left.map(({ address }) => `  ${address}`),
              ]
            : []),
    ].join("\n");
}

/** The plan of an undo, for people. */
export function undoText({ stack, released, replaced, kept }: UndoPlan): string {
    const isChanged = ({ changed }: { changed: string[] }) => changed.length > 0;
    const withAddress = (it: PlannedResource & { address: string }) => `${it.address}, ${named(it)}`;
    return [
        `Stack ${stack} lets go of what it took over. In AWS nothing happens to it.`,
        section(
            "Released as Terraform left it",
            released.filter((one) => !isChanged(one)),
            withAddress,
        ),
        section(
            "Released, and changed by the stack; terraform apply sets it back",
            released.filter(isChanged),
            (it) => `${withAddress(it)}: ${it.changed.join(", ")}`,
        ),
        section("Replaced by the stack's own; terraform apply makes it again", replaced, withAddress),
        section("Made by the stack, and kept by it", kept, named),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** What to do after an undo, for people. */
export function undoneText({ stack, released, kept }: UndoPlan): string {
    const isBalancer = ({ type }: PlannedResource) => type === "aws:lb/loadBalancer:LoadBalancer";
    return [
        `Stack ${stack} has let go of ${released.length} resources, which are Terraform's again.`,
        ...(kept.length > 0
            ? [
                  `It still has ${kept.length} that it made itself. These and Terraform's wait for each other: run the two in turn until both end well.`,
                  ...(kept.some(isBalancer)
                      ? [
                            "  First let the stack's load balancer be deleted: aws elbv2 modify-load-balancer-attributes --attributes Key=deletion_protection.enabled,Value=false --load-balancer-arn ARN",
                        ]
                      : []),
                  "  terraform apply",
                  `  story42 destroy --stack ${stack}`,
              ]
            : ["terraform apply sets back what the stack had changed."]),
    ].join("\n");
}

function leftText({ left }: AdoptionPlan): string {
    const lines = [...new Set(left.map(({ reason }) => reason))].flatMap((reason) => [
        `  ${reason}:`,
        ...left.filter((one) => one.reason === reason).map(({ address, forget }) => `    ${address}\n      ${forget}`),
    ]);
    return left.length === 0
        ? ""
        : [`Left to Terraform, and lost with its next terraform destroy (${left.length}):`, ...lines].join("\n");
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
