/**
 * Requests that Bedrock refuses before it calls a model, with its own messages. Each rule names its source; no rule is
 * derived from Story-42's requests.
 */
import { geographies } from "../bedrockGeographies.ts";
import { type ConverseRequest, imageBase64 } from "./model/reply.ts";

/** An error of Bedrock's. */
export interface Problem {
    status: number;
    code: string;
    message: string;
    headers?: Record<string, string>;
}

/** The input of the rules. */
export interface Call {
    /** The model id of the request. */
    modelId: string;
    /** The id of the foundation model, without a profile's prefix. */
    model: string;
    /** The prefix of an inference profile's id. */
    prefix: string | undefined;
    /** Whether an application inference profile of several regions is called. */
    isCrossRegion?: boolean;
    /** The region that the call is signed for; undefined with a bearer token. */
    region: string | undefined;
    streamed: boolean;
    request: ConverseRequest;
}

/** A rule of Bedrock. */
export interface BedrockRule {
    name: string;
    /** The source: a document, or an issue that quotes Bedrock's answer. */
    source: string;
    refuses(call: Call): Problem | undefined;
}

const invalid = (message: string): Problem => ({ status: 400, code: "ValidationException", message });
const malformed = (what: string) =>
    invalid(
        `The model returned the following errors: Malformed input request: ${what}, please reformat your input and try again.`,
    );
const unsupported = (field: string) =>
    invalid(`This model doesn't support the ${field} field. Remove ${field} and try again.`);

const isNova = ({ model }: Call) => model.startsWith("amazon.nova-");
const isClaude = ({ model }: Call) => model.startsWith("anthropic.claude-");
const isMistral = ({ model }: Call) => model.startsWith("mistral.");
const isLlama = ({ model }: Call) => model.startsWith("meta.llama");

/** Models that take words alone. */
const isBlind = ({ model }: Call) =>
    /^(amazon\.nova-micro|openai\.gpt-oss|mistral\.mistral-(large-24|7b|small)|meta\.llama3-[13]|deepseek\.|qwen\.)/.test(
        model,
    );

const IMAGE_FORMATS = ["gif", "jpeg", "png", "webp"];
/** How files of each format begin. */
const SIGNATURES = { png: "\x89PNG", jpeg: "\xff\xd8\xff", gif: "GIF8", webp: "RIFF" };
/** Claude counts the characters of base64: 3.75 MB are 5 MB. */
const MAX_IMAGE_CHARACTERS = 5_242_880;

interface FoundImage {
    format: string;
    base64: string;
    /** The position as in the service's messages, counted from 0, and from 1. */
    at: string;
    member: string;
}

function imagesIn({ request }: Call): FoundImage[] {
    return (request.messages ?? []).flatMap(({ content }, message) =>
        content.flatMap(({ image }, block) =>
            image
                ? [
                      {
                          format: image.format,
                          base64: imageBase64(image),
                          at: `messages.${message}.content.${block}.image.source.bytes`,
                          member: `messages.${message + 1}.member.content.${block + 1}.member.image.format`,
                      },
                  ]
                : [],
        ),
    );
}

/**
 * The form of ids and ARNs of foundation models and inference profiles; anything else is no model, nor is an application
 * inference profile that was not found.
 */
const MODEL =
    /^(arn:aws[\w-]*:bedrock:(?!.*:application-inference-profile\/).+\/.+|(amazon|anthropic|meta|mistral|cohere|openai|qwen|deepseek|writer)\.[\w.:-]+)$/;

/** Regions in which a model can be called by its own id; models that are not listed can be called anywhere. */
const ON_DEMAND: Record<string, string[]> = {
    "amazon.nova-pro-v1:0": [
        "ap-southeast-2",
        "ap-southeast-3",
        "eu-west-2",
        "me-central-1",
        "us-east-1",
        "us-gov-west-1",
    ],
    "amazon.nova-2-lite-v1:0": [],
};

const RETIRED = [
    "amazon.nova-premier-v1:0",
    "anthropic.claude-3-5-sonnet-20240620-v1:0",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
];

const MAX_TOKENS: [RegExp, number][] = [
    [/^amazon\.nova-premier-/, 32_000],
    [/^amazon\.nova-(pro|lite|micro)-/, 10_000],
    [/^meta\.llama3-3-70b-/, 4_096],
];

