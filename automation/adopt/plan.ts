import type { StorySettings } from "../../stacks/settings.ts";
import type { Changes, ResourceChange } from "../engine/changes.ts";
import { holdsData } from "../engine/dataHolding.ts";
import type { Difference } from "./compare.ts";
import { consequencesOf } from "./consequences.ts";
import type { Deployment } from "./deployment.ts";
import { isAdoptable, kinds, text } from "./kinds.ts";
import type { Match } from "./match.ts";
import type { Instance, TerraformState } from "./state.ts";

/** A resource of the stack. */
export interface PlannedResource {
    type: string;
    name: string;
}

/** A resource that is taken over. */
export interface TakenOver extends PlannedResource {
    /** The id by which it is imported. */
    id: string;
    /** Its address in Terraform. */
    address: string;
    /** The stack has it already, from an interrupted adoption. */
    already: boolean;
}

/** A resource that is taken over, and then changed or replaced. */
export interface Changed extends TakenOver {
    /** The properties that change. */
    properties: string[];
}

/** A resource that is made new. */
export interface MadeNew extends PlannedResource {
    /** The reason, if Terraform has one too. */
    reason?: string;
}

/** An instance that stays with Terraform. */
export interface LeftToTerraform {
    address: string;
    type: string;
    reason: string;
    /** The command that removes it from Terraform's state as well, if it is to be unmanaged. */
    forget: string;
}

/** Why a deployment is not taken over, and what to do about it. */
export interface Refusal {
    message: string;
    advice: string;
}

/** The plan of an adoption. */
export interface AdoptionPlan {
    stack: string;
    deployment: { project: string; environment: string; region: string; account: string | null };
    terraform: { version: string; serial: number };
    /** Settings in which the stack differs from the old deployment. */
    differences: Difference[];
    asIs: TakenOver[];
    changed: Changed[];
    /** Taken over first, then replaced: they can't be changed, and a new one can't exist beside them. */
    replaced: Changed[];
    madeNew: MadeNew[];
    left: LeftToTerraform[];
    /** What changes for those who use the deployment, each a sentence. */
    consequences: string[];
    /** Warnings to read before confirming. */
    warnings: string[];
    /** If there are any, nothing is done. */
    refusals: Refusal[];
    /** How to remove from Terraform what the stack then manages. */
    handOver: {
        /** Commands that edit the state: a single one for all, since each locks and rewrites the state. */
        commands: string[];
        /** Blocks for the configuration, for Terraform 1.7 and later. */
        blocks: string;
    };
}

/** The input of a plan. */
export interface Findings {
    stack: string;
    state: TerraformState;
    deployment: Deployment;
    settings: StorySettings;
    differences: Difference[];
    /** The last preview, with everything imported that can be. */
    changes: Changes;
    matches: Match[];
    /** Matches that no longer exist in the account. */
    gone: Match[];
    /** URNs of the resources that the stack has already. */
    inStack: ReadonlySet<string>;
    /** Instances of other deployments in the same state. */
    foreign: ReadonlySet<Instance>;
}

/**
 * Terraform's types that hold data, or that users, their apps or the site's address depend on. Also types that the program
 * does not have: `terraform destroy` would delete their resources too.
 */
const essentialTypes: ReadonlySet<string> = new Set([
    "aws_api_gateway_rest_api",
    "aws_apigatewayv2_api",
    "aws_cloudfront_distribution",
    "aws_cognito_identity_pool",
    "aws_cognito_user",
    "aws_cognito_user_pool",
    "aws_cognito_user_pool_client",
    "aws_cognito_user_pool_domain",
    "aws_db_instance",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_kms_key",
    "aws_rds_cluster",
    "aws_s3_bucket",
    "aws_ssm_parameter",
    "aws_subnet",
    "aws_vpc",
    "aws_secretsmanager_secret",
    "aws_ecr_repository",
    "aws_route53_zone",
]);

/** Pulumi's types whose deletion or replacement would lose data, or is impossible while they are in use. */
const irreplaceableTypes: ReadonlySet<string> = new Set([
    "aws:cognito/user:User",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:route53/zone:Zone",
    "aws:secretsmanager/secretVersion:SecretVersion",
]);

