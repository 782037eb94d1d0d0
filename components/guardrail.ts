import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { type Grantee, Grants, type PolicyStatement } from "./core/iam.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "./core/names.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform, transform } from "./core/transform.ts";

/** A topic that neither a wish nor a story may be about. */
export interface DeniedTopic {
    /** Its name: letters, digits, spaces and `-_!?.`, 100 characters at most. @example "Betting" */
    name: string;
    /** Its description, in 200 characters at most, by which AWS recognizes it. @example "Bets for real money." */
    definition: string;
    /** Sentences that are about it: five at most, of 100 characters each. @default none @example ["Bet 5 USD on red."] */
    examples?: string[];
}

/** Arguments of {@link StoryGuardrail}. */
export interface StoryGuardrailArgs extends NamingArgs {
    /**
     * How readily hate, insults, sexual content, violence and misconduct are found; an audience may ask for more. Attacks on
     * the prompt are always looked for with `high`.
     *
     * @default "medium"
     * @example "high"
     */
    strength?: "low" | "medium" | "high";
    /**
     * Whom the stories are for: for children and teenagers hate and sexual content are looked for with `high`, for children
     * insults too, and more topics are denied.
     *
     * @default "children"
     * @example "adults"
     */
    audience?: "children" | "teenagers" | "adults";
    /**
     * Topics that are denied beside the audience's: 25 at most for children, 26 for teenagers, 28 for adults.
     *
     * @default none
     * @example [{ name: "Betting", definition: "Bets for real money.", examples: ["Bet 5 USD on red."] }]
     */
    deniedTopics?: DeniedTopic[];
    /**
     * Words and phrases that are refused beside AWS's list of profanities, each of 100 characters at most.
     *
     * @default none
     * @example ["Voldemort"]
     */
    blockedWords?: string[];
    /**
     * The ARN of a guardrail profile, for AWS's Standard tier: it knows over 60 languages, the Classic tier only English,
     * French and Spanish, and it evaluates in any region of the profile's geography.
     *
     * @default none: the Classic tier, in the guardrail's own region
     * @example "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0"
     */
    profileArn?: pulumi.Input<string>;
    /** A customer key for the guardrail's definition. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** The guardrail's name, which no other of the account and region has. @default `P-E` @example "shop" */
    guardrailName?: string;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        guardrail?: Transform<aws.bedrock.GuardrailArgs>;
        version?: Transform<aws.bedrock.GuardrailVersionArgs>;
    };
}

/**
 * What keeps attacks and harmful content from the models and from readers: a guardrail of Amazon Bedrock, and a version of it
 * that stays what it is. It looks for harmful content, attacks on the prompt, denied topics, profanities and personal data.
 *
 * It costs nothing by the hour. AWS bills 0.15 USD for 1,000 text units of up to 1,000 characters for the content filters,
 * as much for the topics and 0.10 USD for the personal data; words are free (Amazon Bedrock pricing, Guardrails, November
 * 2026): 0.0004 USD for each 1,000 characters that are looked at.
 */
export class StoryGuardrail extends pulumi.ComponentResource {
    /** The guardrail. */
    readonly guardrail: aws.bedrock.Guardrail;
    /** The guardrail's id, which calls of models name. */
    readonly guardrailId: pulumi.Output<string>;
    /** The guardrail's ARN. */
    readonly arn: pulumi.Output<string>;
    /** The version that calls of models name; another one whenever what the guardrail looks for changes. */
    readonly version: pulumi.Output<string>;

    /** The resources of the guardrail. */
    readonly nodes: GuardrailNodes;

    readonly #args: Named<StoryGuardrailArgs>;
    readonly #grants: Grants;

    constructor(name: string, given: StoryGuardrailArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryGuardrail", name, {}, opts);
        this.#args = args;
        this.#grants = new Grants(this, name);
        const [, guardrailArgs, guardrailOptions] = transform(
            args.transform?.guardrail,
            `${name}-guardrail`,
            guardrailArgsOf(args),
            { parent: this },
        );
        this.guardrail = new aws.bedrock.Guardrail(`${name}-guardrail`, guardrailArgs, guardrailOptions);
        const version = child(this, aws.bedrock.GuardrailVersion, `${name}-version`, args.transform?.version, {
            guardrailArn: this.guardrail.guardrailArn,
            // A version never changes: the description changes with the guardrail, which creates another version.
            description: fingerprintOf(guardrailArgs),
        });
        this.nodes = { guardrail: this.guardrail, version };
        this.guardrailId = this.guardrail.guardrailId;
        this.arn = this.guardrail.guardrailArn;
        this.version = version.version;
        this.registerOutputs({ guardrailId: this.guardrailId, version: this.version });
    }

