/** Every resource type that the local provider knows. */
import type { ResourceType } from "./resource.ts";
import { apigatewayTypes } from "./services/apigateway.ts";
import { appautoscalingTypes } from "./services/appautoscaling.ts";
import { cloudfrontTypes } from "./services/cloudfront.ts";
import { cloudwatchTypes } from "./services/cloudwatch.ts";
import { cognitoTypes } from "./services/cognito.ts";
import { dnsTypes } from "./services/dns.ts";
import { dynamodbTypes } from "./services/dynamodb.ts";
import { ec2Types } from "./services/ec2.ts";
import { ecsTypes } from "./services/ecs.ts";
import { iamTypes } from "./services/iam.ts";
import { lambdaTypes } from "./services/lambda.ts";
import { lbTypes } from "./services/lb.ts";
import { noticeTypes } from "./services/notices.ts";
import { s3Types } from "./services/s3.ts";
import { secretTypes } from "./services/secrets.ts";
import { securityGroupTypes } from "./services/securityGroups.ts";

/** The types by their tokens, for example `aws:s3/bucket:Bucket`. */
export const resourceTypes: Record<string, ResourceType> = {
    ...apigatewayTypes,
    ...appautoscalingTypes,
    ...cloudfrontTypes,
    ...cloudwatchTypes,
    ...cognitoTypes,
    ...dnsTypes,
    ...dynamodbTypes,
    ...ec2Types,
    ...ecsTypes,
    ...iamTypes,
    ...lambdaTypes,
    ...lbTypes,
    ...noticeTypes,
    ...s3Types,
    ...secretTypes,
    ...securityGroupTypes,
};
