/** Sign-up and sign-in at the user pool, for clients that don't call Cognito themselves. */
import { randomUUID } from "node:crypto";
import {
    AdminUserGlobalSignOutCommand,
    AssociateSoftwareTokenCommand,
    type AuthenticationResultType,
    ChangePasswordCommand,
    ConfirmForgotPasswordCommand,
    ConfirmSignUpCommand,
    ForgotPasswordCommand,
    GetTokensFromRefreshTokenCommand,
    InitiateAuthCommand,
    type InitiateAuthCommandOutput,
    ResendConfirmationCodeCommand,
    RespondToAuthChallengeCommand,
    SetUserMFAPreferenceCommand,
    SignUpCommand,
    VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Context } from "hono";
import { bearerOf, callerOf } from "../access.ts";
import { RateLimit } from "../rateLimit.ts";
import { HttpError, success } from "../responses.ts";
import type { Service } from "../service.ts";
import { UnconfirmedSignUps } from "../unconfirmedSignUps.ts";
import type { SomeHandlers } from "./serve.ts";

/** Our errors by the names of Cognito's errors. */
type Refusals = Record<string, (error: Error) => HttpError>;

const tooMany = (seconds: number) =>
    new HttpError(429, "Too many requests", "Too many attempts. Wait a while and try again.", {
        headers: { "Retry-After": String(seconds) },
    });
const wrongPassword = () =>
    new HttpError(
        401,
        "Unauthorized",
        "Wrong email or password. If you never confirmed your address, sign up once more for a new code.",
    );
/** Our messages by Cognito's messages about a password's missing parts. */
const PASSWORD_PROBLEMS = [
    [/long enough|length/i, "It needs more characters."],
    [/lowercase/i, "It needs a lowercase letter."],
    [/uppercase/i, "It needs an uppercase letter."],
    [/numeric/i, "It needs a digit."],
    [/symbol/i, "It needs a symbol."],
] as const;
const badPassword = ({ message }: Error) => {
    const lacking = PASSWORD_PROBLEMS.flatMap(([pattern, words]) => (pattern.test(message) ? [words] : []));
    return new HttpError(400, "Bad request", ["The password is too simple.", ...lacking].join(" "));
};
const wrongCode = () => new HttpError(400, "Wrong code", "The code is wrong, or it has expired.");
const signInOver = () => new HttpError(401, "Sign in again", "This sign-in is over; sign in again.");
const startAgain = () => new HttpError(401, "Sign in again", "That took too long; sign in again.");

const COMMON_REFUSALS: Refusals = {
    InvalidPasswordException: badPassword,
    PasswordHistoryPolicyViolationException: () =>
        new HttpError(400, "Bad request", "That password has been used before; choose another one."),
    InvalidParameterException: () => new HttpError(400, "Bad request", "email or password: not acceptable"),
    TooManyRequestsException: () => tooMany(30),
    LimitExceededException: () => tooMany(30),
    TooManyFailedAttemptsException: () => tooMany(30),
};

/** An unknown user and a wrong password get the same answer. */
const SIGN_IN_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    NotAuthorizedException: ({ message }) =>
        /temporary password has expired/i.test(message)
            ? new HttpError(403, "Invitation over", "The temporary password has expired; ask for a new invitation.")
            : wrongPassword(),
    UserNotFoundException: wrongPassword,
    UserNotConfirmedException: wrongPassword,
    PasswordResetRequiredException: () => new HttpError(403, "Password reset", "The password has to be reset."),
};
/** For a sign-in with the password of the sign-up. */
const UNCONFIRMED_SIGN_IN_REFUSALS: Refusals = {
    ...SIGN_IN_REFUSALS,
    UserNotConfirmedException: () =>
        new HttpError(403, "Not confirmed", "Confirm your address first, with the code that was sent to it."),
};

const SIGN_UP_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    NotAuthorizedException: () =>
        new HttpError(403, "Closed", "Sign-up is closed here; ask whoever runs this site for an invitation."),
};

/** For the steps after the password. */
const CHALLENGE_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    NotAuthorizedException: startAgain,
    UserNotFoundException: startAgain,
    PasswordResetRequiredException: startAgain,
    CodeMismatchException: () => new HttpError(400, "Wrong code", "The code is wrong; enter the one shown now."),
    EnableSoftwareTokenMFAException: () =>
        new HttpError(400, "Wrong code", "The code is wrong; enter the one shown now."),
    SoftwareTokenMFANotFoundException: () =>
        new HttpError(403, "No authenticators", "Authenticator apps can't be used here."),
    ExpiredCodeException: () =>
        new HttpError(400, "Wrong code", "This code has already been used; wait for the app to show the next one."),
};

