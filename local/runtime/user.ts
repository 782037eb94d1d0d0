/** A person who may sign in to the local deployment. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    CognitoIdentityProviderClient,
    UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider";
import { OPERATOR } from "./clients.ts";

export interface LocalUser {
    email: string;
    password: string;
}

const EMAIL = "reader@example.com";

/** Makes the user, confirmed and with a password that the local cloud's folder keeps; the same one every time. */
export async function ensureUser(
    { endpoint, region, poolId }: { endpoint: string; region: string; poolId: string },
    stateDir: string,
): Promise<LocalUser> {
    const user = keptUser(stateDir);
    const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials: OPERATOR });
    const named = { UserPoolId: poolId, Username: user.email };
    try {
        await cognito
            .send(
                new AdminCreateUserCommand({
                    ...named,
                    MessageAction: "SUPPRESS",
                    UserAttributes: [
                        { Name: "email", Value: user.email },
                        { Name: "email_verified", Value: "true" },
                    ],
                }),
            )
            .catch((error) => {
                if (!(error instanceof UsernameExistsException)) {
                    throw error;
                }
            });
        await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: user.password, Permanent: true }));
    } finally {
        cognito.destroy();
    }
    return user;
}

/** The user that the folder keeps, or a new one. */
export function keptUser(stateDir: string): LocalUser {
    const path = join(stateDir, "user.json");
    try {
        return JSON.parse(readFileSync(path, "utf8")) as LocalUser;
    } catch {
        // Letters of both cases, a digit and a sign, whatever the random part is.
        const user = { email: EMAIL, password: `Aa1-${randomBytes(12).toString("base64url")}` };
        writeFileSync(path, JSON.stringify(user), { mode: 0o600 });
        return user;
    }
}
