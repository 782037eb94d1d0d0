import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { fargateMemory } from "../components/agentService/fargate.ts";
import { nameProblems, physicalNames } from "../components/core/names.ts";
import {
    defaultTextModel,
    formerModelIds,
    isRetired,
    regionProblem,
    splitModelId,
    textModelRules,
} from "../contract/models.ts";
import { defaultPictureModel, isRetiredPictureModel, pictureModelEnds } from "../contract/pictureModels.ts";
import { priceTable, unitsOf } from "../contract/prices.ts";
import { SERVICES } from "../contract/usage.ts";
import { bucketNames } from "./bucketNames.ts";
import { guardrailProfile } from "./guardrailProfile.ts";
import { type Setting, type SettingKey, type StorySettings, settingsList } from "./settings.ts";

/** Settings of a stack are missing, misspelt, out of range or at odds with each other; nothing was created. */
export class SettingsError extends Error {
    override readonly name = "SettingsError";
    /** What is wrong, one entry per problem. */
    readonly problems: readonly string[];
    readonly advice = "Correct the settings that are named and try again.";

    constructor(problems: readonly string[]) {
        super(
            `The stack's settings have ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n  - ${problems.join("\n  - ")}`,
        );
        this.problems = problems;
    }
}

/**
 * Checks all settings at once.
 *
 * @param input the settings by key, as text (a stack's file) or as values (a program); `region` is the stack's region
 * @param found problems that are known already, to be named with the others
 * @throws {SettingsError} naming every problem with its key, its value (never a secret's) and what is allowed
 */
export function checkSettings(input: Record<string, unknown>, found: readonly string[] = []): StorySettings {
    const problems = [...found];
    const { region, ...given } = input;
    const isRegion = typeof region === "string" && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
    if (!isRegion) {
        problems.push(`aws:region is ${show(region)}; it must be an AWS region such as us-east-1`);
    }
    for (const key of Object.keys(given)) {
        if (!(key in settingsList)) {
            problems.push(unknownKey(key));
        }
    }
    const parsed: Record<string, unknown> = {};
    for (const [key, setting] of Object.entries(settingsList) as [SettingKey, Setting<z.ZodType>][]) {
        const isProduction = given.production === true || given.production === "true";
        const value = given[key] ?? (isProduction ? setting.inProduction : undefined);
        const result = setting.schema.safeParse(value);
        if (result.success) {
            parsed[key] = result.data;
        } else if (given[key] === undefined) {
            const flagText = setting.secret ? " --secret" : "";
            problems.push(`${key} is missing; it must be ${setting.allowed} (pulumi config set${flagText} ${key} ...)`);
        } else {
            const value = setting.secret ? "not valid (its value is secret)" : show(given[key]);
            problems.push(`${key} is ${value}; it must be ${setting.allowed}${unrecognizedKeys(result.error)}`);
        }
    }
    const settings = parsed as unknown as Partial<StorySettings>;
    problems.push(
        ...contradictions(settings, String(region)),
        ...(isRegion ? wrongModels(settings, region) : []),
        ...wrongPrices(settings, String(region)),
        ...brokenNames(settings),
    );
    if (problems.length > 0) {
        throw new SettingsError(problems);
    }
    const atRegion = String(region);
    return {
        ...(settings as StorySettings),
        region: atRegion,
        availabilityZones: settings.availabilityZones ?? [`${atRegion}a`, `${atRegion}b`],
        protectData: settings.protectData ?? Boolean(settings.production),
        customerKey: settings.customerKey ?? Boolean(settings.production),
        bedrockModelId: settings.bedrockModelId ?? (defaultTextModel(atRegion) as string),
        bedrockAllowedModelIds:
            settings.bedrockAllowedModelIds ??
            formerModelIds.filter((id) => !isRetired(id) && regionProblem(id, atRegion) === undefined),
        vpcCidrBlock: settings.vpcCidrBlock ?? (atRegion === "us-west-2" ? "10.200.0.0/16" : "10.100.0.0/16"),
    };
}

