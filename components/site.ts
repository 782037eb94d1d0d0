import { existsSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./arguments.ts";
import { ofProvider } from "./mocked.ts";
import { type Naming, nameProblems, physicalNames } from "./names.ts";
import { createBucketPolicy, createPrivateBucket, type PrivateBucketTransform } from "./privateBucket.ts";
import { createBeforeDelete } from "./replacement.ts";
import { uploadFolder } from "./siteContent.ts";
import { createDomain, type SiteDomain } from "./siteDomain.ts";
import { tagsFor } from "./tags.ts";
import { type Transform, transform } from "./transform.ts";

/** Names of a site's parts, as AWS allows them: no other site in the account may have the same. */
export interface SiteNames {
    /** The bucket of the files. Default: `P-E-static-website`. */
    siteBucket?: string;
    /** The origin access control, by which CloudFront reads the bucket. Default: `P-E-oac`. */
    originAccessControl?: string;
    /** The function that answers the application's routes. Default: `P-E-routes`. */
    routesFunction?: string;
    /** The policy of the security headers. Default: `P-E-security-headers`. */
    responseHeadersPolicy?: string;
    /** What the name of the origin in the VPC begins with; the load balancer's id ends it. Default: `P-agent-E`. */
    vpcOrigin?: string;
}

/** Arguments of {@link StorySite}. */
export interface StorySiteArgs extends Naming {
    /** The folder with the built site, relative to the program's folder; `index.html` lies in it. Default: none uploaded. */
    content?: string;
    /** The internal load balancer behind `/api/*` and `/health`. Default: there is neither. */
    agentLoadBalancer?: {
        arn: pulumi.Input<string>;
        dnsName: pulumi.Input<string>;
    };
    /** Serve under a domain of one's own. Default: under CloudFront's name. */
    domain?: SiteDomain;
    /** Origins beside the site's own that pages load pictures and audio from, for example the images bucket's. Default: none. */
    mediaOrigins?: pulumi.Input<pulumi.Input<string>[]>;
    /** The bucket (by its domain name) that takes CloudFront's access log, and the one that takes the site bucket's. Default: no logs. */
    accessLogs?: { bucketName: pulumi.Input<string>; bucketDomainName: pulumi.Input<string> };
    /** A web application firewall (WAFv2, scope CLOUDFRONT, in us-east-1). Default: none. */
    webAclArn?: pulumi.Input<string>;
    /** Delete the bucket with the files in it. Default: false. */
    forceDestroy?: boolean;
    /** Other names than those that project and environment make. Default: none. */
    names?: SiteNames;
    /** Tags of everything that can carry them, over the component's own. Default: none. */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        bucket?: PrivateBucketTransform;
        originAccessControl?: Transform<aws.cloudfront.OriginAccessControlArgs>;
        vpcOrigin?: Transform<aws.cloudfront.VpcOriginArgs>;
        responseHeadersPolicy?: Transform<aws.cloudfront.ResponseHeadersPolicyArgs>;
        routesFunction?: Transform<aws.cloudfront.FunctionArgs>;
        distribution?: Transform<aws.cloudfront.DistributionArgs>;
        file?: Transform<aws.s3.BucketObjectv2Args>;
        zone?: Transform<aws.route53.ZoneArgs>;
        record?: Transform<aws.route53.RecordArgs>;
        certificate?: Transform<aws.acm.CertificateArgs>;
        certificateValidation?: Transform<aws.acm.CertificateValidationArgs>;
    };
}

/** CloudFront's managed policies, whose ids are the same in every account (CloudFront developer guide). */
const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
const SITE_ORIGIN = "site";
/** What the agent service answers: its API, and monitors that ask how it is. */
const AGENT_PATHS = ["/api/*", "/health"];
const AGENT_ORIGIN = "agent";
/** Seconds that CloudFront waits for the service's next byte; streams send a comment every 15. */
const AGENT_READ_TIMEOUT_SECONDS = 60;

