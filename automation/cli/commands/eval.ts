import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { execa } from "execa";
import { z } from "zod";
import { defaultTextModelId } from "../../../contract/defaults.ts";
import { defineCommand } from "../command.ts";
import { CommandFailure, exitCodes } from "../exitCodes.ts";
import type { CliStack } from "../openStack.ts";

const counts = z.record(z.string(), z.int());

const comparison = z
    .strictObject({
        better: z.int(),
        alike: z.int(),
        worse: z.int(),
        preference: z
            .strictObject({ mean: z.number(), low: z.number(), high: z.number(), of: z.int() })
            .describe("The mean preference, -1 to 1, with its 99 % confidence interval."),
        verdict: z.enum(["drop", "gain", "no change", "too few wishes"]),
    })
    .optional()
    .describe("With the first version, which has none itself.");

const result = z.strictObject({
    verdict: z
        .enum(["drop", "no drop", "none"])
        .describe(
            "drop: stories or pictures got worse beyond noise; none: the judge can't be believed, or there are too few wishes.",
        ),
    judge: z
        .strictObject({
            right: counts.describe(
                "Pairs of a story and its spoiled copy in which the judge preferred the story, by kind.",
            ),
            of: counts.describe("All such pairs."),
            share: z.number().describe("The share over all."),
            nonsense: z.int().describe("Unusable answers."),
            asked: z.int(),
            reliable: z.boolean(),
        })
        .describe("How reliable the judge is."),
    grades: z
        .array(
            z.strictObject({
                name: z.string(),
                modelId: z.string(),
                kept: z.int().describe("Stories that keep the rules."),
                asked: z.int(),
                failures: z.record(z.string(), z.string()).describe("Why there is no story, by wish."),
                scores: z.record(z.string(), z.number()).describe("The judge's mean by criterion, 1 to 5."),
                picture: z
                    .strictObject({ mean: z.number(), of: z.int(), comparison })
                    .optional()
                    .describe(
                        "The judge's mean for how well pictures fit their texts, 1 to 5; where there are pictures.",
                    ),
                tokens: z.strictObject({ in: z.int(), out: z.int() }),
                comparison,
            }),
        )
        .describe("By version of the prompts and model; the one that the others are compared with is the first."),
    table: z.string().describe("All of it as Markdown."),
});

/** The last line that the evaluation prints. */
const printed = z.union([
    result,
    z.strictObject({ failure: z.strictObject({ isUsage: z.boolean(), message: z.string() }) }),
]);

interface Flags {
    writer: string;
    against: string;
    prompts?: string[];
    model?: string[];
    judge?: string;
    wishes?: number;
    run: string;
    live?: true;
    modelServer?: string;
    pictures?: true;
    record?: string;
    recorded?: string;
}

/** Grades the prompts of a checkout. */
export const evalCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "eval",
    about: "grade a checkout's prompts and models on thirty golden wishes, and say whether stories get worse",
    help: `Each wish is written by the prompts of the checkout and by those that they are compared with; a judge scores each
story and compares the pairs, after it is tried on spoiled stories. Prints tables in Markdown. Nothing is asked of AWS, and
nothing costs anything, without --live. Ends with 3 for a drop beyond noise, and with 1 when there is no verdict: a judge that
can't be believed, fewer than 10 wishes, a model that can't be asked.`,
    define: (command) =>
        command
            .addOption(
                new Option(
                    "--writer <whose>",
                    "whose prompts are graded: the text function's, the agents', or those of pictures",
                )
                    .choices(["text", "agents", "pictures"])
                    .default("text", "text"),
            )
            .addOption(
                new Option(
                    "--against <prompts>",
                    "the prompts to compare with: of a commit, branch or tag, or of a file",
                ).default("HEAD", "HEAD"),
            )
            .option("--prompts <file>", "other prompts than the checkout's; may be given more than once", collect)
            .option(
                "--model <id>",
                `the model that writes; more than one are compared (default: the stack's with --live, else ${defaultTextModelId})`,
                collect,
            )
            .option("--judge <id>", "the model that judges (default: the first that writes)")
            .option("--wishes <count>", "only the first wishes; with fewer than 10 there is no verdict", countIn)
            .addOption(new Option("--run <name>", "another name gets other samples").default("1", "1"))
            .addOption(
                new Option(
                    "--live",
                    "ask Bedrock: in the stack's region and with its model, or with --model as the environment says",
                ).conflicts(["modelServer", "recorded"]),
            )
            .addOption(
                new Option(
                    "--model-server <url#model>",
                    "ask an OpenAI-compatible server, such as Ollama's, in place of Bedrock",
                ).conflicts("recorded"),
            )
            .option(
                "--pictures",
                "draw the first picture of twelve stories, and judge whether it fits; with --live by Google, with GEMINI_API_KEY",
            )
            .addOption(new Option("--record <file>", "keep every answer in a file").conflicts("recorded"))
            .option("--recorded <file>", "answer from such a file alone"),
    result,
    async run({ folder, stack, signal }, flags) {
        const script = join(folder, "eval/main.ts");
        if (!existsSync(script)) {
            throw new CommandFailure(
                "usage",
                `There are no prompts to grade in ${resolve(folder)}. --project names a checkout of Story-42.`,
            );
        }
        const { writer, against, prompts, judge, wishes, run, live, modelServer, pictures, record, recorded } = flags;
        const ofStack = live && !flags.model ? await modelOf(await stack()) : undefined;
        const model = flags.model ?? ofStack?.model;
        const asked = { writer, against, prompts, model, judge, wishes, run };
        const options = { ...asked, live, modelServer, pictures, record, recorded };
        const { stdout, exitCode } = await execa(
            process.execPath,
            [resolve(folder, "scripts/run.mjs"), "eval/main.ts", JSON.stringify(options)],
            { env: ofStack?.env, stdin: "ignore", stderr: "inherit", reject: false, cancelSignal: signal },
        );
        signal.throwIfAborted();
        const last = stdout.slice(stdout.lastIndexOf("\n") + 1);
        const output = last.startsWith("{") ? printed.parse(JSON.parse(last)) : undefined;
        if (!output) {
            throw new CommandFailure("failed", `The evaluation ended with ${exitCode}, and without a result.`);
        }
        if ("failure" in output) {
            const { isUsage, message } = output.failure;
            throw new CommandFailure(isUsage ? "usage" : "failed", isUsage ? message : `No verdict: ${message}`);
        }
        return output;
    },
    text: ({ table }) => table,
    exitCode: ({ verdict }) =>
        ({ drop: exitCodes.refused, "no drop": exitCodes.done, none: exitCodes.failed })[verdict],
});

/** The stack's model, and the environment in which it is called. */
async function modelOf({ story, profile }: CliStack): Promise<{ model: string[]; env: Record<string, string> }> {
    const { bedrockModelId, region } = await story.settings();
    return { model: [bedrockModelId], env: { AWS_REGION: region, ...(profile ? { AWS_PROFILE: profile } : {}) } };
}

const collect = (value: string, before: string[] = []) => [...before, value];

function countIn(text: string): number {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1) {
        throw new InvalidArgumentError("It takes a whole number from 1.");
    }
    return count;
}