/** All rules, in the order in which Bedrock checks them. */
export const bedrockRules: readonly BedrockRule[] = [
    {
        name: "an unknown model",
        source: "aws-samples/amazon-bedrock-workshop#340; vercel/ai#14117 (an application inference profile)",
        refuses: ({ model }) => (MODEL.test(model) ? undefined : invalid("The provided model identifier is invalid.")),
    },
    {
        name: "a profile of another geography",
        source: "Bedrock user guide, Geographic cross-Region inference; aws-samples/amazon-bedrock-workshop#340 (the words)",
        refuses: ({ prefix, region }) =>
            prefix && region && !geographies[prefix]?.from.test(region)
                ? invalid("The provided model identifier is invalid.")
                : undefined,
    },
    {
        name: "a retired model",
        source: "Bedrock user guide, Model lifecycle; accelerated-intelligent-document-processing-on-aws#708 (the words)",
        refuses: ({ model }) =>
            RETIRED.includes(model)
                ? {
                      status: 404,
                      code: "ResourceNotFoundException",
                      message:
                          "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
                  }
                : undefined,
    },
    {
        name: "a model that needs a profile there",
        source: "Bedrock model cards of Nova Pro and Nova 2 Lite, regions; Bedrock user guide, Inference profiles",
        refuses: ({ model, prefix, isCrossRegion, region }) =>
            !prefix && !isCrossRegion && region && ON_DEMAND[model]?.includes(region) === false
                ? invalid(
                      `Invocation of model ID ${model} with on-demand throughput isn\u2019t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
                  )
                : undefined,
    },
    {
        name: "more tokens than the model gives",
        source: "vercel/ai#2772 (the words); model cards, and Bedrock's refusals of Nova Pro (10000), Nova Premier (32000)",
        refuses: ({ model, request }) => {
            const [, most = Number.POSITIVE_INFINITY] = MAX_TOKENS.find(([pattern]) => pattern.test(model)) ?? [];
            return (request.inferenceConfig?.maxTokens ?? 0) > most
                ? invalid(
                      `The maximum tokens you requested exceeds the model limit of ${most}. Try again with a maximum tokens value that is lower than ${most}.`,
                  )
                : undefined;
        },
    },
    {
        name: "Nova: more at a schema's top than type, properties and required",
        source: "Amazon Nova user guide, Troubleshooting tool calls; lastmile-ai/mcp-agent#126 (the words)",
        refuses: (call) =>
            isNova(call)
                ? firstOf(
                      call.request.toolConfig?.tools.map(({ toolSpec }, at) => {
                          const [extra] = Object.keys(toolSpec?.inputSchema.json ?? {}).filter(
                              (word) => !["type", "properties", "required"].includes(word),
                          );
                          return extra
                              ? malformed(
                                    `#/toolConfig/tools/${at}/toolSpec/inputSchema/json: extraneous key [${extra}] is not permitted`,
                                )
                              : undefined;
                      }),
                  )
                : undefined,
    },
    {
        name: "Mistral and Llama: additionalProperties in a schema",
        source: "Tracer-Cloud/opensre#2391, #2404",
        refuses: (call) =>
            (isMistral(call) || isLlama(call)) && hasKeyAnywhere(call.request.toolConfig?.tools, "additionalProperties")
                ? invalid("'string' is not of type 'object', 'boolean'")
                : undefined,
    },
    {
        name: "a forced tool, of all but Nova and Claude",
        source: "Bedrock API reference, ToolChoice; vercel/ai#4396 (the words)",
        refuses: (call) =>
            call.request.toolConfig?.toolChoice?.tool && !isNova(call) && !isClaude(call)
                ? unsupported("toolConfig.toolChoice.tool")
                : undefined,
    },
    {
        name: "any tool forced, of all but Nova, Claude and Mistral",
        source: "Bedrock API reference, ToolChoice; strands-agents/sdk-python#1241 (the words)",
        refuses: (call) =>
            call.request.toolConfig?.toolChoice?.any && !isNova(call) && !isClaude(call) && !isMistral(call)
                ? unsupported("toolConfig.toolChoice.any")
                : undefined,
    },
    {
        name: "Mistral and Llama: tools in a stream",
        source: "Bedrock user guide, Supported models and model features (Streaming tool use)",
        refuses: (call) =>
            call.streamed && call.request.toolConfig && (isMistral(call) || isLlama(call))
                ? invalid("This model doesn't support tool use in streaming mode.")
                : undefined,
    },
    {
        name: "a tool's status, of all but Nova and Claude",
        source: "Bedrock API reference, ToolResultBlock",
        refuses: (call) =>
            !isNova(call) &&
            !isClaude(call) &&
            call.request.messages?.some(({ content }) => content.some(({ toolResult }) => toolResult?.status))
                ? unsupported("status")
                : undefined,
    },
    {
        name: "fields of Nova, of others",
        source: "Amazon Nova user guide, Complete request schema; JetBrains/koog#500 (the words)",
        refuses: (call) => {
            const [extra] = Object.keys(call.request.additionalModelRequestFields ?? {});
            return extra === "inferenceConfig" && !isNova(call)
                ? malformed(`#: extraneous key [${extra}] is not permitted`)
                : undefined;
        },
    },
    {
        name: "Claude from 4.7 on: a temperature",
        source: "Anthropic, What's new in Claude 4.7 and later (sampling parameters)",
        refuses: ({ model, request }) =>
            /^anthropic\.claude-(opus-4-[789]|(opus|sonnet|haiku)-5)/.test(model) &&
            request.inferenceConfig?.temperature !== undefined
                ? invalid("`temperature` is deprecated for this model.")
                : undefined,
    },
    {
        name: "an image's format",
        source: "Bedrock API reference, ImageBlock; NousResearch/hermes-agent#55429 (the words)",
        refuses: (call) =>
            firstOf(
                imagesIn(call).map(({ format, member }) =>
                    IMAGE_FORMATS.includes(format)
                        ? undefined
                        : invalid(
                              `1 validation error detected: Value '${format}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${IMAGE_FORMATS.join(", ")}]`,
                          ),
                ),
            ),
    },
    {
        name: "an image, of models that take words alone",
        source: "Bedrock user guide, Supported models and model features (Vision); aws-samples/amazon-bedrock-samples#608 (the words)",
        refuses: (call) =>
            isBlind(call) && imagesIn(call).length > 0
                ? invalid(
                      "This model doesn't support the image content block that you provided. Update the content block and try again.",
                  )
                : undefined,
    },
    {
        name: "Claude: an image of another format than it says",
        source: "aws-samples/amazon-bedrock-client-for-mac#130",
        refuses: (call) =>
            isClaude(call)
                ? firstOf(
                      imagesIn(call).map(({ format, base64, at }) => {
                          const start = Buffer.from(base64.slice(0, 24), "base64").toString("latin1");
                          const [found] =
                              Object.entries(SIGNATURES).find(([, signature]) => start.startsWith(signature)) ?? [];
                          return found && found !== format
                              ? invalid(
                                    `The model returned the following errors: ${at}: The image was specified using the image/${format} media type, but the image appears to be a image/${found} image`,
                                )
                              : undefined;
                      }),
                  )
                : undefined,
    },
    {
        name: "Claude: an image above 3.75 MB",
        source: "Bedrock API reference, Message; aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws#778 (the words)",
        refuses: (call) =>
            isClaude(call)
                ? firstOf(
                      imagesIn(call).map(({ base64, at }) =>
                          base64.length > MAX_IMAGE_CHARACTERS
                              ? invalid(
                                    `The model returned the following errors: ${at}: image exceeds 5 MB maximum: ${base64.length} bytes > ${MAX_IMAGE_CHARACTERS} bytes`,
                                )
                              : undefined,
                      ),
                  )
                : undefined,
    },
    {
        name: "Nova: a hyphen in a tool's name",
        source: "SEMOSS/Semoss#2892",
        refuses: (call) =>
            isNova(call) && call.request.toolConfig?.tools.some(({ toolSpec }) => toolSpec?.name.includes("-"))
                ? { status: 424, code: "ModelErrorException", message: INVALID_TOOL_USE }
                : undefined,
    },
];

