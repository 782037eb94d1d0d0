/** Signs in to a user pool, with all challenges that it poses before it issues tokens. */
import {
    AssociateSoftwareTokenCommand,
    type AuthenticationResultType,
    CodeMismatchException,
    CognitoIdentityProviderServiceException,
    EnableSoftwareTokenMFAException,
    InitiateAuthCommand,
    type InitiateAuthCommandOutput,
    InvalidPasswordException,
    RespondToAuthChallengeCommand,
    VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { AwsClients } from "./clients.ts";
import { CommandFailure } from "./exitCodes.ts";

export interface Credentials {
    clientId: string;
    user: string;
    password: string;
}

/** The answers that only a person can give. */
export interface Answers {
    /** A password to replace the temporary one. */
    newPassword(): Promise<string>;
    /** The authenticator app's code. */
    code(): Promise<string>;
    /** Shows the key for an authenticator app, once. */
    showKey(key: string): void;
    /** Is called with the reason why an answer was refused; returns whether to ask again. */
    refused(why: string): boolean;
}

/** @throws {CommandFailure} when Cognito refuses, or asks for something else */
export async function signIn(
    { clientId: ClientId, user, password }: Credentials,
    cognito: AwsClients["cognito"],
    person: Answers,
): Promise<AuthenticationResultType> {
    let step: InitiateAuthCommandOutput;
    const respond = (responses: Record<string, string> = {}, Session = step.Session) =>
        cognito.send(
            new RespondToAuthChallengeCommand({
                ClientId,
                ChallengeName: step.ChallengeName,
                Session,
                ChallengeResponses: { USERNAME: step.ChallengeParameters?.USER_ID_FOR_SRP ?? user, ...responses },
            }),
        );
    try {
        step = await cognito.send(
            new InitiateAuthCommand({
                ClientId,
                AuthFlow: "USER_PASSWORD_AUTH",
                AuthParameters: { USERNAME: user, PASSWORD: password },
            }),
        );
        while (!step.AuthenticationResult) {
            switch (step.ChallengeName) {
                case "NEW_PASSWORD_REQUIRED":
                    step = await answered(person, async () => respond({ NEW_PASSWORD: await person.newPassword() }));
                    break;
                case "SOFTWARE_TOKEN_MFA":
                    step = await answered(person, async () =>
                        respond({ SOFTWARE_TOKEN_MFA_CODE: await person.code() }),
                    );
                    break;
                case "MFA_SETUP": {
                    const { SecretCode = "", Session } = await cognito.send(
                        new AssociateSoftwareTokenCommand({ Session: step.Session }),
                    );
                    person.showKey(SecretCode);
                    const verified = await answered(person, async () =>
                        cognito.send(new VerifySoftwareTokenCommand({ Session, UserCode: await person.code() })),
                    );
                    step = await respond({}, verified.Session);
                    break;
                }
                default:
                    throw new CommandFailure("sign_in_failed", `The pool asks for ${step.ChallengeName}.`);
            }
        }
        return step.AuthenticationResult;
    } catch (error) {
        if (error instanceof CognitoIdentityProviderServiceException) {
            throw new CommandFailure("sign_in_failed", `Cognito refuses the sign-in: ${error.message}`);
        }
        throw error;
    }
}

/** Asks again while Cognito refuses an answer that the person can correct. */
async function answered<T>(person: Answers, ask: () => Promise<T>): Promise<T> {
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            const isTheirs =
                error instanceof CodeMismatchException ||
                error instanceof EnableSoftwareTokenMFAException ||
                error instanceof InvalidPasswordException;
            if (!isTheirs || !person.refused(error.message)) {
                throw error;
            }
        }
    }
}
