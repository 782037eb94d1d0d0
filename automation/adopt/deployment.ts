import { physicalNames } from "../../components/core/names.ts";
import type { StorySettings } from "../../stacks/settings.ts";
import { text } from "./kinds.ts";
import type { Instance, TerraformState } from "./state.ts";
import { StateError } from "./stateError.ts";

/** Which Story-42 a Terraform state describes. */
export interface Deployment {
    project: string;
    environment: string;
    region: string;
    /** The AWS account, if an ARN has it. */
    account: string | undefined;
}

/** Names that contain project and environment, by Terraform's type and attribute; the most reliable first. */
const identifyingNames = [
    ["aws_dynamodb_table", "name", "sessionsTable"],
    ["aws_s3_bucket", "bucket", "imagesBucket"],
    ["aws_cognito_user_pool", "name", "userPool"],
    ["aws_secretsmanager_secret", "name", "googleApiKeySecret"],
    ["aws_lambda_function", "function_name", "textFunction"],
    ["aws_ecs_cluster", "name", "cluster"],
] as const;

/**
 * Finds project, environment and region in a state.
 *
 * @param from the state's origin, for messages
 * @returns the stack's own deployment
 * @throws {StateError} when it describes no Story-42, or another one than the stack's
 */
export function deploymentOf(state: TerraformState, settings: StorySettings, from: string): Deployment {
    const found = deploymentsIn(state);
    if (found.length === 0) {
        const types = [...new Set(state.instances.map(({ type }) => type))].sort();
        throw new StateError(
            `${from} describes no Story-42: it has no table named PROJECT-story-sessions-ENVIRONMENT, nor another of its names. It has ${state.instances.length} resources of ${types.slice(0, 5).join(", ")}${types.length > 5 ? ", ..." : ""}.`,
            "Give the state of the Story-42 deployment; terraform workspace list shows what else there is in its folder.",
        );
    }
    const same = found.find(
        ({ project, environment }) => project === settings.projectName && environment === settings.environment,
    );
    if (!same) {
        const named = found.map(({ project, environment }) => `${project} (${environment})`).join(", ");
        const { project, environment } = found[0] as Deployment;
        throw new StateError(
            `${from} describes ${named}, and the stack's settings name ${settings.projectName} (${settings.environment}).`,
            `Choose the stack that goes with it, or set projectName to ${project} and environment to ${environment}.`,
        );
    }
    if (same.region !== settings.region) {
        throw new StateError(
            `${from} describes ${same.project} (${same.environment}) in ${same.region}, and the stack is in ${settings.region}.`,
            `Choose the stack that goes with it, or set its region: pulumi config set aws:region ${same.region}`,
        );
    }
    return same;
}

/** Every Story-42 that a state describes. */
export function deploymentsIn({ instances }: TerraformState): Deployment[] {
    const found = new Map<string, Deployment>();
    for (const [type, attribute, name] of identifyingNames) {
        const pattern = patternOf(name);
        for (const instance of instances.filter((one) => one.type === type && !one.deposed)) {
            const { project, environment } = pattern.exec(text(instance.attributes, attribute) ?? "")?.groups ?? {};
            const key = `${project} ${environment}`;
            const location = locationOf(instance, instances);
            if (project && environment && location.region && !found.has(key)) {
                found.set(key, { project, environment, region: location.region, account: location.account });
            }
        }
    }
    return [...found.values()];
}

/** A physical name as a pattern that captures project and environment. */
function patternOf(name: keyof ReturnType<typeof physicalNames>): RegExp {
    const like = physicalNames({ project: "PROJECT", environment: "ENVIRONMENT" })[name];
    return new RegExp(`^${like.replace("PROJECT", "(?<project>.+)").replace("ENVIRONMENT", "(?<environment>.+)")}$`);
}

/** The region and account of an instance: from its ARN, its own region (AWS provider 6), or other instances' ARNs. */
function locationOf({ attributes }: Instance, others: readonly Instance[]) {
    const [, , , region, account] = (text(attributes, "arn") ?? "").split(":");
    if (region) {
        return { region, account: account || undefined };
    }
    const otherArn = others.map((one) => (text(one.attributes, "arn") ?? "").split(":")).find((arn) => arn[3]);
    return { region: text(attributes, "region") ?? otherArn?.[3], account: otherArn?.[4] || undefined };
}
