import * as cognito from "@aws-sdk/client-cognito-identity-provider";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ecr from "@aws-sdk/client-ecr";
import * as s3 from "@aws-sdk/client-s3";
import * as secrets from "@aws-sdk/client-secrets-manager";
import type { Clients } from "../cloudClients.ts";

const TABLE = "story-42-story-sessions-dev";
const BUCKETS = ["story-42-story-images-dev", "story-42-dev-static-website"];
const KEY = "story-42-google-api-key-dev";
/** The password of the deployment's readers. */
export const READER_PASSWORD = "Str0ng!Password1";

/** The contents of a deployment, with ids and creation dates that identify its resources. */
export async function contentsOf(cloud: Clients) {
    const table = await cloud.of(dynamodb.DynamoDBClient).send(new dynamodb.DescribeTableCommand({ TableName: TABLE }));
    const scan = await cloud.of(dynamodb.DynamoDBClient).send(new dynamodb.ScanCommand({ TableName: TABLE }));
    const secret = await cloud
        .of(secrets.SecretsManagerClient)
        .send(new secrets.GetSecretValueCommand({ SecretId: KEY }));
    return {
        table: { id: table.Table?.TableId, arn: table.Table?.TableArn, made: table.Table?.CreationDateTime },
        items: (scan.Items ?? []).map((item) => JSON.stringify(item)).sort(),
        objects: await objectsIn(cloud),
        pool: await poolIn(cloud),
        secret: { arn: secret.ARN, version: secret.VersionId, value: secret.SecretString },
        repositories: await repositoriesIn(cloud),
    };
}

async function objectsIn(cloud: Clients) {
    const client = cloud.of(s3.S3Client);
    const objects: Record<string, string> = {};
    for (const Bucket of BUCKETS) {
        const { Contents } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
        // The site's files come from the program.
        for (const { Key = "" } of (Contents ?? []).filter(() => Bucket === BUCKETS[0])) {
            const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
            objects[`${Bucket}/${Key}`] = (await Body?.transformToString("base64")) ?? "";
        }
    }
    return objects;
}

async function poolIn(cloud: Clients) {
    const client = cloud.of(cognito.CognitoIdentityProviderClient);
    const { UserPools } = await client.send(new cognito.ListUserPoolsCommand({ MaxResults: 10 }));
    const [pool, ...others] = UserPools ?? [];
    const UserPoolId = pool?.Id ?? "";
    const { Users } = await client.send(new cognito.ListUsersCommand({ UserPoolId }));
    const { UserPoolClients } = await client.send(
        new cognito.ListUserPoolClientsCommand({ UserPoolId, MaxResults: 10 }),
    );
    return {
        id: UserPoolId,
        others: others.length,
        clients: UserPoolClients?.map(({ ClientId }) => ClientId),
        users: Object.fromEntries(
            (Users ?? []).map(({ Username = "", Attributes, UserStatus, UserCreateDate }) => [
                Username,
                {
                    sub: Attributes?.find(({ Name }) => Name === "sub")?.Value,
                    email: Attributes?.find(({ Name }) => Name === "email")?.Value,
                    status: UserStatus,
                    made: UserCreateDate,
                },
            ]),
        ),
    };
}

async function repositoriesIn(cloud: Clients) {
    const client = cloud.of(ecr.ECRClient);
    const { repositories } = await client.send(new ecr.DescribeRepositoriesCommand({}));
    const found: Record<string, unknown> = {};
    for (const { repositoryName = "", repositoryArn, createdAt } of repositories ?? []) {
        const { imageIds } = await client.send(new ecr.ListImagesCommand({ repositoryName }));
        found[repositoryName] = { repositoryArn, createdAt, imageIds };
    }
    return found;
}

/** Signs a reader in with the password from before the adoption. */
export async function signIn(cloud: Clients, username: string): Promise<boolean> {
    const { pool } = await contentsOf(cloud);
    const answer = await cloud.of(cognito.CognitoIdentityProviderClient).send(
        new cognito.InitiateAuthCommand({
            AuthFlow: "USER_PASSWORD_AUTH",
            ClientId: pool.clients?.[0],
            AuthParameters: { USERNAME: username, PASSWORD: READER_PASSWORD },
        }),
    );
    return answer.AuthenticationResult?.IdToken !== undefined;
}
