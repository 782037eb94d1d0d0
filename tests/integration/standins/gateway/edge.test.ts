import {
    ACMClient,
    DeleteCertificateCommand,
    DescribeCertificateCommand,
    RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import {
    CloudFrontClient,
    CreateDistributionCommand,
    CreateFunctionCommand,
    CreateOriginAccessControlCommand,
    CreateResponseHeadersPolicyCommand,
    CreateVpcOriginCommand,
    DeleteDistributionCommand,
    DeleteFunctionCommand,
    DeleteOriginAccessControlCommand,
    DeleteResponseHeadersPolicyCommand,
    DeleteVpcOriginCommand,
    DescribeFunctionCommand,
    type DistributionConfig,
    GetDistributionCommand,
    GetResponseHeadersPolicyCommand,
    GetVpcOriginCommand,
    PublishFunctionCommand,
    UpdateDistributionCommand,
    UpdateVpcOriginCommand,
} from "@aws-sdk/client-cloudfront";
import {
    CreateListenerCommand,
    CreateLoadBalancerCommand,
    ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
    AssociateWebACLCommand,
    CreateWebACLCommand,
    DeleteWebACLCommand,
    DisassociateWebACLCommand,
    type Scope,
    WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's edge", () => {
    let world: GatewayWorld;
    let cloudFront: CloudFrontClient;
    let past: CloudFrontClient;
    let made = 0;

    before(async () => {
        world = await GatewayWorld.open();
        cloudFront = world.client(CloudFrontClient);
        past = world.past(CloudFrontClient);
    });
    after(() => world.close());

    function name(): string {
        made += 1;
        return `edge-${made}`;
    }

    async function balancer(): Promise<string> {
        const { LoadBalancers: [one] = [] } = await world
            .client(ElasticLoadBalancingV2Client)
            .send(new CreateLoadBalancerCommand({ Name: name(), Subnets: ["subnet-1", "subnet-2"] }));
        return one?.LoadBalancerArn ?? "";
    }

    async function certificate(): Promise<string> {
        const { CertificateArn = "" } = await world
            .client(ACMClient)
            .send(new RequestCertificateCommand({ DomainName: `${name()}.example.com`, ValidationMethod: "DNS" }));
        return CertificateArn;
    }

    async function webAcl(scope: Scope) {
        const { Summary } = await world.client(WAFV2Client).send(
            new CreateWebACLCommand({
                Name: name(),
                Scope: scope,
                DefaultAction: { Allow: {} },
                VisibilityConfig: { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: "m" },
            }),
        );
        return { arn: Summary?.ARN ?? "", id: Summary?.Id, name: Summary?.Name, lock: Summary?.LockToken };
    }

    async function accessControl() {
        const { OriginAccessControl, ETag } = await cloudFront.send(
            new CreateOriginAccessControlCommand({
                OriginAccessControlConfig: {
                    Name: name(),
                    SigningProtocol: "sigv4",
                    SigningBehavior: "always",
                    OriginAccessControlOriginType: "s3",
                },
            }),
        );
        return { Id: OriginAccessControl?.Id ?? "", IfMatch: ETag };
    }

    async function edgeFunction() {
        const Name = name();
        const created = await cloudFront.send(
            new CreateFunctionCommand({
                Name,
                FunctionConfig: { Comment: "", Runtime: "cloudfront-js-2.0" },
                FunctionCode: Buffer.from("function handler(event) { return event.request; }"),
            }),
        );
        await cloudFront.send(new PublishFunctionCommand({ Name, IfMatch: created.ETag }));
        const { ETag } = await cloudFront.send(new DescribeFunctionCommand({ Name, Stage: "DEVELOPMENT" }));
        const { FunctionARN } = created.FunctionSummary?.FunctionMetadata ?? {};
        return { Name, IfMatch: ETag, FunctionARN };
    }

    function configuration(settings: Partial<DistributionConfig> = {}): DistributionConfig {
        return {
            CallerReference: name(),
            Comment: "",
            Enabled: true,
            Origins: { Quantity: 1, Items: [{ Id: "files", DomainName: "files.example.com", ...origin }] },
            DefaultCacheBehavior: behavior(),
            ...settings,
        };
    }

    const origin = {
        CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" },
    } as const;

    function behavior(settings: object = {}) {
        return {
            TargetOriginId: "files",
            ViewerProtocolPolicy: "redirect-to-https",
            CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
            ...settings,
        } as const;
    }

    async function distribution(settings: Partial<DistributionConfig> = {}, client = cloudFront): Promise<string> {
        const { Distribution } = await client.send(
            new CreateDistributionCommand({ DistributionConfig: configuration(settings) }),
        );
        return Distribution?.Id ?? "";
    }

    async function removeDistribution(Id: string): Promise<void> {
        const { Distribution, ETag } = await cloudFront.send(new GetDistributionCommand({ Id }));
        const DistributionConfig = { ...Distribution?.DistributionConfig, Enabled: false } as DistributionConfig;
        const updated = await cloudFront.send(new UpdateDistributionCommand({ Id, IfMatch: ETag, DistributionConfig }));
        await cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch: updated.ETag }));
    }

    it("refuses an alias that another distribution has", async () => {
        const Aliases = { Quantity: 1, Items: ["story.example.com"] };
        const id = await distribution({ Aliases });
        expect(await refusalOf(distribution({ Aliases }))).to.deep.equal({
            code: "CNAMEAlreadyExists",
            message: "One or more of the CNAMEs you provided are already associated with a different resource.",
        });
        // One's own may stay.
        await removeDistribution(id);
        await distribution({ Aliases });
        await distribution({ Aliases }, past);
    });

    it("refuses to delete an origin access control or a function that a distribution has", async () => {
        const control = await accessControl();
        const code = await edgeFunction();
        const FunctionAssociations = {
            Quantity: 1,
            Items: [{ EventType: "viewer-request", FunctionARN: code.FunctionARN }],
        };
        const settings = {
            Origins: {
                Quantity: 1,
                Items: [
                    {
                        Id: "files",
                        DomainName: "files.s3.us-east-1.amazonaws.com",
                        OriginAccessControlId: control.Id,
                        S3OriginConfig: { OriginAccessIdentity: "" },
                    },
                ],
            },
            DefaultCacheBehavior: behavior({ FunctionAssociations }),
        };
        const id = await distribution(settings);
        const removals = (client: CloudFrontClient) => [
            () => client.send(new DeleteOriginAccessControlCommand(control)),
            () => client.send(new DeleteFunctionCommand({ Name: code.Name, IfMatch: code.IfMatch })),
        ];
        const [control$, code$] = removals(cloudFront);
        expect(await refusalOf(control$?.() as Promise<unknown>)).to.deep.equal({
            code: "OriginAccessControlInUse",
            message: "The CloudFront origin access control is still being used.",
        });
        expect(await refusalOf(code$?.() as Promise<unknown>)).to.deep.equal({
            code: "FunctionInUse",
            message: `Cannot delete function ${code.Name}, it is in use by 1 distributions`,
        });
        await removeDistribution(id);
        await distribution(settings);
        for (const remove of removals(past)) {
            await remove();
        }
    });

    it("refuses to change or delete a VPC origin in use, as MiniStack does", async () => {
        const config = {
            Name: name(),
            Arn: await balancer(),
            HTTPPort: 80,
            HTTPSPort: 443,
            OriginProtocolPolicy: "http-only",
        } as const;
        const { VpcOrigin } = await cloudFront.send(new CreateVpcOriginCommand({ VpcOriginEndpointConfig: config }));
        const Id = VpcOrigin?.Id ?? "";
        await distribution({
            Origins: {
                Quantity: 1,
                Items: [{ Id: "files", DomainName: "inside.example.com", VpcOriginConfig: { VpcOriginId: Id } }],
            },
        });
        const { ETag } = await cloudFront.send(new GetVpcOriginCommand({ Id }));
        const update = new UpdateVpcOriginCommand({
            Id,
            IfMatch: ETag,
            VpcOriginEndpointConfig: { ...config, HTTPPort: 8080 },
        });
        expect((await refusalOf(past.send(update))).code).to.equal("CannotUpdateEntityWhileInUse");
        const removal = new DeleteVpcOriginCommand({ Id, IfMatch: ETag });
        expect((await refusalOf(past.send(removal))).code).to.equal("CannotDeleteEntityWhileInUse");
    });

    it("tells no headers that a response headers policy does not set", async () => {
        const create = (settings: object = {}) =>
            cloudFront.send(
                new CreateResponseHeadersPolicyCommand({
                    ResponseHeadersPolicyConfig: {
                        Name: name(),
                        SecurityHeadersConfig: { ContentTypeOptions: { Override: true } },
                        ...settings,
                    },
                }),
            );
        const configs = ["CustomHeadersConfig", "RemoveHeadersConfig"];
        const { ResponseHeadersPolicy } = await create();
        expect(ResponseHeadersPolicy?.ResponseHeadersPolicyConfig).not.to.have.any.keys(configs);
        const read = async (id = "", client = cloudFront) => {
            const { ResponseHeadersPolicy, ETag } = await client.send(new GetResponseHeadersPolicyCommand({ Id: id }));
            return { config: ResponseHeadersPolicy?.ResponseHeadersPolicyConfig, etag: ETag };
        };
        const id = ResponseHeadersPolicy?.Id;
        expect((await read(id)).config).not.to.have.any.keys(configs);
        expect((await read(id, past)).config).to.include.all.keys(configs);
        const CustomHeadersConfig = { Quantity: 1, Items: [{ Header: "a", Value: "b", Override: true }] };
        const { ResponseHeadersPolicy: custom } = await create({ CustomHeadersConfig });
        expect((await read(custom?.Id)).config?.CustomHeadersConfig).to.deep.equal(CustomHeadersConfig);

        await distribution({ DefaultCacheBehavior: behavior({ ResponseHeadersPolicyId: id }) });
        const removal = new DeleteResponseHeadersPolicyCommand({ Id: id, IfMatch: (await read(id)).etag });
        expect(await refusalOf(cloudFront.send(removal))).to.deep.equal({
            code: "ResponseHeadersPolicyInUse",
            message: "The specified response headers policy is currently associated with a cache behavior.",
        });
        await past.send(removal);
    });

    it("refuses to delete a certificate that a listener or a distribution shows, and tells which", async () => {
        const acm = world.client(ACMClient);
        const [listened, shown] = [await certificate(), await certificate()];
        const LoadBalancerArn = await balancer();
        await world.client(ElasticLoadBalancingV2Client).send(
            new CreateListenerCommand({
                LoadBalancerArn,
                Port: 443,
                Protocol: "HTTPS",
                Certificates: [{ CertificateArn: listened }],
                DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
            }),
        );
        const ViewerCertificate = { ACMCertificateArn: shown, SSLSupportMethod: "sni-only" } as const;
        const id = await distribution({ ViewerCertificate });
        const { Distribution } = await cloudFront.send(new GetDistributionCommand({ Id: id }));
        for (const [CertificateArn, user] of [
            [listened, LoadBalancerArn],
            [shown, Distribution?.ARN],
        ]) {
            const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
            expect(Certificate?.InUseBy).to.deep.equal([user]);
            const removal = new DeleteCertificateCommand({ CertificateArn });
            expect(await refusalOf(acm.send(removal))).to.deep.equal({
                code: "ResourceInUseException",
                message: `Certificate ${CertificateArn} in account ${GatewayWorld.account} is in use.`,
            });
            await world.past(ACMClient).send(removal);
        }
        await acm.send(new DeleteCertificateCommand({ CertificateArn: await certificate() }));
    });

    it("refuses to delete a web ACL that protects something", async () => {
        const waf = world.client(WAFV2Client);
        const refused = {
            code: "WAFAssociatedItemException",
            message:
                "AWS WAF couldn’t perform the operation because your resource is being used by another resource or " +
                "it’s associated with another resource.",
        };
        const remove = (acl: Awaited<ReturnType<typeof webAcl>>, scope: Scope, client = waf) =>
            client.send(new DeleteWebACLCommand({ Id: acl.id, Name: acl.name, Scope: scope, LockToken: acl.lock }));
        const regional = await webAcl("REGIONAL");
        const ResourceArn = await balancer();
        await waf.send(new AssociateWebACLCommand({ WebACLArn: regional.arn, ResourceArn }));
        expect(await refusalOf(remove(regional, "REGIONAL"))).to.deep.equal(refused);
        await waf.send(new DisassociateWebACLCommand({ ResourceArn }));
        await remove(regional, "REGIONAL");

        const global = await webAcl("CLOUDFRONT");
        await distribution({ WebACLId: global.arn });
        expect(await refusalOf(remove(global, "CLOUDFRONT"))).to.deep.equal(refused);
        await remove(global, "CLOUDFRONT", world.past(WAFV2Client));
    });
});
