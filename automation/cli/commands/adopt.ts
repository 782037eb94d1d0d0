import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { planAdoption } from "../../adopt/adopt.ts";
import type { AdoptionPlan } from "../../adopt/plan.ts";
import { StateError } from "../../adopt/stateError.ts";
import { handOverText, planText, undoneText, undoText } from "../../adopt/text.ts";
import { planUndo } from "../../adopt/undo.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { printProgress } from "../printProgress.ts";
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
    consequences: z.array(z.string()),
    warnings: z.array(z.string()),
    refusals: z.array(z.strictObject({ message: z.string(), advice: z.string() })),
    handOver: z.strictObject({ commands: z.array(z.string()), blocks: z.string() }),
});
const undo = z.strictObject({
    stack: z.string(),
    released: z.array(
        z.strictObject({ ...resource, id: z.string(), address: z.string(), changed: z.array(z.string()) }),
    ),
    replaced: z.array(z.strictObject({ ...resource, address: z.string() })),
    kept: z.array(z.strictObject(resource)),
});
const result = z.strictObject({
    plan: plan.nullable().describe("What taking over does; null with --undo."),
    undo: undo.nullable().describe("What --undo does; null without it."),
    applied: z.boolean(),
    clean: z
        .boolean()
        .nullable()
        .describe("Whether a preview afterwards found nothing to change; null when not applied."),
});

const NOT_YET = "Nothing was changed yet: --yes applies this plan.";

/** Takes a Terraform deployment over into a stack. */
export const adoptCommand = defineCommand<z.output<typeof result>, { yes?: true; undo?: true }>({
    name: "adopt",
    about: "take over a deployment that Terraform made, keeping its data",
    help: `STATE is a Terraform state, format 4: a file, or - for what \`terraform state pull\` writes. The plan comes first; it is applied
with --yes, or when a person at the terminal agrees, and never if something that holds data would be deleted, replaced or
missed. What was cut off goes on when it is run again. With --undo the stack lets go of what it took over, and nothing of that
is touched. docs/adopt.md leads through it.`,
    define: (command) =>
        command
            .argument("<state>", "the Terraform state: a file, or - for standard input")
            .option("--yes", "apply the plan without asking; never implied")
            .option("--undo", "give what was taken over back to Terraform, while its state still has it"),
    result,
    async run({ stack, yes, signal }, flags, from = "-") {
        const { story } = await stack();
        const source = { content: await read(from), from: from === "-" ? "standard input" : from };
        const options = { signal, onEvent: printProgress };
        const nothing = { plan: null, undo: null, applied: false, clean: null };
        if (flags.undo) {
            const { plan: undo, apply } = await planUndo(story, source);
            const planned = { ...nothing, undo };
            if (!yes && !hasPerson()) {
                return planned;
            }
            say(`${undoText(undo)}\n`);
            await confirmed(`Give this back to Terraform?`, yes, signal);
            await apply(options);
            return { ...planned, applied: true };
        }
        const adoption = await planAdoption(story, source, options);
        const planned = { ...nothing, plan: adoption.plan };
        if (adoption.plan.refusals.length > 0 || (!yes && !hasPerson())) {
            return planned;
        }
        say(`${planText(adoption.plan)}\n`);
        const { consequences, stack: name } = adoption.plan;
        const also = consequences.length > 0 ? `, with the ${consequences.length} changes for those who use it` : "";
        await confirmed(`Take this over into ${name}${also}?`, yes, signal);
        const { clean } = await adoption.apply(options);
        return { ...planned, applied: true, clean };
    },
    text({ plan, undo, applied, clean }) {
        if (undo) {
            return applied ? undoneText(undo) : `${undoText(undo)}\n\n${NOT_YET}`;
        }
        const adoption = plan as AdoptionPlan;
        const end = adoption.refusals.length > 0 ? "Nothing was changed." : NOT_YET;
        return applied ? appliedText(adoption, clean) : `${planText(adoption)}\n\n${end}`;
    },
    exitCode: ({ plan, clean }) =>
        plan?.refusals.length ? exitCodes.refused : clean === false ? exitCodes.failed : exitCodes.done,
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

function appliedText(plan: AdoptionPlan, clean: boolean | null): string {
    const end = clean
        ? `Stack ${plan.stack} has taken the deployment over; a preview finds nothing to change.`
        : `Stack ${plan.stack} has taken the deployment over, but a preview finds something to change: pulumi preview --stack ${plan.stack}`;
    return `${end}\n\n${handOverText(plan)}`;
}
