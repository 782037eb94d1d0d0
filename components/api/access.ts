import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { physicalNames } from "../core/names.ts";
import { type Tagged, tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** A key that identifies a caller, with the caller's limits. It does not authenticate the caller. */
export interface ApiKey {
    /** Requests a second. @example 10 */
    rateLimit: number;
    /** Requests at once. @example 20 */
    burstLimit: number;
    /** Requests a month. @default any number @example 100_000 */
    monthlyQuota?: number;
}

/** A custom domain of the API. */
export interface ApiDomain {
    /** The API's name, for example `api.example.com`. @example "api.example.com" */
    name: string;
    /** The ARN of an issued certificate for the name, in the API's region. @example certificate.arn */
    certificateArn: pulumi.Input<string>;
    /**
     * The id of the hosted zone that gets a record for the name.
     *
     * @default no record is made
     * @example "Z0123456789ABCDEFGHIJ"
     */
    zoneId?: pulumi.Input<string>;
}

/** The arguments of API keys and the custom domain. */
export interface AccessInputs extends Tagged {
    apiName?: string;
    apiKeys?: Record<string, ApiKey>;
    transform?: {
        apiKey?: Transform<aws.apigateway.ApiKeyArgs>;
        usagePlan?: Transform<aws.apigateway.UsagePlanArgs>;
        domainName?: Transform<aws.apigateway.DomainNameArgs>;
        basePathMapping?: Transform<aws.apigateway.BasePathMappingArgs>;
        record?: Transform<aws.route53.RecordArgs>;
    };
}

/** Creates the callers' keys, each with a usage plan of its own. */
export function createApiKeys(
    parent: pulumi.Resource,
    name: string,
    args: AccessInputs,
    stage: aws.apigateway.Stage,
): Record<string, aws.apigateway.ApiKey> {
    const made = Object.entries(args.apiKeys ?? {}).map(([caller, { rateLimit, burstLimit, monthlyQuota }]) => {
        const keyName = `${args.apiName ?? physicalNames(args).restApi}-${caller}`;
        const tags = tagsFor(args, keyName);
        const key = child(parent, aws.apigateway.ApiKey, `${name}-${caller}-key`, args.transform?.apiKey, {
            name: keyName,
            tags,
        });
        const plan = child(parent, aws.apigateway.UsagePlan, `${name}-${caller}-plan`, args.transform?.usagePlan, {
            name: keyName,
            apiStages: [{ apiId: stage.restApi, stage: stage.stageName }],
            throttleSettings: { rateLimit, burstLimit },
            quotaSettings: monthlyQuota === undefined ? undefined : { limit: monthlyQuota, period: "MONTH" },
            tags,
        });
        new aws.apigateway.UsagePlanKey(
            `${name}-${caller}-plan-key`,
            { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id },
            { parent },
        );
        return [caller, key] as const;
    });
    return Object.fromEntries(made);
}

/** Creates the custom domain of the stage. Returns the API's address at that domain. */
export function createApiDomain(
    parent: pulumi.Resource,
    name: string,
    args: AccessInputs,
    domain: ApiDomain,
    stage: aws.apigateway.Stage,
): pulumi.Output<string> {
    const domainName = child(parent, aws.apigateway.DomainName, `${name}-domain`, args.transform?.domainName, {
        domainName: domain.name,
        regionalCertificateArn: domain.certificateArn,
        endpointConfiguration: { types: "REGIONAL" },
        securityPolicy: "TLS_1_2",
        tags: tagsFor(args, domain.name),
    });
    const mapping = child(
        parent,
        aws.apigateway.BasePathMapping,
        `${name}-domain-mapping`,
        args.transform?.basePathMapping,
        { restApi: stage.restApi, stageName: stage.stageName, domainName: domainName.domainName },
    );
    if (domain.zoneId !== undefined) {
        child(parent, aws.route53.Record, `${name}-domain-record`, args.transform?.record, {
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
        });
    }
    // The domain answers once the mapping exists.
    return pulumi.all([domainName.domainName, mapping.id]).apply(([host]) => `https://${host}`);
}