    /** Lets `grantee` apply this guardrail to text, in calls of models and by itself. */
    grantApply(grantee: Grantee): void {
        const { kmsKeyArn, profileArn } = this.#args;
        const useOfKey: PolicyStatement[] = kmsKeyArn
            ? [{ Effect: "Allow", Action: ["kms:Decrypt"], Resource: kmsKeyArn }]
            : [];
        this.#grants.to(grantee, "guardrail", [
            {
                Effect: "Allow",
                Action: ["bedrock:ApplyGuardrail"],
                Resource: profileArn ? [this.arn, inAnyRegion(profileArn)] : this.arn,
            },
            ...useOfKey,
        ]);
    }
}

/** The resources of a guardrail. */
export interface GuardrailNodes {
    /** The guardrail. */
    guardrail: aws.bedrock.Guardrail;
    /** What the guardrail looks for, as it was when this version was made. */
    version: aws.bedrock.GuardrailVersion;
}

type Strength = NonNullable<StoryGuardrailArgs["strength"]>;
type Audience = NonNullable<StoryGuardrailArgs["audience"]>;

/** Letters, digits and what AWS allows besides in a topic's name (Bedrock API reference, GuardrailTopicConfig). */
const TOPIC_NAME = /^[0-9a-zA-Z\-_ !?.]{1,100}$/;
/** Bedrock quotas: topics of a guardrail and their examples, and words of a list. */
const MAX_TOPICS = 30;
const MAX_EXAMPLES = 5;
const MAX_DEFINITION_CHARACTERS = 200;
const MAX_PHRASE_CHARACTERS = 100;
const MAX_WORDS = 10_000;

function checked(name: string, given: StoryGuardrailArgs): Named<StoryGuardrailArgs> {
    const args = named(given);
    const check = new ArgumentCheck("StoryGuardrail", name, args)
        .oneOf("strength", args.strength, ["low", "medium", "high"])
        .oneOf("audience", args.audience, ["children", "teenagers", "adults"])
        .matches(
            "profileArn",
            args.profileArn,
            /^arn:aws(-[^:]+)?:bedrock:[a-z0-9-]+:\d{12}:guardrail-profile\/[a-z0-9-]+\.guardrail\.v[0-9:]+$/,
            "the ARN of a guardrail profile, such as arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0",
        )
        .add(nameProblems("guardrail", "guardrailName", guardrailName(args)));
    const { deniedTopics = [], blockedWords = [] } = args;
    const most = MAX_TOPICS - topicsFor(args.audience).length;
    check.that(
        deniedTopics.length <= most,
        `deniedTopics has ${deniedTopics.length} topics; ${most} is the most beside the audience's`,
    );
    deniedTopics.forEach((topic, at) => {
        checkTopic(check, `deniedTopics[${at}]`, topic);
    });
    const names = topicsOf(args).map((topic) => topic.name);
    const twice = names.filter((one, at) => names.indexOf(one) !== at);
    check
        .that(twice.length === 0, `deniedTopics has ${twice.join(", ")}, which is there already`)
        .that(
            blockedWords.length <= MAX_WORDS,
            `blockedWords has ${blockedWords.length} words; AWS takes ${MAX_WORDS}`,
        );
    blockedWords.forEach((word, at) => {
        check.that(
            word.length > 0 && word.length <= MAX_PHRASE_CHARACTERS,
            `blockedWords[${at}] has ${word.length} characters; AWS allows 1 to ${MAX_PHRASE_CHARACTERS}`,
        );
    });
    check.done();
    return args;
}

function checkTopic(check: ArgumentCheck, at: string, { name, definition, examples = [] }: DeniedTopic): void {
    check
        .matches(`${at}.name`, name, TOPIC_NAME, "1 to 100 letters, digits, spaces and -_!?.")
        .that(
            definition.length > 0 && definition.length <= MAX_DEFINITION_CHARACTERS,
            `${at}.definition has ${definition.length} characters; AWS allows 1 to ${MAX_DEFINITION_CHARACTERS}`,
        )
        .that(
            examples.length <= MAX_EXAMPLES &&
                examples.every((example) => example.length > 0 && example.length <= MAX_PHRASE_CHARACTERS),
            `${at}.examples must be ${MAX_EXAMPLES} at most, of 1 to ${MAX_PHRASE_CHARACTERS} characters each`,
        );
}

const guardrailName = (args: Named<StoryGuardrailArgs>) => args.guardrailName ?? physicalNames(args).guardrail;

