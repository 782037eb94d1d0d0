import * as cloudfront from "@aws-sdk/client-cloudfront";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { fromAws, required, tagList, tagMap, toAws } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(cloudfront.CloudFrontClient);
/** CloudFront counts every list. */
const counted = (items: unknown[] | undefined) => ({ Quantity: items?.length ?? 0, Items: items ?? [] });

async function setTags(arn: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.tags) {
        await client(cloud).send(
            new cloudfront.TagResourceCommand({ Resource: arn, Tags: { Items: tagList(inputs.tags) } }),
        );
    }
}

async function tagsOf(arn: string, cloud: Clients): Promise<Record<string, string>> {
    const found = await client(cloud).send(new cloudfront.ListTagsForResourceCommand({ Resource: arn }));
    return tagMap(found.Tags?.Items);
}

const originAccessControl: ResourceType = {
    computed: ["arn", "etag"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new cloudfront.CreateOriginAccessControlCommand({ OriginAccessControlConfig: accessConfig(inputs) }),
        );
        return required(made.OriginAccessControl?.Id, "access control id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetOriginAccessControlCommand({ Id: id })));
        const it = found?.OriginAccessControl?.OriginAccessControlConfig;
        return (
            found &&
            it && {
                arn: `arn:aws:cloudfront::${cloud.account}:origin-access-control/${id}`,
                etag: found?.ETag,
                ...fromAws(it),
            }
        );
    },
    async update(id, inputs, cloud) {
        const { ETag } = await client(cloud).send(new cloudfront.GetOriginAccessControlCommand({ Id: id }));
        await client(cloud).send(
            new cloudfront.UpdateOriginAccessControlCommand({
                Id: id,
                IfMatch: ETag,
                OriginAccessControlConfig: accessConfig(inputs),
            }),
        );
    },
    async delete(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetOriginAccessControlCommand({ Id: id })));
        if (found) {
            await client(cloud).send(new cloudfront.DeleteOriginAccessControlCommand({ Id: id, IfMatch: found.ETag }));
        }
    },
};

const accessConfig = ({
    name,
    description,
    originAccessControlOriginType,
    signingBehavior,
    signingProtocol,
}: Properties) => toAws({ name, description, originAccessControlOriginType, signingBehavior, signingProtocol });

const endpointConfig = ({ vpcOriginEndpointConfig: it }: Properties): cloudfront.VpcOriginEndpointConfig => ({
    Name: it.name,
    Arn: it.arn,
    HTTPPort: it.httpPort,
    HTTPSPort: it.httpsPort,
    OriginProtocolPolicy: it.originProtocolPolicy,
    OriginSslProtocols: { Quantity: it.originSslProtocols.quantity, Items: it.originSslProtocols.items },
});

const vpcOrigin: ResourceType = {
    computed: ["arn", "etag"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new cloudfront.CreateVpcOriginCommand({
                VpcOriginEndpointConfig: endpointConfig(inputs),
                Tags: { Items: tagList(inputs.tags) },
            }),
        );
        return required(made.VpcOrigin?.Id, "VPC origin id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetVpcOriginCommand({ Id: id })));
        const it = found?.VpcOrigin;
        const config = it?.VpcOriginEndpointConfig;
        return (
            config && {
                arn: it.Arn,
                etag: found?.ETag,
                vpcOriginEndpointConfig: {
                    name: config.Name,
                    arn: config.Arn,
                    httpPort: config.HTTPPort,
                    httpsPort: config.HTTPSPort,
                    originProtocolPolicy: config.OriginProtocolPolicy,
                    originSslProtocols: {
                        quantity: config.OriginSslProtocols?.Quantity,
                        items: config.OriginSslProtocols?.Items,
                    },
                },
            }
        );
    },
    async update(id, inputs, cloud, old) {
        const { ETag } = await client(cloud).send(new cloudfront.GetVpcOriginCommand({ Id: id }));
        await client(cloud).send(
            new cloudfront.UpdateVpcOriginCommand({
                Id: id,
                IfMatch: ETag,
                VpcOriginEndpointConfig: endpointConfig(inputs),
            }),
        );
        await setTags(old.arn, inputs, cloud);
    },
    async delete(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetVpcOriginCommand({ Id: id })));
        if (found) {
            await client(cloud).send(new cloudfront.DeleteVpcOriginCommand({ Id: id, IfMatch: found.ETag }));
        }
    },
};

