import { existsSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../core/arguments.ts";
import { mapProviderOutput } from "../core/mocked.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "../core/names.ts";
import { createBucketPolicy, createPrivateBucket, type PrivateBucketTransform } from "../core/privateBucket.ts";
import { createBeforeDelete } from "../core/replacement.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";
import { uploadFolder } from "./content.ts";
import { createDomain, type SiteDomain } from "./domain.ts";

/** Names of a site's parts, within AWS's limits: unique in the account. */
export interface SiteNames {
    /** The bucket of the files. @default `P-E-static-website` @example "shop-site" */
    siteBucket?: string;
    /** The origin access control, by which CloudFront reads the bucket. @default `P-E-oac` @example "shop-site" */
    originAccessControl?: string;
    /** The function that answers the application's routes. @default `P-E-routes` @example "shop-routes" */
    routesFunction?: string;
    /** The policy of the security headers. @default `P-E-security-headers` @example "shop-headers" */
    responseHeadersPolicy?: string;
    /**
     * The prefix of the VPC origin's name; the load balancer's id follows it.
     *
     * @default `P-agent-E`
     * @example "shop-agent"
     */
    vpcOrigin?: string;
}

/** A path of the site that another server answers. Every request reaches it, nothing is cached. */
export interface SiteBehavior {
    /**
     * The path as CloudFront matches it, beginning with a slash, with `*` for any characters and `?` for one:
     * `/shop/*`.
     *
     * @example "/shop/*"
     */
    pathPattern: string;
    /**
     * Where the answers come from: `https://HOST`, or `https://HOST/PATH`, which the request's own path follows. A
     * `StoryApi`'s `endpoint` is one.
     *
     * @example api.endpoint
     */
    url: pulumi.Input<string>;
}

/** Arguments of {@link StorySite}. */
export interface StorySiteArgs extends NamingArgs {
    /**
     * The folder with the built site, absolute or relative to the program's folder; `index.html` lies in it.
     *
     * @default none uploaded
     * @example "site/dist"
     */
    content?: string;
    /**
     * Whether a path without a file's name is a route of one page, and answered with `/index.html`. With false, each
     * folder answers with an `index.html` of its own.
     *
     * @default true
     * @example false
     */
    singlePage?: boolean;
    /**
     * Paths that other servers answer, matched before those of `agentLoadBalancer`.
     *
     * @default none
     * @example [{ pathPattern: "/shop/*", url: api.endpoint }]
     */
    behaviors?: SiteBehavior[];
    /**
     * The internal load balancer behind `/api/*` and `/health`.
     *
     * @default there is neither
     * @example agent.nodes?.loadBalancer
     */
    agentLoadBalancer?: {
        arn: pulumi.Input<string>;
        dnsName: pulumi.Input<string>;
    };
    /** Serve under a custom domain. @default under CloudFront's name @example { zoneName: "shop.example.com" } */
    domain?: SiteDomain;
    /**
     * Origins beside the site's own that pages load pictures and audio from, for example the images bucket's.
     *
     * @default none
     * @example ["https://pictures.example.com"]
     */
    mediaOrigins?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Origins beside the site's own that pages call, for example `https://api.example.com` or, for a sign-in at
     * Cognito, `https://cognito-idp.us-east-1.amazonaws.com`.
     *
     * @default none
     * @example ["https://api.example.com"]
     */
    connectOrigins?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Tells browsers to reach all of the domain's subdomains by HTTPS alone, for a year, and lets the domain be entered
     * in their built-in lists (hstspreload.org), which takes months to undo.
     *
     * @default false, the site's own name alone
     * @example true
     */
    hstsPreload?: boolean;
    /**
     * The bucket (by its domain name) that takes CloudFront's access log, and the one that takes the site bucket's.
     *
     * @default no logs
     * @example logs
     */
    accessLogs?: { bucketName: pulumi.Input<string>; bucketDomainName: pulumi.Input<string> };
    /** A web application firewall (WAFv2, scope CLOUDFRONT, in us-east-1). @default none @example firewall.arn */
    webAclArn?: pulumi.Input<string>;
    /** Delete the bucket with the files in it. @default false @example true */
    forceDestroy?: boolean;
    /** Other names than those that project and environment make. @default none @example { siteBucket: "shop-site" } */
    names?: SiteNames;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
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

type Args = Named<StorySiteArgs>;

/** CloudFront's managed policies, whose ids are the same in every account (CloudFront developer guide). */
const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
const SITE_ORIGIN = "site";
/** The paths of the agent service: its API, and the health check for monitors. */
const AGENT_PATHS = ["/api/*", "/health"];
const AGENT_ORIGIN = "agent";
/** Seconds that CloudFront waits for an origin's next byte; the agent service's streams send a comment every 15. */
const READ_TIMEOUT_SECONDS = 60;
const KEEP_ALIVE_SECONDS = 5;

/** A path without a file name in it is a folder with an `index.html` of its own. */
const FOLDERS_FUNCTION = `function handler(event) {
    var request = event.request;
    if (request.uri.endsWith('/')) {
        request.uri += 'index.html';
    } else if (request.uri.lastIndexOf('.') <= request.uri.lastIndexOf('/')) {
        request.uri += '/index.html';
    }
    return request;
}
`;

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

    /** The resources of the site. */
    readonly nodes: SiteNodes;

    constructor(name: string, given: StorySiteArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StorySite", name, {}, opts);
        const names = { ...physicalNames(args), ...args.names };
        const { bucket } = createPrivateBucket(name, {
            bucketName: names.siteBucket,
            forceDestroy: args.forceDestroy ?? false,
            tags: tagsFor(args, names.siteBucket),
            accessLogBucket: args.accessLogs?.bucketName,
            transform: args.transform?.bucket,
            parent: this,
        });
        this.bucket = bucket;
        const domain = args.domain && createDomain(this, name, args, args.domain);
        const parts = {
            accessControl: this.#createAccessControl(name, args, names.originAccessControl),
            routes: this.#createRoutesFunction(name, args),
            headers: this.#createHeadersPolicy(name, args),
            vpcOrigin: this.#createVpcOrigin(name, args),
            certificateArn: domain?.certificateArn,
            aliases: domain?.names,
        };
        this.distribution = this.#createDistribution(name, args, parts);
        this.nodes = {
            bucket,
            distribution: this.distribution,
            originAccessControl: parts.accessControl,
            routesFunction: parts.routes,
            responseHeadersPolicy: parts.headers,
            vpcOrigin: parts.vpcOrigin,
        };
        createBucketPolicy(this, name, this.bucket, this.#readByCloudFront(), args.transform?.bucket?.policy);
        if (args.content !== undefined) {
            uploadFolder(this, name, this.bucket, args.content, args.transform?.file);
        }
        domain?.pointAt(this.distribution);
        this.url = pulumi.interpolate`https://${domain?.names[0] ?? this.distribution.domainName}`;
        this.registerOutputs({ url: this.url, distributionId: this.distribution.id });
    }

    #createAccessControl(name: string, args: Args, controlName: string): aws.cloudfront.OriginAccessControl {
        return child(
            this,
            aws.cloudfront.OriginAccessControl,
            `${name}-origin-access-control`,
            args.transform?.originAccessControl,
            {
                name: controlName,
                description: `CloudFront reads the site of ${args.project} ${args.environment}`,
                originAccessControlOriginType: "s3",
                signingBehavior: "always",
                signingProtocol: "sigv4",
            },
        );
    }

    #createVpcOrigin(name: string, args: Args): aws.cloudfront.VpcOrigin | undefined {
        if (!args.agentLoadBalancer) {
            return undefined;
        }
        const originName = args.names?.vpcOrigin ?? `${args.project}-agent-${args.environment}`;
        // Names of origins are unique, and during a replacement both origins exist: the name has the balancer's id.
        const balancer = mapProviderOutput(
            pulumi.output(args.agentLoadBalancer.arn),
            (arn) => arn.split("/").at(-1) ?? "",
        );
        return child(
            this,
            aws.cloudfront.VpcOrigin,
            `${name}-vpc-origin`,
            args.transform?.vpcOrigin,
            {
                vpcOriginEndpointConfig: {
                    name: pulumi.interpolate`${originName}-${balancer}`,
                    arn: args.agentLoadBalancer.arn,
                    httpPort: 80,
                    httpsPort: 443,
                    originProtocolPolicy: "http-only",
                    originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
                },
                tags: tagsFor(args, originName),
            },
            {
                // A VPC origin can't be changed while a distribution uses it: a new one is created, the distribution
                // switches to it, and the old one is deleted. An existing name is kept, since changing it replaces too.
                replaceOnChanges: ["vpcOriginEndpointConfig"],
                ignoreChanges: ["vpcOriginEndpointConfig.name"],
                // The deployment to CloudFront's edges has taken longer than the provider's 15 minutes.
                customTimeouts: { create: "30m", update: "30m", delete: "30m" },
            },
        );
    }

    #createRoutesFunction(name: string, args: Args): aws.cloudfront.Function {
        const isSinglePage = args.singlePage ?? true;
        return child(
            this,
            aws.cloudfront.Function,
            `${name}-routes`,
            args.transform?.routesFunction,
            {
                name: args.names?.routesFunction ?? `${args.project}-${args.environment}-routes`,
                comment: isSinglePage
                    ? "Answers the application's routes with index.html"
                    : "Answers folders with their index.html",
                runtime: "cloudfront-js-2.0",
                code: isSinglePage ? ROUTES_FUNCTION : FOLDERS_FUNCTION,
                publish: true,
            },
            { ...createBeforeDelete },
        );
    }

    #createHeadersPolicy(name: string, args: Args): aws.cloudfront.ResponseHeadersPolicy {
        return child(
            this,
            aws.cloudfront.ResponseHeadersPolicy,
            `${name}-headers`,
            args.transform?.responseHeadersPolicy,
            {
                name: args.names?.responseHeadersPolicy ?? `${args.project}-${args.environment}-security-headers`,
                comment: "Security headers of the site",
                securityHeadersConfig: {
                    contentSecurityPolicy: {
                        contentSecurityPolicy: pulumi
                            .all([args.mediaOrigins ?? [], args.connectOrigins ?? []])
                            .apply(([media, connect]) => contentSecurityPolicy(media, connect)),
                        override: true,
                    },
                    contentTypeOptions: { override: true },
                    frameOptions: { frameOption: "DENY", override: true },
                    referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
                    strictTransportSecurity: {
                        accessControlMaxAgeSec: ONE_YEAR_SECONDS,
                        // Both settings bind the owner of a domain for years.
                        includeSubdomains: args.hstsPreload ?? false,
                        preload: args.hstsPreload ?? false,
                        override: true,
                    },
                },
            },
        );
    }

    #createDistribution(name: string, args: Args, parts: DistributionParts): aws.cloudfront.Distribution {
        const viewer = {
            viewerProtocolPolicy: "redirect-to-https",
            compress: true,
            responseHeadersPolicyId: parts.headers.id,
            cachedMethods: ["GET", "HEAD"],
        };
        // The first pattern that a path matches decides.
        const forwardedPaths = [
            ...(args.behaviors ?? []).map((behavior) => [behavior.pathPattern, originIdOf(behavior)] as const),
            ...(parts.vpcOrigin ? AGENT_PATHS.map((pathPattern) => [pathPattern, AGENT_ORIGIN] as const) : []),
        ];
        return child(this, aws.cloudfront.Distribution, `${name}-distribution`, args.transform?.distribution, {
            enabled: true,
            isIpv6Enabled: true,
            httpVersion: "http2and3",
            comment: `${args.project} ${args.environment}`,
            priceClass: "PriceClass_100",
            defaultRootObject: "index.html",
            aliases: parts.aliases,
            origins: this.#originsOf(args, parts),
            defaultCacheBehavior: {
                ...viewer,
                targetOriginId: SITE_ORIGIN,
                allowedMethods: ["GET", "HEAD"],
                cachePolicyId: CACHING_OPTIMIZED,
                functionAssociations: [{ eventType: "viewer-request", functionArn: parts.routes.arn }],
            },
            orderedCacheBehaviors:
                forwardedPaths.length > 0
                    ? forwardedPaths.map(([pathPattern, targetOriginId]) => ({
                          ...viewer,
                          // Compression would buffer streams.
                          compress: false,
                          pathPattern,
                          targetOriginId,
                          viewerProtocolPolicy: "https-only",
                          allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                          cachePolicyId: CACHING_DISABLED,
                          originRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
                      }))
                    : undefined,
            restrictions: { geoRestriction: { restrictionType: "none" } },
            viewerCertificate: parts.certificateArn
                ? {
                      acmCertificateArn: parts.certificateArn,
                      sslSupportMethod: "sni-only",
                      minimumProtocolVersion: "TLSv1.2_2021",
                  }
                : { cloudfrontDefaultCertificate: true },
            loggingConfig: args.accessLogs
                ? { bucket: args.accessLogs.bucketDomainName, prefix: "cloudfront/", includeCookies: false }
                : undefined,
            webAclId: args.webAclArn,
            tags: tagsFor(args, `${args.project}-${args.environment}-distribution`),
        });
    }

    #originsOf(args: Args, parts: DistributionParts): aws.types.input.cloudfront.DistributionOrigin[] {
        const site = {
            originId: SITE_ORIGIN,
            domainName: this.bucket.bucketRegionalDomainName,
            originAccessControlId: parts.accessControl.id,
        };
        const others = (args.behaviors ?? []).map((behavior) => {
            const url = pulumi.output(behavior.url);
            return {
                originId: originIdOf(behavior),
                domainName: mapProviderOutput(url, (text) => new URL(text).hostname),
                originPath: mapProviderOutput(url, (text) => new URL(text).pathname.replace(/\/$/, "")),
                customOriginConfig: {
                    httpPort: 80,
                    httpsPort: 443,
                    originProtocolPolicy: "https-only",
                    originSslProtocols: ["TLSv1.2"],
                    originReadTimeout: READ_TIMEOUT_SECONDS,
                    originKeepaliveTimeout: KEEP_ALIVE_SECONDS,
                },
            };
        });
        if (!parts.vpcOrigin || !args.agentLoadBalancer) {
            return [site, ...others];
        }
        const agent = {
            originId: AGENT_ORIGIN,
            domainName: args.agentLoadBalancer.dnsName,
            vpcOriginConfig: {
                vpcOriginId: parts.vpcOrigin.id,
                originReadTimeout: READ_TIMEOUT_SECONDS,
                originKeepaliveTimeout: KEEP_ALIVE_SECONDS,
            },
        };
        return [site, agent, ...others];
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

