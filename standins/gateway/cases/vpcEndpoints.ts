import type { Case } from "../case.ts";
import { ENDPOINT_SETTINGS, type EndpointSettings } from "../networkInterfaces.ts";
import { membersOf } from "../query.ts";
import { escaped } from "../response.ts";
import { addBehind, changed, textsOf } from "../xml.ts";

/** AWS's default. */
const FULL_ACCESS = JSON.stringify({
    Version: "2008-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});

/** MiniStack stores an endpoint's subnets, not its policy, security groups and private DNS. */
export const vpcEndpoints: Case = {
    title: "A VPC endpoint's policy, security groups and private DNS",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html",
    requests: ["CreateVpcEndpoint", "DescribeVpcEndpoints", "ModifyVpcEndpoint", "DeleteVpcEndpoints"].map(
        (name) => `ec2:${name}`,
    ),
    notEmulated: { type: "aws:ec2/vpcEndpoint:VpcEndpoint", settings: ["policy"] },
    async handle(request, next, { store }) {
        const { input, operation } = request;
        const listOf = (name: string) => membersOf(input, name).map((member) => member[""] ?? "");
        return changed(await next(request), (xml) => {
            if (operation === "DeleteVpcEndpoints") {
                for (const id of listOf("VpcEndpointId")) {
                    store.delete(ENDPOINT_SETTINGS, id);
                }
            }
            if (operation === "CreateVpcEndpoint") {
                store.set(ENDPOINT_SETTINGS, textsOf(xml, "vpcEndpointId")[0] ?? "", {
                    policy: input.PolicyDocument ?? FULL_ACCESS,
                    groupIds: listOf("SecurityGroupId"),
                    privateDns: input.PrivateDnsEnabled === "true",
                } satisfies EndpointSettings);
            }
            const old = store.get<EndpointSettings>(ENDPOINT_SETTINGS, input.VpcEndpointId);
            if (operation === "ModifyVpcEndpoint" && old) {
                const removed = listOf("RemoveSecurityGroupId");
                store.set(ENDPOINT_SETTINGS, input.VpcEndpointId, {
                    policy: input.ResetPolicy === "true" ? FULL_ACCESS : (input.PolicyDocument ?? old.policy),
                    groupIds: [...old.groupIds, ...listOf("AddSecurityGroupId")].filter((id) => !removed.includes(id)),
                    privateDns: (input.PrivateDnsEnabled ?? String(old.privateDns)) === "true",
                } satisfies EndpointSettings);
            }
            return addBehind(xml, "vpcEndpointId", (id) => {
                const kept = store.get<EndpointSettings>(ENDPOINT_SETTINGS, id);
                return kept && contents(kept);
            });
        });
    },
};

function contents({ policy, groupIds, privateDns }: EndpointSettings): string {
    const groups = groupIds.map((id) => `<item><groupId>${id}</groupId></item>`).join("");
    return (
        `<policyDocument>${escaped(policy)}</policyDocument><groupSet>${groups}</groupSet>` +
        `<privateDnsEnabled>${privateDns}</privateDnsEnabled>`
    );
}