const REFRESH_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    InvalidParameterException: signInOver,
    NotAuthorizedException: signInOver,
    RefreshTokenReuseException: signInOver,
    UserNotFoundException: signInOver,
};

/** The answer does not reveal whether the account exists. */
const MAILED_CODE_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    InvalidParameterException: wrongCode,
    NotAuthorizedException: wrongCode,
    UserNotFoundException: wrongCode,
    UserNotConfirmedException: wrongCode,
    CodeMismatchException: wrongCode,
    ExpiredCodeException: wrongCode,
};

const CHANGE_REFUSALS: Refusals = {
    ...COMMON_REFUSALS,
    NotAuthorizedException: () => new HttpError(403, "Wrong password", "The current password is wrong."),
    UserNotFoundException: () => new HttpError(403, "Wrong password", "The current password is wrong."),
    PasswordResetRequiredException: () => new HttpError(403, "Password reset", "The password has to be reset."),
    UserNotConfirmedException: () => new HttpError(403, "Not confirmed", "The address has not been confirmed."),
};

/** Cognito's errors that only mean that no code was mailed. */
const MAIL_ERRORS = [
    "UserNotFoundException",
    "UserNotConfirmedException",
    "InvalidParameterException",
    "NotAuthorizedException",
    "LimitExceededException",
    "CodeDeliveryFailureException",
];

const HOUR_MS = 3_600_000;
/** Mails per hour: to one mail address, and for one network address, which a whole class may share. */
const MAX_MAILS_PER_HOUR = { toAddress: 5, forNetwork: 30 };
/**
 * Failed sign-ins and renewals of one network address in ten minutes. Cognito sees all of them as coming from this task, so
 * without this limit somebody who tries passwords would make Cognito throttle everybody.
 */
const FAILED_SIGN_IN_LIMIT = { most: 50, perMs: 600_000 };

type Session = { username: string; session: string };

