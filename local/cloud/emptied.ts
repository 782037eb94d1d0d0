/** Checks whether a running emulator has lost what was deployed to it, for example by a reset. */
import { CognitoIdentityProviderClient, DescribeUserPoolCommand } from "@aws-sdk/client-cognito-identity-provider";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { StoredState } from "./storedState.ts";

type Settings = ConstructorParameters<typeof LambdaClient>[0] & { forcePathStyle: boolean };

/** The resource types that are checked. */
const KINDS: Record<string, (settings: Settings, id: string) => Promise<unknown>> = {
    "aws:s3/bucket:Bucket": (settings, Bucket) =>
        new S3Client(settings as object).send(new HeadBucketCommand({ Bucket })),
    "aws:cognito/userPool:UserPool": (settings, UserPoolId) =>
        new CognitoIdentityProviderClient(settings as object).send(new DescribeUserPoolCommand({ UserPoolId })),
    "aws:lambda/function:Function": (settings, FunctionName) =>
        new LambdaClient(settings).send(new GetFunctionCommand({ FunctionName })),
};

/** Whether none of the checked resources of a state exists; one of each type is checked. */
export async function isEmptied(endpoint: string, region: string, { resources }: StoredState): Promise<boolean> {
    const settings = {
        endpoint,
        region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        forcePathStyle: true,
    };
    const checks = Object.entries(KINDS).flatMap(([type, look]) => {
        const id = resources.find((one) => one.type === type && one.id !== undefined)?.id;
        return id === undefined ? [] : [look(settings, id).then(() => true, isAnotherError)];
    });
    const there = await Promise.all(checks);
    return there.length > 0 && !there.includes(true);
}

/** Any error other than "not found" does not prove that the resource is gone. */
function isAnotherError(error: { name: string; $metadata?: { httpStatusCode?: number } }): boolean {
    return error.$metadata?.httpStatusCode !== 404 && error.name !== "ResourceNotFoundException";
}
