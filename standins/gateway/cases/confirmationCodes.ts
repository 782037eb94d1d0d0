import { randomInt } from "node:crypto";
import {
    type AdminGetUserCommandOutput,
    AdminUpdateUserAttributesCommand,
    type UserPoolClientType,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Case, Next } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import { deliver } from "../mails.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, type AwsResponse, answer } from "../response.ts";
import { appClientOf, attributeOf, cognitoOf, poolOf, userOf } from "../userPools.ts";

const COLLECTION = "confirmation-codes";
const HOUR_MS = 3_600_000;

/** The purposes of codes, each with its lifetime and MiniStack's fixed code. */
const KINDS = {
    address: { lastsMs: 24 * HOUR_MS, own: "123456" },
    password: { lastsMs: HOUR_MS, own: "654321" },
} as const;
type Kind = keyof typeof KINDS;

interface Code {
    code: string;
    expires: number;
}

export const confirmationCodes: Case = {
    title: "The codes that confirm an address or a new password",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html",
    requests: [
        "cognito-idp:SignUp",
        "cognito-idp:ResendConfirmationCode",
        "cognito-idp:ConfirmSignUp",
        "cognito-idp:ForgotPassword",
        "cognito-idp:ConfirmForgotPassword",
        "cognito-idp:AdminResetUserPassword",
    ],
    async handle(request, next, emulator) {
        const client = await appClientOf(request, emulator);
        const pool = request.input.UserPoolId ?? client?.UserPoolId ?? "";
        const find = () => userOf(request, emulator, pool, request.input.Username);
        const user = await find();
        switch (request.operation) {
            case "SignUp":
                return await sending("address", find, await next(request), emulator);
            case "ResendConfirmationCode":
                if (user?.UserStatus === "CONFIRMED") {
                    throw new AwsError("InvalidParameterException", "User is already confirmed.");
                }
                return await sending("address", find, await next(request), emulator);
            case "ForgotPassword":
                return (
                    (user && client && unreachable(request, user, client)) ??
                    (await sending("password", find, await next(request), emulator))
                );
            case "AdminResetUserPassword":
                return await sending("password", find, await next(request), emulator);
            case "ConfirmSignUp":
                return await confirmed("address", request, user, next, emulator, pool);
            default:
                return await confirmed("password", request, user, next, emulator, pool);
        }
    },
};

/** Makes the code for a mail that MiniStack has sent. */
async function sending(
    kind: Kind,
    find: () => Promise<AdminGetUserCommandOutput | undefined>,
    response: AwsResponse,
    emulator: Emulator,
): Promise<AwsResponse> {
    const user = response.status === 200 ? await find() : undefined;
    const email = user && attributeOf(user, "email");
    if (user && email && (kind === "password" || user.UserStatus === "UNCONFIRMED")) {
        const { lastsMs, own } = KINDS[kind];
        const code = String(randomInt(1_000_000)).padStart(6, "0");
        emulator.store.set(COLLECTION, `${kind} ${user.Username}`, { code, expires: emulator.now() + lastsMs });
        await deliver(emulator, email, { own, instead: code });
    }
    return response;
}

/** The answer for a forgotten password of a user without mail; as if a mail was sent if the client hides which users exist. */
function unreachable(
    request: AwsRequest,
    user: AdminGetUserCommandOutput,
    client: UserPoolClientType,
): AwsResponse | undefined {
    if (user.UserStatus === "FORCE_CHANGE_PASSWORD") {
        throw new AwsError("NotAuthorizedException", "User password cannot be reset in the current state.");
    }
    const verified = attributeOf(user, "email_verified") === "true";
    if (user.Enabled && verified) {
        return undefined;
    }
    if (client.PreventUserExistenceErrors === "ENABLED") {
        const [local = "", domain = ""] = (attributeOf(user, "email") ?? request.input.Username).split("@");
        const Destination = `${local[0]}****@${domain[0]}****`;
        const CodeDeliveryDetails = { Destination, DeliveryMedium: "EMAIL", AttributeName: "email" };
        return answer(request, { CodeDeliveryDetails });
    }
    throw user.Enabled
        ? new AwsError(
              "InvalidParameterException",
              "Cannot reset password for the user as there is no registered/verified email or phone_number",
          )
        : new AwsError("NotAuthorizedException", "User is disabled.");
}

/** Passes a right code on as MiniStack's fixed code. */
async function confirmed(
    kind: Kind,
    request: AwsRequest,
    user: AdminGetUserCommandOutput | undefined,
    next: Next,
    emulator: Emulator,
    pool: string,
): Promise<AwsResponse> {
    if (!user || (kind === "address" && user.UserStatus !== "UNCONFIRMED")) {
        return await next(request);
    }
    const key = `${kind} ${user.Username}`;
    const issued = emulator.store.get<Code>(COLLECTION, key);
    if (issued && issued.code !== request.input.ConfirmationCode) {
        throw new AwsError("CodeMismatchException", "Invalid verification code provided, please try again.");
    }
    if (!issued || issued.expires <= emulator.now()) {
        throw new AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.");
    }
    const response = await next(request.with({ ...request.input, ConfirmationCode: KINDS[kind].own }));
    if (response.status !== 200) {
        return response;
    }
    emulator.store.delete(COLLECTION, key);
    const verifies = (await poolOf(request, emulator, pool))?.AutoVerifiedAttributes?.includes("email");
    if (kind === "address" && verifies) {
        const UserAttributes = [{ Name: "email_verified", Value: "true" }];
        const at = { UserPoolId: pool, Username: user.Username };
        await cognitoOf(request, emulator).send(new AdminUpdateUserAttributesCommand({ ...at, UserAttributes }));
    }
    return response;
}
