/** Everything that AWS is asked for after a kill: made as the provider makes it, and found by what it was made with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACMClient, RequestCertificateCommand } from "@aws-sdk/client-acm";
import {
    APIGatewayClient,
    CreateAuthorizerCommand,
    CreateDeploymentCommand,
    CreateRequestValidatorCommand,
    CreateResourceCommand,
    CreateRestApiCommand,
    GetResourcesCommand,
    PutIntegrationCommand,
    PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
    CloudFrontClient,
    CreateDistributionWithTagsCommand,
    CreateOriginAccessControlCommand,
    CreateResponseHeadersPolicyCommand,
    CreateVpcOriginCommand,
} from "@aws-sdk/client-cloudfront";
import {
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
    AuthorizeSecurityGroupEgressCommand,
    AuthorizeSecurityGroupIngressCommand,
    CreateFlowLogsCommand,
    CreateInternetGatewayCommand,
    CreateRouteTableCommand,
    CreateSecurityGroupCommand,
    CreateSubnetCommand,
    CreateVpcCommand,
    CreateVpcEndpointCommand,
    EC2Client,
    type ResourceType,
} from "@aws-sdk/client-ec2";
import { ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import {
    CreateListenerCommand,
    CreateLoadBalancerCommand,
    CreateTargetGroupCommand,
    ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ChangeTagsForResourceCommand, CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CreateWebACLCommand, WAFV2Client } from "@aws-sdk/client-wafv2";
import { expect } from "chai";
import { Clients } from "../../../automation/takeOver/clients.ts";
import { byLookup, type Inputs } from "../../../automation/takeOver/identify.ts";
import { startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { ministackCommand } from "../../kit/tools.ts";

const region = "us-east-1";

/** What a provider was given, and the id that what it made is imported by. */
interface Made {
    inputs: Inputs;
    importId: string | undefined;
}

/** The tags of one of several stacks, of which only one is looked for. */
const tagsOf = (Environment: string) => ({ Name: "thing", Project: "found", Environment, ManagedBy: "Pulumi" });
const tagList = (Environment: string) => Object.entries(tagsOf(Environment)).map(([Key, Value]) => ({ Key, Value }));
const tagged = (ResourceType: ResourceType, Environment: string) => [{ ResourceType, Tags: tagList(Environment) }];

