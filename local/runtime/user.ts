/** A person who may sign in to the local deployment. */
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
    /** In base32, where the pool wants an authenticator. */
    authenticatorKey?: string;
}

interface Place {
    endpoint: string;
    region: string;
    poolId: string;
    /** The app client. */
    clientId: string;
}

const EMAIL = "reader@example.com";

/**
 * Makes the user, confirmed, with a password that the local cloud's folder keeps and, where the pool wants one, with an
 * authenticator; the same one every time.
 */
export async function ensureUser({ endpoint, region, poolId, clientId }: Place, stateDir: string): Promise<LocalUser> {
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

/** Sets the authenticator up that the pool asks for at the sign-in; returns its key, or undefined where it asks for none. */
async function setUpAuthenticator(
    cognito: CognitoIdentityProviderClient,
    ClientId: string,
    { email, password }: LocalUser,
): Promise<string | undefined> {
    const asked = await cognito.send(
        new InitiateAuthCommand({
            ClientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
    );
    if (asked.ChallengeName !== "MFA_SETUP") {
        return undefined;
    }
    const { SecretCode = "", Session } = await cognito.send(
        new AssociateSoftwareTokenCommand({ Session: asked.Session }),
    );
    // A code is taken but once: the one of the moment is left to who signs in next.
    const verify = () =>
        cognito.send(new VerifySoftwareTokenCommand({ Session, UserCode: oneTimePassword(SecretCode, -1) }));
    await verify().catch((error: unknown) => {
        // The one before that is too old, should the half minute have ended on the way.
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
        // Letters of both cases, a digit and a sign, whatever the random part is.
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
