/**
 * What tells a resource that was being made, by Pulumi's type, and the id that the provider imports it by ("Import" in each
 * type's page of the AWS provider's documentation). Each type of the components is in one of three tables: its inputs say
 * the id, or AWS is asked for it, or its creation is safe to repeat.
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
import type { Clients } from "./clients.ts";
import { Guardrails } from "./guardrails.ts";

/** A resource's inputs, as the state has them. */
export type Inputs = Readonly<Record<string, unknown>>;

/** A resource that AWS has. */
export interface Physical {
    /** What tells it from others of its type: its id or ARN in a state. */
    id: string;
    /** What it is imported by. Default: `id`. */
    importId?: string;
}

const text = (inputs: Inputs, name: string) => inputs[name] as string;
/** Several inputs joined; nothing when one is missing: the provider would take what is left for another resource's id. */
const joined =
    (separator: string, ...names: string[]) =>
    (inputs: Inputs) =>
        names.every((name) => inputs[name]) ? names.map((name) => inputs[name]).join(separator) : undefined;
const lastPart = (value: string) => value.slice(value.lastIndexOf("/") + 1);
/** A function is named by its ARN or its name. */
const functionName = (value: string) => (value.startsWith("arn:") ? (value.split(":")[6] as string) : value);
/** Domain names with and without the dot at their end are the same. */
const withoutDot = (name: unknown) => String(name).replace(/\.$/, "");
const scaling = ["serviceNamespace", "resourceId", "scalableDimension"];

/** Types whose inputs say the id to import by: a name that AWS allows once, or the ids of what it belongs to. */
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

type Ask = (inputs: Inputs, clients: Clients) => Promise<Physical[]>;
type Ids = (string | undefined)[];

const idsOf = (ids: Ids): Physical[] => ids.filter((id) => id !== undefined).map((id) => ({ id }));

/** Every item of an answer that comes in pages. */
async function all<Page, Item>(pages: AsyncIterable<Page>, of: (page: Page) => Item[] | undefined): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of pages) {
        items.push(...(of(page) ?? []));
    }
    return items;
}

/** What is asked for by its exact name; AWS answers with an error where there is none. */
async function orNone<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
    try {
        return await asked;
    } catch (error) {
        if (/NotFound|NoSuch|NonExistent|DoesNotExist/i.test((error as Error).name)) {
            return undefined;
        }
        throw error;
    }
}

/** Of a list, what has the name that the inputs give it. */
const named =
    <Item>(
        list: (inputs: Inputs, clients: Clients) => Promise<Item[] | undefined>,
        { name, id, importId }: Naming<Item>,
        inputName = (inputs: Inputs) => inputs.name,
    ): Ask =>
    async (inputs, clients) => {
        const same = ((await list(inputs, clients)) ?? []).filter((item) => name(item) === inputName(inputs));
        return idsOf(same.map(id)).map((found) => ({ ...found, importId: importId?.(inputs, found.id) }));
    };

/** How the items of a list are told. */
interface Naming<Item> {
    name(item: Item): unknown;
    id(item: Item): string | undefined;
    importId?(inputs: Inputs, id: string): string;
}

/** The tags that were asked for. */
const tagsOf = (inputs: Inputs) => Object.entries((inputs.tags ?? {}) as Record<string, string>);
const tagRecord = (tags: { Key?: string; Value?: string }[] = []) =>
    Object.fromEntries(tags.map(({ Key = "", Value }) => [Key, Value]));

/** Of some resources those with every tag that was asked for; one for which none was can't be told. */
async function tagged(
    inputs: Inputs,
    ids: Ids,
    tagsIn: (id: string) => Promise<Record<string, string | undefined>>,
): Promise<Physical[]> {
    const wanted = tagsOf(inputs);
    const found: Physical[] = [];
    for (const { id } of wanted.length > 0 ? idsOf(ids) : []) {
        const has = await tagsIn(id);
        if (wanted.every(([key, value]) => has[key] === value)) {
            found.push({ id });
        }
    }
    return found;
}

/** One of EC2's lists, by filters, each with the input that it is to be equal to; and by tags, where they tell it. */
const inEc2 =
    <Page, Item>(
        paginate: (config: { client: EC2Client }, asked: { Filters: Filter[] }) => AsyncIterable<Page>,
        items: (page: Page, inputs: Inputs) => Item[] | undefined,
        id: (item: Item) => string | undefined,
        filters: Record<string, string>,
        tags?: (item: Item) => { Key?: string; Value?: string }[] | undefined,
    ): Ask =>
    async (inputs, clients) => {
        const Filters = Object.entries(filters).map(([Name, input]) => ({ Name, Values: [text(inputs, input)] }));
        const pages = paginate({ client: clients.of(EC2Client) }, { Filters });
        const byId = new Map((await all(pages, (page) => items(page, inputs))).map((item) => [id(item), item]));
        const tagsIn = async (one: string) => tagRecord(tags?.(byId.get(one) as Item));
        return tags ? await tagged(inputs, [...byId.keys()], tagsIn) : idsOf([...byId.keys()]);
    };