/** Ids and ARNs of guardrails (Bedrock API reference, ApplyGuardrail: guardrailIdentifier and guardrailVersion). */
const GUARDRAIL = /^(?:[a-z0-9]+|arn:aws[^:]*:bedrock:[a-z0-9-]{1,20}:\d{12}:guardrail\/[a-z0-9]+)$/;
const GUARDRAIL_VERSION = /^(?:[1-9]\d{0,7}|DRAFT)$/;

/**
 * Bedrock's error for the guardrail that a call names, in any API.
 *
 * @param exists whether the region has the guardrail in that version
 */
export function refusalOfGuardrail(
    { identifier, version }: { identifier: string; version: string },
    exists: boolean,
): Problem | undefined {
    // AWS's message for an invalid identifier is in openclaw/openclaw#58588.
    if (!GUARDRAIL.test(identifier)) {
        return invalid("The provided guardrail identifier is invalid.");
    }
    // aws-samples/generative-ai-use-cases#1257: the same message for another region and for an unknown version.
    return GUARDRAIL_VERSION.test(version) && exists
        ? undefined
        : invalid("The guardrail identifier or version provided in the request does not exist.");
}

/** Nova's error when it can't call a tool (Amazon Nova user guide, Troubleshooting tool calls). */
export const INVALID_TOOL_USE =
    "Model produced invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide.";

/** The refusal of the first rule that a call violates. */
export function refusalByRule(call: Omit<Call, "model" | "prefix">): Problem | undefined {
    const before = call.modelId.slice(0, Math.max(0, call.modelId.indexOf(".")));
    const prefix = before in geographies ? before : undefined;
    const model = prefix ? call.modelId.slice(prefix.length + 1) : call.modelId;
    return firstOf(bedrockRules.map((rule) => rule.refuses({ ...call, prefix, model })));
}

function firstOf(problems: (Problem | undefined)[] | undefined): Problem | undefined {
    return problems?.find((problem) => problem !== undefined);
}

function hasKeyAnywhere(value: unknown, word: string): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (word in value || Object.values(value).some((inner) => hasKeyAnywhere(inner, word)))
    );
}