/** The resources of a site, but for its files and its domain. */
export interface SiteNodes {
    /** The private bucket of the files. */
    bucket: aws.s3.Bucket;
    /** The CloudFront distribution. */
    distribution: aws.cloudfront.Distribution;
    /** The access control by which CloudFront reads the bucket. */
    originAccessControl: aws.cloudfront.OriginAccessControl;
    /** The function that answers the application's routes, or folders. */
    routesFunction: aws.cloudfront.Function;
    /** The security headers. */
    responseHeadersPolicy: aws.cloudfront.ResponseHeadersPolicy;
    /** The VPC origin of the load balancer; undefined without `agentLoadBalancer`. */
    vpcOrigin: aws.cloudfront.VpcOrigin | undefined;
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

/** Patterns of behaviors are unique within a site. */
function originIdOf({ pathPattern }: SiteBehavior): string {
    return `behavior ${pathPattern}`;
}

/**
 * The content security policy: pages may load their own files and API, pictures and audio also from `media`, and call also
 * `connect`; no inline code.
 */
export function contentSecurityPolicy(media: string[], connect: string[] = []): string {
    const from = ["'self'", ...media].join(" ");
    return [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        `img-src ${from}`,
        `media-src ${from}`,
        ["connect-src 'self'", ...connect].join(" "),
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ].join("; ");
}

function checked(name: string, given: StorySiteArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StorySite", name, args);
    const { siteBucket } = { ...physicalNames(args), ...args.names };
    const patterns = (args.behaviors ?? []).map(({ pathPattern }) => pathPattern);
    for (const [index, { pathPattern, url }] of (args.behaviors ?? []).entries()) {
        const at = `behaviors[${index}]`;
        check
            .matches(`${at}.pathPattern`, pathPattern, /^\/[\w.*$/~"'@:+?&-]{0,254}$/, "a path such as /shop/*")
            .matches(`${at}.url`, url, /^https:\/\/[^/?#:\s]+(\/[^?#\s]*)?$/, "https://HOST or https://HOST/PATH");
    }
    check
        .that(
            new Set(patterns).size === patterns.length,
            `behaviors has a pathPattern twice (${patterns.join(", ")}); each must have its own`,
        )
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
            args.content === undefined || existsSync(join(args.content, "index.html")),
            `content is "${args.content}", which has no index.html; it must be the folder of a built site`,
        )
        .done();
    return args;
}
