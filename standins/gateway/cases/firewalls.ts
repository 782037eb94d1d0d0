import {
    type ActionValue,
    GetWebACLForResourceCommand,
    type ManagedRuleGroupStatement,
    type RateBasedStatement,
    type Rule,
    WAFV2Client,
    type WebACL,
} from "@aws-sdk/client-wafv2";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { apiCallOf, gatewayResponse } from "../restApis.ts";

/** The default window of a rate. */
const WINDOW_SECONDS = 300;

/** The rules of `AWSManagedRulesCommonRuleSet` that depend only on the request; sizes are in bytes. */
const COMMON_RULES: Record<string, (request: AwsRequest) => boolean> = {
    NoUserAgent_HEADER: ({ head }) => !head.headers["user-agent"],
    SizeRestrictions_QUERYSTRING: ({ head }) => Buffer.byteLength(head.url.slice(head.path.length + 1)) > 2048,
    SizeRestrictions_Cookie_HEADER: ({ head }) => Buffer.byteLength(head.headers.cookie ?? "") > 10_240,
    SizeRestrictions_BODY: ({ body }) => body.length > 8192,
    SizeRestrictions_URIPATH: ({ head }) => Buffer.byteLength(head.path) > 1024,
};

export const firewalls: Case = {
    title: "What the firewall of an API blocks",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html",
    requests: ["execute-api:*"],
    notEmulated: { type: "aws:wafv2/webAcl:WebAcl", settings: ["rules"] },
    async handle(request, next, emulator) {
        const call = await apiCallOf(request, emulator);
        const acl = call && (await emulator.remember(`acl ${call.api}`, () => aclOf(request, emulator, call)));
        if (!acl || !isBlocked(acl, request, emulator)) {
            return await next(request);
        }
        return await gatewayResponse(request, emulator, call, {
            type: "WAF_FILTERED",
            status: 403,
            message: "Forbidden",
            error: "ForbiddenException",
        });
    },
};

async function aclOf(
    { region }: AwsRequest,
    emulator: Emulator,
    { api, stage }: { api: string; stage: string },
): Promise<WebACL | undefined> {
    const ResourceArn = `arn:aws:apigateway:${region}::/restapis/${api}/stages/${stage}`;
    const answer = emulator.client(WAFV2Client, region).send(new GetWebACLForResourceCommand({ ResourceArn }));
    return (await answer.catch(() => undefined))?.WebACL;
}

/** Whether the first of a web ACL's rules that matches a request blocks it. */
function isBlocked(acl: WebACL, request: AwsRequest, emulator: Emulator): boolean {
    for (const rule of (acl.Rules ?? []).toSorted((one, other) => (one.Priority ?? 0) - (other.Priority ?? 0))) {
        const decision = decide(acl, rule, request, emulator);
        if (decision) {
            return decision === "BLOCK";
        }
    }
    return acl.DefaultAction?.Block !== undefined;
}

function decide(acl: WebACL, rule: Rule, request: AwsRequest, emulator: Emulator): ActionValue | undefined {
    const { ManagedRuleGroupStatement: group, RateBasedStatement: rate } = rule.Statement ?? {};
    if (group) {
        return !rule.OverrideAction?.Count && blocksInGroup(group, request) ? "BLOCK" : undefined;
    }
    if (!rate || !exceeds(rate, `${acl.ARN} ${rule.Name} ${request.head.address}`, emulator)) {
        return undefined;
    }
    return rule.Action?.Block ? "BLOCK" : rule.Action?.Allow ? "ALLOW" : undefined;
}

function blocksInGroup({ Name, ExcludedRules, RuleActionOverrides }: ManagedRuleGroupStatement, request: AwsRequest) {
    const counted = (name: string) =>
        ExcludedRules?.some((one) => one.Name === name) ||
        RuleActionOverrides?.some((one) => one.Name === name && !one.ActionToUse?.Block);
    return (
        Name === "AWSManagedRulesCommonRuleSet" &&
        Object.entries(COMMON_RULES).some(([name, matches]) => !counted(name) && matches(request))
    );
}

/** The times of the requests that a rate counts, by rule and address; not stored, since they soon expire. */
const requestTimes = new Map<string, number[]>();

function exceeds({ Limit = 0, EvaluationWindowSec }: RateBasedStatement, key: string, emulator: Emulator): boolean {
    const now = emulator.now();
    const since = now - (EvaluationWindowSec ?? WINDOW_SECONDS) * 1000;
    const times = [...(requestTimes.get(key) ?? []).filter((time) => time > since), now];
    requestTimes.set(key, times);
    return times.length > Limit;
}
