import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy. */
export interface PolicyStatement {
    /** For whoever reads the policy: letters and digits only. */
    Sid?: string;
    Effect: "Allow" | "Deny";
    Action: string[];
    Resource: pulumi.Input<pulumi.Input<string>[]> | pulumi.Input<string> | pulumi.Output<string | string[]>;
    Condition?: pulumi.Input<
        Record<string, pulumi.Input<Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>>
    >;
}

/**
 * Something with an IAM role that permissions can be given to: a Lambda function, the agent service. What owns a
 * resource grants (`data.grantReadWrite(service)`), so that an ARN and the actions on it are written beside each other.
 */
export interface Grantee {
    /** The role that gets the permission. */
    readonly role: aws.iam.Role;
    /** The logical name by which the policy's name tells it from other grantees. */
    readonly granteeName: string;
}

/**
 * Gives `grantee` the permissions of `statements` as an inline policy of its role. `purpose` is a short word that makes
 * the policy's logical name, `GRANTEE-PURPOSE`, unique for the grantee, for example `reports`. In IAM the policy's name
 * begins with it, and is no other policy's: one of the same name would take its place without a word.
 */
export function grant(
    grantee: Grantee,
    purpose: string,
    statements: PolicyStatement[],
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
    return createPolicy(`${grantee.granteeName}-${purpose}`, grantee, purpose, statements, opts);
}

/**
 * What the owner of resources lets others do with them. Each grant is a policy of its own, `OWNER-GRANTEE-PURPOSE`, so that
 * several add up, of one owner as of several; the same one once more changes nothing.
 */
export class Grants {
    readonly #owner: pulumi.Resource;
    readonly #ownerName: string;
    readonly #made = new Map<string, { role: aws.iam.Role; policy: aws.iam.RolePolicy }>();

    /** @param ownerName the owner's logical name: where it changes with an alias, the policies' names follow it */
    constructor(owner: pulumi.Resource, ownerName: string) {
        this.#owner = owner;
        this.#ownerName = ownerName;
    }

    /**
     * @param parts what of the owner's resources is meant, where grants of one purpose may be of several parts
     * @param earlier the logical name after the grantee's that deployed stacks know the policy by. Default: the purpose
     */
    to(
        grantee: Grantee,
        purpose: string,
        statements: PolicyStatement[],
        { parts = [], earlier = purpose }: { parts?: string[]; earlier?: string } = {},
    ): aws.iam.RolePolicy {
        const key = JSON.stringify([grantee.granteeName, purpose, ...parts]);
        const made = this.#made.get(key);
        if (made?.role === grantee.role) {
            return made.policy;
        }
        const name = [this.#ownerName, grantee.granteeName, purpose, ...parts].join("-");
        const policy = createPolicy(name, grantee, purpose, statements, {
            parent: this.#owner,
            aliases: [{ name: `${grantee.granteeName}-${earlier}` }],
        });
        this.#made.set(key, { role: grantee.role, policy });
        return policy;
    }
}

function createPolicy(
    name: string,
    { role }: Grantee,
    purpose: string,
    statements: PolicyStatement[],
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
        name,
        { namePrefix: `${purpose}-`, role: role.name, policy: policyDocument(statements) },
        // A policy that was made with a fixed name keeps it.
        { ...opts, ignoreChanges: [...(opts.ignoreChanges ?? []), "name", "namePrefix"] },
    );
}

/** Something that a role may do, beside what its component needs itself. */
export interface Permission {
    /** What may be done, for example `dynamodb:PutItem`. @example ["dynamodb:PutItem"] */
    actions: string[];
    /** To what, by ARN. @example [data.table.arn] */
    resources: pulumi.Input<pulumi.Input<string>[]>;
}

/** Gives `grantee` what is asked for by name, as the policy `GRANTEE-permissions`; none where nothing is. */
export function permit(
    grantee: Grantee,
    permissions: Permission[] = [],
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy | undefined {
    const statements = permissions.map(({ actions, resources }) => ({
        Effect: "Allow" as const,
        Action: actions,
        Resource: resources,
    }));
    return statements.length > 0 ? grant(grantee, "permissions", statements, opts) : undefined;
}

/** The JSON of an IAM policy. */
export function policyDocument(statements: object[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** The trust policy of a role that one AWS service may assume. */
export function assumedBy(service: string): pulumi.Output<string> {
    return policyDocument([trust(service)]);
}

/** The same, for this account's resources alone; the service must be one that says whose it works for. */
export function assumedHereBy(service: string, parent: pulumi.Resource): pulumi.Output<string> {
    const { accountId } = aws.getCallerIdentityOutput({}, { parent });
    return policyDocument([{ ...trust(service), Condition: { StringEquals: { "aws:SourceAccount": accountId } } }]);
}

const trust = (service: string) => ({
    Effect: "Allow",
    Action: ["sts:AssumeRole"],
    Principal: { Service: service },
});
