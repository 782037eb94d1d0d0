import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { STSClient } from "@aws-sdk/client-sts";

/** A stack's region, and the profile to use. */
export interface Account {
    region: string;
    /** The profile of the stack's `aws:profile`. Default: the environment's. */
    profile: string | undefined;
}

/**
 * Clients of a stack's account. Credentials, and `AWS_ENDPOINT_URL` if set, come from the environment, as for Pulumi.
 */
export function awsClients({ region, profile }: Account) {
    const options = { region, ...(profile ? { profile } : {}) };
    return {
        cognito: new CognitoIdentityProviderClient(options),
        dynamo: new DynamoDBClient(options),
        ec2: new EC2Client(options),
        ecs: new ECSClient(options),
        lambda: new LambdaClient(options),
        logs: new CloudWatchLogsClient(options),
        quotas: new ServiceQuotasClient(options),
        // An emulator has no subdomains for buckets.
        s3: new S3Client({ ...options, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) }),
        scaling: new ApplicationAutoScalingClient(options),
        sts: new STSClient(options),
    };
}

/** The clients of {@link awsClients}. */
export type AwsClients = ReturnType<typeof awsClients>;

/** Whether an error is an emulator's answer for a service that it lacks. */
export function isUnknownToEmulator(error: unknown): boolean {
    return Boolean(process.env.AWS_ENDPOINT_URL) && (error as Error).name === "Unknown";
}