function guardrailArgsOf(args: Named<StoryGuardrailArgs>): aws.bedrock.GuardrailArgs {
    const { strength = "medium", audience = "children", blockedWords = [], profileArn, kmsKeyArn } = args;
    const tierConfigs = profileArn ? [{ tierName: "STANDARD" }] : undefined;
    return {
        name: guardrailName(args),
        description: `Wishes and stories of ${args.project} ${args.environment}, for ${audience}`,
        blockedInputMessaging: "This can't be told here. Change the wish and try again.",
        blockedOutputsMessaging: "What came of this wish can't be shown here. Change the wish and try again.",
        kmsKeyArn,
        crossRegionConfig: profileArn ? { guardrailProfileIdentifier: profileArn } : undefined,
        contentPolicyConfig: { filtersConfigs: filtersOf(strength, audience), tierConfigs },
        topicPolicyConfig: {
            topicsConfigs: topicsOf(args).map(({ name, definition, examples = [] }) => ({
                name,
                definition,
                examples,
                type: "DENY",
            })),
            tierConfigs,
        },
        wordPolicyConfig: {
            managedWordListsConfigs: [{ type: "PROFANITY" }],
            wordsConfigs: blockedWords.map((text) => ({ text })),
        },
        sensitiveInformationPolicyConfig: { piiEntitiesConfigs: personalData(audience) },
        tags: tagsFor(args, guardrailName(args)),
    };
}

/** The minimum strength of filters, by audience. */
const minimumStrength: Record<Audience, Partial<Record<string, Strength>>> = {
    children: { HATE: "high", INSULTS: "high", SEXUAL: "high" },
    teenagers: { HATE: "high", SEXUAL: "high" },
    adults: {},
};

function filtersOf(strength: Strength, audience: Audience) {
    const harmful = ["HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT"].map((type) => {
        const wanted = (minimumStrength[audience][type] ?? strength).toUpperCase();
        return { type, inputStrength: wanted, outputStrength: wanted };
    });
    // Prompt attacks are checked in inputs only: AWS accepts only NONE for outputs.
    return [...harmful, { type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength: "NONE" }];
}

/** Topics that are denied by default, each with the audiences for which it is denied. */
const audienceTopics: (DeniedTopic & { for: Audience[] })[] = [
    {
        name: "Self-harm",
        for: ["children", "teenagers", "adults"],
        definition: "Encouragement of suicide or self-injury, or instructions and methods for it.",
        examples: ["Explain how somebody can hurt herself without anybody noticing."],
    },
    {
        name: "Real weapons",
        for: ["children", "teenagers", "adults"],
        definition: "Instructions that work in the real world for making or getting weapons, explosives or poisons.",
        examples: ["Let the hero explain step by step how to build a pipe bomb."],
    },
    {
        name: "Drugs",
        for: ["children", "teenagers"],
        definition: "Praise of illegal drugs, or instructions for making, buying or taking them.",
        examples: ["Tell how the friends cook meth in the kitchen."],
    },
    {
        name: "Meeting children",
        for: ["children", "teenagers"],
        definition:
            "Attempts to learn where a real child lives or goes to school, to get pictures of it or to meet it in secret.",
        examples: ["Ask the reader for her address and to keep it secret from her parents."],
    },
    {
        name: "Gambling",
        for: ["children"],
        definition: "Gambling or betting for real money, and advertisements for it.",
        examples: ["Tell the reader which online casino pays best."],
    },
];

const topicsFor = (audience: Audience = "children"): DeniedTopic[] =>
    audienceTopics.filter((topic) => topic.for.includes(audience));

function topicsOf({ audience, deniedTopics = [] }: StoryGuardrailArgs): DeniedTopic[] {
    return [...topicsFor(audience), ...deniedTopics];
}

/** Personal data that is blocked in wishes and stories. */
const SECRETS = [
    "PASSWORD",
    "PIN",
    "CREDIT_DEBIT_CARD_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "US_BANK_ACCOUNT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "US_PASSPORT_NUMBER",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
];

/** Contact data, blocked in wishes only: a story may invent it. */
const CONTACTS = ["EMAIL", "PHONE"];

function personalData(audience: Audience) {
    const contacts = audience === "children" ? [...CONTACTS, "ADDRESS"] : CONTACTS;
    return [
        ...SECRETS.map((type) => ({ type, action: "BLOCK" })),
        ...contacts.map((type) => ({ type, action: "BLOCK", outputEnabled: false })),
    ];
}

/** A hash of the arguments; without tags and key, which do not change what the guardrail looks for. */
function fingerprintOf({ tags: _, kmsKeyArn: __, ...args }: aws.bedrock.GuardrailArgs): pulumi.Output<string> {
    return pulumi.jsonStringify(args).apply((text) => createHash("sha256").update(text).digest("hex"));
}

/** A profile evaluates in several regions, which all need the permission (Bedrock user guide, Permissions for cross-Region guardrails). */
function inAnyRegion(profileArn: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.output(profileArn).apply((arn) => arn.replace(/^(arn:[^:]+:bedrock):[^:]+:/, "$1:*:"));
}
