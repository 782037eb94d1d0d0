import {
    AdminSetUserPasswordCommand,
    AdminUpdateUserAttributesCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer, outputOf } from "../response.ts";
import { openSession, type SignInSession, sessionOf, useSession } from "../signInSessions.ts";
import { refuseUsed, rememberUsed } from "../softwareTokens.ts";
import { appClientOf, claimsOf, cognitoOf, passingRefusals, poolOf, signInRequests, userOf } from "../userPools.ts";

/** The default lifetime of a session, in minutes; the app client may set another. */
const DEFAULT_MINUTES = 3;

export const signInChallenges: Case = {
    title: "The challenges of a sign-in",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html",
    requests: signInRequests,
    async handle(request, next, emulator) {
        const { AuthFlow = "", ChallengeName, ChallengeResponses = {}, Session } = request.input;
        if (AuthFlow.startsWith("REFRESH_TOKEN")) {
            return await next(request);
        }
        if (!["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"].includes(ChallengeName)) {
            const response = await next(request);
            return response.status === 200 ? await challenged(request, response, emulator) : response;
        }
        const session = await answeredSession(request, emulator);
        const code = ChallengeResponses.SOFTWARE_TOKEN_MFA_CODE;
        if (ChallengeName === "NEW_PASSWORD_REQUIRED") {
            await setPassword(request, emulator, session);
        } else if (ChallengeName === "SOFTWARE_TOKEN_MFA") {
            refuseUsed(emulator, session.username, code);
        }
        const response = await next(request);
        if (response.status !== 200) {
            return response;
        }
        useSession(emulator, Session);
        if (ChallengeName === "NEW_PASSWORD_REQUIRED") {
            return await challenged(request, response, emulator);
        }
        if (ChallengeName === "SOFTWARE_TOKEN_MFA") {
            rememberUsed(emulator, session.username, code);
        }
        return response;
    },
};

/** The session of a challenge's answer; it must be the one that the challenge was made for. */
async function answeredSession(request: AwsRequest, emulator: Emulator): Promise<SignInSession> {
    const { ChallengeName, ChallengeResponses = {}, ClientId, Session } = request.input;
    const session = sessionOf(emulator, Session, { challenge: ChallengeName, client: ClientId });
    const user = await userOf(request, emulator, session.pool, ChallengeResponses.USERNAME ?? "");
    return sessionOf(emulator, Session, {
        username: user?.Username ?? "",
        ...(session.challenge === "MFA_SETUP" ? { token: "verified" } : {}),
    });
}

/** Sets the new password and the user's attributes; MiniStack checks the pool's rules. */
async function setPassword(request: AwsRequest, emulator: Emulator, session: SignInSession): Promise<void> {
    const responses: Record<string, string> = request.input.ChallengeResponses ?? {};
    const Password = responses.NEW_PASSWORD;
    if (!Password) {
        throw new AwsError("InvalidParameterException", "Missing required parameter NEW_PASSWORD");
    }
    const at = { UserPoolId: session.pool, Username: session.username };
    const cognito = cognitoOf(request, emulator);
    await passingRefusals(cognito.send(new AdminSetUserPasswordCommand({ ...at, Password, Permanent: false })));
    const UserAttributes = Object.entries(responses)
        .filter(([name]) => name.startsWith("userAttributes."))
        .map(([name, Value]) => ({ Name: name.slice("userAttributes.".length), Value }));
    if (UserAttributes.length > 0) {
        await passingRefusals(cognito.send(new AdminUpdateUserAttributesCommand({ ...at, UserAttributes })));
    }
}

/** An answer to a right password, with the session of its challenge, or with a challenge in place of tokens. */
async function challenged(request: AwsRequest, response: AwsResponse, emulator: Emulator): Promise<AwsResponse> {
    const { AuthenticationResult, ChallengeName, ChallengeParameters } = outputOf(request, response);
    const client = await appClientOf(request, emulator);
    const open = (challenge: SignInSession["challenge"], username: string, more: Partial<SignInSession> = {}) =>
        openSession(emulator, {
            challenge,
            pool: client?.UserPoolId ?? "",
            client: request.input.ClientId,
            username,
            expires: emulator.now() + (client?.AuthSessionValidity ?? DEFAULT_MINUTES) * 60_000,
            ...more,
        });
    const pool = client?.UserPoolId ?? "";
    if (ChallengeName === "NEW_PASSWORD_REQUIRED" || ChallengeName === "SOFTWARE_TOKEN_MFA") {
        const user = await userOf(request, emulator, pool, ChallengeParameters.USER_ID_FOR_SRP);
        const Session = open(ChallengeName, user?.Username ?? "");
        return answer(request, {
            ChallengeName,
            Session,
            ChallengeParameters: { ...ChallengeParameters, USER_ID_FOR_SRP: user?.Username },
        });
    }
    if (!AuthenticationResult) {
        return response;
    }
    const { username = "" } = claimsOf(AuthenticationResult.AccessToken);
    const mfa = (await poolOf(request, emulator, pool))?.MfaConfiguration;
    const user = await userOf(request, emulator, pool, username);
    const hasToken = user?.UserMFASettingList?.includes("SOFTWARE_TOKEN_MFA") ?? false;
    if (mfa === "ON" && !hasToken) {
        const Session = open("MFA_SETUP", username, { accessToken: AuthenticationResult.AccessToken });
        const ChallengeParameters = { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]', USER_ID_FOR_SRP: username };
        return answer(request, { ChallengeName: "MFA_SETUP", Session, ChallengeParameters });
    }
    if ((mfa === "ON" || mfa === "OPTIONAL") && hasToken) {
        const Session = open("SOFTWARE_TOKEN_MFA", username);
        return answer(request, {
            ChallengeName: "SOFTWARE_TOKEN_MFA",
            Session,
            ChallengeParameters: { USER_ID_FOR_SRP: username },
        });
    }
    return response;
}
