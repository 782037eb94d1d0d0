import type { Case } from "../case.ts";

/** MiniStack compares the ports too, so it does not find the rule to revoke. */
export const securityGroupAllProtocols: Case = {
    title: "The ports of a security group's rule for all protocols",
    difference: "invented",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html (IpProtocol)",
    requests: ["Authorize", "Revoke"].flatMap((verb) => [
        `ec2:${verb}SecurityGroupIngress`,
        `ec2:${verb}SecurityGroupEgress`,
    ]),
    handle(request, next) {
        const { input } = request;
        const portless = Object.entries(input).filter(([name]) => {
            const [, permission] = /^(IpPermissions\.\d+)\.(?:From|To)Port$/.exec(name) ?? [];
            return permission === undefined || input[`${permission}.IpProtocol`] !== "-1";
        });
        return next(
            portless.length === Object.keys(input).length ? request : request.with(Object.fromEntries(portless)),
        );
    },
};
