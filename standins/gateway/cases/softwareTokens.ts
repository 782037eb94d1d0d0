import {
    AdminSetUserMFAPreferenceCommand,
    GetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Case, Next } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer, outputOf } from "../response.ts";
import { openSession, type SignInSession, sessionOf, useSession } from "../signInSessions.ts";
import { refuseUsed, rememberUsed } from "../softwareTokens.ts";
import { cognitoOf, ownerOf, poolOf, userOf } from "../userPools.ts";

/** Users with a verified authenticator. */
const VERIFIED = "verified-software-tokens";
const MISMATCH = "EnableSoftwareTokenMFAException";

export const softwareTokens: Case = {
    title: "The authenticator of a user",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html",
    requests: [
        "cognito-idp:AssociateSoftwareToken",
        "cognito-idp:VerifySoftwareToken",
        "cognito-idp:SetUserMFAPreference",
        "cognito-idp:AdminSetUserMFAPreference",
    ],
    async handle(request, next, emulator) {
        switch (request.operation) {
            case "AssociateSoftwareToken":
                return await associate(request, next, emulator);
            case "VerifySoftwareToken":
                return await verify(request, next, emulator);
            default:
                return await prefer(request, next, emulator);
        }
    },
};

async function associate(request: AwsRequest, next: Next, emulator: Emulator): Promise<AwsResponse> {
    const { Session } = request.input;
    const { AccessToken, session } = tokenOf(request, emulator, {});
    const config = await cognitoOf(request, emulator)
        .send(new GetUserPoolMfaConfigCommand({ UserPoolId: ownerOf(AccessToken).pool }))
        .catch(() => undefined);
    if (config && !config.SoftwareTokenMfaConfiguration?.Enabled) {
        throw new AwsError(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userPool",
        );
    }
    const response = await next(request.with({ AccessToken }));
    if (response.status !== 200) {
        return response;
    }
    const { SecretCode } = outputOf(request, response);
    return answer(request, {
        SecretCode,
        ...(session && { Session: nextSession(emulator, Session, { ...session, token: "associated" }) }),
    });
}

async function verify(request: AwsRequest, next: Next, emulator: Emulator): Promise<AwsResponse> {
    const { Session, UserCode } = request.input;
    const { AccessToken, session } = tokenOf(request, emulator, { token: "associated" });
    const { pool, username } = ownerOf(AccessToken);
    refuseUsed(emulator, username, UserCode);
    const enabled = await isEnabled(request, emulator, pool, username);
    const response = await next(request.with({ AccessToken, UserCode }));
    if (response.status !== 200) {
        const { __type, message } = outputOf(request, response);
        throw String(__type) === MISMATCH
            ? new AwsError(MISMATCH, "Code mismatch and fail enable Software Token MFA")
            : new AwsError(__type, message);
    }
    rememberUsed(emulator, username, UserCode);
    emulator.store.set(VERIFIED, username, true);
    const required = (await poolOf(request, emulator, pool))?.MfaConfiguration === "ON";
    if (!enabled && !required) {
        // If MFA is optional, the authenticator is used only after SetUserMFAPreference.
        const SoftwareTokenMfaSettings = { Enabled: false };
        const off = { UserPoolId: pool, Username: username, SoftwareTokenMfaSettings };
        await cognitoOf(request, emulator).send(new AdminSetUserMFAPreferenceCommand(off));
    }
    return answer(request, {
        Status: "SUCCESS",
        ...(session && { Session: nextSession(emulator, Session, { ...session, token: "verified" }) }),
    });
}

/** The access token in a request, or of its session. */
function tokenOf(request: AwsRequest, emulator: Emulator, is: Partial<SignInSession>) {
    const { AccessToken, Session } = request.input;
    const session = AccessToken ? undefined : sessionOf(emulator, Session, { challenge: "MFA_SETUP", ...is });
    return { AccessToken: session?.accessToken ?? AccessToken, session };
}

function nextSession(emulator: Emulator, name: string, session: SignInSession): string {
    useSession(emulator, name);
    return openSession(emulator, session);
}

async function isEnabled(request: AwsRequest, emulator: Emulator, pool: string, username: string): Promise<boolean> {
    const user = await userOf(request, emulator, pool, username);
    return user?.UserMFASettingList?.includes("SOFTWARE_TOKEN_MFA") ?? false;
}

async function prefer(request: AwsRequest, next: Next, emulator: Emulator): Promise<AwsResponse> {
    const { AccessToken, UserPoolId, Username, SoftwareTokenMfaSettings } = request.input;
    const { pool, username } = AccessToken ? ownerOf(AccessToken) : { pool: UserPoolId, username: Username };
    const user = await userOf(request, emulator, pool, username);
    if (user && SoftwareTokenMfaSettings?.Enabled && !emulator.store.get(VERIFIED, user.Username ?? "")) {
        throw new AwsError(
            "InvalidParameterException",
            AccessToken
                ? "User has not set up software token mfa"
                : "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
        );
    }
    return await next(request);
}
