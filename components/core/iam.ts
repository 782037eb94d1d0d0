import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy. */
export interface PolicyStatement {
    /** A label for readers of the policy: letters and digits only. */
    Sid?: string;
    Effect: "Allow" | "Deny";
    Action: string[];
    Resource: pulumi.Input<pulumi.Input<string>[]> | pulumi.Input<string> | pulumi.Output<string | string[]>;
    Condition?: pulumi.Input<
        Record<string, pulumi.Input<Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>>
    >;
}

/**
 * Something with an IAM role that gets permissions: a Lambda function, the agent service. The owner of a resource grants
 * (`data.grantReadWrite(service)`), so that the ARN and the actions on it are in one place.
 */
export interface Grantee {
    /** The role that gets the permission. */
    readonly role: aws.iam.Role;
    /** The logical name of the grantee, which is part of the policies' names. */
    readonly granteeName: string;
}

/**
 * Gives `grantee` the permissions of `statements` as an inline policy of its role. `purpose` is a short word that makes
 * the policy's logical name, `GRANTEE-PURPOSE`, unique for the grantee, for example `reports`. In IAM the policy's name
 * begins with it, and is unique: a policy of the same name would overwrite it silently.
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
 * The grants of an owner of resources. Each grant is a policy of its own, `OWNER-GRANTEE-PURPOSE`, so that grants of one owner
 * or of several add up; repeating a grant changes nothing.
 */
export class Grants {
    readonly #owner: pulumi.Resource;
    readonly #ownerName: string;
    readonly #made = new Map<string, { role: aws.iam.Role; policy: aws.iam.RolePolicy }>();

    /** @param ownerName the owner's logical name, which begins the policies' names */
    constructor(owner: pulumi.Resource, ownerName: string) {
        this.#owner = owner;
        this.#ownerName = ownerName;
    }

    /**
     * @param parts the parts of the owner's resources that are granted, if there may be several grants of one purpose
     * @param earlier the suffix, after the grantee's name, of the policy's logical name in deployed stacks. Default: the purpose
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

/** An additional permission of a role, beside those that its component needs. */
export interface Permission {
    /** What may be done, for example `dynamodb:PutItem`. @example ["dynamodb:PutItem"] */
    actions: string[];
    /** To what, by ARN. @example [data.table.arn] */
    resources: pulumi.Input<pulumi.Input<string>[]>;
}

/** Gives `grantee` additional permissions, as the policy `GRANTEE-permissions`; no policy without permissions. */
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

/** The same, for this account's resources alone; the service must set `aws:SourceAccount`. */
export function assumedInAccountBy(service: string, parent: pulumi.Resource): pulumi.Output<string> {
    const { accountId } = aws.getCallerIdentityOutput({}, { parent });
    return policyDocument([{ ...trust(service), Condition: { StringEquals: { "aws:SourceAccount": accountId } } }]);
}

const trust = (service: string) => ({
    Effect: "Allow",
    Action: ["sts:AssumeRole"],
    Principal: { Service: service },
});