/** Settings that are each well-formed but do not go together. */
function contradictions(settings: Partial<StorySettings>, region: string): string[] {
    const problems: string[] = [];
    const { ecsCpu, ecsMemory, availabilityZones, enableCustomDomain, domainName } = settings;
    if (ecsCpu !== undefined && ecsMemory !== undefined) {
        const sizes = fargateMemory[ecsCpu];
        if (!sizes) {
            problems.push(`ecsCpu is ${ecsCpu}; it must be ${settingsList.ecsCpu.allowed}`);
        } else if (!sizes.includes(ecsMemory)) {
            problems.push(
                `ecsMemory is ${ecsMemory}; for ecsCpu ${ecsCpu} Fargate has ${sizes[0]} to ${sizes.at(-1)} MB: ${sizes.join(", ")}`,
            );
        }
    }
    if (enableCustomDomain && !domainName) {
        problems.push(
            "enableCustomDomain is true, but domainName is not set; set domainName or enableCustomDomain to false",
        );
    }
    if (settings.allowPublicWebsiteAccess) {
        problems.push(`allowPublicWebsiteAccess is true; it must be ${settingsList.allowPublicWebsiteAccess.allowed}`);
    }
    if (settings.agentEnabled === false && settings.agentNightStop) {
        problems.push("agentNightStop is set, but agentEnabled is false; remove one of them");
    }
    const foreignZones = availabilityZones?.filter((zone) => !zone.startsWith(region)) ?? [];
    if (foreignZones.length > 0) {
        problems.push(`availabilityZones has ${foreignZones.join(", ")}; the zones must lie in aws:region ${region}`);
    }
    if (availabilityZones && availabilityZones[0] === availabilityZones[1]) {
        problems.push(`availabilityZones has ${availabilityZones[0]} twice; it must name two zones`);
    }
    if (settings.guardrailCrossRegion && guardrailProfile(region) === undefined) {
        problems.push(`guardrailCrossRegion is true, but AWS has no guardrail profile in ${region}; set it to false`);
    }
    if (settings.existingVpc && settings.vpcCidrBlock) {
        problems.push(
            "existingVpc and vpcCidrBlock are both set; a VPC that exists has its addresses: remove vpcCidrBlock",
        );
    }
    return problems;
}

/** Models that can't be called from the region, are retired, or would refuse every call because of `bedrockMaxTokens`. */
function wrongModels(settings: Partial<StorySettings>, region: string): string[] {
    const { bedrockModelId = defaultTextModel(region), bedrockAllowedModelIds = [], bedrockMaxTokens = 0 } = settings;
    const pictures = settings.googleImageModelId ?? "";
    const named = [
        ...(bedrockModelId ? [["bedrockModelId", bedrockModelId] as const] : []),
        ...bedrockAllowedModelIds.map((id) => ["bedrockAllowedModelIds", id] as const),
    ];
    const limit = bedrockModelId && textModelRules(bedrockModelId).maxTokens;
    return [
        ...(bedrockModelId
            ? []
            : [`bedrockModelId is missing; no default is known for ${region}: set a model that Bedrock has there`]),
        ...named.flatMap(([key, id]) => {
            const misplaced = regionProblem(id, region);
            return [
                ...(misplaced ? [`${key} has ${id}, which ${misplaced}`] : []),
                ...(isRetired(id) ? [`${key} has ${id}, whose last day was ${textModelRules(id).endOfLife}`] : []),
            ];
        }),
        ...(isRetiredPictureModel(pictures)
            ? [
                  `googleImageModelId is ${pictures}, whose last day was ${pictureModelEnds[pictures]}; the default is ${defaultPictureModel}`,
              ]
            : []),
        ...(limit && bedrockMaxTokens > limit
            ? [`bedrockMaxTokens is ${bedrockMaxTokens}; ${bedrockModelId} gives at most ${limit} tokens in one answer`]
            : []),
    ];
}

