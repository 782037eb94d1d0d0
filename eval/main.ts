/**
 * The evaluation of `story42 eval`, as a process of the checkout whose prompts are graded: its argument is the options as JSON,
 * and its last line of output is the result, or why there is none, as JSON. Progress is on stderr.
 */
import * as z from "zod";
import { defaultTextModelId } from "../contract/defaults.ts";
import { defaultPictureModel } from "../contract/pictureModels.ts";
import { createBedrock } from "../docker/shared/bedrock.ts";
import { createPictureMaker, type PictureMaker } from "../docker/shared/pictures.ts";
import { askModelServer, parseModelServer } from "../standins/upstreams/model/modelServer.ts";
import { type Evaluation, evaluate, type Variant } from "./evaluate.ts";
import { madeUpReply } from "./madeUp/model.ts";
import { madeUpPictures } from "./madeUp/pictures.ts";
import { type ModelClient, recorded, recordedPictures, replayed, replayedPictures, withoutBedrock } from "./models.ts";
import { PromptsError, type PromptVersion, promptSets } from "./promptSets.ts";
import { report } from "./report.ts";
import { readWishes } from "./wishes.ts";

const options = z.strictObject({
    writer: z.enum(["text", "agents", "pictures"]),
    against: z.string(),
    prompts: z.array(z.string()).optional(),
    model: z.array(z.string()).min(1).default([defaultTextModelId]),
    judge: z.string().optional(),
    wishes: z.int().positive().optional(),
    run: z.string(),
    live: z.boolean().default(false),
    modelServer: z.string().optional(),
    pictures: z.boolean().default(false),
    record: z.string().optional(),
    recorded: z.string().optional(),
});
type Options = z.output<typeof options>;

class UsageError extends Error {}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

try {
    const found = await grade(options.parse(JSON.parse(process.argv[2] ?? "")));
    console.log(JSON.stringify({ verdict: verdictOf(found), ...found, table: report(found) }));
} catch (error) {
    const isUsage = error instanceof UsageError || error instanceof PromptsError;
    console.log(JSON.stringify({ failure: { isUsage, message: (error as Error).message } }));
    process.exitCode = 1;
}

async function grade(given: Options): Promise<Evaluation> {
    const variants = await variantsOf(given);
    const [base, ...others] = variants;
    return evaluate({
        wishes: readWishes().slice(0, given.wishes),
        base,
        variants: others,
        judgeModelId: given.judge ?? base.modelId,
        client: clientOf(given),
        pictures: given.pictures || given.writer === "pictures" ? picturesOf(given) : undefined,
        run: given.run,
        signal: stop.signal,
        onProgress: progress,
    });
}

/** The base variant first, then each of the prompts with each of the models. */
async function variantsOf({ writer, against, prompts, model }: Options): Promise<[Variant, ...Variant[]]> {
    const { own, at } = promptSets[writer];
    const [first = defaultTextModelId] = model;
    const named = (where: string, { version, ...used }: PromptVersion, modelId: string): Variant => ({
        ...used,
        name: `${where} (${version.slice(0, 7)})${model.length > 1 ? ` · ${modelId}` : ""}`,
        modelId,
    });
    const sets: [string, PromptVersion][] = prompts
        ? await Promise.all(prompts.map(async (file): Promise<[string, PromptVersion]> => [file, await at(file)]))
        : [["checkout", own]];
    return [
        named(against, await at(against), first),
        ...sets.flatMap(([where, texts]) => model.map((modelId) => named(where, texts, modelId))),
    ];
}

function clientOf({ live, modelServer: address, record, recorded: file }: Options): ModelClient {
    if (file !== undefined) {
        return replayed(file);
    }
    const modelServer = address === undefined ? undefined : parseModelServer(address);
    if (address !== undefined && !modelServer) {
        throw new UsageError(
            `--model-server is ${address}; it takes URL#MODEL, for example http://127.0.0.1:11434/v1#qwen3`,
        );
    }
    const client = live
        ? createBedrock()
        : modelServer
          ? withoutBedrock((request, signal) => askModelServer(modelServer, request, signal))
          : withoutBedrock(madeUpReply);
    return record === undefined ? client : recorded(client, record);
}

/** Pictures by Gemini where Bedrock is asked; after the client, which begins the file that both write to. */
function picturesOf({ live, record, recorded: file }: Options): PictureMaker {
    if (file !== undefined) {
        return replayedPictures(file);
    }
    const { GEMINI_API_KEY: key } = process.env;
    if (live && !key) {
        throw new UsageError("pictures with --live need a key of Google AI Studio in GEMINI_API_KEY");
    }
    const maker = live ? createPictureMaker(String(key), defaultPictureModel) : madeUpPictures();
    return record === undefined ? maker : recordedPictures(maker, record);
}

/** `none`: the judge is unreliable, or there are too few wishes. */
function verdictOf({ judge, grades }: Evaluation): "drop" | "no drop" | "none" {
    const verdicts = grades.flatMap(({ comparison, picture }) => [comparison?.verdict, picture?.comparison?.verdict]);
    if (!judge.reliable || verdicts.includes("too few wishes")) {
        return "none";
    }
    return verdicts.includes("drop") ? "drop" : "no drop";
}

function progress(done: number, of: number): void {
    if (process.stderr.isTTY) {
        process.stderr.write(`\r${done} of ${of} ${done === of ? "\n" : ""}`);
    } else if (done % 50 === 0 || done === of) {
        console.error(`${done} of ${of}`);
    }
}
