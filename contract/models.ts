/**
 * The text models in one table, for the settings' checks, the roles' permissions and the images' requests. Models outside the
 * table may be used as well, with the most cautious rules.
 */
import { defaultTextModelId } from "./defaults.ts";

/**
 * The JSON Schema that a model accepts for the input of a tool:
 * - `full`: all of it
 * - `plainTop`: at the top only `type`, `properties` and `required`; nowhere `$schema` or `additionalProperties`
 * - `basic`: the same, and below the top only the keywords that every model knows
 */
export type SchemaDialect = "full" | "plainTop" | "basic";

/** The properties of a text model in which models differ in Bedrock's Converse API. */
export interface TextModelRules {
    toolSchema: SchemaDialect;
    /** How far a call can force the use of a tool: a given one, any, or only as the model decides. */
    toolChoice: "tool" | "any" | "auto";
    /** Whether a streamed answer (ConverseStream) may call tools. */
    streamsTools: boolean;
    /** Whether the result of a tool may say that it failed (`status`). */
    toolResultStatus: boolean;
    /** Inference settings that the model's maker advises for calls with tools. Default: the model's own. */
    inference?: {
        temperature: number;
        /** Fields of `additionalModelRequestFields`. */
        additional: Record<string, Record<string, number>>;
    };
    /** The maximum number of tokens of one answer; more is refused. Default: unknown. */
    maxTokens?: number;
    /** The last day of the model, as YYYY-MM-DD; every call fails after it. Default: none is announced. */
    endOfLife?: string;
}

/** A model that the table doesn't know. */
const unknownModel: TextModelRules = {
    toolSchema: "basic",
    toolChoice: "auto",
    streamsTools: false,
    toolResultStatus: false,
};

/**
 * Nova. Schema, temperature 0 and topK 1: Amazon Nova user guide, "Troubleshooting tool calls". Forced tools and
 * `status`: Bedrock API reference, ToolChoice and ToolResultBlock (Claude and Nova). Most tokens: Bedrock's own refusal,
 * "exceeds the model limit of 10000" (the model card says 5K; what is refused counts).
 */
const nova: TextModelRules = {
    toolSchema: "plainTop",
    toolChoice: "tool",
    streamsTools: true,
    toolResultStatus: true,
    inference: { temperature: 0, additional: { inferenceConfig: { topK: 1 } } },
    maxTokens: 10_000,
};

/** Claude. Newer ones refuse a forced tool and a temperature (Anthropic's and Bedrock's model pages). */
const claude: TextModelRules = {
    toolSchema: "full",
    toolChoice: "auto",
    streamsTools: true,
    toolResultStatus: true,
};

/** By prefix of a model's id; the longest match counts. */
const textModels: Record<string, TextModelRules> = {
    "amazon.nova-": nova,
    // End of life: model card of Nova Premier. Most tokens: Bedrock's refusal, "exceeds the model limit of 32000".
    "amazon.nova-premier-v1": { ...nova, maxTokens: 32_000, endOfLife: "2026-09-14" },
    // Its limit differs, and was found in no document.
    "amazon.nova-2-": { ...nova, maxTokens: undefined },
    "anthropic.claude-": claude,
    // End of life: Bedrock user guide, "Model lifecycle".
    "anthropic.claude-3-5-sonnet-20240620-v1": { ...claude, maxTokens: 8_192, endOfLife: "2026-07-30" },
    "anthropic.claude-3-5-sonnet-20241022-v2": { ...claude, maxTokens: 8_192, endOfLife: "2026-07-30" },
    "anthropic.claude-sonnet-4-20250514-v1": { ...claude, endOfLife: "2026-10-14" },
    // `additionalProperties` is refused (Tracer-Cloud/opensre#2391); `any`: Bedrock API reference, ToolChoice; tools in
    // streams are refused ("This model doesn't support tool use in streaming mode").
    "mistral.": { ...unknownModel, toolChoice: "any" },
    // As Mistral's; a forced tool is refused ("This model doesn't support the toolConfig.toolChoice.tool field").
    "meta.llama": unknownModel,
    "meta.llama3-3-70b-instruct-v1": { ...unknownModel, maxTokens: 4_096 },
    // Most tokens: model card (a context of 128K; Bedrock takes as much).
    "openai.gpt-oss-": { ...unknownModel, maxTokens: 128_000 },
};

