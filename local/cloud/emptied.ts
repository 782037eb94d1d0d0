/** Whether an emulator that runs has lost what was deployed to it, as after it was reset. */
import { CognitoIdentityProviderClient, DescribeUserPoolCommand } from "@aws-sdk/client-cognito-identity-provider";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { StoredState } from "./storedState.ts";

type Settings = ConstructorParameters<typeof LambdaClient>[0] & { forcePathStyle: boolean };

/** What is looked at. */
const KINDS: Record<string, (settings: Settings, id: string) => Promise<unknown>> = {
    "aws:s3/bucket:Bucket": (settings, Bucket) =>
        new S3Client(settings as object).send(new HeadBucketCommand({ Bucket })),
    "aws:cognito/userPool:UserPool": (settings, UserPoolId) =>
        new CognitoIdentityProviderClient(settings as object).send(new DescribeUserPoolCommand({ UserPoolId })),
    "aws:lambda/function:Function": (settings, FunctionName) =>
        new LambdaClient(settings).send(new GetFunctionCommand({ FunctionName })),
};

/** Whether nothing of a state is there that is looked at: one resource of each kind. */
export async function isEmptied(endpoint: string, region: string, { resources }: StoredState): Promise<boolean> {
    const settings = {
        endpoint,
        region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        forcePathStyle: true,
    };
    const looked = Object.entries(KINDS).flatMap(([type, look]) => {
        const id = resources.find((one) => one.type === type && one.id !== undefined)?.id;
        return id === undefined ? [] : [look(settings, id).then(() => true, isAnotherError)];
    });
    const there = await Promise.all(looked);
    return there.length > 0 && !there.includes(true);
}

/** What can't be looked at may be there. */
function isAnotherError(error: { name: string; $metadata?: { httpStatusCode?: number } }): boolean {
    return error.$metadata?.httpStatusCode !== 404 && error.name !== "ResourceNotFoundException";
}
