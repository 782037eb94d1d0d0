/** The user who may sign in to the local deployment. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    AssociateSoftwareTokenCommand,
    CognitoIdentityProviderClient,
    EnableSoftwareTokenMFAException,
    InitiateAuthCommand,
    UsernameExistsException,
    VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { oneTimePassword } from "../../standins/oneTimePassword.ts";
import { OPERATOR } from "./clients.ts";

export interface LocalUser {
    email: string;
    password: string;
    /** In base32, if the pool requires an authenticator. */
    authenticatorKey?: string;
}

interface Pool {
    endpoint: string;
    region: string;
    poolId: string;
    /** The app client. */
    clientId: string;
}

const EMAIL = "reader@example.com";

/**
 * Creates the user, confirmed, with a password from the local cloud's folder and, if the pool requires one, an
 * authenticator; they stay the same.
 */
export async function ensureUser({ endpoint, region, poolId, clientId }: Pool, stateDir: string): Promise<LocalUser> {
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
        const authenticatorKey = await setUpAuthenticator(cognito, clientId, user);
        return authenticatorKey ? keep({ ...user, authenticatorKey }, stateDir) : user;
    } finally {
        cognito.destroy();
    }
}

/** Sets up the authenticator that the pool requires at sign-in. Returns its key, or undefined if none is required. */
async function setUpAuthenticator(
    cognito: CognitoIdentityProviderClient,
    ClientId: string,
    { email, password }: LocalUser,
): Promise<string | undefined> {
    const signIn = await cognito.send(
        new InitiateAuthCommand({
            ClientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
    );
    if (signIn.ChallengeName !== "MFA_SETUP") {
        return undefined;
    }
    const { SecretCode = "", Session } = await cognito.send(
        new AssociateSoftwareTokenCommand({ Session: signIn.Session }),
    );
    // Each code is accepted only once: the current one is left for the next sign-in.
    const verify = () =>
        cognito.send(new VerifySoftwareTokenCommand({ Session, UserCode: oneTimePassword(SecretCode, -1) }));
    await verify().catch((error: unknown) => {
        // The previous code has expired if a new half minute has begun meanwhile.
        if (error instanceof EnableSoftwareTokenMFAException) {
            return verify();
        }
        throw error;
    });
    return SecretCode;
}

/** The user that the folder keeps, or a new one. */
export function keptUser(stateDir: string): LocalUser {
    try {
        return JSON.parse(readFileSync(fileIn(stateDir), "utf8")) as LocalUser;
    } catch {
        // The fixed prefix has letters of both cases, a digit and a symbol, for the password policy.
        return keep({ email: EMAIL, password: `Aa1-${randomBytes(12).toString("base64url")}` }, stateDir);
    }
}

function keep(user: LocalUser, stateDir: string): LocalUser {
    writeFileSync(fileIn(stateDir), JSON.stringify(user), { mode: 0o600 });
    return user;
}

function fileIn(stateDir: string): string {
    return join(stateDir, "user.json");
}
