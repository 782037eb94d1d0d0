// The existing resources: a VPC and a user pool. In a real project another stack creates them.
const aws = require("@pulumi/aws");

const zones = ["us-east-1a", "us-east-1b"];
const tags = { Owner: "platform" };
const vpc = new aws.ec2.Vpc("platform", { cidrBlock: "10.60.0.0/16", enableDnsHostnames: true, tags });
const gateway = new aws.ec2.InternetGateway("platform", { vpcId: vpc.id, tags });
const publicRoutes = new aws.ec2.RouteTable("platform-public", { vpcId: vpc.id, tags });
new aws.ec2.Route("platform-internet", {
    routeTableId: publicRoutes.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
});

function subnet(kind, third, zone) {
    return new aws.ec2.Subnet(`platform-${kind}-${zone}`, {
        vpcId: vpc.id,
        cidrBlock: `10.60.${third}.0/24`,
        availabilityZone: zone,
        tags,
    });
}
const publicSubnets = zones.map((zone, index) => subnet("public", 1 + index, zone));
const isolatedSubnets = zones.map((zone, index) => subnet("isolated", 11 + index, zone));
publicSubnets.forEach((it, index) => {
    new aws.ec2.RouteTableAssociation(`platform-public-${zones[index]}`, {
        subnetId: it.id,
        routeTableId: publicRoutes.id,
    });
});

const pool = new aws.cognito.UserPool("platform", { name: "platform-users", usernameAttributes: ["email"], tags });
const client = new aws.cognito.UserPoolClient("platform", {
    userPoolId: pool.id,
    explicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
});

module.exports = { vpc, publicSubnets, isolatedSubnets, pool, client };
