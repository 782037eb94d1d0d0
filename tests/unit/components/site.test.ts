import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runInNewContext } from "node:vm";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { StorySite, type StorySiteArgs } from "../../../components/index.ts";
import { promiseOf } from "../../../testing/index.ts";
import { modes, type Registered, type RunOptions, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const agentLoadBalancer = {
    arn: "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/a/b",
    dnsName: "alb.local",
};
/** What of the site is served as it is. */
const PUBLIC = join(import.meta.dirname, "../../../site/public");
const distributionType = "aws:cloudfront/distribution:Distribution";

async function site(change: Partial<StorySiteArgs> = {}, options: RunOptions = {}) {
    return run(() => new StorySite("site", { ...naming, ...change }), options);
}

async function problemsOf(change: Partial<StorySiteArgs>): Promise<string> {
    try {
        await site(change);
    } catch (error) {
        return String(error);
    }
    return "";
}

/** What a site's function makes of a path. */
function answersOf(routes: Registered): (uri: string) => string {
    return (uri) => runInNewContext(`${routes.inputs.code}; handler(event).uri`, { event: { request: { uri } } });
}

describe("StorySite", () => {
    for (const options of modes) {
        it(`has the names that a deployment has (${options.mode})`, async () => {
            const { resources } = await site({}, options);
            expect(resources.one("aws:s3/bucket:Bucket").inputs.bucket).to.equal("story-42-dev-static-website");
            const control = resources.one("aws:cloudfront/originAccessControl:OriginAccessControl").inputs;
            expect(control).to.include({ name: "story-42-dev-oac", signingBehavior: "always" });
        });

        it(`serves the site at / and the agent service at /api/* and /health (${options.mode})`, async () => {
            const { resources } = await site({ agentLoadBalancer }, options);
            const distribution = resources.one(distributionType);
            expect(distribution.inputFrom("origins")).to.include.members(["site-vpc-origin", "site-bucket"]);
            const [api, health] = distribution.inputs.orderedCacheBehaviors;
            expect(api).to.include({ pathPattern: "/api/*", viewerProtocolPolicy: "https-only" });
            expect(health).to.deep.equal({ ...api, pathPattern: "/health" });
            expect(api.allowedMethods).to.include.members(["POST", "DELETE"]);
            expect(distribution.inputs.defaultCacheBehavior.viewerProtocolPolicy).to.equal("redirect-to-https");
            expect(distribution.inputs).to.include({ priceClass: "PriceClass_100", defaultRootObject: "index.html" });
        });

        it(`makes zone, certificate and records of a domain (${options.mode})`, async () => {
            const { resources } = await site({ domain: { zoneName: "story-42.example.com" } }, options);
            expect(resources.one("aws:route53/zone:Zone").inputs.name).to.equal("story-42.example.com");
            expect(resources.one("aws:acm/certificate:Certificate").inputs).to.deep.include({
                region: "us-east-1",
                validationMethod: "DNS",
                subjectAlternativeNames: ["www.story-42.example.com"],
            });
            const records = resources.ofType("aws:route53/record:Record").filter((one) => one.inputs.aliases);
            expect(records.map((one) => `${one.inputs.type} ${one.inputs.name}`)).to.have.members([
                "A story-42.example.com",
                "AAAA story-42.example.com",
                "A www.story-42.example.com",
                "AAAA www.story-42.example.com",
            ]);
            const distribution = resources.one(distributionType);
            expect(distribution.inputs.aliases).to.deep.equal(["story-42.example.com", "www.story-42.example.com"]);
            expect(distribution.inputs.viewerCertificate.minimumProtocolVersion).to.equal("TLSv1.2_2021");
            // Only a certificate that is issued can be attached.
            expect(distribution.inputFrom("viewerCertificate")).to.include("site-certificate-validation");
        });
    }

    it("lets this distribution read the bucket, and refuses connections without TLS", async () => {
        const { resources } = await site();
        const policy = resources.one("aws:s3/bucketPolicy:BucketPolicy");
        expect(policy.inputFrom("policy")).to.include("site-distribution");
        const statements: Record<string, unknown>[] = JSON.parse(policy.inputs.policy).Statement;
        const allowed = statements.filter((one) => one.Effect === "Allow");
        // Listing is what makes a missing file a 404.
        expect(allowed.map((one) => one.Action)).to.deep.equal([["s3:GetObject"], ["s3:ListBucket"]]);
        for (const { Condition } of allowed) {
            expect(JSON.stringify(Condition)).to.include("Distribution/");
        }
        expect(statements.find((one) => one.Effect === "Deny")?.Condition).to.deep.equal({
            Bool: { "aws:SecureTransport": "false" },
        });
    });

    it("falls back to index.html on routes of the application, and nowhere else", async () => {
        const { resources } = await site({ agentLoadBalancer });
        const answer = answersOf(resources.one("aws:cloudfront/function:Function"));
        expect(answer("/")).to.equal("/index.html");
        expect(answer("/stories/42")).to.equal("/index.html");
        expect(answer("/stories/v1.5/pages")).to.equal("/index.html");
        expect(answer("/assets/index-Dr6KLrMO.js")).to.equal("/assets/index-Dr6KLrMO.js");
        const distribution = resources.one(distributionType).inputs;
        expect(distribution.orderedCacheBehaviors[0]).to.not.have.property("functionAssociations");
        // These would replace the API's own 403 and 404.
        expect(distribution).to.not.have.property("customErrorResponses");
    });

    it("answers each folder with an index.html of its own where the site is not one page", async () => {
        const { resources } = await site({ singlePage: false });
        const answer = answersOf(resources.one("aws:cloudfront/function:Function"));
        expect(answer("/")).to.equal("/index.html");
        expect(answer("/guide/")).to.equal("/guide/index.html");
        expect(answer("/guide/v1.5/start")).to.equal("/guide/v1.5/start/index.html");
        expect(answer("/guide/start.html")).to.equal("/guide/start.html");
    });

    for (const options of modes) {
        it(`passes paths on to other servers, before those of the agent service (${options.mode})`, async () => {
            const { resources } = await run(() => {
                const api = new aws.apigateway.Stage("api", { restApi: "a", stageName: "dev", deployment: "d" });
                const behaviors = [
                    { pathPattern: "/api/shop/*", url: api.invokeUrl },
                    { pathPattern: "/blog/*", url: "https://blog.example.com/" },
                ];
                new StorySite("site", { ...naming, agentLoadBalancer, behaviors });
            }, options);
            const { inputs } = resources.one(distributionType);
            const [shop, blog, agent] = inputs.orderedCacheBehaviors;
            expect([shop, blog, agent].map((one) => one.pathPattern)).to.deep.equal([
                "/api/shop/*",
                "/blog/*",
                "/api/*",
            ]);
            expect(shop).to.deep.equal({ ...agent, pathPattern: "/api/shop/*", targetOriginId: shop.targetOriginId });
            const originOf = (behavior: { targetOriginId: string }) =>
                inputs.origins.find((one: { originId: string }) => one.originId === behavior.targetOriginId);
            expect(originOf(blog)).to.include({ domainName: "blog.example.com", originPath: "" });
            expect(originOf(blog).customOriginConfig.originProtocolPolicy).to.equal("https-only");
            expect(resources.one(distributionType).inputFrom("origins")).to.include("api");
            if (!options.preview) {
                expect(originOf(shop)).to.include({
                    domainName: "api.execute-api.us-east-1.amazonaws.com",
                    originPath: "/dev",
                });
            }
        });
    }

    it("lets pages call the origins that are given", async () => {
        const { resources } = await site({ connectOrigins: ["https://api.example.com"] });
        const headers = resources.one("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").inputs;
        const policy: string = headers.securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy;
        expect(policy.split("; ")).to.include.members(["connect-src 'self' https://api.example.com", "img-src 'self'"]);
    });

    it("binds all of a domain to https where that is asked for", async () => {
        const { resources } = await site({ hstsPreload: true });
        const headers = resources.one("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").inputs;
        expect(headers.securityHeadersConfig.strictTransportSecurity).to.include({
            includeSubdomains: true,
            preload: true,
        });
    });

    it("uses a zone and a certificate that exist", async () => {
        const zoneName = "stories.example.com";
        const zone = await site({ domain: { zoneName, zoneId: "Z1" } });
        expect(zone.resources.ofType("aws:route53/zone:Zone")).to.be.empty;
        const records = zone.resources.ofType("aws:route53/record:Record");
        expect(records).to.have.length(6);
        expect(new Set(records.map(({ inputs }) => inputs.zoneId))).to.deep.equal(new Set(["Z1"]));

        const both = await site({ domain: { zoneName, zoneId: "Z1", certificateArn: "arn:certificate", www: false } });
        expect(both.resources.ofType("aws:acm/certificate:Certificate")).to.be.empty;
        expect(both.resources.ofType("aws:route53/record:Record").map(({ inputs }) => inputs.name)).to.deep.equal([
            zoneName,
            zoneName,
        ]);
        const { inputs } = both.resources.one(distributionType);
        expect(inputs.aliases).to.deep.equal([zoneName]);
        expect(inputs.viewerCertificate.acmCertificateArn).to.equal("arn:certificate");
    });

    it("allows pages no inline code, and media from the given origins", async () => {
        const { resources } = await site({ mediaOrigins: ["https://images.example.com"] });
        const headers = resources.one("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").inputs;
        const policy: string = headers.securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy;
        expect(policy.split("; ")).to.include.members([
            "default-src 'self'",
            "script-src 'self'",
            "img-src 'self' https://images.example.com",
            "media-src 'self' https://images.example.com",
        ]);
        expect(policy).to.not.include("unsafe-inline");
    });

    it("makes a new VPC origin for another balancer, since one in use can't be changed", async () => {
        const { resources } = await site({ agentLoadBalancer });
        const origin = resources.one("aws:cloudfront/vpcOrigin:VpcOrigin");
        expect(origin.inputs.vpcOriginEndpointConfig.name).to.equal("story-42-agent-dev-b");
        expect(origin.replaceOnChanges).to.deep.equal(["vpcOriginEndpointConfig"]);
        // One that was made under another name stays.
        expect(origin.ignoreChanges).to.deep.equal(["vpcOriginEndpointConfig.name"]);
        expect(origin.createTimeout).to.equal("30m");
    });

    it("binds a domain's owner to https for this site and a year alone", async () => {
        const { resources } = await site({});
        const headers = resources.one("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy").inputs;
        expect(headers.securityHeadersConfig.strictTransportSecurity).to.deep.equal({
            accessControlMaxAgeSec: 31_536_000,
            includeSubdomains: false,
            preload: false,
            override: true,
        });
    });

    it("has no API without a balancer", async () => {
        const { resources } = await site();
        expect(resources.ofType("aws:cloudfront/vpcOrigin:VpcOrigin")).to.be.empty;
        expect(resources.one(distributionType).inputs).to.not.have.property("orderedCacheBehaviors");
    });

    it("answers under CloudFront's name, or under the domain", async () => {
        const plain = await site();
        expect(await promiseOf(plain.result.url)).to.equal("https://d111111abcdef8.cloudfront.net");
        const named = await site({ domain: { zoneName: "story-42.example.com" } });
        expect(await promiseOf(named.result.url)).to.equal("https://story-42.example.com");
    });

    it("takes logs and a firewall where they are given", async () => {
        const accessLogs = { bucketName: "logs", bucketDomainName: "logs.s3.amazonaws.com" };
        const { resources } = await site({ accessLogs, webAclArn: "arn:aws:wafv2:us-east-1:1:global/webacl/a/b" });
        expect(resources.one(distributionType).inputs).to.deep.include({
            webAclId: "arn:aws:wafv2:us-east-1:1:global/webacl/a/b",
            loggingConfig: { bucket: "logs.s3.amazonaws.com", prefix: "cloudfront/", includeCookies: false },
        });
        expect(resources.one("aws:s3/bucketLogging:BucketLogging").inputs.targetBucket).to.equal("logs");
    });

    describe("with content", () => {
        const folder = mkdtempSync(join(tmpdir(), "site-"));
        const content = relative(process.cwd(), folder);
        before(() => {
            mkdirSync(join(folder, "assets"));
            writeFileSync(join(folder, "index.html"), "<!doctype html>");
            writeFileSync(join(folder, "assets", "index-Dr6KLrMO.js"), "");
            for (const file of readdirSync(PUBLIC)) {
                copyFileSync(join(PUBLIC, file), join(folder, file));
            }
            writeFileSync(join(folder, "worker.js"), "");
        });
        after(() => rmSync(folder, { recursive: true }));

        it("uploads each file with its type and for how long it may be kept", async () => {
            const { resources } = await site({ content });
            const absolute = (await site({ content: folder })).resources;
            expect(absolute.all.map(({ name }) => name)).to.deep.equal(resources.all.map(({ name }) => name));
            const files = resources.ofType("aws:s3/bucketObjectv2:BucketObjectv2").map((one) => one.inputs);
            expect(files.map((one) => [one.key, one.contentType, one.cacheControl])).to.have.deep.members([
                ["index.html", "text/html", "no-cache"],
                ["assets/index-Dr6KLrMO.js", "text/javascript", "public, max-age=31536000, immutable"],
                // A browser asks for these by the same address in each version.
                ["icon.svg", "image/svg+xml", "no-cache"],
                ["icon-192.png", "image/png", "no-cache"],
                ["icon-512.png", "image/png", "no-cache"],
                ["maskable-512.png", "image/png", "no-cache"],
                ["manifest.webmanifest", "application/manifest+json", "no-cache"],
                ["open-shared.js", "text/javascript", "no-cache"],
                ["robots.txt", "text/plain", "no-cache"],
                ["worker.js", "text/javascript", "no-cache"],
            ]);
        });
    });

    const rejected: [string, Partial<StorySiteArgs>][] = [
        ["names.siteBucket", { names: { siteBucket: "My_Bucket" } }],
        ["domain.zoneName", { domain: { zoneName: "https://example.com" } }],
        ["content", { content: "/absolute/dist" }],
        ["behaviors[0].pathPattern", { behaviors: [{ pathPattern: "api/*", url: "https://example.com" }] }],
        ["behaviors[0].url", { behaviors: [{ pathPattern: "/api/*", url: "http://example.com" }] }],
        [
            "behaviors has a pathPattern twice",
            { behaviors: Array(2).fill({ pathPattern: "/api/*", url: "https://example.com" }) },
        ],
        ["content", { content: "no-such-folder" }],
    ];
    for (const [argument, change] of rejected) {
        it(`refuses ${argument} ${JSON.stringify(Object.values(change)[0])}, by name`, async () => {
            expect(await problemsOf(change)).to.include(argument);
        });
    }
});
