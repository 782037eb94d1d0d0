/** Queries of MiniStack for the cases of Cognito's user pools. */
import {
    AdminGetUserCommand,
    type AdminGetUserCommandOutput,
    CognitoIdentityProviderClient,
    DescribeUserPoolClientCommand,
    DescribeUserPoolCommand,
    paginateListUserPools,
    type UserPoolClientType,
    type UserPoolType,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import { AwsError } from "./response.ts";

/** The requests of a sign-in, one step each. */
export const signInRequests = [
    "InitiateAuth",
    "AdminInitiateAuth",
    "RespondToAuthChallenge",
    "AdminRespondToAuthChallenge",
].map((name) => `cognito-idp:${name}`);

export function cognitoOf({ region }: Pick<AwsRequest, "region">, emulator: Emulator): CognitoIdentityProviderClient {
    return emulator.client(CognitoIdentityProviderClient, region);
}

/** The app client that a request names, which names the pool; `undefined` if it does not exist. */
export function appClientOf(request: AwsRequest, emulator: Emulator): Promise<UserPoolClientType | undefined> {
    const { ClientId, UserPoolId } = request.input;
    return emulator.remember(`client ${request.region} ${UserPoolId} ${ClientId}`, async () => {
        const cognito = cognitoOf(request, emulator);
        const described = async (pool: string) => {
            const answer = cognito.send(new DescribeUserPoolClientCommand({ UserPoolId: pool, ClientId }));
            return (await answer.catch(() => undefined))?.UserPoolClient;
        };
        if (UserPoolId !== undefined) {
            return await described(UserPoolId);
        }
        for await (const { UserPools = [] } of paginateListUserPools({ client: cognito }, { MaxResults: 60 })) {
            for (const { Id = "" } of UserPools) {
                const found = await described(Id);
                if (found) {
                    return found;
                }
            }
        }
        return undefined;
    });
}

export function poolOf(request: AwsRequest, emulator: Emulator, id: string): Promise<UserPoolType | undefined> {
    return emulator.remember(`pool ${request.region} ${id}`, async () => {
        const answer = cognitoOf(request, emulator).send(new DescribeUserPoolCommand({ UserPoolId: id }));
        return (await answer.catch(() => undefined))?.UserPool;
    });
}

/** A user by name, address or `sub`. */
export async function userOf(
    request: AwsRequest,
    emulator: Emulator,
    pool: string,
    name: string,
): Promise<AdminGetUserCommandOutput | undefined> {
    const answer = cognitoOf(request, emulator).send(new AdminGetUserCommand({ UserPoolId: pool, Username: name }));
    return await answer.catch(() => undefined);
}

export function attributeOf(user: AdminGetUserCommandOutput, name: string): string | undefined {
    return user.UserAttributes?.find((one) => one.Name === name)?.Value;
}

/** The claims of a token, which MiniStack verifies. */
export function claimsOf(token: string): Record<string, string> {
    try {
        return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    } catch {
        return {};
    }
}

/** The user of an access token. */
export function ownerOf(accessToken: string): { pool: string; username: string } {
    const { iss = "", username = "" } = claimsOf(accessToken);
    return { pool: iss.slice(iss.lastIndexOf("/") + 1), username };
}

/** Passes an error of MiniStack on to the client. */
export async function passingRefusals<T>(call: Promise<T>): Promise<T> {
    try {
        return await call;
    } catch (error) {
        const { name, message } = error as Error;
        throw new AwsError(name, message);
    }
}