/** AWS has no two rules of a group that are the same in all of this. */
const securityGroupRule = (isEgress: boolean): Ask => {
    const same = (inputs: Inputs, rule: SecurityGroupRule) =>
        rule.IsEgress === isEgress &&
        rule.IpProtocol === inputs.ipProtocol &&
        (inputs.ipProtocol === "-1" || (rule.FromPort === inputs.fromPort && rule.ToPort === inputs.toPort)) &&
        rule.CidrIpv4 === inputs.cidrIpv4 &&
        rule.CidrIpv6 === inputs.cidrIpv6 &&
        rule.PrefixListId === inputs.prefixListId &&
        rule.ReferencedGroupInfo?.GroupId === inputs.referencedSecurityGroupId;
    return inEc2(
        paginateDescribeSecurityGroupRules,
        (page, inputs) => page.SecurityGroupRules?.filter((rule) => same(inputs, rule)),
        (rule) => rule.SecurityGroupRuleId,
        { "group-id": "securityGroupId" },
    );
};

const inApi = (inputs: Inputs, id: string) => `${inputs.restApi}/${id}`;
const ofApi = (inputs: Inputs) => ({ restApiId: text(inputs, "restApi") });

/** What the provider ends a name by that a prefix begins: the time and a number, 26 digits (Terraform's `id.UniqueId`). */
const ENDED_BY_PROVIDER = /^[0-9a-f]{26}$/;