/** A path without a file name in it is a route of the single-page application; a missing file stays a 404. */
const ROUTES_FUNCTION = `function handler(event) {
    var request = event.request;
    if (request.uri.lastIndexOf('.') <= request.uri.lastIndexOf('/')) {
        request.uri = '/index.html';
    }
    return request;
}
`;

/**
 * The site and the API under one name: CloudFront with the site's files from a private bucket, and the agent service at
 * `/api/*` through a VPC origin. Under 1 USD a month for little traffic; the VPC origin is free.
 */
export class StorySite extends pulumi.ComponentResource {
    /** The private bucket of the site's files. */
    readonly bucket: aws.s3.Bucket;
    /** The CloudFront distribution of site and `/api/*`. */
    readonly distribution: aws.cloudfront.Distribution;
    /** The site's address, `https://...` without a slash at the end. */
    readonly url: pulumi.Output<string>;

    constructor(name: string, args: StorySiteArgs, opts?: pulumi.ComponentResourceOptions) {
        check(name, args);
        super("story42:index:StorySite", name, {}, opts);
        const names = { ...physicalNames(args), ...args.names };
        const { bucket } = createPrivateBucket(name, {
            bucketName: names.siteBucket,
            forceDestroy: args.forceDestroy ?? false,
            tags: tagsFor(args, names.siteBucket, args.tags),
            accessLogBucket: args.accessLogs?.bucketName,
            transform: args.transform?.bucket,
            opts: { parent: this },
        });
        this.bucket = bucket;
        const domain = args.domain && createDomain(name, args, args.domain, { parent: this });
        this.distribution = this.#createDistribution(name, args, {
            accessControl: this.#createAccessControl(name, args, names.originAccessControl),
            routes: this.#createRoutesFunction(name, args),
            headers: this.#createHeadersPolicy(name, args),
            vpcOrigin: this.#createVpcOrigin(name, args),
            certificateArn: domain?.certificateArn,
            aliases: domain?.names,
        });
        createBucketPolicy(name, this.bucket, this.#readByCloudFront(), args.transform?.bucket?.policy, {
            parent: this,
        });
        if (args.content !== undefined) {
            uploadFolder(name, this.bucket, args.content, args.transform?.file, { parent: this });
        }
        domain?.pointAt(this.distribution);
        this.url = pulumi.interpolate`https://${domain?.names[0] ?? this.distribution.domainName}`;
        this.registerOutputs({ url: this.url, distributionId: this.distribution.id });
    }

    #createAccessControl(name: string, args: StorySiteArgs, controlName: string): aws.cloudfront.OriginAccessControl {
        return new aws.cloudfront.OriginAccessControl(
            ...transform<aws.cloudfront.OriginAccessControlArgs>(
                args.transform?.originAccessControl,
                `${name}-origin-access-control`,
                {
                    name: controlName,
                    description: `CloudFront reads the site of ${args.project} ${args.environment}`,
                    originAccessControlOriginType: "s3",
                    signingBehavior: "always",
                    signingProtocol: "sigv4",
                },
                { parent: this },
            ),
        );
    }

    #createVpcOrigin(name: string, args: StorySiteArgs): aws.cloudfront.VpcOrigin | undefined {
        if (!args.agentLoadBalancer) {
            return undefined;
        }
        const originName = args.names?.vpcOrigin ?? `${args.project}-agent-${args.environment}`;
        // Two origins of one name can't be, and while one takes another's place there are two.
        const balancer = ofProvider(pulumi.output(args.agentLoadBalancer.arn), (arn) => arn.split("/").at(-1) ?? "");
        return new aws.cloudfront.VpcOrigin(
            ...transform<aws.cloudfront.VpcOriginArgs>(
                args.transform?.vpcOrigin,
                `${name}-vpc-origin`,
                {
                    vpcOriginEndpointConfig: {
                        name: pulumi.interpolate`${originName}-${balancer}`,
                        arn: args.agentLoadBalancer.arn,
                        httpPort: 80,
                        httpsPort: 443,
                        originProtocolPolicy: "http-only",
                        originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
                    },
                    tags: tagsFor(args, originName, args.tags),
                },
                {
                    parent: this,
                    // An origin can't be changed while a distribution uses it: a new one is made, the distribution moves,
                    // and the old one goes. A name that was given before stays, or it would be such a change.
                    replaceOnChanges: ["vpcOriginEndpointConfig"],
                    ignoreChanges: ["vpcOriginEndpointConfig.name"],
                    // It is deployed to CloudFront's edges, which has taken longer than the provider's 15 minutes.
                    customTimeouts: { create: "30m", update: "30m", delete: "30m" },
                },
            ),
        );
    }

    #createRoutesFunction(name: string, args: StorySiteArgs): aws.cloudfront.Function {
        return new aws.cloudfront.Function(
            ...transform<aws.cloudfront.FunctionArgs>(
                args.transform?.routesFunction,
                `${name}-routes`,
                {
                    name: args.names?.routesFunction ?? `${args.project}-${args.environment}-routes`,
                    comment: "Answers the application's routes with index.html",
                    runtime: "cloudfront-js-2.0",
                    code: ROUTES_FUNCTION,
                    publish: true,
                },
                { parent: this, ...createBeforeDelete },
            ),
        );
    }

    #createHeadersPolicy(name: string, args: StorySiteArgs): aws.cloudfront.ResponseHeadersPolicy {
        return new aws.cloudfront.ResponseHeadersPolicy(
            ...transform<aws.cloudfront.ResponseHeadersPolicyArgs>(
                args.transform?.responseHeadersPolicy,
                `${name}-headers`,
                {
                    name: args.names?.responseHeadersPolicy ?? `${args.project}-${args.environment}-security-headers`,
                    comment: "Security headers of the site",
                    securityHeadersConfig: {
                        contentSecurityPolicy: {
                            contentSecurityPolicy: pulumi.output(args.mediaOrigins ?? []).apply(contentSecurityPolicy),
                            override: true,
                        },
                        contentTypeOptions: { override: true },
                        frameOptions: { frameOption: "DENY", override: true },
                        referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
                        strictTransportSecurity: {
                            accessControlMaxAgeSec: ONE_YEAR_SECONDS,
                            // Neither subdomains nor browsers' built-in lists: both bind the owner of a domain for years.
                            includeSubdomains: false,
                            preload: false,
                            override: true,
                        },
                    },
                },
                { parent: this },
            ),
        );
    }

    #createDistribution(name: string, args: StorySiteArgs, it: DistributionParts): aws.cloudfront.Distribution {
        const viewer = {
            viewerProtocolPolicy: "redirect-to-https",
            compress: true,
            responseHeadersPolicyId: it.headers.id,
            cachedMethods: ["GET", "HEAD"],
        };
        return new aws.cloudfront.Distribution(
            ...transform<aws.cloudfront.DistributionArgs>(
                args.transform?.distribution,
                `${name}-distribution`,
                {
                    enabled: true,
                    isIpv6Enabled: true,
                    httpVersion: "http2and3",
                    comment: `${args.project} ${args.environment}`,
                    priceClass: "PriceClass_100",
                    defaultRootObject: "index.html",
                    aliases: it.aliases,
                    origins: this.#originsOf(args, it),
                    defaultCacheBehavior: {
                        ...viewer,
                        targetOriginId: SITE_ORIGIN,
                        allowedMethods: ["GET", "HEAD"],
                        cachePolicyId: CACHING_OPTIMIZED,
                        functionAssociations: [{ eventType: "viewer-request", functionArn: it.routes.arn }],
                    },
                    orderedCacheBehaviors: it.vpcOrigin
                        ? AGENT_PATHS.map((pathPattern) => ({
                              ...viewer,
                              // A compressed stream would come in lumps.
                              compress: false,
                              pathPattern,
                              targetOriginId: AGENT_ORIGIN,
                              viewerProtocolPolicy: "https-only",
                              allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                              cachePolicyId: CACHING_DISABLED,
                              originRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
                          }))
                        : undefined,
                    restrictions: { geoRestriction: { restrictionType: "none" } },
                    viewerCertificate: it.certificateArn
                        ? {
                              acmCertificateArn: it.certificateArn,
                              sslSupportMethod: "sni-only",
                              minimumProtocolVersion: "TLSv1.2_2021",
                          }
                        : { cloudfrontDefaultCertificate: true },
                    loggingConfig: args.accessLogs
                        ? { bucket: args.accessLogs.bucketDomainName, prefix: "cloudfront/", includeCookies: false }
                        : undefined,
                    webAclId: args.webAclArn,
                    tags: tagsFor(args, `${args.project}-${args.environment}-distribution`, args.tags),
                },
                { parent: this },
            ),
        );
    }

    #originsOf(args: StorySiteArgs, it: DistributionParts): aws.types.input.cloudfront.DistributionOrigin[] {
        const site = {
            originId: SITE_ORIGIN,
            domainName: this.bucket.bucketRegionalDomainName,
            originAccessControlId: it.accessControl.id,
        };
        if (!it.vpcOrigin || !args.agentLoadBalancer) {
            return [site];
        }
        const agent = {
            originId: AGENT_ORIGIN,
            domainName: args.agentLoadBalancer.dnsName,
            vpcOriginConfig: {
                vpcOriginId: it.vpcOrigin.id,
                originReadTimeout: AGENT_READ_TIMEOUT_SECONDS,
                originKeepaliveTimeout: 5,
            },
        };
        return [site, agent];
    }

    #readByCloudFront(): object[] {
        const thisDistribution = {
            Effect: "Allow",
            Principal: { Service: "cloudfront.amazonaws.com" },
            Condition: { StringEquals: { "AWS:SourceArn": this.distribution.arn } },
        };
        return [
            {
                Sid: "ReadByThisDistribution",
                ...thisDistribution,
                Action: ["s3:GetObject"],
                Resource: pulumi.interpolate`${this.bucket.arn}/*`,
            },
            {
                // Without it S3 answers 403 for a file that is missing, and with it 404.
                Sid: "ListByThisDistribution",
                ...thisDistribution,
                Action: ["s3:ListBucket"],
                Resource: this.bucket.arn,
            },
        ];
    }
}