/** The rules of a model or inference profile, by its id. */
export function textModelRules(id: string): TextModelRules {
    const model = splitModelId(id).model;
    const [longest] = Object.keys(textModels)
        .filter((prefix) => model.startsWith(prefix))
        .sort((a, b) => b.length - a.length);
    return (longest && textModels[longest]) || unknownModel;
}

/** Whether the last day of a model is over. */
export function isRetired(id: string): boolean {
    const { endOfLife } = textModelRules(id);
    return endOfLife !== undefined && endOfLife < new Date().toISOString().slice(0, 10);
}

/**
 * The `model_id`s that callers of the earlier deployment send: those in its web client, notebooks and documentation. None
 * of them is refused: the configured model answers if the requested one can't.
 */
export const formerModelIds: readonly string[] = [
    defaultTextModelId,
    "openai.gpt-oss-120b-1:0",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
];

/** The regions of a geography's inference profiles. */
interface Geography {
    /** Regions that it may be called from. */
    from: RegExp;
    /** Regions that it sends calls to, beside the one that it is called from; any for `global`. */
    to: readonly string[] | "any";
}

/**
 * Geographies of inference profiles, by the prefix of a profile's id (Bedrock user guide, "Supported Regions and models for
 * inference profiles" and "Geographic cross-Region inference"; the model cards name the regions of each model).
 */
const geographies: Record<string, Geography> = {
    us: { from: /^(us-(east|west)|ca-(central|west))-\d$/, to: ["us-east-1", "us-east-2", "us-west-1", "us-west-2"] },
    eu: {
        from: /^(eu|il)-/,
        to: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
    },
    apac: {
        from: /^(ap|me)-/,
        to: [
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
        ],
    },
    jp: { from: /^ap-northeast-[13]$/, to: ["ap-northeast-1", "ap-northeast-3"] },
    au: { from: /^ap-southeast-[24]$/, to: ["ap-southeast-2", "ap-southeast-4"] },
    ca: { from: /^ca-(central|west)-1$/, to: ["ca-central-1", "ca-west-1"] },
    "us-gov": { from: /^us-gov-/, to: ["us-gov-east-1", "us-gov-west-1"] },
    global: { from: /^(?!us-gov-|cn-)/, to: "any" },
};

/** Splits a model's id: the geography's prefix, if it is an inference profile's id, and the foundation model's id. */
export function splitModelId(id: string): { prefix?: string; model: string } {
    const prefix = id.slice(0, Math.max(0, id.indexOf(".")));
    return prefix in geographies ? { prefix, model: id.slice(prefix.length + 1) } : { model: id };
}

/** The regions in which a call from `region` may run, or any. */
export function destinationRegions(id: string, region: string): readonly string[] | "any" {
    const { prefix } = splitModelId(id);
    const to = prefix === undefined ? [] : (geographies[prefix]?.to ?? []);
    return to === "any" ? to : [...new Set([region, ...to])];
}

/** Why a model's id can't be used in a region, as a text that follows "it"; undefined if no reason is known. */
export function regionProblem(id: string, region: string): string | undefined {
    const { prefix } = splitModelId(id);
    const geography = prefix === undefined ? undefined : geographies[prefix];
    if (!geography || geography.from.test(region)) {
        return undefined;
    }
    const fitting = Object.entries(geographies).filter(([, { from }]) => from.test(region));
    return `is an inference profile that can't be called from ${region}; there the prefix is ${fitting.map(([it]) => `${it}.`).join(" or ")}, or none`;
}

/** Nova Pro, by the inference profile of the region's geography; undefined where there is none (model card of Nova Pro). */
export function defaultTextModel(region: string): string | undefined {
    const prefix = ["us", "eu", "apac"].find((it) => geographies[it]?.from.test(region) && !/^(ca|me)-/.test(region));
    return prefix && defaultTextModelId.replace(/^us\./, `${prefix}.`);
}

/** The maximum number of tokens of one answer that a deployment may request, whatever its model. */
export const MAX_ANSWER_TOKENS = 65_536;
