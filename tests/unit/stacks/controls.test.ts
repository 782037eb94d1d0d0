import { expect } from "chai";
import type { Registered, Registrations } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

/** The controls that a reviewer of this architecture checks, each by its ID, on the composition of whole stacks. */

const type = {
    accessBlock: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    bucket: "aws:s3/bucket:Bucket",
    bucketLogging: "aws:s3/bucketLogging:BucketLogging",
    bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
    defaultSecurityGroup: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    distribution: "aws:cloudfront/distribution:Distribution",
    function: "aws:lambda/function:Function",
    ingress: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    lifecycle: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    loadBalancer: "aws:lb/loadBalancer:LoadBalancer",
    logGroup: "aws:cloudwatch/logGroup:LogGroup",
    ownership: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    repository: "aws:ecr/repository:Repository",
    rolePolicy: "aws:iam/rolePolicy:RolePolicy",
    service: "aws:ecs/service:Service",
    table: "aws:dynamodb/table:Table",
    taskDefinition: "aws:ecs/taskDefinition:TaskDefinition",
    userPool: "aws:cognito/userPool:UserPool",
    versioning: "aws:s3/bucketVersioning:BucketVersioning",
} as const;

const stacks: Record<"dev" | "prod", Registrations> = {} as never;

type Check = (made: Registrations) => void;

/** A control that holds everywhere. */
function everywhere(id: string, what: string, check: Check): void {
    it(`${id} (dev and prod): ${what}`, () => {
        check(stacks.dev);
        check(stacks.prod);
    });
}

/** A control that holds in production. */
function inProduction(id: string, what: string, check: Check): void {
    it(`${id} (prod): ${what}`, () => check(stacks.prod));
}

/** All resources of a type, of which there is at least one. */
function each(made: Registrations, ofType: string, check: (inputs: Registered["inputs"], name: string) => void): void {
    const found = made.ofType(ofType);
    expect(found, ofType).to.not.be.empty;
    for (const one of found) {
        check(one.inputs, one.name);
    }
}

const containers = (made: Registrations) => JSON.parse(made.one(type.taskDefinition).inputs.containerDefinitions);
const statements = (made: Registrations) =>
    made.ofType(type.rolePolicy).flatMap((one) => {
        const list: { Action: string[]; Resource: string | string[] }[] = JSON.parse(one.inputs.policy).Statement;
        return list.map((statement) => ({ ...statement, policy: one.name }));
    });
const alarms = (made: Registrations) =>
    made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map((one) => one.inputs.metricName);
const perBucket = (made: Registrations, ofType: string) =>
    expect(made.ofType(ofType), ofType).to.have.lengthOf(made.ofType(type.bucket).length);

