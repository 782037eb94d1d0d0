/**
 * By type: how a resource of the program is matched with one of a Terraform state, and the id by which Pulumi's provider
 * imports it ("Import" in each type's page of the AWS provider's documentation).
 */
import type { Attributes } from "./state.ts";

/** An attribute's name, or a function of the attributes. */
type From = string | ((attributes: Attributes) => unknown);

/** The inputs of a resource that a preview knows. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/** How resources of one Pulumi type are matched. */
export interface Kind {
    /** The same types in Terraform. */
    terraform: string[];
    /** The inputs that identify it, if they are not plain ones; `parentId` is the id of its parent resource. */
    inputs?: (of: { inputs: Inputs; raw: Readonly<Record<string, unknown>>; parentId: string | undefined }) => Inputs;
    /** Inputs that must be known and equal to the attributes. */
    by: Record<string, From>;
    /** Inputs that must not contradict the attributes: ids of its owners, which a preview may not know yet. */
    within?: Record<string, From>;
    /** The id to import it by. */
    id: From;
    /** Instances that are excluded. */
    except?: (attributes: Attributes) => boolean;
}

/** An attribute as text; `undefined` when it is not set. */
export function text(attributes: Attributes, name: string): string | undefined {
    const value = attributes[name];
    return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

/** The values that `from` selects; empty when a part is missing. */
export function valuesOf(attributes: Attributes, from: From): string[] {
    const value = typeof from === "function" ? from(attributes) : attributes[from];
    return [value]
        .flat()
        .filter((it) => it !== undefined && it !== null && it !== "")
        .map(String);
}

/** Several attributes joined; `undefined` when one is missing. */
const joined =
    (separator: string, ...names: string[]) =>
    (attributes: Attributes): string | undefined => {
        const parts = names.map((name) => text(attributes, name));
        return parts.includes(undefined) ? undefined : parts.join(separator);
    };

/** The last part of an ARN such as a cluster's, or the name itself. */
const lastPart = (value: string | undefined) => value?.slice(value.lastIndexOf("/") + 1);

/** The name in a load balancer's ARN, `...:loadbalancer/app/NAME/ID`. */
const balancerName = (arn: string | undefined) => arn?.split("/")[2];

/** Domain names with and without the dot at their end are the same. */
const withoutDot = (name: string | undefined) => name?.replace(/\.$/, "").toLowerCase();

/** A type with a unique name, which by default is its import id as well. */
const named = (terraform: string, input = "name", attribute = input, id: From = attribute): Kind => ({
    terraform: [terraform],
    by: { [input]: attribute },
    id,
});

/** A part of a REST API with a name of its own. */
const ofApi = (terraform: string, input: string, attribute: string, ...id: string[]): Kind => ({
    terraform: [terraform],
    by: { [input]: attribute },
    within: { restApi: "rest_api_id", restApiId: "rest_api_id" },
    id: joined("/", "rest_api_id", ...id),
});

/** A method of a REST API, or a resource that belongs to one. */
const ofMethod = (terraform: string, ...more: string[]): Kind => ({
    terraform: [terraform],
    by: {
        resourceId: "resource_id",
        httpMethod: "http_method",
        ...(more.length > 0 ? { statusCode: "status_code" } : {}),
    },
    within: { restApi: "rest_api_id" },
    id: joined("/", "rest_api_id", "resource_id", "http_method", ...more),
});

const scaling = ["service_namespace", "resource_id", "scalable_dimension"];
const scalableTarget = {
    serviceNamespace: "service_namespace",
    resourceId: "resource_id",
    scalableDimension: "scalable_dimension",
};

/** A bucket's name without the account's number, which is the suffix of new buckets' names only. */
const withoutAccount = (bucket: string | undefined) => bucket?.replace(/-\d{12}$/, "");

/** A bucket, or a resource that belongs to one. */
const ofBucket = (terraform: string): Kind => ({
    terraform: [terraform],
    inputs: ({ inputs }) => ({ bucket: withoutAccount(inputs.bucket) }),
    by: { bucket: (it) => withoutAccount(text(it, "bucket")) },
    id: "bucket",
});

/** The bucket of a distribution's files, from the origin's address in any of its forms. */
function originBucket(origins: unknown, address: string): string | undefined {
    const addresses = Array.isArray(origins) ? origins.map((origin) => origin?.[address]) : [];
    const buckets = addresses.map((it) => /^(.+?)\.s3[.-]/.exec(String(it))?.[1]).filter((it) => it !== undefined);
    return buckets[0];
}

/** Whether the state records that a bucket's versioning was never enabled. */
function isUnversioned({ versioning_configuration: configuration }: Attributes): boolean {
    return Array.isArray(configuration) && configuration[0]?.status === "Disabled";
}

/** Every type that can be taken over. Others are created anew: they store nothing, and their names can't clash. */
export const kinds: Record<string, Kind> = {
    "aws:acm/certificate:Certificate": {
        terraform: ["aws_acm_certificate"],
        by: { domainName: "domain_name", region: (it) => text(it, "arn")?.split(":")[3] },
        id: "arn",
    },
    "aws:apigateway/authorizer:Authorizer": ofApi("aws_api_gateway_authorizer", "name", "name", "id"),
    "aws:apigateway/integration:Integration": ofMethod("aws_api_gateway_integration"),
    "aws:apigateway/integrationResponse:IntegrationResponse": ofMethod(
        "aws_api_gateway_integration_response",
        "status_code",
    ),
    "aws:apigateway/method:Method": ofMethod("aws_api_gateway_method"),
    "aws:apigateway/methodResponse:MethodResponse": ofMethod("aws_api_gateway_method_response", "status_code"),
    "aws:apigateway/methodSettings:MethodSettings": {
        terraform: ["aws_api_gateway_method_settings"],
        by: { stageName: "stage_name", methodPath: "method_path" },
        within: { restApi: "rest_api_id" },
        id: joined("/", "rest_api_id", "stage_name", "method_path"),
    },
    "aws:apigateway/model:Model": ofApi("aws_api_gateway_model", "name", "name", "name"),
    "aws:apigateway/requestValidator:RequestValidator": ofApi(
        "aws_api_gateway_request_validator",
        "name",
        "name",
        "id",
    ),
    "aws:apigateway/resource:Resource": {
        ...ofApi("aws_api_gateway_resource", "pathPart", "path_part", "id"),
        within: { restApi: "rest_api_id", parentId: "parent_id" },
    },
    "aws:apigateway/response:Response": ofApi(
        "aws_api_gateway_gateway_response",
        "responseType",
        "response_type",
        "response_type",
    ),
    "aws:apigateway/restApi:RestApi": named("aws_api_gateway_rest_api", "name", "name", "id"),
    "aws:apigateway/stage:Stage": ofApi("aws_api_gateway_stage", "stageName", "stage_name", "stage_name"),
    "aws:appautoscaling/policy:Policy": {
        terraform: ["aws_appautoscaling_policy"],
        by: { ...scalableTarget, name: "name" },
        id: joined("/", ...scaling, "name"),
    },
    "aws:appautoscaling/target:Target": {
        terraform: ["aws_appautoscaling_target"],
        by: scalableTarget,
        id: joined("/", ...scaling),
    },
    "aws:budgets/budget:Budget": named("aws_budgets_budget", "name", "name", joined(":", "account_id", "name")),
    "aws:cloudfront/distribution:Distribution": {
        terraform: ["aws_cloudfront_distribution"],
        inputs: ({ raw }) => ({ origins: originBucket(raw.origins, "domainName") }),
        by: { origins: ({ origin }) => originBucket(origin, "domain_name") },
        id: "id",
    },
    "aws:cloudfront/function:Function": named("aws_cloudfront_function"),
    "aws:cloudfront/originAccessControl:OriginAccessControl": named(
        "aws_cloudfront_origin_access_control",
        "name",
        "name",
        "id",
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": named(
        "aws_cloudfront_response_headers_policy",
        "name",
        "name",
        "id",
    ),
    "aws:cloudwatch/dashboard:Dashboard": named("aws_cloudwatch_dashboard", "dashboardName", "dashboard_name"),
    "aws:cloudwatch/logGroup:LogGroup": named("aws_cloudwatch_log_group"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": named("aws_cloudwatch_metric_alarm", "name", "alarm_name"),
    "aws:cognito/user:User": {
        terraform: ["aws_cognito_user"],
        by: { username: "username" },
        within: { userPoolId: "user_pool_id" },
        id: joined("/", "user_pool_id", "username"),
    },
    "aws:cognito/userGroup:UserGroup": {
        terraform: ["aws_cognito_user_group"],
        by: { name: "name" },
        within: { userPoolId: "user_pool_id" },
        id: joined("/", "user_pool_id", "name"),
    },
    "aws:cognito/userInGroup:UserInGroup": {
        terraform: ["aws_cognito_user_in_group"],
        by: { groupName: "group_name", username: "username" },
        within: { userPoolId: "user_pool_id" },
        id: joined(",", "user_pool_id", "group_name", "username"),
    },
    "aws:cognito/userPool:UserPool": named("aws_cognito_user_pool", "name", "name", "id"),
    "aws:cognito/userPoolClient:UserPoolClient": {
        terraform: ["aws_cognito_user_pool_client"],
        by: { name: "name" },
        within: { userPoolId: "user_pool_id" },
        id: joined("/", "user_pool_id", "id"),
    },
    "aws:cognito/userPoolDomain:UserPoolDomain": named("aws_cognito_user_pool_domain", "domain"),
    "aws:dynamodb/table:Table": named("aws_dynamodb_table"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        terraform: ["aws_default_security_group"],
        by: {},
        within: { vpcId: "vpc_id" },
        id: "id",
    },
    "aws:ec2/internetGateway:InternetGateway": {
        terraform: ["aws_internet_gateway"],
        by: {},
        within: { vpcId: "vpc_id" },
        id: "id",
    },
    "aws:ec2/route:Route": {
        terraform: ["aws_route"],
        by: { routeTableId: "route_table_id", destinationCidrBlock: "destination_cidr_block" },
        id: joined("_", "route_table_id", "destination_cidr_block"),
    },
    "aws:ec2/routeTable:RouteTable": {
        terraform: ["aws_route_table"],
        // A route table has no name: its parent, the subnet that it serves, identifies it.
        inputs: ({ parentId }) => ({ subnetId: parentId?.startsWith("subnet-") ? parentId : undefined }),
        by: { subnetId: "served_subnets" },
        id: "id",
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        terraform: ["aws_route_table_association"],
        by: { subnetId: "subnet_id" },
        id: joined("/", "subnet_id", "route_table_id"),
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        terraform: ["aws_security_group"],
        by: { name: "name" },
        within: { vpcId: "vpc_id" },
        id: "id",
    },
    "aws:ec2/subnet:Subnet": {
        terraform: ["aws_subnet"],
        by: { cidrBlock: "cidr_block" },
        within: { vpcId: "vpc_id" },
        id: "id",
    },
    "aws:ec2/vpc:Vpc": named("aws_vpc", "cidrBlock", "cidr_block", "id"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        terraform: ["aws_vpc_endpoint"],
        by: { serviceName: "service_name" },
        within: { vpcId: "vpc_id" },
        id: "id",
    },
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": named("aws_ecr_lifecycle_policy", "repository"),
    "aws:ecr/repository:Repository": named("aws_ecr_repository"),
    "aws:ecs/cluster:Cluster": named("aws_ecs_cluster"),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": named(
        "aws_ecs_cluster_capacity_providers",
        "clusterName",
        "cluster_name",
    ),
    "aws:ecs/service:Service": {
        terraform: ["aws_ecs_service"],
        inputs: ({ inputs }) => ({ ...inputs, cluster: lastPart(inputs.cluster) }),
        by: { name: "name" },
        within: { cluster: clusterOf },
        id: (it) => joinedParts("/", clusterOf(it), text(it, "name")),
    },
    "aws:iam/role:Role": named("aws_iam_role"),
    "aws:kms/alias:Alias": named("aws_kms_alias"),
    "aws:lambda/alias:Alias": {
        terraform: ["aws_lambda_alias"],
        inputs: ({ inputs }) => ({ ...inputs, functionName: functionNameOf(inputs.functionName) }),
        by: { name: "name", functionName: (it) => functionNameOf(text(it, "function_name")) },
        id: (it) => joinedParts("/", functionNameOf(text(it, "function_name")), text(it, "name")),
    },
    "aws:lambda/function:Function": named("aws_lambda_function", "name", "function_name"),
    "aws:lb/listener:Listener": {
        terraform: ["aws_lb_listener", "aws_alb_listener"],
        // By the balancer's name: a replaced balancer has another ARN.
        inputs: ({ inputs }) => ({ ...inputs, loadBalancerArn: balancerName(inputs.loadBalancerArn) }),
        by: { port: "port" },
        within: { loadBalancerArn: (it) => balancerName(text(it, "load_balancer_arn")) },
        id: "arn",
    },
    "aws:lb/loadBalancer:LoadBalancer": { ...named("aws_lb", "name", "name", "arn"), terraform: ["aws_lb", "aws_alb"] },
    "aws:lb/targetGroup:TargetGroup": {
        ...named("aws_lb_target_group", "name", "name", "arn"),
        terraform: ["aws_lb_target_group", "aws_alb_target_group"],
    },
    "aws:route53/record:Record": {
        terraform: ["aws_route53_record"],
        inputs: ({ inputs }) => ({ ...inputs, name: withoutDot(inputs.name) }),
        by: { name: recordName, type: "type" },
        within: { zoneId: "zone_id" },
        id: (it) => joinedParts("_", text(it, "zone_id"), recordName(it), text(it, "type")),
    },
    "aws:route53/zone:Zone": {
        terraform: ["aws_route53_zone"],
        inputs: ({ inputs }) => ({ name: withoutDot(inputs.name) }),
        by: { name: (it) => withoutDot(text(it, "name")) },
        id: (it) => text(it, "zone_id") ?? text(it, "id"),
    },
    "aws:s3/bucket:Bucket": ofBucket("aws_s3_bucket"),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ofBucket("aws_s3_bucket_cors_configuration"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
        "aws_s3_bucket_lifecycle_configuration",
    ),
    "aws:s3/bucketLogging:BucketLogging": ofBucket("aws_s3_bucket_logging"),
    "aws:s3/bucketObjectv2:BucketObjectv2": {
        terraform: ["aws_s3_object", "aws_s3_bucket_object"],
        inputs: ({ inputs }) => ({ bucket: withoutAccount(inputs.bucket), key: inputs.key }),
        by: { bucket: (it) => withoutAccount(text(it, "bucket")), key: "key" },
        id: joined("/", "bucket", "key"),
    },
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket("aws_s3_bucket_ownership_controls"),
    "aws:s3/bucketPolicy:BucketPolicy": ofBucket("aws_s3_bucket_policy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket("aws_s3_bucket_public_access_block"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket(
        "aws_s3_bucket_server_side_encryption_configuration",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": {
        ...ofBucket("aws_s3_bucket_versioning"),
        // The provider fails to diff a Disabled state with a bucket that has versions, so that an interrupted update could not
        // be refreshed any more ("cannot be updated from 'Enabled' to 'Disabled'",
        // internal/service/s3/bucket_versioning.go). Enabling versions twice is harmless.
        except: isUnversioned,
    },
    "aws:secretsmanager/secret:Secret": named("aws_secretsmanager_secret", "name", "name", "arn"),
    "aws:secretsmanager/secretVersion:SecretVersion": {
        terraform: ["aws_secretsmanager_secret_version"],
        by: { secretId: "secret_id" },
        id: joined("|", "secret_id", "version_id"),
        except: ({ version_stages: stages }) =>
            Array.isArray(stages) && stages.length > 0 && !stages.includes("AWSCURRENT"),
    },
    "aws:sns/topic:Topic": named("aws_sns_topic", "name", "name", "arn"),
    "aws:sns/topicPolicy:TopicPolicy": named("aws_sns_topic_policy", "arn"),
    "aws:sqs/queue:Queue": named("aws_sqs_queue", "name", "name", "url"),
};

/** Whether an instance can be taken over if the program has a match. */
export function isAdoptable(type: string, attributes: Attributes): boolean {
    return Object.values(kinds).some((kind) => kind.terraform.includes(type) && !kind.except?.(attributes));
}

function joinedParts(separator: string, ...parts: (string | undefined)[]): string | undefined {
    return parts.includes(undefined) ? undefined : parts.join(separator);
}

/** A cluster's name, from its ARN or name. */
function clusterOf(attributes: Attributes): string | undefined {
    return lastPart(text(attributes, "cluster"));
}

/** A function's name, from its ARN or name. */
function functionNameOf(value: string | undefined): string | undefined {
    return value?.startsWith("arn:") ? value.split(":")[6] : value;
}

/** A record's full name; its `name` may omit the zone's. */
function recordName(attributes: Attributes): string | undefined {
    return withoutDot(text(attributes, "fqdn") ?? text(attributes, "name"));
}
