import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { physicalNames } from "../core/names.ts";
import { tagsFor } from "../core/tags.ts";
import { transform } from "../core/transform.ts";
import type { ApiDomain, StoryApiArgs } from "./index.ts";

/** Makes the keys of callers, each with a plan of its own that says how much it may call. */
export function createApiKeys(
    name: string,
    args: StoryApiArgs,
    stage: aws.apigateway.Stage,
    opts: pulumi.CustomResourceOptions,
): Record<string, aws.apigateway.ApiKey> {
    const made = Object.entries(args.apiKeys ?? {}).map(([caller, { rateLimit, burstLimit, monthlyQuota }]) => {
        const keyName = `${args.apiName ?? physicalNames(args).restApi}-${caller}`;
        const tags = tagsFor(args, keyName, args.tags);
        const key = new aws.apigateway.ApiKey(
            ...transform<aws.apigateway.ApiKeyArgs>(
                args.transform?.apiKey,
                `${name}-${caller}-key`,
                { name: keyName, tags },
                opts,
            ),
        );
        const plan = new aws.apigateway.UsagePlan(
            ...transform<aws.apigateway.UsagePlanArgs>(
                args.transform?.usagePlan,
                `${name}-${caller}-plan`,
                {
                    name: keyName,
                    apiStages: [{ apiId: stage.restApi, stage: stage.stageName }],
                    throttleSettings: { rateLimit, burstLimit },
                    quotaSettings: monthlyQuota === undefined ? undefined : { limit: monthlyQuota, period: "MONTH" },
                    tags,
                },
                opts,
            ),
        );
        new aws.apigateway.UsagePlanKey(
            `${name}-${caller}-plan-key`,
            { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id },
            opts,
        );
        return [caller, key] as const;
    });
    return Object.fromEntries(made);
}

/** Has the stage answer under a domain of its own. Returns the API's address there. */
export function createApiDomain(
    name: string,
    args: StoryApiArgs,
    domain: ApiDomain,
    stage: aws.apigateway.Stage,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const domainName = new aws.apigateway.DomainName(
        ...transform<aws.apigateway.DomainNameArgs>(
            args.transform?.domainName,
            `${name}-domain`,
            {
                domainName: domain.name,
                regionalCertificateArn: domain.certificateArn,
                endpointConfiguration: { types: "REGIONAL" },
                securityPolicy: "TLS_1_2",
                tags: tagsFor(args, domain.name, args.tags),
            },
            opts,
        ),
    );
    const mapping = new aws.apigateway.BasePathMapping(
        ...transform<aws.apigateway.BasePathMappingArgs>(
            args.transform?.basePathMapping,
            `${name}-domain-mapping`,
            { restApi: stage.restApi, stageName: stage.stageName, domainName: domainName.domainName },
            opts,
        ),
    );
    if (domain.zoneId !== undefined) {
        new aws.route53.Record(
            ...transform<aws.route53.RecordArgs>(
                args.transform?.record,
                `${name}-domain-record`,
                {
                    zoneId: domain.zoneId,
                    name: domain.name,
                    type: "A",
                    aliases: [
                        {
                            name: domainName.regionalDomainName,
                            zoneId: domainName.regionalZoneId,
                            evaluateTargetHealth: false,
                        },
                    ],
                },
                opts,
            ),
        );
    }
    // It answers once the mapping is there.
    return pulumi.all([domainName.domainName, mapping.id]).apply(([host]) => `https://${host}`);
}
