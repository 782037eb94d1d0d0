import {
    type AuthenticationResultType,
    type ChallengeNameType,
    CognitoIdentityProviderServiceException,
    InitiateAuthCommand,
    type InitiateAuthCommandOutput,
    RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { z } from "zod";
import type { AwsClients } from "../clients.ts";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { askFor } from "../terminal.ts";

const result = z.strictObject({
    token: z.string().describe("The Cognito ID token, as the REST API and the agent service take it."),
    expiresAt: z.iso.datetime(),
});

/** What a sign-in may ask for in return, with where the answer comes from and where Cognito wants it. */
const challenges: Partial<Record<ChallengeNameType, { variable: string; question: string; answer: string }>> = {
    NEW_PASSWORD_REQUIRED: { variable: "STORY42_NEW_PASSWORD", question: "New password", answer: "NEW_PASSWORD" },
    SOFTWARE_TOKEN_MFA: {
        variable: "STORY42_MFA_CODE",
        question: "Code of the authenticator app",
        answer: "SOFTWARE_TOKEN_MFA_CODE",
    },
};

/** A token for trying the API. */
export const tokenCommand = defineCommand<z.output<typeof result>>({
    name: "token",
    about: "sign in to the stack's user pool and print an ID token, for trying the API",
    help: `Asks for user and password, or takes them from STORY42_USER and STORY42_PASSWORD (and what the pool may ask for from
STORY42_MFA_CODE or STORY42_NEW_PASSWORD). Prints the token alone:

  curl -X POST "$(story42 outputs api_endpoint)/generate-story" -H "Authorization: Bearer $(story42 token)" ...`,
    result,
    async run({ stack, signal }) {
        const { outputs, clients } = await (await stack()).deployed();
        const user = await askFor({ variable: "STORY42_USER", question: "E-mail address" }, signal);
        const password = await askFor({ variable: "STORY42_PASSWORD", question: "Password", secret: true }, signal);
        const clientId = outputs.cognito_user_pool_client_id;
        const tokens = await signIn({ clientId, user, password }, clients.cognito, signal);
        return {
            token: tokens.IdToken ?? "",
            expiresAt: new Date(Date.now() + (tokens.ExpiresIn ?? 0) * 1000).toISOString(),
        };
    },
    text: ({ token }) => token,
});

interface Credentials {
    clientId: string;
    user: string;
    password: string;
}

async function signIn(
    { clientId, user, password }: Credentials,
    cognito: AwsClients["cognito"],
    signal: AbortSignal,
): Promise<AuthenticationResultType> {
    try {
        let answer: InitiateAuthCommandOutput = await cognito.send(
            new InitiateAuthCommand({
                ClientId: clientId,
                AuthFlow: "USER_PASSWORD_AUTH",
                AuthParameters: { USERNAME: user, PASSWORD: password },
            }),
        );
        while (!answer.AuthenticationResult) {
            const { ChallengeName, Session } = answer;
            answer = await cognito.send(
                new RespondToAuthChallengeCommand({
                    ClientId: clientId,
                    ChallengeName,
                    Session,
                    ChallengeResponses: { USERNAME: user, ...(await respond(ChallengeName, signal)) },
                }),
            );
        }
        return answer.AuthenticationResult;
    } catch (error) {
        if (error instanceof CognitoIdentityProviderServiceException) {
            throw new CommandFailure("sign_in_failed", `Cognito refuses the sign-in: ${error.message}`);
        }
        throw error;
    }
}

async function respond(name: ChallengeNameType | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    const challenge = name && challenges[name];
    if (!challenge) {
        throw new CommandFailure(
            "sign_in_failed",
            `The pool asks for ${name}, which only the site can do (a second factor is set up there): sign in at the site first.`,
        );
    }
    return { [challenge.answer]: await askFor({ ...challenge, secret: true }, signal) };
}