interface DistributionParts {
    accessControl: aws.cloudfront.OriginAccessControl;
    routes: aws.cloudfront.Function;
    headers: aws.cloudfront.ResponseHeadersPolicy;
    vpcOrigin?: aws.cloudfront.VpcOrigin;
    certificateArn?: pulumi.Output<string>;
    aliases?: string[];
}

const ONE_YEAR_SECONDS = 365 * 24 * 3600;

/** What the site's pages may load: their own files and API, pictures and audio from `media` too, and no inline code. */
export function contentSecurityPolicy(media: string[]): string {
    const from = ["'self'", ...media].join(" ");
    return [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        `img-src ${from}`,
        `media-src ${from}`,
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ].join("; ");
}

function check(name: string, args: StorySiteArgs): void {
    const check = new ArgumentCheck("StorySite", name, args);
    const { siteBucket } = { ...physicalNames(args), ...args.names };
    check
        .add(nameProblems("bucket", "names.siteBucket", siteBucket))
        .add(nameProblems("cloudFront", "names.originAccessControl", args.names?.originAccessControl))
        .add(nameProblems("cloudFront", "names.routesFunction", args.names?.routesFunction))
        .add(nameProblems("headersPolicy", "names.responseHeadersPolicy", args.names?.responseHeadersPolicy))
        .matches(
            "domain.zoneName",
            args.domain?.zoneName,
            /^([a-z0-9-]+\.)+[a-z]{2,}$/,
            "a domain name such as stories.example.com",
        )
        .that(
            !args.content?.startsWith("/"),
            "content is an absolute path; it must be relative to the program's folder",
        )
        .that(
            args.content === undefined || existsSync(join(args.content, "index.html")),
            `content is "${args.content}", which has no index.html; it must be the folder of a built site`,
        )
        .done();
}
