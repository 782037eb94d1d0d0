import { z } from "zod";
import { STRONG_PASSWORD, strongPassword } from "../components/core/passwords.ts";
import { IMAGE_REF } from "../components/core/references.ts";
import { defaultMaxTokens, defaultTextModelId, defaultVoice } from "../contract/defaults.ts";
import { formerModelIds, MAX_ANSWER_TOKENS } from "../contract/models.ts";
import { defaultPictureModel } from "../contract/pictureModels.ts";
import { prices } from "../contract/prices.ts";

/**
 * The settings of a stack, with what they allow and their defaults. Everything else (checks, error messages, the table in
 * the documentation, the driver's types) derives from this one list.
 */

/** One setting of a stack. */
export interface Setting<T extends z.ZodType> {
    /** What the value must satisfy; parses the text of a stack file. */
    schema: T;
    /** What is allowed, in words; errors end with it. */
    allowed: string;
    /** What it decides. */
    about: string;
    /** A text about its default, added to the schema's plain default value or in place of it. */
    byDefault?: string;
    /** Its default in production, where that differs. */
    inProduction?: number;
    /** Its name in the earlier Terraform deployment, where that differs. */
    formerly?: string;
    /** Never shown; must be set with `pulumi config set --secret`. */
    secret?: true;
}

const setting = <T extends z.ZodType>(spec: Setting<T>) => spec;

/** The default of a setting in words; nothing for one that is required. */
export function defaultOf({ schema, byDefault, inProduction }: Setting<z.ZodType>): string | undefined {
    const { data } = schema.safeParse(undefined);
    const value = ["string", "number", "boolean"].includes(typeof data) ? [String(data)] : [];
    const production = inProduction === undefined ? [] : [`in production ${inProduction}`];
    const texts = [...value, ...production, ...(byDefault === undefined ? [] : [byDefault])];
    return texts.length === 0 ? undefined : texts.join(", ");
}

const truth = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const number = z.union([
    z.number(),
    z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
]);

/** Yes or no; without a default where another setting decides. */
function flag(byDefault: boolean): { schema: z.ZodDefault<typeof truth>; allowed: string };
function flag(): { schema: z.ZodOptional<typeof truth>; allowed: string };
function flag(byDefault?: boolean) {
    return { schema: byDefault === undefined ? truth.optional() : truth.default(byDefault), allowed: "true or false" };
}
/** A whole number; both bounds are allowed. */
const wholeNumber = (min: number, max: number, byDefault: number) => ({
    schema: number.pipe(z.int().min(min).max(max)).default(byDefault),
    allowed: `a whole number from ${min} to ${max}`,
});
/** An upper limit of usage; 0 is no limit. */
const bound = (max: number, byDefault: number) => ({
    ...wholeNumber(0, max, byDefault),
    allowed: `a whole number from 0, which is no bound, to ${max}`,
});
/** One of several words. */
const choice = <const Words extends readonly [string, string, ...string[]]>(
    words: Words,
    byDefault: Words[number],
) => ({
    schema: z.enum(words).default(byDefault),
    allowed: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
});
/** A structured setting: `--path` and YAML give it as JSON text, a program as the value itself. */
const json = <T extends z.ZodType>(schema: T) =>
    z.preprocess((value) => {
        if (typeof value !== "string") {
            return value;
        }
        try {
            return JSON.parse(value);
        } catch {
            return value;
        }
    }, schema);
const imageReference = z.string().regex(IMAGE_REF);
const origin = z.string().regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/);
const modelId = z.string().regex(/^[a-z0-9][a-z0-9.:-]+$/);
const cidr16 = z.string().regex(/^(10|172|192)\.\d{1,3}\.0\.0\/16$/);

