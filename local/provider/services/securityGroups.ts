import * as ec2 from "@aws-sdk/client-ec2";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, required, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(ec2.EC2Client);

async function groupOf(id: string, cloud: Clients): Promise<ec2.SecurityGroup | undefined> {
    const found = await ifThere(client(cloud).send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [id] })));
    return only(found?.SecurityGroups);
}

async function setTags(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.tags) {
        await client(cloud).send(new ec2.CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
    }
}

/** Takes every rule out of a group. */
async function empty(group: ec2.SecurityGroup, cloud: Clients): Promise<void> {
    const GroupId = group.GroupId;
    if (group.IpPermissions?.length) {
        await client(cloud).send(
            new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: group.IpPermissions }),
        );
    }
    if (group.IpPermissionsEgress?.length) {
        await client(cloud).send(
            new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: group.IpPermissionsEgress }),
        );
    }
}

function asProperties(it: ec2.SecurityGroup, cloud: Clients): Properties {
    return {
        arn: `arn:aws:ec2:${cloud.region}:${cloud.account}:security-group/${it.GroupId}`,
        name: it.GroupName,
        description: it.Description,
        vpcId: it.VpcId,
        ownerId: it.OwnerId ?? cloud.account,
        tags: tagMap(it.Tags),
    };
}

const securityGroup: ResourceType = {
    replaceOn: ["name", "namePrefix", "description", "vpcId"],
    deleteFirst: true,
    computed: ["arn", "ownerId"],
    async create(inputs, cloud) {
        const { GroupId } = await client(cloud).send(
            new ec2.CreateSecurityGroupCommand({
                GroupName: inputs.name,
                Description: inputs.description ?? "Managed by Pulumi",
                VpcId: inputs.vpcId,
                TagSpecifications: [{ ResourceType: "security-group", Tags: tagList(inputs.tags) }],
            }),
        );
        const id = required(GroupId, "security group id");
        const made = await groupOf(id, cloud);
        if (made) {
            // As the official provider does: AWS gives a new group a rule that lets everything out.
            await empty(made, cloud);
        }
        return id;
    },
    async read(id, cloud) {
        const it = await groupOf(id, cloud);
        return it && asProperties(it, cloud);
    },
    update: setTags,
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteSecurityGroupCommand({ GroupId: id })));
    },
};

/** The group that every VPC has: taken over and emptied, and left behind with the VPC. */
const defaultSecurityGroup: ResourceType = {
    replaceOn: ["vpcId"],
    computed: ["arn", "ownerId", "name", "description"],
    async create(inputs, cloud) {
        const { SecurityGroups } = await client(cloud).send(
            new ec2.DescribeSecurityGroupsCommand({
                Filters: [
                    { Name: "vpc-id", Values: [inputs.vpcId] },
                    { Name: "group-name", Values: ["default"] },
                ],
            }),
        );
        const group = only(SecurityGroups);
        if (!group) {
            throw new Error(`${inputs.vpcId} has no default security group`);
        }
        await empty(group, cloud);
        const id = required(group.GroupId, "security group id");
        await setTags(id, inputs, cloud);
        return id;
    },
    async read(id, cloud) {
        const it = await groupOf(id, cloud);
        return (
            it && { ...asProperties(it, cloud), ingress: it.IpPermissions ?? [], egress: it.IpPermissionsEgress ?? [] }
        );
    },
    async update(id, inputs, cloud) {
        const group = await groupOf(id, cloud);
        if (group) {
            await empty(group, cloud);
        }
        await setTags(id, inputs, cloud);
    },
    async delete() {},
};

function permissionOf(inputs: Properties): ec2.IpPermission {
    const Description = inputs.description;
    return {
        IpProtocol: inputs.ipProtocol,
        FromPort: inputs.fromPort,
        ToPort: inputs.toPort,
        ...(inputs.cidrIpv4 ? { IpRanges: [{ CidrIp: inputs.cidrIpv4, Description }] } : {}),
        ...(inputs.prefixListId ? { PrefixListIds: [{ PrefixListId: inputs.prefixListId, Description }] } : {}),
        ...(inputs.referencedSecurityGroupId
            ? { UserIdGroupPairs: [{ GroupId: inputs.referencedSecurityGroupId, Description }] }
            : {}),
    };
}

const ruleArn = (id: string, cloud: Clients) =>
    `arn:aws:ec2:${cloud.region}:${cloud.account}:security-group-rule/${id}`;

/** A rule of its own; the two directions differ by the calls that make and remove it. */
function rule(direction: "Ingress" | "Egress"): ResourceType {
    const ingress = direction === "Ingress";
    const authorize = (input: ec2.AuthorizeSecurityGroupIngressRequest, cloud: Clients) =>
        ingress
            ? client(cloud).send(new ec2.AuthorizeSecurityGroupIngressCommand(input))
            : client(cloud).send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: "", ...input }));
    const revoke = (input: ec2.RevokeSecurityGroupIngressRequest, cloud: Clients) =>
        ingress
            ? client(cloud).send(new ec2.RevokeSecurityGroupIngressCommand(input))
            : client(cloud).send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId: "", ...input }));
    return {
        computed: ["arn", "securityGroupRuleId"],
        // The emulator stores a rule with a prefix list, but without the list.
        notEmulated: ["prefixListId"],
        async create(inputs, cloud) {
            const made = await authorize(
                { GroupId: inputs.securityGroupId, IpPermissions: [permissionOf(inputs)] },
                cloud,
            );
            return required(only(made.SecurityGroupRules)?.SecurityGroupRuleId, "rule id");
        },
        async read(id, cloud, known) {
            const found = await ifThere(
                client(cloud).send(new ec2.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] })),
            );
            const it = found?.SecurityGroupRules?.find((one) => one.SecurityGroupRuleId === id);
            if (known.prefixListId && it) {
                // What the emulator stores of it is empty: it is as it was told to be.
                return { ...known, arn: ruleArn(id, cloud), securityGroupRuleId: id };
            }
            return (
                it && {
                    arn: ruleArn(id, cloud),
                    securityGroupRuleId: id,
                    securityGroupId: it.GroupId,
                    ipProtocol: it.IpProtocol,
                    // AWS tells -1 where a rule for all protocols has no ports.
                    fromPort: it.FromPort === -1 ? undefined : it.FromPort,
                    toPort: it.ToPort === -1 ? undefined : it.ToPort,
                    cidrIpv4: it.CidrIpv4,
                    referencedSecurityGroupId: it.ReferencedGroupInfo?.GroupId,
                    description: it.Description,
                }
            );
        },
        async delete(id, cloud, state) {
            await ifThere(revoke({ GroupId: state.securityGroupId, SecurityGroupRuleIds: [id] }, cloud));
        },
    };
}

export const securityGroupTypes: Record<string, ResourceType> = {
    "aws:ec2/securityGroup:SecurityGroup": securityGroup,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": defaultSecurityGroup,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule("Ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("Egress"),
};