export function authRoutes(service: Service) {
    const { cognito, log, signIns } = service;
    const { userPoolId: UserPoolId, clientId: ClientId, signUpOpen } = service.settings.cognito;
    const unconfirmed = new UnconfirmedSignUps();
    const toAddress = new RateLimit(MAX_MAILS_PER_HOUR.toAddress, HOUR_MS);
    const forNetwork = new RateLimit(MAX_MAILS_PER_HOUR.forNetwork, HOUR_MS);
    const failedSignIns = new RateLimit(FAILED_SIGN_IN_LIMIT.most, FAILED_SIGN_IN_LIMIT.perMs);

    function limitMails(context: Context, email: string): void {
        const wait = Math.max(forNetwork.take(networkOf(context)), toAddress.take(email.toLowerCase()));
        if (wait > 0) {
            throw tooMany(wait);
        }
    }

    /** Has a code mailed. A missing recipient is only logged. */
    async function mail(call: () => Promise<unknown>): Promise<void> {
        try {
            await call();
        } catch (error) {
            if (!MAIL_ERRORS.includes((error as Error).name)) {
                throw refusalOf(error, COMMON_REFUSALS);
            }
            log.warn({ err: error }, "no code was mailed");
        }
    }

    const resend = (email: string) =>
        mail(() => cognito.send(new ResendConfirmationCodeCommand({ ClientId, Username: email })));

    /** Answers with the tokens, or with Cognito's next challenge. */
    async function answerStep(context: Context, step: InitiateAuthCommandOutput, name: string): Promise<Response> {
        const { AuthenticationResult, ChallengeName, ChallengeParameters, Session } = step;
        if (AuthenticationResult) {
            signIns.remember(AuthenticationResult);
            return success(context, "Signed in", tokensOf(AuthenticationResult));
        }
        const username = ChallengeParameters?.USER_ID_FOR_SRP ?? name;
        switch (ChallengeName) {
            case "NEW_PASSWORD_REQUIRED":
                return success(context, "Choose a new password.", {
                    challenge: ChallengeName,
                    username,
                    session: Session,
                });
            case "SOFTWARE_TOKEN_MFA":
                return success(context, "Enter the code of the authenticator app.", {
                    challenge: ChallengeName,
                    username,
                    session: Session,
                });
            case "MFA_SETUP": {
                const made = await callCognito(
                    () => cognito.send(new AssociateSoftwareTokenCommand({ Session })),
                    CHALLENGE_REFUSALS,
                );
                return success(context, "Set an authenticator app up, and enter the code that it shows.", {
                    challenge: ChallengeName,
                    username,
                    session: made.Session,
                    secret_code: made.SecretCode,
                });
            }
            default:
                throw unanswerable(ChallengeName);
        }
    }

    const respond = (
        ChallengeName: "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" | "MFA_SETUP",
        { username, session: Session }: Session,
        responses: Record<string, string> = {},
    ) =>
        callCognito(
            () =>
                cognito.send(
                    new RespondToAuthChallengeCommand({
                        ClientId,
                        ChallengeName,
                        Session,
                        ChallengeResponses: { USERNAME: username, ...responses },
                    }),
                ),
            CHALLENGE_REFUSALS,
        );

    const begin = (context: Context, email: string, password: string): Promise<InitiateAuthCommandOutput> =>
        limitFailures(context, () =>
            callCognito(
                () =>
                    cognito.send(
                        new InitiateAuthCommand({
                            ClientId,
                            AuthFlow: "USER_PASSWORD_AUTH",
                            AuthParameters: { USERNAME: email, PASSWORD: password },
                        }),
                    ),
                unconfirmed.has(email, password) ? UNCONFIRMED_SIGN_IN_REFUSALS : SIGN_IN_REFUSALS,
            ),
        );

    async function limitFailures<T>(context: Context, call: () => Promise<T>): Promise<T> {
        const network = networkOf(context);
        // Counted before the result is known, since many requests may come at once.
        const wait = failedSignIns.take(network);
        if (wait > 0) {
            throw tooMany(wait);
        }
        let isWrong = false;
        try {
            return await call();
        } catch (error) {
            isWrong = error instanceof HttpError && error.status === 401;
            throw error;
        } finally {
            if (!isWrong) {
                failedSignIns.giveBack(network);
            }
        }
    }

    return {
        signUpState: (context) =>
            success(context, signUpOpen ? "Anybody may sign up." : "People are invited.", { open: signUpOpen }),

        async signUp(context, body) {
            const { email, password, name } = await body();
            limitMails(context, email);
            const attributes = [{ Name: "email", Value: email }, ...(name ? [{ Name: "name", Value: name }] : [])];
            const signUp = () =>
                cognito.send(
                    new SignUpCommand({
                        ClientId,
                        Username: email,
                        Password: password,
                        UserAttributes: attributes,
                    }),
                );
            const { UserSub, UserConfirmed } = await callCognito(async () => {
                try {
                    const made = await signUp();
                    unconfirmed.remember(email, password);
                    return made;
                } catch (error) {
                    if ((error as Error).name !== "UsernameExistsException") {
                        throw error;
                    }
                    // The answer must not reveal an existing account, so it is a sign-up's. An unconfirmed user gets a code.
                    await resend(email);
                    return { UserSub: randomUUID(), UserConfirmed: false };
                }
            }, SIGN_UP_REFUSALS);
            const message = UserConfirmed
                ? "The account is ready."
                : "The account is made; confirm it with the code that was sent to the address.";
            return success(context, message, { email, user_sub: UserSub, user_confirmed: UserConfirmed });
        },

        async signIn(context, body) {
            const { email, password } = await body();
            const { AuthenticationResult: tokens, ChallengeName } = await begin(context, email, password);
            if (!tokens) {
                throw unanswerable(ChallengeName);
            }
            signIns.remember(tokens);
            return success(context, "Signed in", tokensOf(tokens));
        },

        async beginSignIn(context, body) {
            const { email, password } = await body();
            return await answerStep(context, await begin(context, email, password), email);
        },

        async setNewPassword(context, body) {
            const { new_password, ...at } = await body();
            const next = await respond("NEW_PASSWORD_REQUIRED", at, { NEW_PASSWORD: new_password });
            return await answerStep(context, next, at.username);
        },

        async setUpAuthenticator(context, body) {
            const { code, username, session } = await body();
            const verified = await callCognito(
                () => cognito.send(new VerifySoftwareTokenCommand({ Session: session, UserCode: code })),
                CHALLENGE_REFUSALS,
            );
            const next = await respond("MFA_SETUP", { username, session: verified.Session ?? session });
            return await answerStep(context, next, username);
        },

        async answerCode(context, body) {
            const { code, ...at } = await body();
            const next = await respond("SOFTWARE_TOKEN_MFA", at, { SOFTWARE_TOKEN_MFA_CODE: code });
            return await answerStep(context, next, at.username);
        },

        async refreshTokens(context, body) {
            const { refresh_token: RefreshToken } = await body();
            const { AuthenticationResult: tokens = {} } = await limitFailures(context, () =>
                callCognito(
                    () => cognito.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken })),
                    REFRESH_REFUSALS,
                ),
            );
            signIns.remember(tokens);
            return success(context, "Tokens renewed", tokensOf(tokens));
        },

        async signOut(context) {
            const { username: Username, userId } = callerOf(context);
            await callCognito(
                () => cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username })),
                CHALLENGE_REFUSALS,
            );
            return success(context, "You are signed out, wherever you were signed in.", { sub: userId });
        },

        async confirmAddress(context, body) {
            const { email, code } = await body();
            const confirmation = { ClientId, Username: email, ConfirmationCode: code };
            await callCognito(() => cognito.send(new ConfirmSignUpCommand(confirmation)), MAILED_CODE_REFUSALS);
            return success(context, "The address is confirmed; sign in.", { email });
        },

        async resendCode(context, body) {
            const { email } = await body();
            limitMails(context, email);
            await resend(email);
            return success(context, "If somebody signed up with this address, a new code is on its way to it.", {
                email,
            });
        },

        async forgotPassword(context, body) {
            const { email } = await body();
            limitMails(context, email);
            await mail(() => cognito.send(new ForgotPasswordCommand({ ClientId, Username: email })));
            return success(context, "If there is an account with this address, a code is on its way to it.", { email });
        },

        async resetPassword(context, body) {
            const { email, code, new_password } = await body();
            const reset = { ClientId, Username: email, ConfirmationCode: code, Password: new_password };
            await callCognito(() => cognito.send(new ConfirmForgotPasswordCommand(reset)), MAILED_CODE_REFUSALS);
            return success(context, "The password is set; sign in with it.", { email });
        },

        async changePassword(context, body) {
            const AccessToken = accessTokenOf(context);
            const { password, new_password } = await body();
            const change = { AccessToken, PreviousPassword: password, ProposedPassword: new_password };
            await callCognito(() => cognito.send(new ChangePasswordCommand(change)), CHANGE_REFUSALS);
            return success(context, "The password is changed.", { sub: callerOf(context).userId });
        },

        async makeAuthenticator(context) {
            const AccessToken = accessTokenOf(context);
            const made = await callCognito(
                () => cognito.send(new AssociateSoftwareTokenCommand({ AccessToken })),
                CHALLENGE_REFUSALS,
            );
            return success(context, "Set an authenticator app up, and verify the code that it shows.", {
                secret_code: made.SecretCode,
            });
        },

        async verifyAuthenticator(context, body) {
            const AccessToken = accessTokenOf(context);
            const { code: UserCode } = await body();
            const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
            await callCognito(async () => {
                await cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
                await cognito.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
            }, CHALLENGE_REFUSALS);
            return success(context, "The authenticator is set up.", { sub: callerOf(context).userId });
        },

        me(context) {
            const { userId, email, username, name, emailVerified } = callerOf(context);
            return success(context, "Signed in", { sub: userId, email, username, name, email_verified: emailVerified });
        },
    } satisfies SomeHandlers;
}

