import { basename } from "node:path";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks.js";

const digest = `sha256:${"a".repeat(64)}`;

/** The outputs that a provider would add to a resource's inputs. */
export function madeByProvider({ type, name, inputs }: MockResourceArgs): Record<string, unknown> {
    const named = inputs.name ?? inputs.bucket ?? inputs.clusterName ?? name;
    const common = { arn: `arn:aws:mock:us-east-1:123456789012:${type.split(":").at(-1)}/${named}`, name: named };
    switch (type) {
        case "aws:s3/bucket:Bucket":
            return {
                arn: `arn:aws:s3:::${named}`,
                bucketRegionalDomainName: `${named}.s3.us-east-1.amazonaws.com`,
                bucketDomainName: `${named}.s3.amazonaws.com`,
            };
        case "aws:ecr/repository:Repository":
            return { ...common, repositoryUrl: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${named}` };
        case "aws:cloudfront/distribution:Distribution":
            return { ...common, domainName: "d111111abcdef8.cloudfront.net", hostedZoneId: "Z2FDTNDATAQYW2" };
        case "aws:acm/certificate:Certificate":
            return {
                ...common,
                domainValidationOptions: [inputs.domainName, ...(inputs.subjectAlternativeNames ?? [])].map(
                    (domain) => ({
                        domainName: domain,
                        resourceRecordName: `_check.${domain}`,
                        resourceRecordType: "CNAME",
                        resourceRecordValue: "_value.acm-validations.aws.",
                    }),
                ),
            };
        case "aws:lb/loadBalancer:LoadBalancer":
            return { ...common, arnSuffix: `app/${named}/0123456789abcdef` };
        case "aws:lb/targetGroup:TargetGroup":
            return { ...common, arnSuffix: `targetgroup/${named}/0123456789abcdef` };
        case "aws:bedrock/guardrail:Guardrail":
            return {
                ...common,
                guardrailId: "abcdefghijkl",
                guardrailArn: "arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdefghijkl",
                version: "DRAFT",
            };
        case "aws:bedrock/guardrailVersion:GuardrailVersion":
            return { ...common, version: "1" };
        case "aws:bedrock/inferenceProfile:InferenceProfile":
            return { ...common, arn: `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/${name}` };
        case "aws:lambda/function:Function":
            return { ...common, version: "1" };
        case "aws:lambda/alias:Alias":
            return {
                ...common,
                invokeArn: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${common.arn}/invocations`,
            };
        case "aws:apigateway/restApi:RestApi":
            return { ...common, executionArn: "arn:aws:execute-api:us-east-1:123456789012:api-id" };
        case "aws:apigateway/stage:Stage":
            return { ...common, invokeUrl: `https://api.execute-api.us-east-1.amazonaws.com/${inputs.stageName}` };
        case "aws:secretsmanager/secretVersion:SecretVersion":
            return { ...common, versionId: `version-of-${name}` };
        case "docker-build:index:Image":
            return { digest, ref: `${basename(String(inputs.tags?.[0] ?? "image")).split(":")[0]}@${digest}` };
        case "awsx:ec2:Vpc":
            return {
                vpcId: "vpc-1",
                publicSubnetIds: ["subnet-public-1", "subnet-public-2"],
                isolatedSubnetIds: ["subnet-isolated-1", "subnet-isolated-2"],
                privateSubnetIds:
                    inputs.natGateways?.strategy === "None" ? [] : ["subnet-private-1", "subnet-private-2"],
                vpc: { arn: "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", id: "vpc-1", cidrBlock: inputs.cidrBlock },
                routeTables: [],
            };
        default:
            return common;
    }
}

/** A provider's answers to calls, in a made-up account. */
export function answerOf(token: string, region: string): Record<string, unknown> {
    switch (token) {
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/deployer", userId: "deployer" };
        case "aws:index/getRegion:getRegion":
            return { region, name: region, id: region };
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            // The zones of both regions in which tests have stacks.
            return {
                names: ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-west-2a", "us-west-2b"],
                zoneIds: ["use1-az4", "use1-az6", "use1-az3", "use1-az1", "usw2-az1", "usw2-az2"],
            };
        case "aws:index/getPartition:getPartition":
            return { partition: "aws", dnsSuffix: "amazonaws.com" };
        case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
            return { id: "pl-3b927c52" };
        case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
            return {
                userName: "AWS",
                password: "registry-password",
                proxyEndpoint: `https://123456789012.dkr.ecr.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`,
            };
        default:
            return {};
    }
}