const functionConfig = (inputs: Properties): cloudfront.FunctionConfig => ({
    Comment: inputs.comment ?? "",
    Runtime: inputs.runtime,
});

/** Makes what was written last the live version. */
async function publish(name: string, cloud: Clients): Promise<void> {
    const { ETag } = await client(cloud).send(
        new cloudfront.DescribeFunctionCommand({ Name: name, Stage: "DEVELOPMENT" }),
    );
    await client(cloud).send(new cloudfront.PublishFunctionCommand({ Name: name, IfMatch: ETag }));
}

const functionType: ResourceType = {
    replaceOn: ["name"],
    computed: ["arn", "etag", "liveStageEtag", "status"],
    changesWith: ["etag", "liveStageEtag"],
    writeOnly: ["publish"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new cloudfront.CreateFunctionCommand({
                Name: inputs.name,
                FunctionConfig: functionConfig(inputs),
                FunctionCode: Buffer.from(inputs.code),
            }),
        );
        if (inputs.publish ?? true) {
            await publish(inputs.name, cloud);
        }
        return inputs.name;
    },
    async read(id, cloud) {
        const found = await ifThere(
            client(cloud).send(new cloudfront.DescribeFunctionCommand({ Name: id, Stage: "DEVELOPMENT" })),
        );
        const it = found?.FunctionSummary;
        if (!it) {
            return undefined;
        }
        const code = await client(cloud).send(new cloudfront.GetFunctionCommand({ Name: id, Stage: "DEVELOPMENT" }));
        return {
            arn: it.FunctionMetadata?.FunctionARN,
            name: it.Name,
            comment: it.FunctionConfig?.Comment,
            runtime: it.FunctionConfig?.Runtime,
            code: code.FunctionCode && Buffer.from(code.FunctionCode).toString(),
            etag: found?.ETag,
            status: it.Status,
        };
    },
    async update(id, inputs, cloud) {
        const { ETag } = await client(cloud).send(
            new cloudfront.DescribeFunctionCommand({ Name: id, Stage: "DEVELOPMENT" }),
        );
        await client(cloud).send(
            new cloudfront.UpdateFunctionCommand({
                Name: id,
                IfMatch: ETag,
                FunctionConfig: functionConfig(inputs),
                FunctionCode: Buffer.from(inputs.code),
            }),
        );
        if (inputs.publish ?? true) {
            await publish(id, cloud);
        }
    },
    async delete(id, cloud) {
        const found = await ifThere(
            client(cloud).send(new cloudfront.DescribeFunctionCommand({ Name: id, Stage: "DEVELOPMENT" })),
        );
        if (found) {
            await client(cloud).send(new cloudfront.DeleteFunctionCommand({ Name: id, IfMatch: found.ETag }));
        }
    },
};

function headersConfig(inputs: Properties): cloudfront.ResponseHeadersPolicyConfig {
    const it = inputs.securityHeadersConfig;
    const transport = it.strictTransportSecurity;
    return {
        Name: inputs.name,
        Comment: inputs.comment,
        SecurityHeadersConfig: {
            ...toAws({
                contentSecurityPolicy: it.contentSecurityPolicy,
                contentTypeOptions: it.contentTypeOptions,
                frameOptions: it.frameOptions,
                referrerPolicy: it.referrerPolicy,
            }),
            StrictTransportSecurity: transport && {
                AccessControlMaxAgeSec: transport.accessControlMaxAgeSec,
                IncludeSubdomains: transport.includeSubdomains,
                Preload: transport.preload,
                Override: transport.override,
            },
        },
    };
}