/** Types that AWS is asked for: what there is that was made with these inputs. */
export const byAsking: Record<string, Ask> = {
    "aws:acm/certificate:Certificate": async (inputs, clients) => {
        const client = clients.of(ACMClient);
        const listed = await all(paginateListCertificates({ client }, {}), (page) => page.CertificateSummaryList);
        const same = listed.filter(({ DomainName }) => DomainName === inputs.domainName);
        const tags = async (CertificateArn: string) =>
            tagRecord((await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags);
        const arns = same.map(({ CertificateArn }) => CertificateArn);
        return await tagged(inputs, arns, tags);
    },
    "aws:apigateway/authorizer:Authorizer": named(
        async (inputs, clients) =>
            (await clients.of(APIGatewayClient).send(new GetAuthorizersCommand({ ...ofApi(inputs), limit: 500 })))
                .items,
        { name: (it) => it.name, id: (it) => it.id, importId: inApi },
    ),
    "aws:apigateway/deployment:Deployment": async (inputs, clients) => {
        const client = clients.of(APIGatewayClient);
        const listed = await all(paginateGetDeployments({ client }, ofApi(inputs)), (page) => page.items);
        // Nothing tells one from another, but the one that was being made can only be the newest.
        const [newest] = listed.sort((a, b) => Number(b.createdDate) - Number(a.createdDate));
        return idsOf([newest?.id]).map(({ id }) => ({ id, importId: inApi(inputs, id) }));
    },
    "aws:apigateway/requestValidator:RequestValidator": named(
        async (inputs, clients) => {
            const asked = new GetRequestValidatorsCommand({ ...ofApi(inputs), limit: 500 });
            return (await clients.of(APIGatewayClient).send(asked)).items;
        },
        { name: (it) => it.name, id: (it) => it.id, importId: inApi },
    ),
    "aws:apigateway/resource:Resource": named(
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
        return await tagged(inputs, [...same.keys()], async (id) => same.get(id) ?? {});
    },
    "aws:bedrock/guardrail:Guardrail": named(async (_, clients) => await clients.of(Guardrails).list(), {
        name: (it) => it.name,
        id: (it) => it.id,
        importId: (_, id) => `${id},DRAFT`,
    }),
    "aws:budgets/budget:Budget": async (inputs, clients) => {
        const { Account } = await clients.of(STSClient).send(new GetCallerIdentityCommand({}));
        return [{ id: `${inputs.accountId ?? Account}:${inputs.name}` }];
    },
    "aws:cloudfront/distribution:Distribution": async (inputs, clients) => {
        const client = clients.of(CloudFrontClient);
        const listed = await all(paginateListDistributions({ client }, {}), (page) => page.DistributionList?.Items);
        const arns = new Map(listed.map(({ Id, ARN }) => [Id, ARN]));
        return await tagged(inputs, [...arns.keys()], async (id) => {
            const { Tags } = await client.send(new ListDistributionTagsCommand({ Resource: arns.get(id) }));
            return tagRecord(Tags?.Items);
        });
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": named(
        async (_, clients) => {
            const asked = new ListOriginAccessControlsCommand({ MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(asked)).OriginAccessControlList?.Items;
        },
        { name: (it) => it.Name, id: (it) => it.Id },
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": named(
        async (_, clients) => {
            const asked = new ListResponseHeadersPoliciesCommand({ Type: "custom", MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(asked)).ResponseHeadersPolicyList?.Items;
        },
        {
            name: (it) => it.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig?.Name,
            id: (it) => it.ResponseHeadersPolicy?.Id,
        },
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": named(
        async (_, clients) => {
            const asked = new ListVpcOriginsCommand({ MaxItems: 100 });
            return (await clients.of(CloudFrontClient).send(asked)).VpcOriginList?.Items;
        },
        { name: (it) => it.Name, id: (it) => it.Id },
        (inputs) => (inputs.vpcOriginEndpointConfig as Inputs | undefined)?.name,
    ),
    "aws:cognito/userPool:UserPool": named(
        async (_, clients) => {
            const client = clients.of(CognitoIdentityProviderClient);
            return await all(paginateListUserPools({ client }, { MaxResults: 60 }), (page) => page.UserPools);
        },
        { name: (it) => it.Name, id: (it) => it.Id },
    ),
    "aws:cognito/userPoolClient:UserPoolClient": named(
        async (inputs, clients) => {
            const client = clients.of(CognitoIdentityProviderClient);
            const asked = { UserPoolId: text(inputs, "userPoolId"), MaxResults: 60 };
            return await all(paginateListUserPoolClients({ client }, asked), (page) => page.UserPoolClients);
        },
        {
            name: (it) => it.ClientName,
            id: (it) => it.ClientId,
            importId: (inputs, id) => `${inputs.userPoolId}/${id}`,
        },
    ),
    "aws:ec2/flowLog:FlowLog": inEc2(
        ({ client }, { Filters }) => paginateDescribeFlowLogs({ client }, { Filter: Filters }),
        // AWS has no two of a network that lead to the same place.
        (page, inputs) => page.FlowLogs?.filter(({ LogDestination }) => LogDestination === inputs.logDestination),
        (it) => it.FlowLogId,
        { "resource-id": "vpcId" },
    ),
    "aws:ec2/internetGateway:InternetGateway": inEc2(
        paginateDescribeInternetGateways,
        (page) => page.InternetGateways,
        (it) => it.InternetGatewayId,
        // One that is only half made is not attached to its network yet.
        {},
        (it) => it.Tags,
    ),
    "aws:ec2/routeTable:RouteTable": inEc2(
        paginateDescribeRouteTables,
        (page) => page.RouteTables,
        (it) => it.RouteTableId,
        { "vpc-id": "vpcId" },
        (it) => it.Tags,
    ),
    "aws:ec2/securityGroup:SecurityGroup": inEc2(
        paginateDescribeSecurityGroups,
        (page) => page.SecurityGroups,
        (it) => it.GroupId,
        { "vpc-id": "vpcId", "group-name": "name" },
    ),
    "aws:ec2/subnet:Subnet": inEc2(
        paginateDescribeSubnets,
        (page) => page.Subnets,
        (it) => it.SubnetId,
        { "vpc-id": "vpcId", "cidr-block": "cidrBlock" },
    ),
    "aws:ec2/vpc:Vpc": inEc2(
        paginateDescribeVpcs,
        (page) => page.Vpcs,
        (it) => it.VpcId,
        { cidr: "cidrBlock" },
        (it) => it.Tags,
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": inEc2(
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
        const asked = { familyPrefix: text(inputs, "family"), status: "ACTIVE", sort: "DESC" } as const;
        const [newest] = await all(paginateListTaskDefinitions({ client }, asked), (page) => page.taskDefinitionArns);
        return await tagged(inputs, [newest], async (taskDefinition) => {
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
        const begun = names.filter((name) => name.startsWith(String(inputs.namePrefix)));
        return await tagged(inputs, begun, async (RoleName) =>
            tagRecord((await client.send(new ListRoleTagsCommand({ RoleName }))).Tags),
        );
    },
    "aws:iam/rolePolicy:RolePolicy": async ({ role, name, namePrefix }, clients) => {
        if (name || !role) {
            return idsOf([joined(":", "role", "name")({ role, name })]);
        }
        const client = clients.of(IAMClient);
        const asked = paginateListRolePolicies({ client }, { RoleName: String(role) });
        const names = (await orNone(all(asked, (page) => page.PolicyNames))) ?? [];
        const prefix = String(namePrefix);
        const begun = names.filter((it) => it.startsWith(prefix) && ENDED_BY_PROVIDER.test(it.slice(prefix.length)));
        return idsOf(begun.map((it) => `${role}:${it}`));
    },
    "aws:kms/key:Key": async (inputs, clients) => {
        const client = clients.of(KMSClient);
        const keys = (await all(paginateListKeys({ client }, {}), (page) => page.Keys)).map(({ KeyId }) => KeyId);
        return await tagged(inputs, keys, async (KeyId) => {
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
        const answer = await orNone(clients.of(LambdaClient).send(new GetPolicyCommand({ FunctionName, Qualifier })));
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
    "aws:lb/listener:Listener": named(
        async (inputs, clients) => {
            const client = clients.of(ElasticLoadBalancingV2Client);
            const asked = { LoadBalancerArn: text(inputs, "loadBalancerArn") };
            return await all(paginateDescribeListeners({ client }, asked), (page) => page.Listeners);
        },
        { name: (it) => it.Port, id: (it) => it.ListenerArn },
        (inputs) => inputs.port,
    ),
    "aws:lb/loadBalancer:LoadBalancer": async (inputs, clients) => {
        const asked = new DescribeLoadBalancersCommand({ Names: [text(inputs, "name")] });
        const found = await orNone(clients.of(ElasticLoadBalancingV2Client).send(asked));
        return idsOf((found?.LoadBalancers ?? []).map(({ LoadBalancerArn }) => LoadBalancerArn));
    },
    "aws:lb/targetGroup:TargetGroup": async (inputs, clients) => {
        const asked = new DescribeTargetGroupsCommand({ Names: [text(inputs, "name")] });
        const found = await orNone(clients.of(ElasticLoadBalancingV2Client).send(asked));
        return idsOf((found?.TargetGroups ?? []).map(({ TargetGroupArn }) => TargetGroupArn));
    },
    "aws:route53/zone:Zone": async (inputs, clients) => {
        const client = clients.of(Route53Client);
        const listed = await all(paginateListHostedZones({ client }, {}), (page) => page.HostedZones);
        const same = listed.filter(({ Name }) => withoutDot(Name) === withoutDot(inputs.name));
        const ids = same.map(({ Id = "" }) => lastPart(Id));
        return await tagged(inputs, ids, async (ResourceId) => {
            const asked = new ListZoneTagsCommand({ ResourceType: "hostedzone", ResourceId });
            return tagRecord((await client.send(asked)).ResourceTagSet?.Tags);
        });
    },
    "aws:secretsmanager/secret:Secret": async (inputs, clients) => {
        const asked = new DescribeSecretCommand({ SecretId: text(inputs, "name") });
        const secret = await orNone(clients.of(SecretsManagerClient).send(asked));
        return secret?.DeletedDate ? [] : idsOf([secret?.ARN]);
    },
    "aws:sns/topic:Topic": named(
        async (_, clients) => {
            const client = clients.of(SNSClient);
            return await all(paginateListTopics({ client }, {}), (page) => page.Topics);
        },
        { name: (it) => it.TopicArn?.split(":")[5], id: (it) => it.TopicArn },
    ),
    "aws:sqs/queue:Queue": async (inputs, clients) => {
        const asked = new GetQueueUrlCommand({ QueueName: text(inputs, "name") });
        return idsOf([(await orNone(clients.of(SQSClient).send(asked)))?.QueueUrl]);
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule(true),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule(false),
    "aws:wafv2/webAcl:WebAcl": named(
        async (inputs, clients) => {
            const asked = new ListWebACLsCommand({ Scope: inputs.scope as Scope, Limit: 100 });
            return (await clients.of(WAFV2Client).send(asked)).WebACLs;
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
 * Types whose creation only sets what belongs to something else, or waits for it: done twice it is done once, and it goes
 * when its owner goes.
 */
export const repeatable: ReadonlySet<string> = new Set([
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:apigateway/account:Account",
    "aws:apigateway/integration:Integration",
    "aws:apigateway/integrationResponse:IntegrationResponse",
    "aws:apigateway/methodSettings:MethodSettings",
    "aws:apigateway/response:Response",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    // A version more, which goes with the guardrail.
    "aws:bedrock/guardrailVersion:GuardrailVersion",
    "aws:cognito/userInGroup:UserInGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    // An import knows nothing of the file that an object is made of, and the next refresh then fails.
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
