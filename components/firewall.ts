import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { type NamingArgs, named, nameProblems } from "./core/names.ts";
import { createBeforeDelete } from "./core/replacement.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform } from "./core/transform.ts";

/** Arguments of {@link StoryFirewall}. */
export interface StoryFirewallArgs extends NamingArgs {
    /**
     * What it protects: `REGIONAL` for an API, `CLOUDFRONT` for a distribution (made in us-east-1, as AWS demands).
     *
     * @example "REGIONAL"
     */
    scope: "REGIONAL" | "CLOUDFRONT";
    /**
     * Requests from one address within five minutes before it is blocked, 10 to 2,000,000,000.
     *
     * @default 2000
     * @example 500
     */
    rateLimit?: number;
    /** The access control list's name. @default `P-api-E`, or `P-site-E` for a distribution @example "shop-api" */
    webAclName?: string;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: { webAcl?: Transform<aws.wafv2.WebAclArgs> };
}

/** A web application firewall: AWS's common and known-bad-input rules, and a limit per address. About 8 USD a month. */
export class StoryFirewall extends pulumi.ComponentResource {
    /** The rules, as a web access control list. */
    readonly webAcl: aws.wafv2.WebAcl;
    /** The list's ARN, which an API or a distribution takes. */
    readonly arn: pulumi.Output<string>;

    /** The resources of the firewall. */
    readonly nodes: FirewallNodes;

    constructor(name: string, given: StoryFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = named(given);
        new ArgumentCheck("StoryFirewall", name, args)
            .oneOf("scope", args.scope, ["REGIONAL", "CLOUDFRONT"])
            .integer("rateLimit", args.rateLimit, { min: 10, max: 2_000_000_000, unit: "requests" })
            .add(nameProblems("webAcl", "webAclName", args.webAclName))
            .done();
        super("story42:index:StoryFirewall", name, {}, opts);
        const protectedPart = args.scope === "REGIONAL" ? "api" : "site";
        const { webAclName = `${args.project}-${protectedPart}-${args.environment}` } = args;
        const visibility = (metricName: string) => ({
            cloudwatchMetricsEnabled: true,
            sampledRequestsEnabled: true,
            metricName: `${webAclName}-${metricName}`,
        });
        const managed = (ruleSet: string, priority: number, countOnly: string[] = []) => ({
            name: ruleSet,
            priority,
            overrideAction: { none: {} },
            statement: {
                managedRuleGroupStatement: {
                    vendorName: "AWS",
                    name: ruleSet,
                    ruleActionOverrides: countOnly.map((name) => ({ name, actionToUse: { count: {} } })),
                },
            },
            visibilityConfig: visibility(ruleSet),
        });
        this.webAcl = child(
            this,
            aws.wafv2.WebAcl,
            `${name}-web-acl`,
            args.transform?.webAcl,
            {
                name: webAclName,
                description: `In front of ${args.project} ${args.environment}`,
                scope: args.scope,
                region: args.scope === "CLOUDFRONT" ? "us-east-1" : undefined,
                defaultAction: { allow: {} },
                rules: [
                    // Only counted: stories are longer than the 8 KB that this rule allows a body.
                    managed("AWSManagedRulesCommonRuleSet", 0, ["SizeRestrictions_BODY"]),
                    managed("AWSManagedRulesKnownBadInputsRuleSet", 1),
                    {
                        name: "RatePerAddress",
                        priority: 2,
                        action: { block: {} },
                        statement: {
                            rateBasedStatement: { limit: args.rateLimit ?? 2000, aggregateKeyType: "IP" },
                        },
                        visibilityConfig: visibility("rate"),
                    },
                ],
                visibilityConfig: visibility("all"),
                tags: tagsFor(args, webAclName),
            },
            { ...createBeforeDelete },
        );
        this.nodes = { webAcl: this.webAcl };
        this.arn = this.webAcl.arn;
        this.registerOutputs({ arn: this.arn });
    }
}

/** The resources of a firewall. */
export interface FirewallNodes {
    /** The rules, as a web access control list. */
    webAcl: aws.wafv2.WebAcl;
}
