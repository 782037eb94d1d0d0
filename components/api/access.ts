import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { physicalNames } from "../core/names.ts";
import { type Tagged, tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** A key that tells a caller from others, and how much it may call. It is no proof of who calls. */
export interface ApiKey {
    /** Requests a second. @example 10 */
    rateLimit: number;
    /** Requests at once. @example 20 */
    burstLimit: number;
    /** Requests a month. @default any number @example 100_000 */
    monthlyQuota?: number;
}

/** A domain of one's own for the API. */
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

/** Whom the API lets in, and under which name. */
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

/** Makes the keys of callers, each with a plan of its own that says how much it may call. */
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

/** Has the stage answer under a domain of its own. Returns the API's address there. */
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
    // It answers once the mapping is there.
    return pulumi.all([domainName.domainName, mapping.id]).apply(([host]) => `https://${host}`);
}