const responseHeadersPolicy: ResourceType = {
    computed: ["arn", "etag"],
    changesWith: ["etag"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new cloudfront.CreateResponseHeadersPolicyCommand({ ResponseHeadersPolicyConfig: headersConfig(inputs) }),
        );
        return required(made.ResponseHeadersPolicy?.Id, "headers policy id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetResponseHeadersPolicyCommand({ Id: id })));
        const it = found?.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig;
        return (
            it && {
                arn: `arn:aws:cloudfront::${cloud.account}:response-headers-policy/${id}`,
                etag: found?.ETag,
                name: it.Name,
                comment: it.Comment,
                securityHeadersConfig: fromAws(it.SecurityHeadersConfig),
            }
        );
    },
    async update(id, inputs, cloud) {
        const { ETag } = await client(cloud).send(new cloudfront.GetResponseHeadersPolicyCommand({ Id: id }));
        await client(cloud).send(
            new cloudfront.UpdateResponseHeadersPolicyCommand({
                Id: id,
                IfMatch: ETag,
                ResponseHeadersPolicyConfig: headersConfig(inputs),
            }),
        );
    },
    async delete(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetResponseHeadersPolicyCommand({ Id: id })));
        if (found) {
            await client(cloud).send(
                new cloudfront.DeleteResponseHeadersPolicyCommand({ Id: id, IfMatch: found.ETag }),
            );
        }
    },
};

function behavior(it: Properties): cloudfront.DefaultCacheBehavior {
    return {
        TargetOriginId: it.targetOriginId,
        ViewerProtocolPolicy: it.viewerProtocolPolicy,
        Compress: it.compress,
        CachePolicyId: it.cachePolicyId,
        OriginRequestPolicyId: it.originRequestPolicyId,
        ResponseHeadersPolicyId: it.responseHeadersPolicyId,
        AllowedMethods: {
            ...(counted(it.allowedMethods) as { Quantity: number; Items: cloudfront.Method[] }),
            CachedMethods: counted(it.cachedMethods) as { Quantity: number; Items: cloudfront.Method[] },
        },
        FunctionAssociations: counted(
            it.functionAssociations?.map((one: Properties) => ({
                EventType: one.eventType,
                FunctionARN: one.functionArn,
            })),
        ) as cloudfront.FunctionAssociations,
    };
}

function origin(it: Properties): cloudfront.Origin {
    return {
        Id: it.originId,
        DomainName: it.domainName,
        OriginAccessControlId: it.originAccessControlId ?? "",
        ...(it.vpcOriginConfig
            ? {
                  VpcOriginConfig: {
                      VpcOriginId: it.vpcOriginConfig.vpcOriginId,
                      OriginReadTimeout: it.vpcOriginConfig.originReadTimeout,
                      OriginKeepaliveTimeout: it.vpcOriginConfig.originKeepaliveTimeout,
                  },
              }
            : { S3OriginConfig: { OriginAccessIdentity: "" } }),
    };
}

function distributionConfig(inputs: Properties, reference: string): cloudfront.DistributionConfig {
    const certificate = inputs.viewerCertificate;
    const logging = inputs.loggingConfig;
    return {
        CallerReference: reference,
        Enabled: inputs.enabled,
        Comment: inputs.comment ?? "",
        DefaultRootObject: inputs.defaultRootObject,
        PriceClass: inputs.priceClass,
        HttpVersion: inputs.httpVersion,
        IsIPV6Enabled: inputs.isIpv6Enabled,
        WebACLId: inputs.webAclId ?? "",
        Aliases: counted(inputs.aliases) as { Quantity: number; Items: string[] },
        Origins: counted(inputs.origins.map(origin)) as { Quantity: number; Items: cloudfront.Origin[] },
        DefaultCacheBehavior: behavior(inputs.defaultCacheBehavior),
        CacheBehaviors: counted(
            inputs.orderedCacheBehaviors?.map((it: Properties) => ({ PathPattern: it.pathPattern, ...behavior(it) })),
        ) as cloudfront.CacheBehaviors,
        Restrictions: { GeoRestriction: { RestrictionType: "none", Quantity: 0 } },
        ViewerCertificate: {
            CloudFrontDefaultCertificate: certificate?.cloudfrontDefaultCertificate,
            ACMCertificateArn: certificate?.acmCertificateArn,
            SSLSupportMethod: certificate?.sslSupportMethod,
            MinimumProtocolVersion: certificate?.minimumProtocolVersion,
        },
        Logging: logging && {
            Enabled: true,
            Bucket: logging.bucket,
            Prefix: logging.prefix ?? "",
            IncludeCookies: logging.includeCookies ?? false,
        },
    };
}

