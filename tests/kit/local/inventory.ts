import * as acm from "@aws-sdk/client-acm";
import * as api from "@aws-sdk/client-api-gateway";
import * as budgets from "@aws-sdk/client-budgets";
import * as cloudfront from "@aws-sdk/client-cloudfront";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as route53 from "@aws-sdk/client-route-53";
import * as s3 from "@aws-sdk/client-s3";
import * as secrets from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import * as waf from "@aws-sdk/client-wafv2";
import { Clients } from "../cloudClients.ts";

/** All resources of an account in a stack's region and in CloudFront's, as kind and name, sorted. */
export async function inventory(endpoint: string, region: string): Promise<string[]> {
    const here = new Clients(endpoint, region);
    // CloudFront uses certificates and firewalls of us-east-1 only, whatever the stack's region.
    const edge = new Clients(endpoint, "us-east-1");
    const network = here.of(ec2.EC2Client);
    const front = here.of(cloudfront.CloudFrontClient);
    const balancing = here.of(elb.ElasticLoadBalancingV2Client);
    const found: Record<string, Promise<(string | undefined)[] | undefined>> = {
        // No dashboards: the SDK can't parse their dates in MiniStack's list.
        alarm: here
            .of(cloudwatch.CloudWatchClient)
            .send(new cloudwatch.DescribeAlarmsCommand({}))
            .then((all) => all.MetricAlarms?.map((it) => it.AlarmName)),
        balancer: balancing
            .send(new elb.DescribeLoadBalancersCommand({}))
            .then((all) => all.LoadBalancers?.map((it) => it.LoadBalancerName)),
        bucket: here
            .of(s3.S3Client)
            .send(new s3.ListBucketsCommand({}))
            .then((all) => all.Buckets?.map((it) => it.Name)),
        budget: here
            .of(budgets.BudgetsClient)
            .send(new budgets.DescribeBudgetsCommand({ AccountId: here.account }))
            .then((all) => all.Budgets?.map((it) => it.BudgetName)),
        certificate: edge
            .of(acm.ACMClient)
            .send(new acm.ListCertificatesCommand({}))
            .then((all) => all.CertificateSummaryList?.map((it) => it.DomainName)),
        cluster: here
            .of(ecs.ECSClient)
            .send(new ecs.ListClustersCommand({}))
            .then((all) => all.clusterArns),
        distribution: front
            .send(new cloudfront.ListDistributionsCommand({}))
            .then((all) => all.DistributionList?.Items?.map((it) => it.Id)),
        edgeFunction: front
            .send(new cloudfront.ListFunctionsCommand({}))
            .then((all) => all.FunctionList?.Items?.map((it) => it.Name)),
        endpoint: network
            .send(new ec2.DescribeVpcEndpointsCommand({}))
            .then((all) => all.VpcEndpoints?.map((it) => it.VpcEndpointId)),
        function: here
            .of(lambda.LambdaClient)
            .send(new lambda.ListFunctionsCommand({}))
            .then((all) => all.Functions?.map((it) => it.FunctionName)),
        internetGateway: network
            .send(new ec2.DescribeInternetGatewaysCommand({}))
            .then((all) => all.InternetGateways?.map((it) => it.InternetGatewayId)),
        keyAlias: here
            .of(kms.KMSClient)
            .send(new kms.ListAliasesCommand({}))
            .then((all) => all.Aliases?.map((it) => it.AliasName)),
        logGroup: here
            .of(logs.CloudWatchLogsClient)
            .send(new logs.DescribeLogGroupsCommand({}))
            .then((all) => all.logGroups?.map((it) => it.logGroupName)),
        originAccessControl: front
            .send(new cloudfront.ListOriginAccessControlsCommand({}))
            .then((all) => all.OriginAccessControlList?.Items?.map((it) => it.Name)),
        pool: here
            .of(cognito.CognitoIdentityProviderClient)
            .send(new cognito.ListUserPoolsCommand({ MaxResults: 10 }))
            .then((all) => all.UserPools?.map((it) => it.Name)),
        repository: here
            .of(ecr.ECRClient)
            .send(new ecr.DescribeRepositoriesCommand({}))
            .then((all) => all.repositories?.map((it) => it.repositoryName)),
        responseHeadersPolicy: front
            .send(new cloudfront.ListResponseHeadersPoliciesCommand({ Type: "custom" }))
            .then((all) =>
                all.ResponseHeadersPolicyList?.Items?.map(
                    (it) => it.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig?.Name,
                ),
            ),
        restApi: here
            .of(api.APIGatewayClient)
            .send(new api.GetRestApisCommand({}))
            .then((all) => all.items?.map((it) => it.name)),
        role: here
            .of(iam.IAMClient)
            .send(new iam.ListRolesCommand({}))
            .then((all) => all.Roles?.map((it) => it.RoleName)),
        secret: here
            .of(secrets.SecretsManagerClient)
            .send(new secrets.ListSecretsCommand({}))
            .then((all) => all.SecretList?.map((it) => it.Name)),
        securityGroup: network
            .send(new ec2.DescribeSecurityGroupsCommand({}))
            .then((all) => all.SecurityGroups?.map((it) => `${it.GroupName} in ${it.VpcId}`)),
        table: here
            .of(dynamodb.DynamoDBClient)
            .send(new dynamodb.ListTablesCommand({}))
            .then((all) => all.TableNames),
        targetGroup: balancing
            .send(new elb.DescribeTargetGroupsCommand({}))
            .then((all) => all.TargetGroups?.map((it) => it.TargetGroupName)),
        topic: here
            .of(sns.SNSClient)
            .send(new sns.ListTopicsCommand({}))
            .then((all) => all.Topics?.map((it) => it.TopicArn)),
        vpc: network.send(new ec2.DescribeVpcsCommand({})).then((all) => all.Vpcs?.map((it) => it.VpcId)),
        vpcOrigin: front
            .send(new cloudfront.ListVpcOriginsCommand({}))
            .then((all) => all.VpcOriginList?.Items?.map((it) => it.Name)),
        webAcl: here
            .of(waf.WAFV2Client)
            .send(new waf.ListWebACLsCommand({ Scope: "REGIONAL" }))
            .then((all) => all.WebACLs?.map((it) => it.Name)),
        webAclOfSite: edge
            .of(waf.WAFV2Client)
            .send(new waf.ListWebACLsCommand({ Scope: "CLOUDFRONT" }))
            .then((all) => all.WebACLs?.map((it) => it.Name)),
        zone: here
            .of(route53.Route53Client)
            .send(new route53.ListHostedZonesCommand({}))
            .then((all) => all.HostedZones?.map((it) => it.Name)),
    };
    const lists = await Promise.all(
        Object.entries(found).map(async ([kind, names]) => ((await names) ?? []).map((name) => `${kind} ${name}`)),
    );
    return lists.flat().sort();
}
