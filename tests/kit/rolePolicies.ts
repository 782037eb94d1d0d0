import { GetRolePolicyCommand, type IAMClient, ListRolePoliciesCommand } from "@aws-sdk/client-iam";

/** An inline policy of a role. */
export interface RolePolicy {
    RoleName: string;
    PolicyName: string;
    /** The policy as JSON. */
    PolicyDocument: string;
}

/** The inline policies of a role in IAM; with `purpose`, only those whose name is `purpose` with the provider's suffix. */
export async function rolePolicies(iam: IAMClient, RoleName: string, purpose?: string): Promise<RolePolicy[]> {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const matches = (name: string) => purpose === undefined || name.replace(/-[0-9a-f]{26}$/, "") === purpose;
    return await Promise.all(
        PolicyNames.filter(matches).map(async (PolicyName) => {
            const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
            return { RoleName, PolicyName, PolicyDocument: decodeURIComponent(PolicyDocument) };
        }),
    );
}