function behaviorProperties(it: cloudfront.DefaultCacheBehavior & { PathPattern?: string }): Properties {
    return {
        ...(it.PathPattern ? { pathPattern: it.PathPattern } : {}),
        targetOriginId: it.TargetOriginId,
        viewerProtocolPolicy: it.ViewerProtocolPolicy,
        compress: it.Compress,
        cachePolicyId: it.CachePolicyId,
        originRequestPolicyId: it.OriginRequestPolicyId,
        responseHeadersPolicyId: it.ResponseHeadersPolicyId,
        allowedMethods: it.AllowedMethods?.Items,
        cachedMethods: it.AllowedMethods?.CachedMethods?.Items,
        functionAssociations: it.FunctionAssociations?.Items?.map((one) => ({
            eventType: one.EventType,
            functionArn: one.FunctionARN,
        })),
    };
}

const distribution: ResourceType = {
    computed: [
        "arn",
        "domainName",
        "hostedZoneId",
        "status",
        "etag",
        "callerReference",
        "inProgressValidationBatches",
        "lastModifiedTime",
        "trustedKeyGroups",
        "trustedSigners",
        "loggingV1Enabled",
    ],
    changesWith: ["etag", "lastModifiedTime"],
    writeOnly: ["waitForDeployment", "retainOnDelete"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new cloudfront.CreateDistributionWithTagsCommand({
                DistributionConfigWithTags: {
                    DistributionConfig: distributionConfig(inputs, `pulumi-${crypto.randomUUID()}`),
                    Tags: { Items: tagList(inputs.tags) },
                },
            }),
        );
        return required(made.Distribution?.Id, "distribution id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetDistributionCommand({ Id: id })));
        const it = found?.Distribution;
        const config = it?.DistributionConfig;
        if (!it?.ARN || !config) {
            return undefined;
        }
        return {
            arn: it.ARN,
            domainName: it.DomainName,
            hostedZoneId: "Z2FDTNDATAQYW2",
            status: it.Status,
            etag: found?.ETag,
            callerReference: config.CallerReference,
            enabled: config.Enabled,
            comment: config.Comment,
            defaultRootObject: config.DefaultRootObject,
            priceClass: config.PriceClass,
            httpVersion: config.HttpVersion?.toLowerCase(),
            isIpv6Enabled: config.IsIPV6Enabled,
            aliases: config.Aliases?.Items,
            origins: config.Origins?.Items?.map((one) => ({
                originId: one.Id,
                domainName: one.DomainName,
                ...(one.OriginAccessControlId ? { originAccessControlId: one.OriginAccessControlId } : {}),
                ...(one.VpcOriginConfig ? { vpcOriginConfig: fromAws(one.VpcOriginConfig) } : {}),
            })),
            defaultCacheBehavior: config.DefaultCacheBehavior && behaviorProperties(config.DefaultCacheBehavior),
            orderedCacheBehaviors: config.CacheBehaviors?.Items?.map(behaviorProperties),
            restrictions: { geoRestriction: { restrictionType: config.Restrictions?.GeoRestriction?.RestrictionType } },
            tags: await tagsOf(it.ARN, cloud),
        };
    },
    async update(id, inputs, cloud, old) {
        const { ETag } = await client(cloud).send(new cloudfront.GetDistributionCommand({ Id: id }));
        await client(cloud).send(
            new cloudfront.UpdateDistributionCommand({
                Id: id,
                IfMatch: ETag,
                DistributionConfig: distributionConfig(inputs, old.callerReference),
            }),
        );
        await setTags(old.arn, inputs, cloud);
    },
    async delete(id, cloud) {
        const found = await ifThere(client(cloud).send(new cloudfront.GetDistributionCommand({ Id: id })));
        const config = found?.Distribution?.DistributionConfig;
        if (!found || !config) {
            return;
        }
        // CloudFront deletes only what was switched off.
        const off = await client(cloud).send(
            new cloudfront.UpdateDistributionCommand({
                Id: id,
                IfMatch: found.ETag,
                DistributionConfig: { ...config, Enabled: false },
            }),
        );
        await client(cloud).send(new cloudfront.DeleteDistributionCommand({ Id: id, IfMatch: off.ETag }));
    },
};

export const cloudfrontTypes: Record<string, ResourceType> = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": originAccessControl,
    "aws:cloudfront/vpcOrigin:VpcOrigin": vpcOrigin,
    "aws:cloudfront/function:Function": functionType,
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": responseHeadersPolicy,
    "aws:cloudfront/distribution:Distribution": distribution,
};
