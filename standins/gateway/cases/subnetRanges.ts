import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const subnetRanges: Case = {
    title: "A subnet out of its network's addresses, or over another one's",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidSubnet.Conflict)",
    requests: ["ec2:CreateSubnet"],
    async handle(request, next, emulator) {
        const { VpcId, CidrBlock } = request.input;
        const ec2 = emulator.client(EC2Client, request.region);
        const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] })).catch(() => ({ Vpcs: [] }));
        const range = rangeOf(CidrBlock);
        const networks = Vpcs.flatMap((vpc) => [
            vpc.CidrBlock,
            ...(vpc.CidrBlockAssociationSet ?? []).map((association) => association.CidrBlock),
        ]).map(rangeOf);
        if (range && networks.length > 0) {
            if (!networks.some((network) => network && network.first <= range.first && range.last <= network.last)) {
                throw new AwsError("InvalidSubnet.Range", `The CIDR '${CidrBlock}' is invalid.`);
            }
            const { Subnets = [] } = await ec2.send(
                new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
            );
            const taken = Subnets.map((subnet) => rangeOf(subnet.CidrBlock));
            if (taken.some((other) => other && other.first <= range.last && range.first <= other.last)) {
                throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${CidrBlock}' conflicts with another subnet`);
            }
        }
        return next(request);
    },
};

/** The first and the last address of `10.0.1.0/24`, as numbers. */
function rangeOf(cidr: string | undefined): { first: number; last: number } | undefined {
    const [, address = "", bits] = /^([\d.]+)\/(\d+)$/.exec(cidr ?? "") ?? [];
    if (bits === undefined) {
        return undefined;
    }
    const size = 2 ** (32 - Number(bits));
    const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const first = number - (number % size);
    return { first, last: first + size - 1 };
}
