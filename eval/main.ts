/**
 * `npm run eval`: grades prompts and models on the golden wishes, against the committed prompts.
 * Exit codes: 0, 1 for a significant drop, 2 for wrong arguments, 3 when there is no verdict, 130 when stopped.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { defaultTextModelId } from "../contract/defaults.ts";
import { createBedrock } from "../docker/shared/bedrock.ts";
import { versionOf } from "../docker/shared/prompts.ts";
import { prompts as own } from "../docker/story-text-regen/prompts.ts";
import { askModelServer, parseModelServer } from "../standins/upstreams/model/modelServer.ts";
import { evaluate } from "./evaluate.ts";
import { madeUpReply } from "./madeUp/model.ts";
import { type ModelClient, recorded, replayed, withoutBedrock } from "./models.ts";
import { PromptsError, promptsAt } from "./promptSets.ts";
import { report } from "./report.ts";
import { readWishes } from "./wishes.ts";
import type { Variant } from "./write.ts";

const usage = `Usage: npm run eval -- [OPTIONS]

Has ${readWishes().length} wishes written by the prompts of this checkout and by those that they are compared with, judges each story by a
rubric and each pair against the other, tries the judge on spoiled stories, and prints a table (Markdown).
Nothing is asked of AWS, and nothing costs anything, without --live.

  --against COMMIT|FILE   the prompts to compare with: of a commit, branch or tag, or of a file (default: HEAD)
  --prompts FILE          other prompts than those of the checkout; may be given more than once
  --model ID              the model that writes; more than one are compared with each other (default: ${defaultTextModelId})
  --judge ID              the model that judges (default: the first that writes)
  --wishes N              only the first N wishes; with fewer than 10 there is no verdict
  --run NAME              another name gets other samples (default: 1)
  --live                  ask Bedrock, with the credentials and the region of the environment
  --model-server URL#MODEL   ask an OpenAI-compatible server, such as Ollama's, in place of Bedrock
  --record FILE           keep every answer in a file
  --recorded FILE         answer from such a file alone
  --json FILE             write everything as JSON
  --markdown FILE         write the table to a file, too
`;

class UsageError extends Error {}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

try {
    process.exitCode = await main();
} catch (error) {
    const { message } = error as Error;
    const isUsage = error instanceof UsageError || error instanceof PromptsError;
    console.error(stop.signal.aborted ? "\nStopped." : isUsage ? `${message}\n\n${usage}` : `\nNo verdict: ${message}`);
    process.exitCode = stop.signal.aborted ? 130 : isUsage ? 2 : 3;
}

async function main(): Promise<number> {
    const options = read();
    if (options.help) {
        console.log(usage);
        return 0;
    }
    const variants = await variantsOf(options);
    const [base, ...others] = variants;
    const wishes = readWishes().slice(0, options.wishes);
    const found = await evaluate({
        wishes,
        base,
        variants: others,
        judgeModelId: options.judge ?? base.modelId,
        client: clientOf(options),
        run: options.run,
        signal: stop.signal,
        onProgress: progress,
    });
    const text = report(found);
    console.log(text);
    if (options.markdown) {
        writeFileSync(options.markdown, `${text}\n`);
    }
    if (options.json) {
        writeFileSync(options.json, `${JSON.stringify(found, null, 2)}\n`);
    }
    const verdicts = found.grades.map(({ comparison }) => comparison?.verdict);
    if (!found.judge.reliable || verdicts.includes("too few wishes")) {
        return 3;
    }
    return verdicts.includes("drop") ? 1 : 0;
}

function read() {
    const text = { type: "string" } as const;
    const many = { type: "string", multiple: true } as const;
    try {
        const { values } = parseArgs({
            options: {
                help: { type: "boolean", short: "h" },
                against: text,
                prompts: many,
                model: many,
                judge: text,
                wishes: text,
                run: { ...text, default: "1" },
                live: { type: "boolean" },
                "model-server": text,
                record: text,
                recorded: text,
                json: text,
                markdown: text,
            },
        });
        const wishes = values.wishes === undefined ? undefined : Number(values.wishes);
        if (wishes !== undefined && !(Number.isInteger(wishes) && wishes > 0)) {
            throw new UsageError(`--wishes is ${values.wishes}; it must be a whole number from 1`);
        }
        const sources = [
            values.live && "--live",
            values["model-server"] && "--model-server",
            values.recorded && "--recorded",
        ];
        if (sources.filter(Boolean).length > 1) {
            throw new UsageError(
                `${sources.filter(Boolean).join(" and ")} name different ones to ask; give one of them`,
            );
        }
        if (values.record && values.recorded) {
            throw new UsageError("--record and --recorded can't be given together");
        }
        const modelServer = values["model-server"] === undefined ? undefined : parseModelServer(values["model-server"]);
        if (values["model-server"] !== undefined && !modelServer) {
            throw new UsageError(
                `--model-server is ${values["model-server"]}; it takes URL#MODEL, for example http://127.0.0.1:11434/v1#qwen3`,
            );
        }
        return { ...values, wishes, modelServer };
    } catch (error) {
        throw error instanceof UsageError ? error : new UsageError((error as Error).message);
    }
}

/** The base variant first, then each of the prompts with each of the models. */
async function variantsOf({
    against = "HEAD",
    prompts,
    model = [],
}: ReturnType<typeof read>): Promise<[Variant, ...Variant[]]> {
    const [first = defaultTextModelId, ...others] = model;
    const named = (where: string, texts: typeof own, modelId: string): Variant => ({
        name: `${where} (${versionOf(texts).slice(0, 7)})${others.length > 0 ? ` · ${modelId}` : ""}`,
        prompts: texts,
        modelId,
    });
    const sets: [string, typeof own][] = prompts
        ? await Promise.all(prompts.map(async (file): Promise<[string, typeof own]> => [file, await promptsAt(file)]))
        : [["checkout", own]];
    const models = [first, ...others];
    return [
        named(against, await promptsAt(against), first),
        ...sets.flatMap(([where, texts]) => models.map((modelId) => named(where, texts, modelId))),
    ];
}

function clientOf(options: ReturnType<typeof read>): ModelClient {
    if (options.recorded) {
        return replayed(options.recorded);
    }
    const { modelServer } = options;
    const client = options.live
        ? createBedrock()
        : modelServer
          ? withoutBedrock((request, signal) => askModelServer(modelServer, request, signal))
          : withoutBedrock(madeUpReply);
    return options.record ? recorded(client, options.record) : client;
}

function progress(done: number, of: number): void {
    if (process.stderr.isTTY) {
        process.stderr.write(`\r${done} of ${of} ${done === of ? "\n" : ""}`);
    } else if (done % 50 === 0 || done === of) {
        console.error(`${done} of ${of}`);
    }
}
