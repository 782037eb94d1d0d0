/**
 * By Pulumi's type: how to find a resource whose creation was interrupted, and the id by which the provider imports it
 * ("Import" in each type's page of the AWS provider's documentation). Each type of the components is in one of three tables:
 * its inputs have the id, or AWS is asked for it, or its creation is safe to repeat.
 */
import { ACMClient, ListTagsForCertificateCommand, paginateListCertificates } from "@aws-sdk/client-acm";
import {
    APIGatewayClient,
    GetAuthorizersCommand,
    GetRequestValidatorsCommand,
    paginateGetDeployments,
    paginateGetResources,
    paginateGetRestApis,
} from "@aws-sdk/client-api-gateway";
import {
    CloudFrontClient,
    ListTagsForResourceCommand as ListDistributionTagsCommand,
    ListOriginAccessControlsCommand,
    ListResponseHeadersPoliciesCommand,
    ListVpcOriginsCommand,
    paginateListDistributions,
} from "@aws-sdk/client-cloudfront";
import {
    CognitoIdentityProviderClient,
    paginateListUserPoolClients,
    paginateListUserPools,
} from "@aws-sdk/client-cognito-identity-provider";
import {
    EC2Client,
    type Filter,
    paginateDescribeFlowLogs,
    paginateDescribeInternetGateways,
    paginateDescribeRouteTables,
    paginateDescribeSecurityGroupRules,
    paginateDescribeSecurityGroups,
    paginateDescribeSubnets,
    paginateDescribeVpcEndpoints,
    paginateDescribeVpcs,
    type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { DescribeTaskDefinitionCommand, ECSClient, paginateListTaskDefinitions } from "@aws-sdk/client-ecs";
import {
    DescribeLoadBalancersCommand,
    DescribeTargetGroupsCommand,
    ElasticLoadBalancingV2Client,
    paginateDescribeListeners,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient, ListRoleTagsCommand, paginateListRolePolicies, paginateListRoles } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, KMSClient, ListResourceTagsCommand, paginateListKeys } from "@aws-sdk/client-kms";
import { GetPolicyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
    ListTagsForResourceCommand as ListZoneTagsCommand,
    paginateListHostedZones,
    Route53Client,
} from "@aws-sdk/client-route-53";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { paginateListTopics, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ListWebACLsCommand, type Scope, WAFV2Client } from "@aws-sdk/client-wafv2";
import { BedrockLists } from "./bedrockLists.ts";
import type { Clients } from "./clients.ts";

/** A resource's inputs, as the state has them. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A resource that AWS has. */
export interface PhysicalResource {
    /** Its id or ARN in a state. */
    id: string;
    /** The import id. Default: `id`. */
    importId?: string;
}

const text = (inputs: Inputs, name: string) => inputs[name] as string;
/** Several inputs joined; `undefined` when one is missing: the provider would read the rest as another resource's id. */
const joined =
    (separator: string, ...names: string[]) =>
    (inputs: Inputs) =>
        names.every((name) => inputs[name]) ? names.map((name) => inputs[name]).join(separator) : undefined;
const lastPart = (value: string) => value.slice(value.lastIndexOf("/") + 1);
/** A function's name, from its ARN or name. */
const functionName = (value: string) => (value.startsWith("arn:") ? (value.split(":")[6] as string) : value);
/** Domain names with and without the dot at their end are the same. */
const withoutDot = (name: unknown) => String(name).replace(/\.$/, "");
const scaling = ["serviceNamespace", "resourceId", "scalableDimension"];

