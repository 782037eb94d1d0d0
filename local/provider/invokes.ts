/** The functions of the official provider that the stacks call. */
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as sts from "@aws-sdk/client-sts";
import type { Clients } from "./clients.ts";
import { only, required } from "./shapes.ts";
import type { Properties } from "./values.ts";

type Invoke = (args: Properties, cloud: Clients) => Promise<Properties>;

const invokes: Record<string, Invoke> = {
    "aws:index/getCallerIdentity:getCallerIdentity": async (_args, cloud) => {
        const { Account, Arn, UserId } = await cloud.of(sts.STSClient).send(new sts.GetCallerIdentityCommand({}));
        return { id: Account, accountId: Account, arn: Arn, userId: UserId };
    },
    "aws:index/getRegion:getRegion": async (_args, { region }) => ({
        id: region,
        region,
        name: region,
        description: region,
        endpoint: `ec2.${region}.amazonaws.com`,
    }),
    "aws:index/getAvailabilityZones:getAvailabilityZones": async (_args, cloud) => {
        const found = await cloud.of(ec2.EC2Client).send(new ec2.DescribeAvailabilityZonesCommand({}));
        const zones = found.AvailabilityZones ?? [];
        return {
            id: cloud.region,
            names: zones.map((zone) => zone.ZoneName),
            zoneIds: zones.map((zone) => zone.ZoneId),
        };
    },
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": async (args, cloud) => {
        const found = await cloud.of(ec2.EC2Client).send(
            new ec2.DescribeManagedPrefixListsCommand({
                Filters: [{ Name: "prefix-list-name", Values: [args.name] }],
            }),
        );
        const it = found.PrefixLists?.find((list) => list.PrefixListName === args.name);
        return {
            id: required(it?.PrefixListId, `managed prefix list ${args.name}`),
            name: args.name,
            arn: it?.PrefixListArn,
        };
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": async (_args, cloud) => {
        const found = await cloud.of(ecr.ECRClient).send(new ecr.GetAuthorizationTokenCommand({}));
        const it = only(found.authorizationData);
        const token = required(it?.authorizationToken, "authorization token");
        const [userName, password] = Buffer.from(token, "base64").toString().split(":");
        return {
            id: cloud.region,
            authorizationToken: token,
            userName,
            password,
            proxyEndpoint: it?.proxyEndpoint,
            expiresAt: it?.expiresAt?.toISOString(),
        };
    },
};

/** Calls a function of the provider by its token. */
export async function invoke(token: string, args: Properties, cloud: Clients): Promise<Properties> {
    const found = invokes[token];
    if (!found) {
        throw new Error(
            `${token} is a function that the local provider does not know; add it to local/provider/invokes.ts`,
        );
    }
    return found(args, cloud);
}
