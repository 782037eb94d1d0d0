import { physicalNames } from "../../components/core/names.ts";
import type { SettingKey, StorySettings } from "../../stacks/settings.ts";
import type { Deployment } from "./deployment.ts";
import { text } from "./kinds.ts";
import type { Attributes, Instance, TerraformState } from "./state.ts";

/** A setting that differs between the stack and the old deployment. */
export interface Difference {
    setting: SettingKey;
    /** The stack's value; omitted if secret. */
    stack?: unknown;
    /** The old deployment's value; omitted if secret. */
    deployment?: unknown;
    /** The command that makes them equal. */
    set: string;
    /** Terraform's types whose instances do not match while the setting differs. */
    types: string[];
}

/** The old deployment's value of one setting. */
interface Reading {
    setting: SettingKey;
    value: unknown;
    types?: string[];
    secret?: true;
}

/** The settings that differ between the stack and the old deployment, each with the command that makes it equal. */
export function compareSettings(state: TerraformState, deployment: Deployment, settings: StorySettings, stack: string) {
    const names = physicalNames(deployment);
    const wanted: Partial<Record<SettingKey, unknown>> = {
        ...settings,
        userPoolDomain: settings.userPoolDomain ?? names.userPoolDomain,
    };
    return readings(state, names)
        .filter(({ setting, value }) => value !== undefined && !equal(wanted[setting], value))
        .map(
            ({ setting, value, secret, types = [] }): Difference => ({
                setting,
                ...(secret ? {} : { stack: wanted[setting], deployment: value }),
                set: `pulumi config set --stack ${stack} ${secret ? `--secret ${setting}` : `${setting} ${shellWord(value)}`}`,
                types,
            }),
        );
}

function readings(state: TerraformState, names: ReturnType<typeof physicalNames>): Reading[] {
    const all = (...types: string[]) => state.instances.filter(({ type, deposed }) => types.includes(type) && !deposed);
    const named = (type: string, attribute: string, name: string) =>
        all(type).find(({ attributes }) => attributes[attribute] === name)?.attributes;
    const subnets = all("aws_subnet").map(({ attributes }) => attributes);
    const service = named("aws_ecs_service", "name", names.service);
    const task = named("aws_ecs_task_definition", "family", names.service);
    const variables = containerVariables(task);
    const zone = all("aws_route53_zone").map(({ attributes }) => text(attributes, "name")?.replace(/\.$/, ""));
    const prefix = `${names.sessionsTable.slice(0, names.sessionsTable.indexOf("-story-sessions-"))}.`;
    const ownZone = zone.find((name) => name?.startsWith(prefix));
    const image = named("aws_lambda_function", "function_name", names.textFunction);
    return [
        {
            setting: "vpcCidrBlock",
            value: vpcOf(all("aws_vpc"), names.vpc)?.cidr_block,
            types: ["aws_vpc", "aws_subnet"],
        },
        { setting: "availabilityZones", value: zonesOf(subnets), types: ["aws_subnet"] },
        {
            setting: "userPoolDomain",
            value: all("aws_cognito_user_pool_domain")[0]?.attributes.domain,
            types: ["aws_cognito_user_pool_domain"],
        },
        { setting: "domainName", value: ownZone?.slice(prefix.length), types: ["aws_route53_zone"] },
        { setting: "enableCustomDomain", value: ownZone === undefined ? undefined : true, types: ["aws_route53_zone"] },
        {
            setting: "adminEmail",
            value: adminOf(all("aws_cognito_user_in_group"), names.adminGroup),
            types: ["aws_cognito_user"],
        },
        { setting: "agentEnabled", value: service === undefined ? undefined : true, types: ["aws_ecs_service"] },
        { setting: "ecsDesiredCount", value: service?.desired_count },
        { setting: "ecsCpu", value: numberOf(task?.cpu) },
        { setting: "ecsMemory", value: numberOf(task?.memory) },
        { setting: "architecture", value: architectureOf(image) },
        { setting: "imageExpirationDays", value: expirationOf(state.instances, names.imagesBucket) },
        { setting: "bedrockModelId", value: variables.BEDROCK_MODEL_ID },
        { setting: "bedrockMaxTokens", value: numberOf(variables.BEDROCK_MAX_TOKENS) },
        { setting: "tech42TtsApiUrl", value: variables.TECH42_TTS_API_URL },
        { setting: "tech42TtsDefaultVoice", value: variables.TECH42_TTS_DEFAULT_VOICE },
        { setting: "corsOrigins", value: originsOf(variables.CORS_ORIGINS) },
        { setting: "logLevel", value: variables.LOG_LEVEL },
        { setting: "tech42TtsApiKey", value: variables.TECH42_TTS_API_KEY, secret: true },
        {
            setting: "googleApiKey",
            value: secretValue(all("aws_secretsmanager_secret_version"), names.googleApiKeySecret),
            types: ["aws_secretsmanager_secret_version"],
            secret: true,
        },
    ];
}

