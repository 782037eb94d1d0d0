/** Credentials of the roles that functions and tasks have, as AWS hands them to what runs. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { Clients, Credentials } from "./clients.ts";

/** Credentials with the time until which they can be used. */
export interface RoleCredentials extends Credentials {
    expiration: Date;
}

/** Throws, naming the role and what it is for, when the role is not there or cannot be taken. */
export async function assumeRole(
    clients: Clients,
    roleArn: string | undefined,
    what: string,
): Promise<RoleCredentials> {
    if (!roleArn) {
        throw new Error(`${what} has no role`);
    }
    try {
        const { Credentials: given } = await clients.sts.send(
            new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "story-42-local" }),
        );
        if (!given?.AccessKeyId || !given.SecretAccessKey) {
            throw new Error("no credentials came back");
        }
        return {
            accessKeyId: given.AccessKeyId,
            secretAccessKey: given.SecretAccessKey,
            sessionToken: given.SessionToken,
            expiration: given.Expiration ?? new Date(Date.now() + 3_600_000),
        };
    } catch (error) {
        throw new Error(`${what} cannot take its role ${roleArn}: ${(error as Error).message}`, { cause: error });
    }
}

/** As the SDKs find them in a process's environment. */
export function credentialVariables(credentials: Credentials): Record<string, string> {
    return {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
    };
}