describe("What a killed engine was making", function () {
    this.timeout(300_000);
    let folder: string;
    let clients: Clients;
    let endpoint: string;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-take-over-"));
        const emulator = await startEmulator({ command: await ministackCommand(), stateDir: folder, region, port: 0 });
        ({ endpoint } = emulator);
        const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
        clients = new Clients({ ...credentials, AWS_ENDPOINT_URL: emulator.endpoint }, region);
    });

    after(async () => {
        await stopEmulator(folder);
        rmSync(folder, { recursive: true, force: true });
    });

    let count = 0;
    /** A name of its own for each thing of a test, so that several of a kind can stand side by side. */
    const another = (what: string) => `${what}-${++count}`;
    const ec2 = () => clients.of(EC2Client);
    const api = () => clients.of(APIGatewayClient);
    const front = () => clients.of(CloudFrontClient);
    const pools = () => clients.of(CognitoIdentityProviderClient);
    const balancing = () => clients.of(ElasticLoadBalancingV2Client);

    async function vpcId(environment = "dev", CidrBlock = "10.0.0.0/16"): Promise<string> {
        const asked = new CreateVpcCommand({ CidrBlock, TagSpecifications: tagged("vpc", environment) });
        return (await ec2().send(asked)).Vpc?.VpcId as string;
    }

    async function restApi(environment = "dev", name = another("api")) {
        const { id: restApiId = "" } = await api().send(new CreateRestApiCommand({ name, tags: tagsOf(environment) }));
        const { items = [] } = await api().send(new GetResourcesCommand({ restApiId }));
        return { restApiId, name, root: items[0]?.id as string };
    }

    async function subnetIds(VpcId: string): Promise<string[]> {
        const blocks = ["10.0.1.0/24", "10.0.2.0/24"];
        const made = await Promise.all(
            blocks.map((CidrBlock, index) =>
                ec2().send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: `${region}${"ab"[index]}` })),
            ),
        );
        return made.map(({ Subnet }) => Subnet?.SubnetId as string);
    }

    async function balancer(): Promise<{ name: string; arn: string; vpcId: string }> {
        const name = another("balancer");
        const network = await vpcId();
        const Subnets = await subnetIds(network);
        const { LoadBalancers } = await balancing().send(new CreateLoadBalancerCommand({ Name: name, Subnets }));
        return { name, arn: LoadBalancers?.[0]?.LoadBalancerArn as string, vpcId: network };
    }

    async function targetGroup(VpcId: string): Promise<{ name: string; arn: string }> {
        const name = another("target");
        const asked = new CreateTargetGroupCommand({ Name: name, Port: 80, Protocol: "HTTP", VpcId });
        const { TargetGroups } = await balancing().send(asked);
        return { name, arn: TargetGroups?.[0]?.TargetGroupArn as string };
    }

    async function groupId(): Promise<Made & { id: string }> {
        const name = another("group");
        const network = await vpcId();
        const asked = new CreateSecurityGroupCommand({ GroupName: name, Description: "one", VpcId: network });
        const { GroupId = "" } = await ec2().send(asked);
        return { id: GroupId, inputs: { name, vpcId: network }, importId: GroupId };
    }

    /** Makes the same for two stacks; only the first is looked for. */
    async function ofTwoStacks(
        make: (environment: string) => Promise<string | undefined>,
    ): Promise<string | undefined> {
        const id = await make("dev");
        await make("another");
        return id;
    }

    const origin = { Id: "one", DomainName: "example.com" };
    const distribution = {
        Comment: "",
        Enabled: true,
        Origins: {
            Quantity: 1,
            Items: [
                {
                    ...origin,
                    CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" as const },
                },
            ],
        },
        DefaultCacheBehavior: { TargetOriginId: "one", ViewerProtocolPolicy: "https-only" as const },
    };
    const port = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 };

    const makers: Record<string, () => Promise<Made>> = {
        "aws:acm/certificate:Certificate": async () => {
            const DomainName = "example.com";
            const importId = await ofTwoStacks(async (environment) => {
                const asked = new RequestCertificateCommand({ DomainName, Tags: tagList(environment) });
                return (await clients.of(ACMClient).send(asked)).CertificateArn;
            });
            return { inputs: { domainName: DomainName, tags: tagsOf("dev") }, importId };
        },
        "aws:bedrock/guardrail:Guardrail": async () => {
            const make = async (name: string) => {
                const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/bedrock/aws4_request, Signature=0`;
                const filtersConfig = [{ type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength: "NONE" }];
                const messages = { blockedInputMessaging: "No.", blockedOutputsMessaging: "No." };
                const response = await fetch(`${endpoint}/guardrails`, {
                    method: "POST",
                    headers: { authorization, "content-type": "application/json" },
                    body: JSON.stringify({ name, ...messages, contentPolicyConfig: { filtersConfig } }),
                });
                return ((await response.json()) as { guardrailId: string }).guardrailId;
            };
            await make("another");
            return { inputs: { name: "one" }, importId: `${await make("one")},DRAFT` };
        },
        "aws:bedrock/inferenceProfile:InferenceProfile": async () => {
            const make = async (inferenceProfileName: string) => {
                const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/bedrock/aws4_request, Signature=0`;
                const copyFrom = `arn:aws:bedrock:${region}::foundation-model/amazon.nova-lite-v1:0`;
                const response = await fetch(`${endpoint}/inference-profiles`, {
                    method: "POST",
                    headers: { authorization, "content-type": "application/json" },
                    body: JSON.stringify({ inferenceProfileName, modelSource: { copyFrom } }),
                });
                const { inferenceProfileArn } = (await response.json()) as { inferenceProfileArn: string };
                return inferenceProfileArn.split("/")[1];
            };
            await make("another");
            return { inputs: { name: "one" }, importId: await make("one") };
        },
        "aws:apigateway/authorizer:Authorizer": async () => {
            const { restApiId } = await restApi();
            const asked = { restApiId, type: "COGNITO_USER_POOLS", identitySource: "method.request.header.A" } as const;
            const providerARNs = ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"];
            await api().send(new CreateAuthorizerCommand({ ...asked, providerARNs, name: "another" }));
            const { id } = await api().send(new CreateAuthorizerCommand({ ...asked, providerARNs, name: "one" }));
            return { inputs: { restApi: restApiId, name: "one" }, importId: `${restApiId}/${id}` };
        },
        "aws:apigateway/deployment:Deployment": async () => {
            const { restApiId, root: resourceId } = await restApi();
            const method = { restApiId, resourceId, httpMethod: "GET" };
            await api().send(new PutMethodCommand({ ...method, authorizationType: "NONE" }));
            await api().send(new PutIntegrationCommand({ ...method, type: "MOCK" }));
            const { id } = await api().send(new CreateDeploymentCommand({ restApiId }));
            return { inputs: { restApi: restApiId }, importId: `${restApiId}/${id}` };
        },
        "aws:apigateway/requestValidator:RequestValidator": async () => {
            const { restApiId } = await restApi();
            await api().send(new CreateRequestValidatorCommand({ restApiId, name: "another" }));
            const { id } = await api().send(new CreateRequestValidatorCommand({ restApiId, name: "one" }));
            return { inputs: { restApi: restApiId, name: "one" }, importId: `${restApiId}/${id}` };
        },
        "aws:apigateway/resource:Resource": async () => {
            const { restApiId, root: parentId } = await restApi();
            const { id } = await api().send(new CreateResourceCommand({ restApiId, parentId, pathPart: "one" }));
            await api().send(new CreateResourceCommand({ restApiId, parentId: id, pathPart: "one" }));
            return { inputs: { restApi: restApiId, parentId, pathPart: "one" }, importId: `${restApiId}/${id}` };
        },
        "aws:apigateway/restApi:RestApi": async () => {
            const name = another("api");
            const importId = await ofTwoStacks(async (environment) => (await restApi(environment, name)).restApiId);
            return { inputs: { name, tags: tagsOf("dev") }, importId };
        },
        // Its creation is refused when there is one, so its id needs no list.
        "aws:budgets/budget:Budget": async () => ({ inputs: { name: "one" }, importId: "000000000000:one" }),
        "aws:cloudfront/distribution:Distribution": async () => {
            const importId = await ofTwoStacks(async (environment) => {
                const DistributionConfigWithTags = {
                    DistributionConfig: { ...distribution, CallerReference: another("distribution") },
                    Tags: { Items: tagList(environment) },
                };
                const asked = new CreateDistributionWithTagsCommand({ DistributionConfigWithTags });
                return (await front().send(asked)).Distribution?.Id;
            });
            return { inputs: { tags: tagsOf("dev") }, importId };
        },
        "aws:cloudfront/originAccessControl:OriginAccessControl": async () => {
            const name = another("access");
            const { OriginAccessControl } = await front().send(
                new CreateOriginAccessControlCommand({
                    OriginAccessControlConfig: {
                        Name: name,
                        SigningProtocol: "sigv4",
                        SigningBehavior: "always",
                        OriginAccessControlOriginType: "s3",
                    },
                }),
            );
            return { inputs: { name }, importId: OriginAccessControl?.Id };
        },
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": async () => {
            const name = another("headers");
            const ResponseHeadersPolicyConfig = { Name: name, CustomHeadersConfig: { Quantity: 0 } };
            const asked = new CreateResponseHeadersPolicyCommand({ ResponseHeadersPolicyConfig });
            const { ResponseHeadersPolicy } = await front().send(asked);
            return { inputs: { name }, importId: ResponseHeadersPolicy?.Id };
        },
        "aws:cloudfront/vpcOrigin:VpcOrigin": async () => {
            const name = another("origin");
            const { arn } = await balancer();
            const VpcOriginEndpointConfig = {
                Name: name,
                Arn: arn,
                HTTPPort: 80,
                HTTPSPort: 443,
                OriginProtocolPolicy: "http-only" as const,
            };
            const { VpcOrigin } = await front().send(new CreateVpcOriginCommand({ VpcOriginEndpointConfig }));
            return { inputs: { vpcOriginEndpointConfig: { name, arn } }, importId: VpcOrigin?.Id };
        },
        "aws:cognito/userPool:UserPool": async () => {
            await pools().send(new CreateUserPoolCommand({ PoolName: another("pool") }));
            const name = another("pool");
            const { UserPool } = await pools().send(new CreateUserPoolCommand({ PoolName: name }));
            return { inputs: { name }, importId: UserPool?.Id };
        },
        "aws:cognito/userPoolClient:UserPoolClient": async () => {
            const { UserPool } = await pools().send(new CreateUserPoolCommand({ PoolName: another("pool") }));
            const UserPoolId = UserPool?.Id;
            await pools().send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: "another" }));
            const asked = new CreateUserPoolClientCommand({ UserPoolId, ClientName: "one" });
            const { UserPoolClient } = await pools().send(asked);
            const importId = `${UserPoolId}/${UserPoolClient?.ClientId}`;
            return { inputs: { userPoolId: UserPoolId, name: "one" }, importId };
        },
        "aws:ec2/flowLog:FlowLog": async () => {
            const network = await vpcId();
            const destination = (name: string) => `arn:aws:logs:${region}:000000000000:log-group:${name}`;
            const make = async (name: string) => {
                const { FlowLogIds } = await ec2().send(
                    new CreateFlowLogsCommand({
                        ResourceIds: [network],
                        ResourceType: "VPC",
                        TrafficType: "ALL",
                        LogDestinationType: "cloud-watch-logs",
                        LogDestination: destination(name),
                    }),
                );
                return FlowLogIds?.[0];
            };
            await make("another");
            return { inputs: { vpcId: network, logDestination: destination("one") }, importId: await make("one") };
        },
        "aws:ec2/internetGateway:InternetGateway": async () => {
            const importId = await ofTwoStacks(async (environment) => {
                const TagSpecifications = tagged("internet-gateway", environment);
                const { InternetGateway } = await ec2().send(new CreateInternetGatewayCommand({ TagSpecifications }));
                return InternetGateway?.InternetGatewayId;
            });
            return { inputs: { vpcId: "vpc-1", tags: tagsOf("dev") }, importId };
        },
        "aws:ec2/routeTable:RouteTable": async () => {
            const network = await vpcId();
            const importId = await ofTwoStacks(async (environment) => {
                const TagSpecifications = tagged("route-table", environment);
                const asked = new CreateRouteTableCommand({ VpcId: network, TagSpecifications });
                return (await ec2().send(asked)).RouteTable?.RouteTableId;
            });
            return { inputs: { vpcId: network, tags: tagsOf("dev") }, importId };
        },
        "aws:ec2/securityGroup:SecurityGroup": groupId,
        "aws:ec2/subnet:Subnet": async () => {
            const network = await vpcId();
            const [id] = await subnetIds(network);
            return { inputs: { vpcId: network, cidrBlock: "10.0.1.0/24" }, importId: id };
        },
        "aws:ec2/vpc:Vpc": async () => {
            const block = "10.77.0.0/16";
            const importId = await ofTwoStacks(async (environment) => await vpcId(environment, block));
            return { inputs: { cidrBlock: block, tags: tagsOf("dev") }, importId };
        },
        "aws:ec2/vpcEndpoint:VpcEndpoint": async () => {
            const network = await vpcId();
            const make = async (ServiceName: string) => {
                const TagSpecifications = tagged("vpc-endpoint", "dev");
                const asked = new CreateVpcEndpointCommand({ VpcId: network, ServiceName, TagSpecifications });
                return (await ec2().send(asked)).VpcEndpoint?.VpcEndpointId;
            };
            const serviceName = `com.amazonaws.${region}.s3`;
            const importId = await make(serviceName);
            await make(`com.amazonaws.${region}.dynamodb`);
            return { inputs: { vpcId: network, serviceName, tags: tagsOf("dev") }, importId };
        },
        "aws:ecs/taskDefinition:TaskDefinition": async () => {
            const family = another("task");
            const asked = new RegisterTaskDefinitionCommand({
                family,
                containerDefinitions: [{ name: "one", image: "one", memory: 128 }],
                tags: Object.entries(tagsOf("dev")).map(([key, value]) => ({ key, value })),
            });
            await clients.of(ECSClient).send(asked);
            const { taskDefinition } = await clients.of(ECSClient).send(asked);
            expect(taskDefinition?.revision).to.equal(2);
            return { inputs: { family, tags: tagsOf("dev") }, importId: taskDefinition?.taskDefinitionArn };
        },
        "aws:iam/role:Role": async () => {
            const RoleName = await ofTwoStacks(async (environment) => {
                const asked = { RoleName: another("logs"), AssumeRolePolicyDocument: "{}", Tags: tagList(environment) };
                return (await clients.of(IAMClient).send(new CreateRoleCommand(asked))).Role?.RoleName;
            });
            return { inputs: { namePrefix: "logs-", tags: tagsOf("dev") }, importId: RoleName };
        },
        "aws:iam/rolePolicy:RolePolicy": async () => {
            const RoleName = another("role");
            await clients.of(IAMClient).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: "{}" }));
            const ended = "20261126090000000000000001";
            const Statement = [{ Effect: "Allow", Action: "sqs:ListQueues", Resource: "*" }];
            const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
            for (const begun of ["own", "sessions", "sessions-record"]) {
                const asked = { RoleName, PolicyName: `${begun}-${ended}`, PolicyDocument };
                await clients.of(IAMClient).send(new PutRolePolicyCommand(asked));
            }
            const inputs = { role: RoleName, namePrefix: "sessions-" };
            return { inputs, importId: `${RoleName}:sessions-${ended}` };
        },
        "aws:kms/key:Key": async () => {
            const importId = await ofTwoStacks(async (environment) => {
                const Tags = tagList(environment).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
                return (await clients.of(KMSClient).send(new CreateKeyCommand({ Tags }))).KeyMetadata?.KeyId;
            });
            return { inputs: { tags: tagsOf("dev") }, importId };
        },
        "aws:lambda/permission:Permission": async () => {
            const RoleName = another("role");
            const { Role } = await clients
                .of(IAMClient)
                .send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: "{}" }));
            const FunctionName = another("function");
            await clients.of(LambdaClient).send(
                new CreateFunctionCommand({
                    FunctionName,
                    Role: Role?.Arn,
                    PackageType: "Image",
                    Code: { ImageUri: "registry.example.com/one:1" },
                }),
            );
            const allowed = {
                FunctionName,
                Action: "lambda:InvokeFunction",
                Principal: "apigateway.amazonaws.com",
            };
            const source = (path: string) => `arn:aws:execute-api:${region}:000000000000:api/*/POST/${path}`;
            const add = async (StatementId: string, SourceArn: string) =>
                await clients.of(LambdaClient).send(new AddPermissionCommand({ ...allowed, StatementId, SourceArn }));
            await add("another", source("another"));
            await add("one", source("one"));
            const inputs = {
                function: FunctionName,
                action: allowed.Action,
                principal: allowed.Principal,
                sourceArn: source("one"),
            };
            return { inputs, importId: `${FunctionName}/one` };
        },
        "aws:lb/listener:Listener": async () => {
            const { arn: LoadBalancerArn, vpcId: network } = await balancer();
            const { arn: TargetGroupArn } = await targetGroup(network);
            const listen = async (Port: number) => {
                const DefaultActions = [{ Type: "forward" as const, TargetGroupArn }];
                const asked = new CreateListenerCommand({ LoadBalancerArn, Protocol: "HTTP", Port, DefaultActions });
                return (await balancing().send(asked)).Listeners?.[0]?.ListenerArn;
            };
            await listen(81);
            return { inputs: { loadBalancerArn: LoadBalancerArn, port: 80 }, importId: await listen(80) };
        },
        "aws:lb/loadBalancer:LoadBalancer": async () => {
            await balancer();
            const { name, arn } = await balancer();
            return { inputs: { name }, importId: arn };
        },
        "aws:lb/targetGroup:TargetGroup": async () => {
            const { name, arn } = await targetGroup(await vpcId());
            return { inputs: { name }, importId: arn };
        },
        "aws:route53/zone:Zone": async () => {
            const client = clients.of(Route53Client);
            const importId = await ofTwoStacks(async (environment) => {
                const asked = new CreateHostedZoneCommand({ Name: "example.org", CallerReference: another("zone") });
                const ResourceId = (await client.send(asked)).HostedZone?.Id?.replace("/hostedzone/", "");
                const AddTags = tagList(environment);
                await client.send(
                    new ChangeTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId, AddTags }),
                );
                return ResourceId;
            });
            return { inputs: { name: "example.org", tags: tagsOf("dev") }, importId };
        },
        "aws:secretsmanager/secret:Secret": async () => {
            const name = another("secret");
            const { ARN } = await clients.of(SecretsManagerClient).send(new CreateSecretCommand({ Name: name }));
            return { inputs: { name }, importId: ARN };
        },
        "aws:sns/topic:Topic": async () => {
            await clients.of(SNSClient).send(new CreateTopicCommand({ Name: another("topic") }));
            const name = another("topic");
            const { TopicArn } = await clients.of(SNSClient).send(new CreateTopicCommand({ Name: name }));
            return { inputs: { name }, importId: TopicArn };
        },
        "aws:sqs/queue:Queue": async () => {
            const name = another("queue");
            const { QueueUrl } = await clients.of(SQSClient).send(new CreateQueueCommand({ QueueName: name }));
            return { inputs: { name }, importId: QueueUrl };
        },
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": async () => {
            const { id } = await groupId();
            const asked = new AuthorizeSecurityGroupEgressCommand({
                GroupId: id,
                IpPermissions: [{ ...port, IpRanges: [{ CidrIp: "10.0.0.0/16" }] }],
            });
            const { SecurityGroupRules } = await ec2().send(asked);
            const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "10.0.0.0/16" };
            return {
                inputs: { securityGroupId: id, ...rule },
                importId: SecurityGroupRules?.[0]?.SecurityGroupRuleId,
            };
        },
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": async () => {
            const [{ id }, other] = [await groupId(), await groupId()];
            const allow = async (GroupId: string) => {
                const IpPermissions = [{ ...port, UserIdGroupPairs: [{ GroupId }] }];
                const asked = new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions });
                return (await ec2().send(asked)).SecurityGroupRules?.[0]?.SecurityGroupRuleId;
            };
            await allow(id);
            const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443, referencedSecurityGroupId: other.id };
            return { inputs: { securityGroupId: id, ...rule }, importId: await allow(other.id) };
        },
        "aws:wafv2/webAcl:WebAcl": async () => {
            const name = another("acl");
            const VisibilityConfig = {
                SampledRequestsEnabled: false,
                CloudWatchMetricsEnabled: false,
                MetricName: "one",
            };
            const asked = { Name: name, Scope: "REGIONAL", DefaultAction: { Allow: {} }, VisibilityConfig } as const;
            const { Summary } = await clients.of(WAFV2Client).send(new CreateWebACLCommand(asked));
            return { inputs: { name, scope: "REGIONAL" }, importId: `${Summary?.Id}/${name}/REGIONAL` };
        },
    };

    for (const [type, ask] of Object.entries(byLookup)) {
        it(`is found by its inputs: ${type}`, async () => {
            const made = await makers[type]?.();
            expect(made?.importId, "made").to.be.a("string");
            const found = await ask((made as Made).inputs, clients);
            expect(found.map(({ id, importId = id }) => importId)).to.deep.equal([made?.importId]);
        });
    }

    it("is not found by no tags at all", async () => {
        const byTags = ["aws:ec2/vpc:Vpc", "aws:ec2/internetGateway:InternetGateway", "aws:kms/key:Key"];
        for (const type of byTags) {
            expect(await byLookup[type]?.({ cidrBlock: "10.77.0.0/16" }, clients), type).to.deep.equal([]);
        }
    });
});
