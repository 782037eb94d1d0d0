/** A real Terraform state, and the resources of a program in previews. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Match, match, type ProgramResource } from "../../../automation/adopt/match.ts";
import type { Instance } from "../../../automation/adopt/state.ts";
import type { StorySettingsInput } from "../../../stacks/settings.ts";
import { runStack } from "../program.ts";

/** One resource of a state file. */
export interface StateResource {
    module?: string;
    mode: string;
    type: string;
    name: string;
    provider: string;
    // biome-ignore lint/suspicious/noExplicitAny: attributes differ by resource type
    instances: Record<string, any>[];
}

/** A state file. */
export interface StateFile {
    version: number;
    terraform_version: string;
    serial: number;
    lineage: string;
    outputs: Record<string, unknown>;
    resources: StateResource[];
}

const fixture = join(import.meta.dirname, "../../fixtures/adopt/terraform.tfstate.gz");

/** The settings with which a stack adopts that deployment; its pictures expire after Terraform's 90 days. */
export const deploymentSettings = {
    region: "us-east-1",
    projectName: "story-42",
    environment: "dev",
    adminEmail: "admin@example.com",
    googleApiKey: "your-google-api-key-here",
    tech42TtsApiUrl: "https://tts.example.com",
    tech42TtsApiKey: "abcdefg",
    userPoolDomain: "hackathon-2025-dev",
    imageExpirationDays: 90,
} satisfies StorySettingsInput;

/** The state of a deployment in us-east-1, made by Terraform 1.11 with AWS provider 5. */
export function stateFile(): StateFile {
    return JSON.parse(gunzipSync(readFileSync(fixture)).toString());
}

/** The same state in the format of AWS provider 6: every instance of a regional service has its region. */
export function byProvider6(state: StateFile): StateFile {
    const global = /^aws_(iam|cloudfront|route53)_/;
    for (const { instances, type } of state.resources.filter((one) => !global.test(one.type))) {
        for (const { attributes } of instances) {
            attributes.region = type === "aws_region" ? attributes.name : "us-east-1";
        }
    }
    return state;
}

/** The same state in the format before AWS provider 4, which may also exist later: a bucket's parts are inside the bucket. */
export function byProvider3(state: StateFile): StateFile {
    const parts: Record<string, (part: Record<string, unknown>) => object> = {
        aws_s3_bucket_lifecycle_configuration: ({ rule }) => ({ lifecycle_rule: rule }),
        aws_s3_bucket_cors_configuration: ({ cors_rule }) => ({ cors_rule }),
        aws_s3_bucket_versioning: ({ versioning_configuration: versioning }) => ({ versioning }),
        aws_s3_bucket_server_side_encryption_configuration: ({ rule }) => ({
            server_side_encryption_configuration: [{ rule }],
        }),
        aws_s3_bucket_website_configuration: () => ({ website: [{ index_document: "index.html" }] }),
        aws_s3_bucket_policy: ({ policy }) => ({ policy }),
    };
    const attributesOf = (type: string) =>
        state.resources.filter((one) => one.type === type).flatMap((one) => one.instances.map((it) => it.attributes));
    for (const [type, inside] of Object.entries(parts)) {
        for (const part of attributesOf(type)) {
            const bucket = attributesOf("aws_s3_bucket").find(({ id }) => id === part.bucket);
            Object.assign(bucket ?? {}, inside(part));
        }
    }
    return { ...state, resources: state.resources.filter(({ type }) => !(type in parts)) };
}

/** A state file in the format of `terraform state pull`. */
export function pulled(state: unknown): Uint8Array {
    return Buffer.from(JSON.stringify(state, null, 2));
}

/** The same deployment in us-west-2 with that region's addresses, under another name and environment. */
export function elsewhere(state: StateFile): StateFile {
    const text = JSON.stringify(state)
        .replaceAll("us-east-1", "us-west-2")
        .replaceAll("10.100.", "10.200.")
        .replaceAll("story-42", "tales")
        .replaceAll(/(?<=[-"/:])dev(?=["/-])/g, "stage")
        .replaceAll("hackathon-2025-stage", "tales-sign-in")
        // Ids are globally unique.
        .replaceAll(/\b(vpc|subnet|sg|sgr|rtb|rtbassoc|igw|acl)-[0-9a-f]{3}/g, "$1-fff")
        .replaceAll("d0e783c1", "f0e783c1")
        .replaceAll("E07V0ZWKVRO451", "F07V0ZWKVRO451")
        .replaceAll("EYYFOCJN6L232S", "FYYFOCJN6L232S");
    return JSON.parse(text);
}

/** Ids that a preview knows once their resource is imported. */
const references = new Set([
    "restApi",
    "resourceId",
    "userPoolId",
    "secretId",
    "vpcId",
    "subnetId",
    "routeTableId",
    "loadBalancerArn",
]);

interface ProgramPart extends ProgramResource {
    /** The source URN of each unknown input. */
    from: Record<string, string>;
    /** The URN of a distribution's origin bucket. */
    siteBucket?: string;
}