/** Prices of models and services that the stack does not use, or in a unit that they are not billed in. */
function wrongPrices(settings: Partial<StorySettings>, region: string): string[] {
    const { prices = {}, bedrockModelId, bedrockAllowedModelIds = formerModelIds, googleImageModelId = "" } = settings;
    const used = [bedrockModelId ?? defaultTextModel(region) ?? "", ...bedrockAllowedModelIds, googleImageModelId];
    const models = used.flatMap((id) => [id, splitModelId(id).model]);
    const services = [SERVICES.duckDuckGo, SERVICES.brave, SERVICES.speech, ...Object.values(SERVICES.compute)];
    const known = new Set([...models, ...services, ...Object.keys(priceTable)]);
    return Object.entries(prices).flatMap(([name, { unit }]) => {
        if (!known.has(name)) {
            return [
                `prices has ${name}, which is no model of this stack; there are ${[...new Set(used), ...services].join(", ")}`,
            ];
        }
        const units = unitsOf(name, googleImageModelId);
        return units.includes(unit)
            ? []
            : [`prices has ${name} by "${unit}"; it is paid by ${units.map((it) => `"${it}"`).join(" or ")}`];
    });
}

/** Names that would break a limit of AWS half-way through a deployment. */
function brokenNames(settings: Partial<StorySettings>): string[] {
    const { projectName, environment, userPoolDomain } = settings;
    if (!projectName || !environment) {
        return [];
    }
    const naming = { project: projectName, environment };
    const names = { ...physicalNames(naming), ...bucketNames(naming, settings) };
    const from = (what: string) => `projectName and environment make the ${what}, which`;
    return [
        ...(settings.agentEnabled === false
            ? []
            : nameProblems("loadBalancer", from("load balancer's name"), names.loadBalancer)),
        ...(settings.guardrail ? nameProblems("guardrail", from("guardrail's name"), names.guardrail) : []),
        ...nameProblems("bucket", from("images bucket's name"), names.imagesBucket),
        ...nameProblems("bucket", from("site bucket's name"), names.siteBucket),
        ...nameProblems("bucket", from("log bucket's name"), names.logBucket),
        ...nameProblems("role", from("longest role's name"), names.imageFunctionRole),
        ...nameProblems("function", from("longest function's name"), names.imageFunction),
        ...(userPoolDomain === undefined
            ? nameProblems(
                  "cognitoDomain",
                  from("user pool's domain (userPoolDomain sets another)"),
                  names.userPoolDomain,
              )
            : nameProblems("cognitoDomain", "userPoolDomain", userPoolDomain)),
    ];
}

function unknownKey(key: string): string {
    const renamed = Object.entries(settingsList).find(([, it]) => "formerly" in it && it.formerly === key);
    const near = renamed?.[0] ?? nearest(key, Object.keys(settingsList));
    return `${key} is not a setting; ${near ? `did you mean ${near}?` : `there are ${Object.keys(settingsList).join(", ")}`}`;
}

/** The candidate that is at most three edits away, if there is one. */
function nearest(word: string, candidates: string[]): string | undefined {
    const plain = (text: string) => text.toLowerCase().replaceAll(/[_-]/g, "");
    const ranked = candidates
        .map((candidate) => ({ candidate, distance: distance(plain(word), plain(candidate)) }))
        .sort((a, b) => a.distance - b.distance);
    return ranked[0] && ranked[0].distance <= 3 ? ranked[0].candidate : undefined;
}

/** The keys of a structured setting that its schema does not have, such as misspelt ones. */
function unrecognizedKeys({ issues }: z.ZodError): string {
    const keys = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
    return keys.length > 0 ? ` (there is no ${keys.join(", ")} in it)` : "";
}

function show(value: unknown): string {
    return value === undefined ? "missing" : JSON.stringify(value);
}