/** Types whose inputs have the import id: a name that is unique in AWS, or the ids of the owners. */
export const byInputs: Record<string, (inputs: Inputs) => string | undefined> = {
    "aws:apigateway/method:Method": joined("/", "restApi", "resourceId", "httpMethod"),
    "aws:apigateway/methodResponse:MethodResponse": joined("/", "restApi", "resourceId", "httpMethod", "statusCode"),
    "aws:apigateway/model:Model": joined("/", "restApi", "name"),
    "aws:apigateway/stage:Stage": joined("/", "restApi", "stageName"),
    "aws:appautoscaling/policy:Policy": joined("/", ...scaling, "name"),
    "aws:appautoscaling/target:Target": joined("/", ...scaling),
    "aws:cloudfront/function:Function": joined("", "name"),
    "aws:cloudwatch/dashboard:Dashboard": joined("", "dashboardName"),
    "aws:cloudwatch/logGroup:LogGroup": joined("", "name"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": joined("", "name"),
    "aws:cognito/user:User": joined("/", "userPoolId", "username"),
    "aws:cognito/userGroup:UserGroup": joined("/", "userPoolId", "name"),
    "aws:cognito/userPoolDomain:UserPoolDomain": joined("", "domain"),
    "aws:dynamodb/table:Table": joined("", "name"),
    "aws:ec2/route:Route": joined("_", "routeTableId", "destinationCidrBlock"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": joined("/", "subnetId", "routeTableId"),
    "aws:ecr/repository:Repository": joined("", "name"),
    "aws:ecs/cluster:Cluster": joined("", "name"),
    "aws:ecs/service:Service": (inputs) => `${lastPart(text(inputs, "cluster"))}/${inputs.name}`,
    "aws:kms/alias:Alias": joined("", "name"),
    "aws:lambda/alias:Alias": (inputs) => `${functionName(text(inputs, "functionName"))}/${inputs.name}`,
    "aws:lambda/function:Function": joined("", "name"),
    "aws:route53/record:Record": joined("_", "zoneId", "name", "type"),
    "aws:s3/bucket:Bucket": joined("", "bucket"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": joined(",", "webAclArn", "resourceArn"),
};

type Lookup = (inputs: Inputs, clients: Clients) => Promise<PhysicalResource[]>;
type Ids = (string | undefined)[];

const idsOf = (ids: Ids): PhysicalResource[] => ids.filter((id) => id !== undefined).map((id) => ({ id }));

/** All items of a paginated answer. */
async function all<Page, Item>(pages: AsyncIterable<Page>, of: (page: Page) => Item[] | undefined): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of pages) {
        items.push(...(of(page) ?? []));
    }
    return items;
}

/** The answer to a request by exact name; `undefined` if AWS answers that there is no such resource. */
async function undefinedIfMissing<Answer>(request: Promise<Answer>): Promise<Answer | undefined> {
    try {
        return await request;
    } catch (error) {
        if (/NotFound|NoSuch|NonExistent|DoesNotExist/i.test((error as Error).name)) {
            return undefined;
        }
        throw error;
    }
}

/** The items of a list with the name that the inputs have. */
const byName =
    <Item>(
        list: (inputs: Inputs, clients: Clients) => Promise<Item[] | undefined>,
        { name, id, importId }: Naming<Item>,
        inputName = (inputs: Inputs) => inputs.name,
    ): Lookup =>
    async (inputs, clients) => {
        const same = ((await list(inputs, clients)) ?? []).filter((item) => name(item) === inputName(inputs));
        return idsOf(same.map(id)).map((found) => ({ ...found, importId: importId?.(inputs, found.id) }));
    };

/** How to read the names and ids of a list's items. */
interface Naming<Item> {
    name(item: Item): unknown;
    id(item: Item): string | undefined;
    importId?(inputs: Inputs, id: string): string;
}

/** The tags in the inputs. */
const tagsOf = (inputs: Inputs) => Object.entries((inputs.tags ?? {}) as Record<string, string>);
const tagRecord = (tags: { Key?: string; Value?: string }[] = []) =>
    Object.fromEntries(tags.map(({ Key = "", Value }) => [Key, Value]));

/** The resources with all tags of the inputs; none if the inputs have no tags. */
async function withTags(
    inputs: Inputs,
    ids: Ids,
    tagsIn: (id: string) => Promise<Record<string, string | undefined>>,
): Promise<PhysicalResource[]> {
    const wanted = tagsOf(inputs);
    const found: PhysicalResource[] = [];
    for (const { id } of wanted.length > 0 ? idsOf(ids) : []) {
        const has = await tagsIn(id);
        if (wanted.every(([key, value]) => has[key] === value)) {
            found.push({ id });
        }
    }
    return found;
}

/** A lookup in a list of EC2, by filters, each with the input that it equals, and by tags if `tags` is given. */
const ec2Lookup =
    <Page, Item>(
        paginate: (config: { client: EC2Client }, request: { Filters: Filter[] }) => AsyncIterable<Page>,
        items: (page: Page, inputs: Inputs) => Item[] | undefined,
        id: (item: Item) => string | undefined,
        filters: Record<string, string>,
        tags?: (item: Item) => { Key?: string; Value?: string }[] | undefined,
    ): Lookup =>
    async (inputs, clients) => {
        const Filters = Object.entries(filters).map(([Name, input]) => ({ Name, Values: [text(inputs, input)] }));
        const pages = paginate({ client: clients.of(EC2Client) }, { Filters });
        const byId = new Map((await all(pages, (page) => items(page, inputs))).map((item) => [id(item), item]));
        const tagsIn = async (one: string) => tagRecord(tags?.(byId.get(one) as Item));
        return tags ? await withTags(inputs, [...byId.keys()], tagsIn) : idsOf([...byId.keys()]);
    };

/** In AWS, no two rules of a group are equal in all these properties. */
const securityGroupRule = (isEgress: boolean): Lookup => {
    const same = (inputs: Inputs, rule: SecurityGroupRule) =>
        rule.IsEgress === isEgress &&
        rule.IpProtocol === inputs.ipProtocol &&
        (inputs.ipProtocol === "-1" || (rule.FromPort === inputs.fromPort && rule.ToPort === inputs.toPort)) &&
        rule.CidrIpv4 === inputs.cidrIpv4 &&
        rule.CidrIpv6 === inputs.cidrIpv6 &&
        rule.PrefixListId === inputs.prefixListId &&
        rule.ReferencedGroupInfo?.GroupId === inputs.referencedSecurityGroupId;
    return ec2Lookup(
        paginateDescribeSecurityGroupRules,
        (page, inputs) => page.SecurityGroupRules?.filter((rule) => same(inputs, rule)),
        (rule) => rule.SecurityGroupRuleId,
        { "group-id": "securityGroupId" },
    );
};

const inApi = (inputs: Inputs, id: string) => `${inputs.restApi}/${id}`;
const ofApi = (inputs: Inputs) => ({ restApiId: text(inputs, "restApi") });

/** The suffix that the provider adds to a name prefix: the time and a number, 26 digits (Terraform's `id.UniqueId`). */
const PROVIDER_SUFFIX = /^[0-9a-f]{26}$/;

/** Types that are looked up in AWS: the existing resources with these inputs. */
export const byLookup: Record<string, Lookup> = {
    "aws:acm/certificate:Certificate": async (inputs, clients) => {
        const client = clients.of(ACMClient);
        const listed = await all(paginateListCertificates({ client }, {}), (page) => page.CertificateSummaryList);
        const same = listed.filter(({ DomainName }) => DomainName === inputs.domainName);
        const tags = async (CertificateArn: string) =>
            tagRecord((await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags);
        const arns = same.map(({ CertificateArn }) => CertificateArn);
        return await withTags(inputs, arns, tags);
    },
    "aws:apigateway/authorizer:Authorizer": byName(
        async (inputs, clients) =>
            (await clients.of(APIGatewayClient).send(new GetAuthorizersCommand({ ...ofApi(inputs), limit: 500 })))
                .items,
        { name: (it) => it.name, id: (it) => it.id, importId: inApi },
    ),
    "aws:apigateway/deployment:Deployment": async (inputs, clients) => {
        const client = clients.of(APIGatewayClient);
        const listed = await all(paginateGetDeployments({ client }, ofApi(inputs)), (page) => page.items);
        // Deployments can't be told apart, but the interrupted one can only be the newest.
        const [newest] = listed.sort((a, b) => Number(b.createdDate) - Number(a.createdDate));
        return idsOf([newest?.id]).map(({ id }) => ({ id, importId: inApi(inputs, id) }));
    },
    "aws:apigateway/requestValidator:RequestValidator": byName(
        async (inputs, clients) => {
            const request = new GetRequestValidatorsCommand({ ...ofApi(inputs), limit: 500 });
            return (await clients.of(APIGatewayClient).send(request)).items;
        },
        { name: (it) => it.name, id: (it) => it.id, importId: inApi },
    ),
    "aws:apigateway/resource:Resource": byName(
        async (inputs, clients) => {
            const client = clients.of(APIGatewayClient);
            return await all(paginateGetResources({ client }, ofApi(inputs)), (page) => page.items);
        },
        { name: (it) => `${it.parentId}/${it.pathPart}`, id: (it) => it.id, importId: inApi },
        (inputs) => `${inputs.parentId}/${inputs.pathPart}`,
    ),
    "aws:apigateway/restApi:RestApi": async (inputs, clients) => {
        const client = clients.of(APIGatewayClient);
        const listed = await all(paginateGetRestApis({ client }, {}), (page) => page.items);
        const same = new Map(listed.filter(({ name }) => name === inputs.name).map(({ id, tags = {} }) => [id, tags]));
        return await withTags(inputs, [...same.keys()], async (id) => same.get(id) ?? {});
    },
    "aws:bedrock/guardrail:Guardrail": byName(async (_, clients) => await clients.of(BedrockLists).guardrails(), {
        name: (it) => it.name,
        id: (it) => it.id,
        importId: (_, id) => `${id},DRAFT`,
    }),
    "aws:bedrock/inferenceProfile:InferenceProfile": byName(
        async (_, clients) => await clients.of(BedrockLists).inferenceProfiles(),
        { name: (it) => it.name, id: (it) => it.id },
    ),
    "aws:budgets/budget:Budget": async (inputs, clients) => {
        const { Account } = await clients.of(STSClient).send(new GetCallerIdentityCommand({}));
        return [{ id: `${inputs.accountId ?? Account}:${inputs.name}` }];
    },
    "aws:cloudfront/distribution:Distribution": async (inputs, clients) => {
        const client = clients.of(CloudFrontClient);
        const listed = await all(paginateListDistributions({ client }, {}), (page) => page.DistributionList?.Items);
        const arns = new Map(listed.map(({ Id, ARN }) => [Id, ARN]));
        return await withTags(inputs, [...arns.keys()], async (id) => {
            const { Tags } = await client.send(new ListDistributionTagsCommand({ Resource: arns.get(id) }));
            return tagRecord(Tags?.Items);
        });
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": byName(
        async (_, clients) => {
            const request = new ListOriginAccessControlsCommand({ MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(request)).OriginAccessControlList?.Items;
        },
        { name: (it) => it.Name, id: (it) => it.Id },
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": byName(
        async (_, clients) => {
            const request = new ListResponseHeadersPoliciesCommand({ Type: "custom", MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(request)).ResponseHeadersPolicyList?.Items;
        },
        {
            name: (it) => it.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig?.Name,
            id: (it) => it.ResponseHeadersPolicy?.Id,
        },
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": byName(
        async (_, clients) => {
            const request = new ListVpcOriginsCommand({ MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(request)).VpcOriginList?.Items;
        },
        { name: (it) => it.Name, id: (it) => it.Id },
        (inputs) => (inputs.vpcOriginEndpointConfig as Inputs | undefined)?.name,
    ),
    "aws:cognito/userPool:UserPool": byName(
        async (_, clients) => {
            const client = clients.of(CognitoIdentityProviderClient);
            return await all(paginateListUserPools({ client }, { MaxResults: 60 }), (page) => page.UserPools);
        },
        { name: (it) => it.Name, id: (it) => it.Id },
    ),
    "aws:cognito/userPoolClient:UserPoolClient": byName(
        async (inputs, clients) => {
            const client = clients.of(CognitoIdentityProviderClient);
            const request = { UserPoolId: text(inputs, "userPoolId"), MaxResults: 60 };
            return await all(paginateListUserPoolClients({ client }, request), (page) => page.UserPoolClients);
        },
        {
            name: (it) => it.ClientName,
            id: (it) => it.ClientId,
            importId: (inputs, id) => `${inputs.userPoolId}/${id}`,
        },
    ),
    "aws:ec2/flowLog:FlowLog": ec2Lookup(
        ({ client }, { Filters }) => paginateDescribeFlowLogs({ client }, { Filter: Filters }),
        // In AWS, no two flow logs of a network have the same destination.
        (page, inputs) => page.FlowLogs?.filter(({ LogDestination }) => LogDestination === inputs.logDestination),
        (it) => it.FlowLogId,
        { "resource-id": "vpcId" },
    ),
    "aws:ec2/internetGateway:InternetGateway": ec2Lookup(
        paginateDescribeInternetGateways,
        (page) => page.InternetGateways,
        (it) => it.InternetGatewayId,
        // An incomplete one is not attached to its network yet.
        {},
        (it) => it.Tags,
    ),
    "aws:ec2/routeTable:RouteTable": ec2Lookup(
        paginateDescribeRouteTables,
        (page) => page.RouteTables,
        (it) => it.RouteTableId,
        { "vpc-id": "vpcId" },
        (it) => it.Tags,
    ),
    "aws:ec2/securityGroup:SecurityGroup": ec2Lookup(
        paginateDescribeSecurityGroups,
        (page) => page.SecurityGroups,
        (it) => it.GroupId,
        { "vpc-id": "vpcId", "group-name": "name" },
    ),
    "aws:ec2/subnet:Subnet": ec2Lookup(
        paginateDescribeSubnets,
        (page) => page.Subnets,
        (it) => it.SubnetId,
        { "vpc-id": "vpcId", "cidr-block": "cidrBlock" },
    ),
    "aws:ec2/vpc:Vpc": ec2Lookup(
        paginateDescribeVpcs,
        (page) => page.Vpcs,
        (it) => it.VpcId,
        { cidr: "cidrBlock" },
        (it) => it.Tags,
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ec2Lookup(
        paginateDescribeVpcEndpoints,
        (page, inputs) =>
            page.VpcEndpoints?.filter(
                ({ ServiceName, State = "" }) => ServiceName === inputs.serviceName && !/^delet/i.test(State),
            ),
        (it) => it.VpcEndpointId,
        { "vpc-id": "vpcId" },
        (it) => it.Tags,
    ),
    "aws:ecs/taskDefinition:TaskDefinition": async (inputs, clients) => {
        const client = clients.of(ECSClient);
        const request = { familyPrefix: text(inputs, "family"), status: "ACTIVE", sort: "DESC" } as const;
        const [newest] = await all(paginateListTaskDefinitions({ client }, request), (page) => page.taskDefinitionArns);
        return await withTags(inputs, [newest], async (taskDefinition) => {
            const described = new DescribeTaskDefinitionCommand({ taskDefinition, include: ["TAGS"] });
            const { tags = [] } = await client.send(described);
            return Object.fromEntries(tags.map(({ key = "", value }) => [key, value]));
        });
    },
    "aws:iam/role:Role": async (inputs, clients) => {
        const client = clients.of(IAMClient);
        const listed = await all(paginateListRoles({ client }, {}), (page) => page.Roles);
        const names = listed.flatMap(({ RoleName = "" }) => RoleName);
        if (inputs.name) {
            return idsOf(names.filter((name) => name === inputs.name));
        }
        const candidates = names.filter((name) => name.startsWith(String(inputs.namePrefix)));
        return await withTags(inputs, candidates, async (RoleName) =>
            tagRecord((await client.send(new ListRoleTagsCommand({ RoleName }))).Tags),
        );
    },
    "aws:iam/rolePolicy:RolePolicy": async ({ role, name, namePrefix }, clients) => {
        if (name || !role) {
            return idsOf([joined(":", "role", "name")({ role, name })]);
        }
        const client = clients.of(IAMClient);
        const request = paginateListRolePolicies({ client }, { RoleName: String(role) });
        const names = (await undefinedIfMissing(all(request, (page) => page.PolicyNames))) ?? [];
        const prefix = String(namePrefix);
        const candidates = names.filter((it) => it.startsWith(prefix) && PROVIDER_SUFFIX.test(it.slice(prefix.length)));
        return idsOf(candidates.map((it) => `${role}:${it}`));
    },
    "aws:kms/key:Key": async (inputs, clients) => {
        const client = clients.of(KMSClient);
        const keys = (await all(paginateListKeys({ client }, {}), (page) => page.Keys)).map(({ KeyId }) => KeyId);
        return await withTags(inputs, keys, async (KeyId) => {
            const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
            if (KeyMetadata?.KeyManager !== "CUSTOMER" || KeyMetadata.KeyState === "PendingDeletion") {
                return {};
            }
            const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId }));
            return Object.fromEntries(Tags.map(({ TagKey = "", TagValue }) => [TagKey, TagValue]));
        });
    },
    "aws:lambda/permission:Permission": async (inputs, clients) => {
        const FunctionName = functionName(text(inputs, "function"));
        const Qualifier = inputs.qualifier as string | undefined;
        const answer = await undefinedIfMissing(
            clients.of(LambdaClient).send(new GetPolicyCommand({ FunctionName, Qualifier })),
        );
        const { Statement = [] } = JSON.parse(answer?.Policy ?? "{}") as { Statement?: PolicyStatement[] };
        const same = Statement.filter(
            ({ Action, Principal, Condition }) =>
                Action === inputs.action &&
                (typeof Principal === "string" ? Principal : Principal?.Service) === inputs.principal &&
                (Condition?.ArnLike ?? Condition?.ArnEquals)?.["AWS:SourceArn"] === inputs.sourceArn,
        );
        const target = [FunctionName, ...(Qualifier === undefined ? [] : [Qualifier])].join(":");
        return same.map(({ Sid }) => ({ id: Sid, importId: `${target}/${Sid}` }));
    },
    "aws:lb/listener:Listener": byName(
        async (inputs, clients) => {
            const client = clients.of(ElasticLoadBalancingV2Client);
            const request = { LoadBalancerArn: text(inputs, "loadBalancerArn") };
            return await all(paginateDescribeListeners({ client }, request), (page) => page.Listeners);
        },
        { name: (it) => it.Port, id: (it) => it.ListenerArn },
        (inputs) => inputs.port,
    ),
    "aws:lb/loadBalancer:LoadBalancer": async (inputs, clients) => {
        const request = new DescribeLoadBalancersCommand({ Names: [text(inputs, "name")] });
        const found = await undefinedIfMissing(clients.of(ElasticLoadBalancingV2Client).send(request));
        return idsOf((found?.LoadBalancers ?? []).map(({ LoadBalancerArn }) => LoadBalancerArn));
    },
    "aws:lb/targetGroup:TargetGroup": async (inputs, clients) => {
        const request = new DescribeTargetGroupsCommand({ Names: [text(inputs, "name")] });
        const found = await undefinedIfMissing(clients.of(ElasticLoadBalancingV2Client).send(request));
        return idsOf((found?.TargetGroups ?? []).map(({ TargetGroupArn }) => TargetGroupArn));
    },
    "aws:route53/zone:Zone": async (inputs, clients) => {
        const client = clients.of(Route53Client);
        const listed = await all(paginateListHostedZones({ client }, {}), (page) => page.HostedZones);
        const same = listed.filter(({ Name }) => withoutDot(Name) === withoutDot(inputs.name));
        const ids = same.map(({ Id = "" }) => lastPart(Id));
        return await withTags(inputs, ids, async (ResourceId) => {
            const request = new ListZoneTagsCommand({ ResourceType: "hostedzone", ResourceId });
            return tagRecord((await client.send(request)).ResourceTagSet?.Tags);
        });
    },
    "aws:secretsmanager/secret:Secret": async (inputs, clients) => {
        const request = new DescribeSecretCommand({ SecretId: text(inputs, "name") });
        const secret = await undefinedIfMissing(clients.of(SecretsManagerClient).send(request));
        return secret?.DeletedDate ? [] : idsOf([secret?.ARN]);
    },
    "aws:sns/topic:Topic": byName(
        async (_, clients) => {
            const client = clients.of(SNSClient);
            return await all(paginateListTopics({ client }, {}), (page) => page.Topics);
        },
        { name: (it) => it.TopicArn?.split(":")[5], id: (it) => it.TopicArn },
    ),
    "aws:sqs/queue:Queue": async (inputs, clients) => {
        const request = new GetQueueUrlCommand({ QueueName: text(inputs, "name") });
        return idsOf([(await undefinedIfMissing(clients.of(SQSClient).send(request)))?.QueueUrl]);
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule(true),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule(false),
    "aws:wafv2/webAcl:WebAcl": byName(
        async (inputs, clients) => {
            const request = new ListWebACLsCommand({ Scope: inputs.scope as Scope, Limit: 100 });
            return (await clients.of(WAFV2Client).send(request)).WebACLs;
        },
        { name: (it) => it.Name, id: (it) => it.Id, importId: (inputs, id) => `${id}/${inputs.name}/${inputs.scope}` },
    ),
};

interface PolicyStatement {
    Sid: string;
    Action: string;
    Principal?: string | { Service?: string };
    Condition?: Partial<Record<"ArnLike" | "ArnEquals", Record<string, string>>>;
}

/**
 * Types whose creation only sets a property of another resource, or waits for it: repeating it has no effect, and it is
 * deleted with its owner.
 */
export const repeatable: ReadonlySet<string> = new Set([
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:apigateway/account:Account",
    "aws:apigateway/integration:Integration",
    "aws:apigateway/integrationResponse:IntegrationResponse",
    "aws:apigateway/methodSettings:MethodSettings",
    "aws:apigateway/response:Response",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    // Creates one more version, which is deleted with the guardrail.
    "aws:bedrock/guardrailVersion:GuardrailVersion",
    "aws:cognito/userInGroup:UserInGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    // An import does not know the object's source file, and the next refresh then fails.
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
]);
