import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { planAdoption } from "../../adopt/adopt.ts";
import type { AdoptionPlan } from "../../adopt/plan.ts";
import { StateError } from "../../adopt/stateError.ts";
import { handOverText, planText } from "../../adopt/text.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../failure.ts";
import { tellProgress } from "../progress.ts";
import { confirmed, hasPerson, say } from "../terminal.ts";

const resource = { type: z.string(), name: z.string() };
const takenOver = { ...resource, id: z.string(), address: z.string(), already: z.boolean() };
const changed = z.strictObject({ ...takenOver, properties: z.array(z.string()) });
const plan = z.strictObject({
    stack: z.string(),
    deployment: z.strictObject({
        project: z.string(),
        environment: z.string(),
        region: z.string(),
        account: z.string().nullable(),
    }),
    terraform: z.strictObject({ version: z.string(), serial: z.number() }),
    differences: z.array(
        z.strictObject({
            setting: z.string(),
            stack: z.unknown().optional(),
            deployment: z.unknown().optional(),
            set: z.string(),
            types: z.array(z.string()),
        }),
    ),
    asIs: z.array(z.strictObject(takenOver)),
    changed: z.array(changed),
    replaced: z.array(changed),
    madeNew: z.array(z.strictObject({ ...resource, reason: z.string().optional() })),
    left: z.array(z.strictObject({ address: z.string(), type: z.string(), reason: z.string(), forget: z.string() })),
    warnings: z.array(z.string()),
    refusals: z.array(z.strictObject({ message: z.string(), advice: z.string() })),
    handOver: z.strictObject({ commands: z.array(z.string()), blocks: z.string() }),
});
const result = z.strictObject({
    plan,
    applied: z.boolean(),
    clean: z
        .boolean()
        .nullable()
        .describe("Whether a preview afterwards found nothing to change; null when not applied."),
});

/** Moves what Terraform deployed under a stack. */
export const adoptCommand = defineCommand<z.output<typeof result>, { yes?: true }>({
    name: "adopt",
    about: "take over a deployment that Terraform made, keeping its data",
    help: `STATE is a Terraform state, format 4: a file, or - for what \`terraform state pull\` writes. The plan comes first; it is applied
with --yes, or when a person at the terminal agrees, and never if something that holds data would be deleted, replaced or
missed. What was cut off goes on when it is run again. docs/adopt.md leads through it.`,
    define: (command) =>
        command
            .argument("<state>", "the Terraform state: a file, or - for standard input")
            .option("--yes", "apply the plan without asking; never implied"),
    result,
    async run({ stack, yes, signal }, _flags, from = "-") {
        const { story } = await stack();
        const source = { content: await read(from), from: from === "-" ? "standard input" : from };
        const options = { signal, onEvent: tellProgress };
        const adoption = await planAdoption(story, source, options);
        const planned = { plan: adoption.plan, applied: false, clean: null };
        if (adoption.plan.refusals.length > 0 || (!yes && !hasPerson())) {
            return planned;
        }
        say(`${planText(adoption.plan)}\n`);
        await confirmed(`Take this over into ${adoption.plan.stack}?`, yes, signal);
        const { clean } = await adoption.apply(options);
        return { ...planned, applied: true, clean };
    },
    text: ({ plan, applied, clean }) =>
        applied ? appliedText(plan as AdoptionPlan, clean) : plannedText(plan as AdoptionPlan),
    exitCode: ({ plan, clean }) =>
        plan.refusals.length > 0 ? exitCodes.refused : clean === false ? exitCodes.failed : exitCodes.done,
});

async function read(from: string): Promise<Uint8Array> {
    if (from === "-") {
        return await buffer(process.stdin);
    }
    try {
        return await readFile(from);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new StateError(
            code === "ENOENT" ? `There is no file ${from}.` : `${from} can't be read (${code}).`,
            "Name the state's file, or give - and pipe it in: terraform state pull | story42 adopt - --stack NAME --project CHECKOUT",
        );
    }
}

function plannedText(plan: AdoptionPlan): string {
    const end = plan.refusals.length > 0 ? "Nothing was changed." : "Nothing was changed yet: --yes applies this plan.";
    return `${planText(plan)}\n\n${end}`;
}

function appliedText(plan: AdoptionPlan, clean: boolean | null): string {
    const end = clean
        ? `Stack ${plan.stack} has taken the deployment over; a preview finds nothing to change.`
        : `Stack ${plan.stack} has taken the deployment over, but a preview finds something to change: pulumi preview --stack ${plan.stack}`;
    return `${end}\n\n${handOverText(plan)}`;
}
