/** Signing up and in at the user pool, for clients that do not speak to Cognito themselves. */
import {
    type CognitoIdentityProviderClient,
    InitiateAuthCommand,
    SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { Hono } from "hono";
import { credentials, signUpBody } from "../../../contract/agentRoutes.ts";
import { answer, bodyAs, HttpError } from "../answers.ts";

/** What Cognito says no with, and what a person is told. A user who does not exist and a wrong password are one. */
const REFUSALS: Record<string, () => HttpError> = {
    NotAuthorizedException: () => new HttpError(401, "Unauthorized", "Wrong email or password."),
    UserNotFoundException: () => new HttpError(401, "Unauthorized", "Wrong email or password."),
    UserNotConfirmedException: () =>
        new HttpError(403, "Not confirmed", "Confirm the address first, with the code that was sent to it."),
    PasswordResetRequiredException: () => new HttpError(403, "Password reset", "The password must be set anew."),
    UsernameExistsException: () => new HttpError(409, "Exists", "There is an account with this email already."),
    InvalidPasswordException: () =>
        new HttpError(400, "Bad request", "password: does not meet the rules of the user pool"),
    InvalidParameterException: () => new HttpError(400, "Bad request", "email or password: not acceptable"),
    TooManyRequestsException: () => tooMany(),
    LimitExceededException: () => tooMany(),
    TooManyFailedAttemptsException: () => tooMany(),
};

export function authRoutes(cognito: CognitoIdentityProviderClient, clientId: string): Hono {
    const routes = new Hono();

    routes.post("/signup", async (context) => {
        const { email, password, name } = await bodyAs(context, signUpBody);
        const attributes = [{ Name: "email", Value: email }, ...(name ? [{ Name: "name", Value: name }] : [])];
        const created = await asked(() =>
            cognito.send(
                new SignUpCommand({
                    ClientId: clientId,
                    Username: email,
                    Password: password,
                    UserAttributes: attributes,
                }),
            ),
        );
        const message = created.UserConfirmed
            ? "The account is ready."
            : "The account is made; confirm it with the code that was sent to the address.";
        return answer(context, message, { email, user_sub: created.UserSub, user_confirmed: created.UserConfirmed });
    });

    routes.post("/signin", async (context) => {
        const { email, password } = await bodyAs(context, credentials);
        const { AuthenticationResult: tokens, ChallengeName: challenge } = await asked(() =>
            cognito.send(
                new InitiateAuthCommand({
                    ClientId: clientId,
                    AuthFlow: "USER_PASSWORD_AUTH",
                    AuthParameters: { USERNAME: email, PASSWORD: password },
                }),
            ),
        );
        if (!tokens) {
            throw new HttpError(403, "Challenge", `The user pool asks for one more step: ${challenge}.`);
        }
        return answer(context, "Signed in", {
            access_token: tokens.AccessToken,
            id_token: tokens.IdToken,
            refresh_token: tokens.RefreshToken,
            expires_in: tokens.ExpiresIn,
            token_type: tokens.TokenType ?? "Bearer",
        });
    });

    return routes;
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
    try {
        return await call();
    } catch (error) {
        const refusal = REFUSALS[(error as Error).name];
        throw (
            refusal?.() ??
            new HttpError(502, "Bad gateway", "The user pool did not answer; try again in a moment.", { cause: error })
        );
    }
}

function tooMany(): HttpError {
    return new HttpError(429, "Too many requests", "Too many attempts; wait a little.", {
        headers: { "Retry-After": "30" },
    });
}