/** Properties whose change affects stored data, by Pulumi's type. */
const dataProperties: Record<string, { properties: string[]; advice: string }> = {
    "aws:cognito/user:User": {
        properties: ["temporaryPassword", "password"],
        advice: "It would reset the administrator's password: pulumi config rm adminTempPassword",
    },
    "aws:cognito/userPool:UserPool": {
        properties: ["schemas", "usernameAttributes", "aliasAttributes"],
        advice: "A pool's attributes can't be changed once there are users: the components must be given the pool's own (transform of StoryAuth).",
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {
        properties: ["secretString", "secretBinary"],
        advice: "It would overwrite the stored key. Give the stack the key that is stored: pulumi config set --secret googleApiKey",
    },
};

/** Makes the plan of an adoption from the findings. */
export function planOf(findings: Findings): AdoptionPlan {
    const { stack, state, deployment, differences, changes, matches, gone } = findings;
    const taken = new Map(matches.map((match) => [match.resource.urn, match]));
    const takenOver = (change: ResourceChange) => {
        const match = taken.get(change.urn) as Match;
        const { instance, id } = match;
        const already = findings.inStack.has(change.urn);
        return { type: change.type, name: change.name, id, address: instance.address, already };
    };
    const isTaken = ({ urn }: ResourceChange) => taken.has(urn);
    const withProperties = (change: ResourceChange): Changed => ({ ...takenOver(change), properties: pathsOf(change) });
    const kept = [...changes.import, ...changes.same].filter(isTaken);
    const reasons = new Map(gone.map(({ resource }) => [resource.urn, "the state has it, the account does not"]));
    // Missing resources are created again under the same name: if Terraform kept them, it would find and delete the new ones.
    const handedOver = [...matches, ...gone];
    const left = state.instances.filter((instance) => !handedOver.some((match) => isOf(match, instance)));
    return {
        stack,
        deployment: { ...deployment, account: deployment.account ?? null },
        terraform: { version: state.terraformVersion, serial: state.serial },
        differences,
        asIs: kept.map(takenOver),
        changed: changes.update.filter(isTaken).map(withProperties),
        replaced: changes.replace.filter(isTaken).map(withProperties),
        madeNew: changes.create
            .filter(({ type }) => !isInternal(type))
            .map(({ urn, type, name }) => {
                const reason = reasons.get(urn);
                return { type, name, ...(reason === undefined ? {} : { reason }) };
            }),
        left: left.map((instance) => ({
            address: instance.address,
            type: instance.type,
            reason: reasonOf(instance, findings),
            forget: `terraform state rm ${quoted(instance.address)}`,
        })),
        consequences: consequencesOf({
            ...findings,
            instances: state.instances.filter((one) => !one.deposed && !findings.foreign.has(one)),
        }),
        warnings: warningsOf(findings),
        refusals: refusalsOf(findings, left),
        handOver: handOverOf(
            handedOver.map(({ instance }) => instance.address),
            left,
        ),
    };
}

/** Components and providers are no resources of the cloud. */
function isInternal(type: string): boolean {
    return /^(pulumi|story42|awsx):/.test(type);
}

/** Compares by address: a part that Terraform stores inline has the address of its owner. */
function isOf(match: Match, { address, type }: Instance): boolean {
    return match.instance.address === address && match.instance.type === type;
}

function pathsOf({ properties }: ResourceChange): string[] {
    return [...new Set(properties.map(({ path }) => path.split(/[.[]/)[0] ?? path))].sort();
}

function reasonOf(instance: Instance, { foreign }: Findings): string {
    if (instance.deposed) {
        return "an older object that Terraform still has to delete";
    }
    if (foreign.has(instance)) {
        return "it belongs to another deployment in the same state";
    }
    return isAdoptable(instance.type, instance.attributes)
        ? "the program has none of this name or place"
        : (replacements[instance.type] ?? "the program has nothing of this type");
}

/** Why resources of a type can't be taken over. */
const replacements: Record<string, string> = {
    aws_api_gateway_deployment: "a deployment is a picture of the old API: the program makes one of the new",
    aws_ecs_task_definition: "a revision can't be changed: the program registers the next",
    aws_iam_role_policy: "the program grants by policies of its own",
    aws_iam_role_policy_attachment: "the program grants by policies of its own, without AWS's",
    aws_lambda_permission: "the program allows calls of the live alias",
    aws_security_group_rule: "the program has security groups of its own",
    aws_vpc_security_group_egress_rule: "the program has security groups of its own",
    aws_vpc_security_group_ingress_rule: "the program has security groups of its own",
    aws_acm_certificate_validation: "it only waits for the certificate",
    aws_s3_bucket_versioning: "the bucket had no versions: the program turns them on",
    aws_secretsmanager_secret_version: "an older version of the secret",
    aws_s3_bucket_website_configuration: "CloudFront reads the bucket itself, not its website",
    aws_flow_log: "the program records traffic in production alone, in a log of its own",
};

function warningsOf({ differences }: Findings): string[] {
    const expiration = differences.find(({ setting }) => setting === "imageExpirationDays");
    return expiration && Number(expiration.stack) < Number(expiration.deployment)
        ? [
              `Pictures older than ${expiration.stack} days will expire, which the old deployment keeps for ${expiration.deployment}. To keep them: ${expiration.set}`,
          ]
        : [];
}

function refusalsOf(findings: Findings, left: Instance[]): Refusal[] {
    const { changes, matches, gone, differences, foreign, deployment } = findings;
    const taken = new Set(matches.map(({ resource }) => resource.urn));
    const lost = [...changes.replace, ...changes.delete].filter(
        ({ urn, type }) => holdsData(type) || (taken.has(urn) && irreplaceableTypes.has(type)),
    );
    const touched = changes.update.filter((change) => taken.has(change.urn) && touchedBy(change));
    const deletionProtected = matches.filter(
        ({ resource, instance: { attributes } }) =>
            resource.type === "aws:lb/loadBalancer:LoadBalancer" &&
            attributes.enable_deletion_protection === true &&
            changes.replace.some(({ urn }) => urn === resource.urn),
    );
    const missing = gone.filter(({ instance }) => essentialTypes.has(instance.type));
    const unmatched = left.filter(
        (instance) => essentialTypes.has(instance.type) && !instance.deposed && !foreign.has(instance),
    );
    return [
        ...lost.map((change) => ({
            message: `${change.name} (${change.type}) would be ${changes.delete.includes(change) ? "deleted" : "replaced"}, because of ${pathsOf(change).join(", ") || "what it depends on"}.`,
            advice:
                dataProperties[change.type]?.advice ??
                hintFor(kinds[change.type]?.terraform ?? [], differences) ??
                "Give the stack the settings of the old deployment, so that it can stay as it is.",
        })),
        ...touched.map((change) => ({
            message: `${change.name} (${change.type}) would get another ${touchedBy(change)?.join(", ")}.`,
            advice: dataProperties[change.type]?.advice ?? "",
        })),
        ...deletionProtected.map(({ resource, instance }) => ({
            message: `${resource.name} (${resource.type}) would be replaced, and AWS refuses to delete it.`,
            advice: `Take its protection back: aws elbv2 modify-load-balancer-attributes --load-balancer-arn ${text(instance.attributes, "arn")} --attributes Key=deletion_protection.enabled,Value=false, and bring the state up to date: terraform apply -refresh-only`,
        })),
        ...missing.map(({ instance }) => ({
            message: `${instance.address} is in the state, but not in the account.`,
            advice: `The credentials may be of another account${deployment.account ? ` than ${deployment.account}` : ""}. If it was really deleted: terraform state rm ${quoted(instance.address)}, and run this again.`,
        })),
        ...unmatched.map((instance) => ({
            message: `${instance.address} would be missed: the program has none that is the same.`,
            advice:
                hintFor([instance.type], differences) ??
                `If it is to stay outside of the stack, take it out of the state first: terraform state rm ${quoted(instance.address)}`,
        })),
    ];
}

function touchedBy(change: ResourceChange): string[] | undefined {
    const found = pathsOf(change).filter((path) => dataProperties[change.type]?.properties.includes(path));
    return found.length > 0 ? found : undefined;
}

/** The commands that would make resources of these types match. */
function hintFor(types: string[], differences: Difference[]): string | undefined {
    const commands = differences
        .filter((difference) => difference.types.some((type) => types.includes(type)))
        .map(({ set }) => set);
    return commands.length > 0 ? `Give the stack the old deployment's: ${commands.join(" && ")}` : undefined;
}

/** How to remove addresses from Terraform without changing their resources. */
function handOverOf(addresses: string[], left: Instance[]): AdoptionPlan["handOver"] {
    const each = [...new Set(addresses)].sort();
    // A `removed` block can't name single instances: it is possible only if all instances of a resource are removed.
    const staying = new Set(left.map(({ address }) => address).filter((address) => !each.includes(address)));
    const stayingWhole = new Set([...staying].map(withoutIndex));
    const whole = [...new Set(each.map(withoutIndex))].filter((address) => !stayingWhole.has(address));
    return {
        commands: each.length > 0 ? [`terraform state rm ${each.map(quoted).join(" ")}`] : [],
        blocks: whole
            .map((address) => `removed {\n  from = ${address}\n  lifecycle {\n    destroy = false\n  }\n}\n`)
            .join("\n"),
    };
}

function withoutIndex(address: string): string {
    return address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");
}

function quoted(address: string): string {
    return `'${address.replaceAll("'", "'\\''")}'`;
}
