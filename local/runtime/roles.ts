/** Credentials of the roles of functions and tasks. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { Clients, Credentials } from "./clients.ts";

/** Credentials with their expiration. */
export interface RoleCredentials extends Credentials {
    expiration: Date;
}

/** Throws, naming the role and its user, when the role does not exist or cannot be assumed. */
export async function assumeRole(
    clients: Clients,
    roleArn: string | undefined,
    what: string,
): Promise<RoleCredentials> {
    if (!roleArn) {
        throw new Error(`${what} has no role`);
    }
    try {
        const { Credentials: credentials } = await clients.sts.send(
            new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "story-42-local" }),
        );
        if (!credentials?.AccessKeyId || !credentials.SecretAccessKey) {
            throw new Error("no credentials came back");
        }
        return {
            accessKeyId: credentials.AccessKeyId,
            secretAccessKey: credentials.SecretAccessKey,
            sessionToken: credentials.SessionToken,
            expiration: credentials.Expiration ?? new Date(Date.now() + 3_600_000),
        };
    } catch (error) {
        throw new Error(`${what} cannot take its role ${roleArn}: ${(error as Error).message}`, { cause: error });
    }
}

/** The variables from which the SDKs read credentials. */
export function credentialVariables(credentials: Credentials): Record<string, string> {
    return {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
    };
}