describe("controls", () => {
    before(async () => {
        stacks.dev = await runStack({ environment: "dev" });
        stacks.prod = await runStack({
            environment: "prod",
            production: true,
            enableCustomDomain: true,
            domainName: "example.com",
        });
    });

    describe("S3", () => {
        everywhere("S2/S3.1/S3.8/CKV_AWS_53-56", "public access is blocked", (made) => {
            perBucket(made, type.accessBlock);
            each(made, type.accessBlock, (inputs) =>
                expect(inputs).to.include({
                    blockPublicAcls: true,
                    blockPublicPolicy: true,
                    ignorePublicAcls: true,
                    restrictPublicBuckets: true,
                }),
            );
        });
        everywhere("S10/S3.5", "connections without TLS are denied", (made) => {
            perBucket(made, type.bucketPolicy);
            each(made, type.bucketPolicy, (inputs, name) => {
                const deny = JSON.parse(inputs.policy).Statement.find(
                    (one: { Effect: string }) => one.Effect === "Deny",
                );
                expect(deny?.Condition, name).to.deep.equal({ Bool: { "aws:SecureTransport": "false" } });
            });
        });
        everywhere("S3.12", "the bucket's owner owns every object, but for CloudFront's logs", (made) => {
            perBucket(made, type.ownership);
            each(made, type.ownership, (inputs, name) =>
                expect(inputs.rule.objectOwnership, name).to.equal(
                    // CloudFront writes its standard logs with an access control list.
                    name.startsWith("logs-") ? "BucketOwnerPreferred" : "BucketOwnerEnforced",
                ),
            );
        });
        everywhere("CKV_AWS_21", "objects are versioned", (made) => {
            perBucket(made, type.versioning);
            each(made, type.versioning, (inputs) => expect(inputs.versioningConfiguration.status).to.equal("Enabled"));
        });
        everywhere("S3.13/CKV_AWS_300", "objects have a lifecycle and uploads that stop are removed", (made) => {
            perBucket(made, type.lifecycle);
            each(made, type.lifecycle, (inputs, name) =>
                expect(
                    inputs.rules.some((rule: Record<string, unknown>) => rule.abortIncompleteMultipartUpload),
                    name,
                ).to.equal(true),
            );
        });
        inProduction("S1/S3.9", "buckets have access logs", (made) => {
            const logged = made.ofType(type.bucketLogging).map((one) => one.inputs.bucket);
            expect(logged).to.have.members([
                "story-42-story-images-prod-123456789012",
                "story-42-prod-static-website-123456789012",
            ]);
        });
    });

    describe("DynamoDB", () => {
        everywhere("DDB3/DynamoDB.2/CKV_AWS_28", "the tables can be restored to a point in time", (made) =>
            each(made, type.table, ({ pointInTimeRecovery }) => expect(pointInTimeRecovery.enabled).to.equal(true)),
        );
        everywhere("DynamoDB on demand", "the tables are paid per request", (made) =>
            each(made, type.table, ({ billingMode }) => expect(billingMode).to.equal("PAY_PER_REQUEST")),
        );
        inProduction("DynamoDB.6", "the tables refuse to be deleted", (made) => {
            each(made, type.table, (inputs) => expect(inputs.deletionProtectionEnabled).to.equal(true));
            expect(made.ofType(type.table).every(({ protect }) => protect)).to.equal(true);
        });
        inProduction("CKV_AWS_119", "the tables have a customer key", (made) =>
            each(made, type.table, (inputs) => expect(inputs.serverSideEncryption?.kmsKeyArn).to.be.a("string")),
        );
    });

    describe("Cognito", () => {
        everywhere("COG1", "passwords are strong", (made) =>
            expect(made.one(type.userPool).inputs.passwordPolicy).to.include({
                minimumLength: 12,
                requireLowercase: true,
                requireNumbers: true,
                requireSymbols: true,
                requireUppercase: true,
            }),
        );
        // Clients that can't answer a challenge could not sign in where it is demanded (setting `mfa`).
        everywhere("COG2", "a second factor is offered", (made) =>
            expect(made.one(type.userPool).inputs).to.deep.include({
                mfaConfiguration: "OPTIONAL",
                softwareTokenMfaConfiguration: { enabled: true },
            }),
        );
        inProduction("Cognito deletion protection", "the pool refuses to be deleted", (made) => {
            expect(made.one(type.userPool).inputs.deletionProtection).to.equal("ACTIVE");
            expect(made.one(type.userPool).protect).to.equal(true);
        });
        everywhere(
            "Cognito invitation",
            "the administrator is invited by e-mail, without a password in state",
            (made) => {
                const admin = made.one("aws:cognito/user:User").inputs;
                expect(admin.desiredDeliveryMediums).to.deep.equal(["EMAIL"]);
                expect(admin).to.not.have.any.keys("temporaryPassword", "password");
            },
        );
    });

    describe("ECR", () => {
        everywhere("ECR.1/CKV_AWS_163", "images are scanned as they are pushed", (made) =>
            each(made, type.repository, (inputs) =>
                expect(inputs.imageScanningConfiguration.scanOnPush).to.equal(true),
            ),
        );
        everywhere("ECR.2/CKV_AWS_51", "tags are immutable, but for the cache's", (made) =>
            each(made, type.repository, (inputs) => {
                expect(inputs.imageTagMutability).to.equal("IMMUTABLE_WITH_EXCLUSION");
                expect(inputs.imageTagMutabilityExclusionFilters).to.deep.equal([
                    { filter: "cache", filterType: "WILDCARD" },
                ]);
            }),
        );
        everywhere("ECR.3", "repositories have a lifecycle", (made) =>
            expect(
                made.ofType("aws:ecr/lifecyclePolicy:LifecyclePolicy").map((one) => one.inputs.repository),
            ).to.have.members(made.ofType(type.repository).map((one) => one.inputs.name)),
        );
    });

    describe("Lambda", () => {
        everywhere("Lambda.1/CKV_AWS_301", "permissions name their source", (made) =>
            each(made, "aws:lambda/permission:Permission", (inputs) =>
                expect(inputs.sourceArn).to.match(/^arn:aws:execute-api:[^*]+\/\*\/POST\/[a-z-]+$/),
            ),
        );
        everywhere("CKV_AWS_45", "no secret is in a function's environment", (made) =>
            each(made, type.function, (inputs) =>
                expect(JSON.stringify(inputs.environment)).to.not.include("key-value"),
            ),
        );
        everywhere("CKV_AWS_50", "functions are traced", (made) =>
            each(made, type.function, (inputs) => expect(inputs.tracingConfig.mode).to.equal("Active")),
        );
        inProduction("CKV_AWS_115", "functions have reserved concurrency", (made) =>
            each(made, type.function, (inputs) => expect(inputs.reservedConcurrentExecutions).to.be.above(0)),
        );
        everywhere("CKV_AWS_116", "failed events go to dead letters", (made) =>
            each(made, type.function, (inputs) => expect(inputs.deadLetterConfig.targetArn).to.include("dead-letters")),
        );
    });

    describe("API Gateway", () => {
        const methodSettings = (made: Registrations) =>
            made.one("aws:apigateway/methodSettings:MethodSettings").inputs.settings;
        const stage = (made: Registrations) => made.one("aws:apigateway/stage:Stage").inputs;
        const methods = (made: Registrations) => made.ofType("aws:apigateway/method:Method").map((one) => one.inputs);
        everywhere("APIG1/CKV_AWS_76", "calls are logged", (made) =>
            expect(stage(made).accessLogSettings.destinationArn).to.include("LogGroup/"),
        );
        everywhere("APIG6", "errors are logged, without what was said", (made) =>
            expect(methodSettings(made)).to.include({ loggingLevel: "ERROR", dataTraceEnabled: false }),
        );
        everywhere("APIGateway.3", "calls are traced", (made) => expect(stage(made).xrayTracingEnabled).to.equal(true));
        everywhere("APIG2", "requests are validated", (made) => {
            for (const method of methods(made).filter((one) => one.httpMethod === "POST")) {
                expect(method.requestValidatorId).to.be.a("string");
            }
        });
        everywhere("APIG4/COG4/CKV_AWS_59", "all but preflights need a token", (made) => {
            const open = methods(made).filter((one) => one.authorization !== "COGNITO_USER_POOLS");
            expect(methods(made).filter((one) => one.httpMethod === "POST")).to.have.lengthOf(6);
            expect(new Set(open.map((one) => one.httpMethod))).to.deep.equal(new Set(["OPTIONS"]));
        });
        everywhere("API throttling", "calls are throttled", (made) => {
            expect(methodSettings(made).throttlingRateLimit).to.be.above(0);
            expect(methodSettings(made).throttlingBurstLimit).to.be.above(0);
        });
        inProduction("APIG3/APIGateway.4", "a firewall stands before the API", (made) =>
            expect(made.ofType("aws:wafv2/webAclAssociation:WebAclAssociation")).to.have.lengthOf(1),
        );
    });

    describe("ECS", () => {
        everywhere("ECS.4", "the container is not privileged", (made) =>
            expect(containers(made)[0].privileged).to.equal(false),
        );
        everywhere("ECS.5/CKV_AWS_336", "the root file system is read-only", (made) =>
            expect(containers(made)[0].readonlyRootFilesystem).to.equal(true),
        );
        everywhere("ECS.8", "secrets come from Secrets Manager", (made) => {
            const [{ secrets, environment }] = containers(made);
            expect(secrets.map((one: { name: string }) => one.name)).to.deep.equal(["TECH42_TTS_API_KEY"]);
            expect(JSON.stringify(environment)).to.not.include("key-value");
        });
        everywhere("ECS.9", "the container logs", (made) =>
            expect(containers(made)[0].logConfiguration.logDriver).to.equal("awslogs"),
        );
        everywhere("ECS.10", "the platform is the latest", (made) =>
            expect(made.one(type.service).inputs.platformVersion).to.equal("LATEST"),
        );
        everywhere("CKV_AWS_249", "the task and its start have roles of their own", (made) => {
            const { taskRoleArn, executionRoleArn } = made.one(type.taskDefinition).inputs;
            expect(taskRoleArn).to.be.a("string").and.not.equal(executionRoleArn);
        });
        inProduction("ECS.12", "Container Insights are on", (made) =>
            expect(made.one("aws:ecs/cluster:Cluster").inputs.settings).to.deep.equal([
                { name: "containerInsights", value: "enabled" },
            ]),
        );
    });

    describe("Load balancer", () => {
        everywhere("ELB.4", "invalid headers are dropped", (made) =>
            expect(made.one(type.loadBalancer).inputs.dropInvalidHeaderFields).to.equal(true),
        );
        everywhere("ELB.12", "desync attacks are warded off", (made) =>
            expect(made.one(type.loadBalancer).inputs.desyncMitigationMode).to.be.oneOf(["defensive", "strictest"]),
        );
        everywhere("ELB.13", "the balancer is in two zones", (made) =>
            expect(made.one(type.loadBalancer).inputs.subnets).to.have.lengthOf.at.least(2),
        );
        inProduction("ELB access logs and deletion protection", "both are on", (made) => {
            const balancer = made.one(type.loadBalancer).inputs;
            expect(balancer.enableDeletionProtection).to.equal(true);
            expect(balancer.accessLogs.enabled).to.equal(true);
        });
    });

    describe("VPC", () => {
        everywhere("EC2.2", "the default security group is empty", (made) =>
            expect(made.one(type.defaultSecurityGroup).inputs).to.deep.include({ ingress: [], egress: [] }),
        );
        everywhere("CKV_AWS_260", "nothing is open to the world", (made) => {
            each(made, type.ingress, (inputs) => expect(inputs).to.not.have.any.keys("cidrIpv4", "cidrIpv6"));
            each(made, "aws:ec2/securityGroup:SecurityGroup", (inputs) =>
                expect(inputs).to.not.have.property("ingress"),
            );
        });
        everywhere("EC27/CKV_AWS_23", "security groups and their rules are described", (made) => {
            each(made, type.ingress, (inputs) => expect(inputs.description).to.be.a("string"));
            each(made, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", (inputs) =>
                expect(inputs.description).to.be.a("string"),
            );
            each(made, "aws:ec2/securityGroup:SecurityGroup", (inputs) => expect(inputs.description).to.be.a("string"));
        });
        everywhere("VPC gateway endpoints", "S3 and DynamoDB are reached inside AWS", (made) =>
            expect(made.ofType("aws:ec2/vpcEndpoint:VpcEndpoint").map((one) => one.inputs.serviceName)).to.have.members(
                ["com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.dynamodb"],
            ),
        );
        inProduction("VPC flow logs", "traffic is logged", (made) =>
            expect(made.one("aws:ec2/flowLog:FlowLog").inputs.trafficType).to.equal("ALL"),
        );
    });

    describe("CloudFront", () => {
        const behaviors = (made: Registrations) => {
            const { defaultCacheBehavior, orderedCacheBehaviors } = made.one(type.distribution).inputs;
            return [defaultCacheBehavior, ...orderedCacheBehaviors];
        };
        it("CloudFront TLSv1.2_2021 (with its own certificate): no older TLS", () =>
            expect(stacks.prod.one(type.distribution).inputs.viewerCertificate.minimumProtocolVersion).to.equal(
                "TLSv1.2_2021",
            ));
        everywhere("CloudFront https", "plain HTTP is not served", (made) => {
            for (const behavior of behaviors(made)) {
                expect(behavior.viewerProtocolPolicy).to.be.oneOf(["https-only", "redirect-to-https"]);
            }
        });
        everywhere("CloudFront OAC", "the bucket is read with an origin access control", (made) => {
            const [origin] = made.one(type.distribution).inputs.origins;
            expect(origin.originAccessControlId).to.equal("site-origin-access-control-id");
        });
        everywhere("CloudFront default root object", "/ is index.html", (made) =>
            expect(made.one(type.distribution).inputs.defaultRootObject).to.equal("index.html"),
        );
        everywhere("CloudFront security headers", "every answer has them", (made) => {
            for (const behavior of behaviors(made)) {
                expect(behavior.responseHeadersPolicyId).to.equal("site-headers-id");
            }
        });
        inProduction("CloudFront logs and WAF", "both are on", (made) => {
            expect(made.one(type.distribution).inputs.loggingConfig.bucket).to.include("access-logs");
            expect(made.one(type.distribution).inputs.webAclId).to.be.a("string");
        });
    });

    describe("Logs", () => {
        it("Logs retention (dev: set, prod: 365 days or more)", () => {
            each(stacks.dev, type.logGroup, (inputs) => expect(inputs.retentionInDays).to.be.above(0));
            each(stacks.prod, type.logGroup, (inputs) => expect(inputs.retentionInDays).to.be.at.least(365));
        });
        inProduction("Logs customer key", "every log group has one", (made) =>
            each(made, type.logGroup, (inputs, name) => expect(inputs.kmsKeyId, name).to.be.a("string")),
        );
    });

    describe("IAM", () => {
        everywhere("IAM4", "roles have no policies of AWS's", (made) => {
            expect(made.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")).to.be.empty;
            each(made, "aws:iam/role:Role", (inputs) => expect(inputs).to.not.have.property("managedPolicyArns"));
        });
        everywhere("IAM5/CKV_AWS_355", "no action or resource is a wildcard, but for what has no ARN", (made) => {
            // Neither signing in to ECR nor X-Ray has a resource to name (service authorization reference), and VPC flow
            // logs look for theirs among all.
            const withoutResources = [
                "ecr:GetAuthorizationToken",
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "logs:DescribeLogGroups",
            ];
            // API Gateway refuses a role for the account's logs that names any.
            const others = statements(made).filter(({ policy }) => policy !== "api-logs-write");
            for (const { Action, Resource, policy } of others) {
                expect(
                    Action.filter((action) => action.includes("*")),
                    policy,
                ).to.deep.equal([]);
                if ([Resource].flat().includes("*")) {
                    expect(withoutResources, policy).to.include.members(Action);
                }
            }
        });
    });

    describe("Reliability", () => {
        everywhere("circuit breaker", "a deployment that fails is rolled back", (made) =>
            expect(made.one(type.service).inputs).to.deep.include({
                deploymentCircuitBreaker: { enable: true, rollback: true },
                deploymentMinimumHealthyPercent: 100,
                deploymentMaximumPercent: 200,
                waitForSteadyState: true,
            }),
        );
        everywhere("stopTimeout", "a task has 120 seconds to end", (made) =>
            expect(containers(made)[0].stopTimeout).to.equal(120),
        );
        it("autoscaling (dev: none, prod: 2-4)", () => {
            expect(stacks.dev.ofType("aws:appautoscaling/target:Target")).to.be.empty;
            const { minCapacity, maxCapacity } = stacks.prod.one("aws:appautoscaling/target:Target").inputs;
            expect([minCapacity, maxCapacity]).to.deep.equal([2, 4]);
        });
        everywhere("alarms", "what fails is told", (made) =>
            expect(alarms(made)).to.include.members([
                "5XXError",
                "Latency",
                "Errors",
                "Throttles",
                "ApproximateNumberOfMessagesVisible",
                "UnHealthyHostCount",
                "ReadThrottleEvents",
                "WriteThrottleEvents",
            ]),
        );
        it("alarms (running tasks below desired)", () => {
            expect(
                stacks.prod.one("aws:cloudwatch/metricAlarm:MetricAlarm", "monitoring-agent-tasks").inputs
                    .metricQueries,
            ).to.be.an("array");
            expect(alarms(stacks.dev)).to.include("CPUUtilization");
        });
        everywhere("budget", "the administrator is warned of costs", (made) =>
            each(made, "aws:budgets/budget:Budget", (inputs) => expect(inputs.notifications).to.not.be.empty),
        );
    });
});