const programs = new Map<string, Promise<ProgramPart[]>>();

/** The resources of a stack's program in a first preview. Each program is run once and cached. */
export function programOf(settings: Partial<StorySettingsInput> & { environment: string }): Promise<ProgramPart[]> {
    const key = JSON.stringify(settings);
    const program = programs.get(key) ?? runProgram(settings);
    programs.set(key, program);
    return program;
}

async function runProgram(settings: Partial<StorySettingsInput> & { environment: string }): Promise<ProgramPart[]> {
    const { all } = await runStack(settings, { preview: true });
    const byName = new Map(all.map((one) => [one.name, one.urn]));
    const parts = all.map(({ urn, type, name, parentUrn, inputs, inputFrom }) => {
        const from = [...references].flatMap((input) => {
            const urns = inputFrom(input).map((source) => byName.get(source) ?? "");
            return urns.length === 1 ? [[input, urns[0] ?? ""]] : [];
        });
        const siteBucket = type === "aws:cloudfront/distribution:Distribution" ? byName.get("site-bucket") : undefined;
        return { urn, type, name, parent: parentUrn, inputs, from: Object.fromEntries(from), siteBucket };
    });
    const network = all.find(({ type }) => type === "awsx:ec2:Vpc");
    return network ? [...parts, ...childrenOf(network.urn, network.inputs)] : parts;
}

/** The children of `awsx:ec2:Vpc`, which mocks don't create. */
function childrenOf(vpcUrn: string, args: Record<string, unknown>): ProgramPart[] {
    const zones = args.availabilityZoneNames as string[];
    const specs = args.subnetSpecs as { type: string; name: string; cidrBlocks: string[] }[];
    const child = (parent: string, type: string, name: string, inputs: object, from: Record<string, string> = {}) => {
        const [stack, project, types] = parent.split("::");
        const urn = `${stack}::${project}::${types}$${type}::${name}`;
        return { urn, type, name, parent, inputs: { ...inputs }, from };
    };
    const name = "network-vpc";
    const vpc = child(vpcUrn, "aws:ec2/vpc:Vpc", name, { cidrBlock: args.cidrBlock, tags: args.tags });
    const gateway = child(vpc.urn, "aws:ec2/internetGateway:InternetGateway", name, {}, { vpcId: vpc.urn });
    const subnets = specs.flatMap(({ type, name: label, cidrBlocks }) =>
        zones.flatMap((availabilityZone, index) => {
            const own = `${name}-${label}-${index + 1}`;
            const at = { cidrBlock: cidrBlocks[index], availabilityZone };
            const subnet = child(vpc.urn, "aws:ec2/subnet:Subnet", own, at, { vpcId: vpc.urn });
            const table = child(subnet.urn, "aws:ec2/routeTable:RouteTable", own, {}, { vpcId: vpc.urn });
            const inTable = (kind: string, inputs: object, from: Record<string, string>) =>
                child(table.urn, kind, own, inputs, { routeTableId: table.urn, ...from });
            const association = "aws:ec2/routeTableAssociation:RouteTableAssociation";
            return [
                subnet,
                table,
                inTable(association, {}, { subnetId: subnet.urn }),
                ...(type === "Public"
                    ? [inTable("aws:ec2/route:Route", { destinationCidrBlock: "0.0.0.0/0" }, {})]
                    : []),
            ];
        }),
    );
    return [vpc, gateway, ...subnets];
}

/** The resources of a program in a preview that knows the ids of some resources, by `TYPE::NAME`. */
export function learn(
    parts: readonly ProgramPart[],
    known: ReadonlyMap<string, string>,
    instances: readonly Instance[],
): ProgramPart[] {
    const isKnown = ({ resource }: Match) => known.has(`${resource.type}::${resource.name}`);
    let learnt = [...parts];
    for (let count = -1, found: Match[] = []; count < found.length; ) {
        count = found.length;
        found = match(learnt, instances).filter(isKnown);
        const ids = new Map(found.map(({ resource, instance }) => [resource.urn, String(instance.attributes.id)]));
        learnt = parts.map((part) => {
            const inputs = Object.entries(part.from).flatMap(([input, urn]) =>
                ids.has(urn) ? [[input, ids.get(urn)]] : [],
            );
            const bucket = part.siteBucket && ids.get(part.siteBucket);
            const origins = bucket ? { origins: [{ domainName: `${bucket}.s3.us-east-1.amazonaws.com` }] } : {};
            return { ...part, inputs: { ...part.inputs, ...Object.fromEntries(inputs), ...origins } };
        });
    }
    return learnt;
}

/** Matches in several previews: each knows the ids that the previous one found. */
export function settle(parts: readonly ProgramPart[], instances: readonly Instance[]): Match[] {
    let found: Match[] = [];
    for (;;) {
        const known = new Map(found.map(({ resource, id }) => [`${resource.type}::${resource.name}`, id]));
        const next = match(learn(parts, known, instances), instances);
        if (next.length === found.length) {
            return next;
        }
        found = next;
    }
}
