import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy. */
export interface PolicyStatement {
    /** For whoever reads the policy: letters and digits only. */
    Sid?: string;
    Effect: "Allow" | "Deny";
    Action: string[];
    Resource: pulumi.Input<pulumi.Input<string>[]> | pulumi.Input<string>;
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
    /** The logical name that the policy's name begins with. */
    readonly granteeName: string;
}

/**
 * Gives `grantee` the permissions of `statements` as an inline policy of its role. `purpose` is a short word that makes
 * the policy's name unique for the grantee, for example `sessions`.
 */
export function grant(
    grantee: Grantee,
    purpose: string,
    statements: PolicyStatement[],
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
        `${grantee.granteeName}-${purpose}`,
        { name: purpose, role: grantee.role.name, policy: policyDocument(statements) },
        opts,
    );
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
