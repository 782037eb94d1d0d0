import { DescribeSecurityGroupRulesCommand, EC2Client, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import { withPrefixLists } from "../prefixLists.ts";
import { membersOf } from "../query.ts";
import { AwsError } from "../response.ts";

export const securityGroupRules: Case = {
    title: "A security group's rule that is there",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidPermission.Duplicate)",
    requests: ["ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress"],
    async handle(request, next, emulator) {
        const { input, operation, region } = request;
        const { SecurityGroupRules = [] } = await emulator
            .client(EC2Client, region)
            .send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [input.GroupId] }] }))
            .catch(() => ({ SecurityGroupRules: [] }));
        const isEgress = operation === "AuthorizeSecurityGroupEgress";
        const there = new Set(SecurityGroupRules.filter((rule) => rule.IsEgress === isEgress).map(wordsOfRule));
        for (const permission of membersOf(input, "IpPermissions")) {
            for (const peer of peersOf(permission)) {
                const words = wordsOf(peer, permission.IpProtocol, permission.FromPort, permission.ToPort);
                if (there.has(words)) {
                    throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${words}" already exists`);
                }
            }
        }
        return next(request);
    },
};

function peersOf(permission: Record<string, string>): string[] {
    return [
        ...membersOf(permission, "IpRanges").map(({ CidrIp = "" }) => CidrIp),
        ...membersOf(permission, "Ipv6Ranges").map(({ CidrIpv6 = "" }) => CidrIpv6),
        ...membersOf(permission, "Groups").map(({ GroupId = "" }) => GroupId),
    ];
}

function wordsOfRule({ CidrIpv4, CidrIpv6, ReferencedGroupInfo, IpProtocol, FromPort, ToPort }: SecurityGroupRule) {
    return wordsOf(CidrIpv4 ?? CidrIpv6 ?? ReferencedGroupInfo?.GroupId ?? "", IpProtocol, FromPort, ToPort);
}

/** A rule in AWS's words. */
function wordsOf(peer: string, protocol = "-1", from: number | string = "-1", to: number | string = "-1"): string {
    const name = (NUMBERS[protocol] ?? protocol).toUpperCase();
    const what = name === "-1" ? "ALL" : `${name}, from port: ${from}, to port: ${to}`;
    return withPrefixLists(`peer: ${peer}, ${what}, ALLOW`);
}

const NUMBERS: Record<string, string> = { 1: "icmp", 6: "tcp", 17: "udp", all: "-1" };