function tokensOf(tokens: AuthenticationResultType) {
    return {
        access_token: tokens.AccessToken,
        id_token: tokens.IdToken,
        refresh_token: tokens.RefreshToken,
        expires_in: tokens.ExpiresIn,
        token_type: tokens.TokenType ?? "Bearer",
    };
}

/** The access token, which Cognito requires for changes of a person's own account. */
function accessTokenOf(context: Context): string {
    if (callerOf(context).tokenUse !== "access") {
        throw new HttpError(403, "Wrong token", "Send the access token: an ID token can't change an account.");
    }
    return bearerOf(context);
}

function unanswerable(challenge: string | undefined): HttpError {
    return new HttpError(403, "Challenge", `Signing in needs one more step: ${challenge}.`);
}

/**
 * The caller's network address: CloudFront appends it to the header that the caller sent, and the load balancer appends
 * CloudFront's own address. Of an IPv6 address only the network counts, since everybody has many addresses in it.
 */
function networkOf(context: Context): string {
    const passed = (context.req.header("x-forwarded-for") ?? "").split(",").map((address) => address.trim());
    const address = passed.at(-2) ?? passed.at(-1) ?? "";
    return address.includes(":") ? address.split(":").slice(0, 4).join(":") : address;
}

async function callCognito<T>(call: () => Promise<T>, refusals: Refusals): Promise<T> {
    try {
        return await call();
    } catch (error) {
        throw refusalOf(error, refusals);
    }
}

function refusalOf(error: unknown, refusals: Refusals): HttpError {
    if (error instanceof HttpError) {
        return error;
    }
    return (
        refusals[(error as Error).name]?.(error as Error) ??
        new HttpError(502, "Bad gateway", "The sign-in service did not respond; try again in a moment.", {
            cause: error,
        })
    );
}
