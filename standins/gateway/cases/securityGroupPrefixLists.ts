import type { Case } from "../case.ts";
import { addressOfPrefixList, withPrefixLists } from "../prefixLists.ts";
import { changed } from "../xml.ts";

export const securityGroupPrefixLists: Case = {
    title: "A security group's rule for a prefix list",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html (PrefixListIds)",
    requests: [
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress",
        "ModifySecurityGroupRules",
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
    ].map((name) => `ec2:${name}`),
    async handle(request, next) {
        const input = asAddresses(request.input);
        const response = await next(input ? request.with(input) : request);
        return changed(response, asPrefixLists);
    },
};

/** Converts a request's prefix lists to more IPv6 ranges; `undefined` when it has none. */
function asAddresses(input: Record<string, string>): Record<string, string> | undefined {
    if (!Object.keys(input).some((name) => /\.PrefixListIds?\b/.test(name))) {
        return undefined;
    }
    return Object.fromEntries(
        Object.entries(input).map(([name, value]) => {
            const [, permission, index, member] = /^(.*)\.PrefixListIds\.(\d+)\.(.*)$/.exec(name) ?? [];
            if (permission !== undefined) {
                const ranges = Object.keys(input).filter((other) =>
                    new RegExp(`^${permission.replaceAll(".", "\\.")}\\.Ipv6Ranges\\.\\d+\\.CidrIpv6$`).test(other),
                );
                const place = `${permission}.Ipv6Ranges.${ranges.length + Number(index)}`;
                return member === "PrefixListId"
                    ? [`${place}.CidrIpv6`, addressOfPrefixList(value)]
                    : [`${place}.${member}`, value];
            }
            return name.endsWith(".PrefixListId")
                ? [name.replace(/PrefixListId$/, "CidrIpv6"), addressOfPrefixList(value)]
                : [name, value];
        }),
    );
}

/** Converts an answer's addresses for prefix lists back. */
function asPrefixLists(xml: string): string {
    return withPrefixLists(xml)
        .replaceAll(/<cidrIpv6>(pl-[0-9a-f]+)<\/cidrIpv6>/g, "<prefixListId>$1</prefixListId>")
        .replaceAll(
            /<ipv6Ranges>((?:(?!<\/ipv6Ranges>).)*)<\/ipv6Ranges>(\s*)<prefixListIds><\/prefixListIds>/gs,
            (_, ranges: string, space: string) => {
                const items = ranges.match(/<item>.*?<\/item>/gs) ?? [];
                const isList = (item: string) => item.includes("<prefixListId>");
                const own = items.filter((item) => !isList(item)).join("");
                const lists = items.filter(isList).join("");
                return `<ipv6Ranges>${own}</ipv6Ranges>${space}<prefixListIds>${lists}</prefixListIds>`;
            },
        );
}
