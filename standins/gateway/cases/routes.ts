import { DescribeRouteTablesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

/** The parameters for a route's target. */
const TARGET = /(?:Gateway|Endpoint|Instance|NetworkInterface|Connection|Arn)(?:Id)?$/;

/** Creating the same route twice succeeds. */
export const routes: Case = {
    title: "A second route to a destination",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (RouteAlreadyExists)",
    requests: ["ec2:CreateRoute"],
    async handle(request, next, emulator) {
        const { input } = request;
        const destination: string =
            input.DestinationCidrBlock ?? input.DestinationIpv6CidrBlock ?? input.DestinationPrefixListId;
        const { RouteTables = [] } = await emulator
            .client(EC2Client, request.region)
            .send(new DescribeRouteTablesCommand({ RouteTableIds: [input.RouteTableId] }))
            .catch(() => ({ RouteTables: [] }));
        const old = RouteTables.flatMap(({ Routes = [] }) => Routes).find((route) =>
            [route.DestinationCidrBlock, route.DestinationIpv6CidrBlock, route.DestinationPrefixListId].includes(
                destination,
            ),
        );
        const [target] =
            Object.entries(input)
                .find(([name]) => TARGET.test(name))
                ?.slice(1) ?? [];
        if (old && !Object.values(old).includes(target)) {
            throw new AwsError("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
        }
        return next(request);
    },
};