/** Every setting, under the key that it has in a stack's file (`story-42:KEY`). */
export const settingsList = {
    projectName: setting({
        schema: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
        allowed: "lower-case letters, digits and single hyphens, a letter first",
        about: "The first part of every physical name.",
        formerly: "project_name",
    }),
    environment: setting({
        schema: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
        allowed: "lower-case letters, digits and single hyphens, a letter first",
        about: "The last part of every physical name and the API's stage.",
        byDefault: "the stack's name",
    }),
    production: setting({
        ...flag(false),
        about: "Adds what only production needs: protection against deletion (`protectData`), a key of its own (`customerKey`), web application firewalls, access and flow logs, a year of logs, two tasks or more.",
    }),
    protectData: setting({
        ...flag(),
        about: "Whether what holds data, what it can't be read without, and the load balancer refuse to be deleted. With false, all of it can be destroyed with what is in it.",
        byDefault: "as production",
    }),
    customerKey: setting({
        ...flag(),
        about: "Whether data and logs are encrypted with a key of the stack's own, which costs 1 USD a month. It stays on: what it encrypted can't be read without it.",
        byDefault: "as production",
    }),
    availabilityZones: setting({
        schema: json(z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/)).length(2)).optional(),
        allowed: 'two zones of the stack\'s region, for example ["us-east-1a", "us-east-1b"]',
        about: "Where the subnets are. CloudFront reaches balancers in most zones, and a preview refuses the others.",
        byDefault: "the region's zones a and b",
        formerly: "availability_zones",
    }),
    vpcCidrBlock: setting({
        schema: cidr16.optional(),
        allowed: "a private /16 block such as 10.100.0.0/16",
        about: "The VPC's addresses.",
        byDefault: "10.200.0.0/16 in us-west-2, else 10.100.0.0/16",
    }),
    existingVpc: setting({
        schema: json(
            z.strictObject({
                vpcId: z.string().regex(/^vpc-[0-9a-f]+$/),
                publicSubnetIds: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(2),
                isolatedSubnetIds: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(2),
            }),
        ).optional(),
        allowed: '{"vpcId": "vpc-...", "publicSubnetIds": [two or more], "isolatedSubnetIds": [two or more]}',
        about: "A VPC to use instead of making one.",
        byDefault: "none",
    }),
    adminEmail: setting({
        schema: z.email(),
        allowed: "an e-mail address",
        about: "Who is invited as administrator and gets alarms and budget warnings.",
        formerly: "admin_email",
    }),
    adminTempPassword: setting({
        schema: z.string().regex(strongPassword).optional(),
        allowed: STRONG_PASSWORD,
        about: "A temporary password for the administrator.",
        byDefault: "none, Cognito invites by e-mail with one of its own",
        formerly: "admin_temp_password",
        secret: true,
    }),
    googleApiKey: setting({
        schema: z.string().min(1),
        allowed: "a Google AI Studio API key",
        about: "The key of the Gemini API that draws the pictures.",
        formerly: "google_api_key",
        secret: true,
    }),
    braveSearchApiKey: setting({
        schema: z.string().min(1).optional(),
        allowed: "a key of Brave's Search API",
        about: "Has Brave asked where DuckDuckGo turns the agents' web search away.",
        byDefault: "none, such stories do without research",
        secret: true,
    }),
    googleImageModelId: setting({
        schema: z
            .string()
            .regex(/^[a-z0-9.-]+$/)
            .default(defaultPictureModel),
        allowed: `a Gemini model id, such as ${defaultPictureModel}`,
        about: `The model that draws the pictures.`,
    }),
    userPoolDomain: setting({
        schema: z.string().optional(),
        allowed: "lower-case letters, digits and inner hyphens",
        about: "The prefix of the user pool's domain, unique in the region.",
        byDefault: "P-user-pool-E",
    }),
    mfa: setting({
        ...choice(["off", "optional", "required"], "optional"),
        about: "Whether a second factor (an authenticator app) is offered or demanded at sign-in.",
        byDefault:
            "in production too: with required, clients that can't answer a challenge, such as the older ones, can't sign in at all, while optional asks whoever has set one up",
    }),
    openSignUp: setting({
        ...flag(false),
        about: "Whether anybody may sign up: they use the account's models, and its 50 mails a day.",
        byDefault: "administrators invite",
    }),
    bucketSuffix: setting({
        schema: z
            .string()
            .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
            .optional(),
        allowed: "lower-case letters, digits and single hyphens",
        about: "Ends the buckets' names, which all accounts of AWS share. Set it before the first deployment, where `story42 doctor` finds a name taken; changed later it makes new, empty buckets.",
        byDefault: "the account's number for new buckets; those that are there keep their names",
    }),
    domainName: setting({
        schema: z
            .string()
            .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/)
            .optional(),
        allowed: "a domain such as example.com",
        about: "The domain under which the site's zone siteName.DOMAIN is made.",
        byDefault: "none",
        formerly: "domain_name",
    }),
    siteName: setting({
        schema: z
            .string()
            .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
            .optional(),
        allowed: "lower-case letters, digits and inner hyphens",
        about: "The site's name under domainName, of which each stack needs one of its own.",
        byDefault: "projectName",
    }),
    enableCustomDomain: setting({
        ...flag(false),
        about: "Serve under siteName.domainName, with a certificate and DNS records.",
        byDefault: "the CloudFront name",
        formerly: "enable_custom_domain",
    }),
    allowPublicWebsiteAccess: setting({
        ...flag(false),
        allowed: "false: the site's bucket is never public, CloudFront alone reads it and everybody reaches it there",
        about: "Whether the site's bucket itself answers the public. Kept so that an old configuration gets an answer; only false is accepted.",
        formerly: "allow_public_website_access",
    }),
    architecture: setting({
        ...choice(["amd64", "arm64"], "amd64"),
        about: "The processor that images are built for and run on.",
        byDefault: "and arm64 costs a fifth less",
    }),
    agentEnabled: setting({
        ...flag(true),
        about: "Whether there is an agent service at all.",
        byDefault: "and false leaves out cluster, balancer and its image",
    }),
    ecsDesiredCount: setting({
        ...wholeNumber(0, 10, 1),
        about: "Tasks of the agent service; 0 stops it.",
        inProduction: 2,
        formerly: "ecs_desired_count",
    }),
    ecsCpu: setting({
        ...wholeNumber(256, 4096, 512),
        allowed: "256, 512, 1024, 2048 or 4096 CPU units",
        about: "CPU of a task, in units of 1/1024 processor.",
        formerly: "ecs_cpu",
    }),
    ecsMemory: setting({
        ...wholeNumber(512, 30720, 1024),
        allowed: "a size in MB that Fargate has for ecsCpu",
        about: "Memory of a task, in MB.",
        formerly: "ecs_memory",
    }),
    agentNightStop: setting({
        schema: json(
            z.strictObject({
                stop: z.string().regex(/^cron\(.+\)$/),
                start: z.string().regex(/^cron\(.+\)$/),
                timezone: z.string().default("UTC"),
            }),
        ).optional(),
        allowed: '{"stop": "cron(0 20 * * ? *)", "start": "cron(0 6 * * ? *)", "timezone": "Europe/Berlin"}',
        about: "When the agent service stops and starts again every day.",
        byDefault: "it runs all day",
    }),
    tech42TtsApiUrl: setting({
        schema: z.url({ protocol: /^https?$/ }),
        allowed: "the http(s) address of the Tech42 text-to-speech API",
        about: "Where narration is spoken.",
        formerly: "tech42_tts_api_url",
    }),
    tech42TtsApiKey: setting({
        schema: z.string().min(1),
        allowed: "the API's key",
        about: "The key of the text-to-speech API.",
        formerly: "tech42_tts_api_key",
        secret: true,
    }),
    tech42TtsDefaultVoice: setting({
        schema: z.string().min(1).max(100).default(defaultVoice),
        allowed: "a voice that the text-to-speech API has",
        about: "Who narrates.",
        formerly: "tech42_tts_default_voice",
    }),
    bedrockModelId: setting({
        schema: modelId.optional(),
        allowed: `a Bedrock model or inference-profile id, such as ${defaultTextModelId}`,
        about: "The model that writes.",
        byDefault:
            "Nova Pro by the inference profile of the region's geography: us.amazon.nova-pro-v1:0, eu.amazon.nova-pro-v1:0 or apac.amazon.nova-pro-v1:0",
        formerly: "bedrock_model_id",
    }),
    bedrockAllowedModelIds: setting({
        schema: json(z.array(modelId).max(10)).optional(),
        allowed: 'a list of Bedrock model or inference-profile ids such as ["us.amazon.nova-lite-v1:0"], ten at most',
        about: `Models beside bedrockModelId that callers may ask for by model_id; one of them also writes where the configured one fails.`,
        byDefault: `those of ${formerModelIds.join(", ")} that are not retired and fit the region`,
    }),
    bedrockMaxTokens: setting({
        ...wholeNumber(256, MAX_ANSWER_TOKENS, defaultMaxTokens),
        allowed: `a whole number from 256 to ${MAX_ANSWER_TOKENS}, within the limit of bedrockModelId`,
        about: "Tokens of one answer at most; a model whose limit is lower gets its limit.",
        formerly: "bedrock_max_tokens",
    }),
    guardrail: setting({
        ...flag(false),
        about: "Whether a guardrail of Bedrock looks at wishes, web pages, stories and pictures' descriptions, and refuses attacks and harmful content. AWS bills 0.0004 USD for each 1,000 characters, which is 2 to 3 cents for a story, and nothing by the hour.",
    }),
    guardrailStrength: setting({
        ...choice(["low", "medium", "high"], "medium"),
        about: "How readily the guardrail finds something harmful; the audience may ask for more.",
    }),
    guardrailAudience: setting({
        ...choice(["children", "teenagers", "adults"], "children"),
        about: "Whom the stories are for: it decides what the guardrail looks for.",
    }),
    guardrailCrossRegion: setting({
        ...flag(false),
        about: "Let any region of the stack's geography evaluate what the guardrail looks at. With false it knows English, French and Spanish, with true over 60 languages; attacks in others pass it.",
        byDefault: "the stack's own region",
    }),
    corsOrigins: setting({
        schema: json(z.array(origin).min(1)).default(["http://localhost:5173", "http://localhost:3456"]),
        allowed: 'a list of origins such as ["https://app.example.com"], each scheme and host without a path',
        about: "Other sites whose pages may call the API; the stack's own site always may.",
        byDefault: "the two local development servers",
        formerly: "cors_origins",
    }),
    logLevel: setting({
        ...choice(["DEBUG", "INFO", "WARN", "ERROR"], "INFO"),
        about: "What the functions and the agent service log.",
        formerly: "log_level",
    }),
    tracing: setting({
        ...choice(["off", "on", "content"], "off"),
        about: "Whether the agent service and the functions send traces to X-Ray by OpenTelemetry; `content` records prompts and answers in them too.",
    }),
    imageExpirationDays: setting({
        ...wholeNumber(1, 3650, 30),
        about: "Days after which a story's pictures expire.",
    }),
    apiTimeoutSeconds: setting({
        ...wholeNumber(1, 900, 900),
        about: "Seconds that an API call may take. Story-42's functions answer when all is done, and API Gateway gives up on silence after 5 minutes: they end at 290 s, whatever stands above that.",
        byDefault: "by streamed responses; up to 29 they are buffered",
    }),
    manageAccountLogging: setting({
        ...flag(true),
        about: "Set the role by which API Gateway writes logs, which all APIs of an account and region share.",
        byDefault: "and false where another stack sets it",
    }),
    monthlyBudgetUsd: setting({
        ...wholeNumber(1, 100_000, 60),
        about: "USD a month above which the administrator is warned.",
    }),
    dailyStoriesPerPerson: setting({
        ...bound(10_000, 30),
        about: "Stories that a person may begin on a day (UTC). Of what a person or the stack may use, administrators are free.",
    }),
    monthlyStoriesPerPerson: setting({
        ...bound(100_000, 300),
        about: "Stories that a person may begin in a month (UTC).",
    }),
    dailyUsdPerPerson: setting({
        ...bound(100_000, 10),
        about: "USD that models and services may cost for a person on a day. Calls whose price is unknown are not in it: see prices.",
    }),
    monthlyUsdPerPerson: setting({
        ...bound(1_000_000, 50),
        about: "The same in a month.",
    }),
    dailyUsd: setting({
        ...bound(1_000_000, 20),
        about: "USD that models and services may cost for all of the stack on a day: above it nothing new begins, and an alarm says so.",
    }),
    tokensPerRun: setting({
        ...bound(1_000_000_000, 2_000_000),
        about: "Tokens that the making of a story may use at one go. What is finished by then is saved, and can be gone on with.",
    }),
    usdPerRun: setting({
        ...bound(100_000, 5),
        about: "USD that the making of a story may cost at one go.",
    }),
    turnsPerRun: setting({
        ...bound(100_000, 300),
        about: "Answers of text models that the making of a story may take at one go.",
    }),
    secondsPerRun: setting({
        ...bound(86_400, 1_800),
        about: "Seconds that the making of a story may take at one go.",
    }),
    prices: setting({
        schema: json(prices).default({}),
        allowed:
            '{"MODEL": {"unit": "million tokens", "input": USD, "output": USD, "image": USD, "cacheRead": USD, "cacheWrite": USD}}, the last three if they are known, or {"unit": "picture"|"search"|"second of speech"|"GB-second", "usd": USD}; USD from 0 to 1000',
        about: "What models and services cost, over or beside the table in contract/prices.ts; by the id of a model of the stack, or duckduckgo, brave, speech, lambda-x64, lambda-arm64.",
        byDefault: "the table's; what is not in it, or not for the region, is unknown",
    }),
    images: setting({
        schema: json(
            z.strictObject({
                text: imageReference.optional(),
                image: imageReference.optional(),
                dataOps: imageReference.optional(),
                agent: imageReference.optional(),
            }),
        ).default({}),
        allowed: '{"text"|"image"|"dataOps"|"agent": "REPOSITORY@sha256:DIGEST"}',
        about: "Images that were built and pushed elsewhere, used instead of building them.",
        byDefault: "all are built",
    }),
    imageBuilder: setting({
        schema: z.string().min(1).optional(),
        allowed: "the name of a Buildx builder",
        about: "The builder that builds the images.",
        byDefault: "the first that docker-build can reach",
    }),
    imageRegistry: setting({
        schema: z
            .string()
            .regex(/^[a-z0-9.-]+(:\d+)?$/)
            .optional(),
        allowed: "a registry's host and port",
        about: "A registry that needs no sign-in and stands in for ECR's address.",
        byDefault: "each repository's own",
    }),
    baseImages: setting({
        schema: json(
            z.strictObject({
                build: z.string().optional(),
                lambda: z.string().optional(),
                service: z.string().optional(),
            }),
        ).default({}),
        allowed: '{"build"|"lambda"|"service": an image reference}',
        about: "What the images are built with and from.",
        byDefault: "each Dockerfile's own",
    }),
} as const;

/** The key of a setting. */
export type SettingKey = keyof typeof settingsList;
type Parsed = { [Key in SettingKey]: z.output<(typeof settingsList)[Key]["schema"]> };
/** The checked settings of a stack. Secrets are plain text here: wrap them before they reach a resource. */
export type StorySettings = Parsed & {
    /** The AWS region of the stack (`aws:region`). */
    region: string;
    availabilityZones: [string, string];
    vpcCidrBlock: string;
    protectData: boolean;
    customerKey: boolean;
    bedrockModelId: string;
    bedrockAllowedModelIds: string[];
};
/** Settings as a program gives them: what has a default may be left out. */
export type StorySettingsInput = { region: string } & {
    [Key in SettingKey]?: z.input<(typeof settingsList)[Key]["schema"]>;
};