function vpcOf(vpcs: Instance[], name: string): Attributes | undefined {
    const named = vpcs.find(({ attributes }) => (attributes.tags as Attributes | null)?.Name === name);
    return (named ?? (vpcs.length === 1 ? vpcs[0] : undefined))?.attributes;
}

/** The zones of the subnets, in the order of the subnets' addresses; `undefined` unless there are two. */
function zonesOf(subnets: Attributes[]): string[] | undefined {
    const third = (subnet: Attributes) => Number(text(subnet, "cidr_block")?.split(".")[2]);
    const ordered = [...subnets].sort((a, b) => third(a) - third(b)).map((subnet) => text(subnet, "availability_zone"));
    const zones = [...new Set(ordered)].filter((zone) => zone !== undefined);
    return zones.length === 2 ? zones : undefined;
}

function adminOf(memberships: Instance[], group: string): unknown {
    return memberships.find(({ attributes }) => attributes.group_name === group)?.attributes.username;
}

function containerVariables(task: Attributes | undefined): Record<string, string | undefined> {
    try {
        const [container] = JSON.parse(String(task?.container_definitions ?? "[]"));
        const list: { name: string; value: string }[] = container?.environment ?? [];
        return Object.fromEntries(list.map(({ name, value }) => [name, value]));
    } catch {
        return {};
    }
}

function architectureOf(image: Attributes | undefined): string | undefined {
    const [first] = Array.isArray(image?.architectures) ? image.architectures : [];
    return first === undefined ? undefined : first === "arm64" ? "arm64" : "amd64";
}

/** Days after which pictures expire, as a resource of its own (AWS provider 4 and later) or as a part of the bucket. */
function expirationOf(instances: readonly Instance[], bucket: string): number | undefined {
    const ofBucket = instances
        .filter(({ attributes }) => attributes.bucket === bucket)
        .map(({ attributes }) => attributes);
    const rules = ofBucket.flatMap(({ rule, lifecycle_rule: inline }) => [rule, inline].flat());
    const days = rules.flatMap((rule) => (rule as { expiration?: { days?: number }[] } | undefined)?.expiration ?? []);
    const all = days.map((it) => Number(it.days)).filter((it) => it > 0);
    return all.length > 0 ? Math.min(...all) : undefined;
}

function originsOf(list: string | undefined): string[] | undefined {
    const origins = list?.split(",").map((origin) => origin.trim());
    // Only origins that the setting allows; others, such as *, have no counterpart.
    return origins?.every((origin) => /^https?:\/\//.test(origin)) ? origins : undefined;
}

function secretValue(versions: Instance[], secretName: string): string | undefined {
    const version = versions.find(({ attributes }) =>
        text(attributes, "secret_id")?.includes(`:secret:${secretName}-`),
    );
    return version && text(version.attributes, "secret_string");
}

function numberOf(value: unknown): number | undefined {
    return value === undefined || value === null || value === "" || Number.isNaN(Number(value))
        ? undefined
        : Number(value);
}

function equal(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

function shellWord(value: unknown): string {
    const word = typeof value === "string" ? value : JSON.stringify(value);
    return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
