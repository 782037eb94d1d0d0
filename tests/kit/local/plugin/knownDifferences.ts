/** Known differences between the AWS plugin that is built of published parts and the declarations of @pulumi/aws. */
export interface KnownDifference {
    reason: string;
    /** In the test's wording; `*` stands for one name, `**` for several. Each must still exist. */
    differences: string[];
}

export const knownDifferences: KnownDifference[] = [
    {
        reason: "New in a later version of Terraform's AWS provider than the published one that other programs can embed",
        differences: [
            "acm.Certificate.privateKeyWo: not in the plugin",
            "acm.Certificate.privateKeyWoVersion: not in the plugin",
            "apigateway.RestApi.endpointAccessMode: not in the plugin",
            "apigateway.RestApi.securityPolicy: not in the plugin",
            "budgets.Budget.metrics: not in the plugin",
            "cloudfront.Distribution.cacheTagConfig: not in the plugin",
            "cloudfront.Distribution.origins.customOriginConfig.originMtlsConfig: not in the plugin",
            "cloudfront.Function.tags: not in the plugin",
            "cloudwatch.MetricAlarm.evaluationCriteria: not in the plugin",
            "cloudwatch.MetricAlarm.evaluationInterval: not in the plugin",
            "cloudwatch.MetricAlarm.warmUpConfiguration: not in the plugin",
            "dynamodb.Table.restoreBackupArn: not in the plugin",
            "ec2.FlowLog.tagFieldSpecifications: not in the plugin",
            "ec2.Route.odbNetworkArn: not in the plugin",
            "ec2.RouteTable.routes.odbNetworkArn: not in the plugin",
            "ecs.Service.deploymentConfiguration.lifecycleHooks.targetType: not in the plugin",
            "ecs.Service.deploymentConfiguration.lifecycleHooks.timeoutConfiguration: not in the plugin",
            "ecs.TaskDefinition.volumes.s3filesVolumeConfiguration: not in the plugin",
            "lambda.Function.useResourceTimeoutForPropagation: not in the plugin",
            "lb.LoadBalancer.enablePrefixForIpv6SourceNat: not in the plugin",
            "s3.Bucket.bucketNamespace: not in the plugin",
            "secretsmanager.Secret.type: not in the plugin",
        ],
    },
    {
        reason: "Required by the published version of Terraform's AWS provider, and no longer by later ones",
        differences: [
            "cloudwatch.MetricAlarm.comparisonOperator: required in the plugin",
            "cloudwatch.MetricAlarm.evaluationPeriods: required in the plugin",
            "ecs.Service.deploymentConfiguration.lifecycleHooks.hookTargetArn: required in the plugin",
            "ecs.Service.deploymentConfiguration.lifecycleHooks.roleArn: required in the plugin",
            "s3.Bucket.objectLockConfiguration.rule.defaultRetention.mode: required in the plugin",
            "wafv2.WebAcl.rules.action.*.customRequestHandling.insertHeaders: required in the plugin",
            "wafv2.WebAcl.rules.statement.**: required in the plugin",
        ],
    },
    {
        reason: "A JSON document, whose declaration offers it as a typed object too; the plugin takes that as well",
        differences: [
            "ecr.LifecyclePolicy.policy: string in the plugin, declared as string or block",
            "iam.Role.assumeRolePolicy: string in the plugin, declared as string or block",
            "iam.RolePolicy.policy: string in the plugin, declared as string or block",
            "s3.Bucket.policy: string in the plugin, declared as string or block",
            "s3.BucketPolicy.policy: string in the plugin, declared as string or block",
            "sns.TopicPolicy.policy: string in the plugin, declared as string or block",
        ],
    },
    {
        reason: "Terraform nests a rule's statements a few levels deep, where Pulumi declares one type that holds itself",
        differences: ["wafv2.WebAcl.rules.statement.**.statements.*: not in the plugin"],
    },
    {
        reason: "A rule's statement that later versions of Terraform's AWS provider have otherwise",
        differences: [
            "wafv2.WebAcl.rules.statement.**.statement: not in the plugin",
            "wafv2.WebAcl.rules.statement.**.statements: not declared",
            "wafv2.WebAcl.rules.statement.rateBasedStatement.aggregateKeyType: optional in the plugin",
            "wafv2.WebAcl.rules.statement.ruleGroupReferenceStatement.excludedRules: not in the plugin",
        ],
    },
];
