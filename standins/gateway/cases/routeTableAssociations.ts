import { DescribeRouteTablesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const routeTableAssociations: Case = {
    title: "A second route table of a subnet",
    difference: "too kind",
    source: "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route_table_association (Import)",
    requests: ["ec2:AssociateRouteTable"],
    async handle(request, next, emulator) {
        const { RouteTableId, SubnetId } = request.input;
        const { RouteTables = [] } = await emulator
            .client(EC2Client, request.region)
            .send(new DescribeRouteTablesCommand({}));
        const others = RouteTables.filter((table) => table.RouteTableId !== RouteTableId);
        if (SubnetId && others.some(({ Associations = [] }) => Associations.some((one) => one.SubnetId === SubnetId))) {
            throw new AwsError(
                "Resource.AlreadyAssociated",
                `the specified association for route table ${RouteTableId} conflicts with an existing association`,
            );
        }
        return next(request);
    },
};
