import {
    AdminCreateUserCommand,
    AdminGetUserCommand,
    AdminSetUserMFAPreferenceCommand,
    AdminSetUserPasswordCommand,
    AssociateSoftwareTokenCommand,
    CognitoIdentityProviderClient,
    ConfirmForgotPasswordCommand,
    ConfirmSignUpCommand,
    CreateGroupCommand,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    DeleteUserPoolCommand,
    DescribeUserPoolCommand,
    ForgotPasswordCommand,
    GetGroupCommand,
    InitiateAuthCommand,
    ListGroupsCommand,
    ListUserPoolsCommand,
    ResendConfirmationCodeCommand,
    RespondToAuthChallengeCommand,
    SetUserMFAPreferenceCommand,
    SetUserPoolMfaConfigCommand,
    SignUpCommand,
    UpdateGroupCommand,
    UpdateUserPoolCommand,
    VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import { oneTimePassword } from "../../../../standins/oneTimePassword.ts";
import { signInBySrp } from "../../../kit/gateway/srp.ts";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

const TEMPORARY = "Temporary-12345";
const PASSWORD = "Password-123456";

describe("The gateway's user pools", () => {
    let world: GatewayWorld;
    let cognito: CognitoIdentityProviderClient;
    let past: CognitoIdentityProviderClient;
    let users = 0;
    before(async () => {
        world = await GatewayWorld.open({ AUTH: "true" });
        cognito = world.client(CognitoIdentityProviderClient);
        past = world.past(CognitoIdentityProviderClient);
    });
    after(() => world.close());

    async function createPool(mfa: "OFF" | "OPTIONAL" | "ON", adminsOnly = false) {
        const { UserPool } = await cognito.send(
            new CreateUserPoolCommand({
                PoolName: `people-${mfa}`,
                UsernameAttributes: ["email"],
                AutoVerifiedAttributes: ["email"],
                AdminCreateUserConfig: { AllowAdminCreateUserOnly: adminsOnly },
                Policies: { PasswordPolicy: { MinimumLength: 12 } },
            }),
        );
        const UserPoolId = UserPool?.Id ?? "";
        const SoftwareTokenMfaConfiguration = { Enabled: true };
        if (mfa !== "OFF") {
            await cognito.send(
                new SetUserPoolMfaConfigCommand({ UserPoolId, SoftwareTokenMfaConfiguration, MfaConfiguration: mfa }),
            );
        }
        const { UserPoolClient } = await cognito.send(
            new CreateUserPoolClientCommand({
                UserPoolId,
                ClientName: "site",
                ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                PreventUserExistenceErrors: "ENABLED",
            }),
        );
        return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? "" };
    }

    async function createUser(UserPoolId: string, password?: string): Promise<string> {
        users += 1;
        const Username = `person-${users}@example.com`;
        await cognito.send(
            new AdminCreateUserCommand({
                UserPoolId,
                Username,
                TemporaryPassword: TEMPORARY,
                UserAttributes: [
                    { Name: "email", Value: Username },
                    { Name: "email_verified", Value: "true" },
                ],
            }),
        );
        if (password) {
            await cognito.send(
                new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
            );
        }
        return Username;
    }

    const signIn = (client: CognitoIdentityProviderClient, ClientId: string, user: string, password: string) =>
        client.send(
            new InitiateAuthCommand({
                ClientId,
                AuthFlow: "USER_PASSWORD_AUTH",
                AuthParameters: { USERNAME: user, PASSWORD: password },
            }),
        );

    const respond = (
        client: CognitoIdentityProviderClient,
        ClientId: string,
        ChallengeName: "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" | "MFA_SETUP",
        Session: string | undefined,
        ChallengeResponses: Record<string, string>,
    ) => client.send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }));

    it("refuses to delete a pool that is protected", async () => {
        const { UserPool } = await cognito.send(
            new CreateUserPoolCommand({ PoolName: "protected", DeletionProtection: "ACTIVE" }),
        );
        const pool = { UserPoolId: UserPool?.Id };
        expect(await refusalOf(cognito.send(new DeleteUserPoolCommand(pool)))).to.deep.equal({
            code: "InvalidParameterException",
            message:
                "The user pool cannot be deleted because deletion protection is activated. " +
                "Deletion protection must be inactivated first.",
        });
        await cognito.send(new UpdateUserPoolCommand({ ...pool, DeletionProtection: "INACTIVE" }));
        await cognito.send(new DeleteUserPoolCommand(pool));

        const { UserPool: other } = await past.send(
            new CreateUserPoolCommand({ PoolName: "protected", DeletionProtection: "ACTIVE" }),
        );
        await past.send(new DeleteUserPoolCommand({ UserPoolId: other?.Id }));
    });

    it("refuses to sign people up where only administrators add them", async () => {
        const { ClientId } = await createPool("OFF", true);
        const signUp = (name: string) => new SignUpCommand({ ClientId, Username: name, Password: PASSWORD });
        expect(await refusalOf(cognito.send(signUp("one@example.com")))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "SignUp is not permitted for this user pool",
        });

        await past.send(signUp("two@example.com"));
    });

    it("wants a new password of who was invited, by the pool's rules and in the session of the sign-in", async () => {
        const { UserPoolId, ClientId } = await createPool("OPTIONAL");
        const user = await createUser(UserPoolId);
        const challenge = await signIn(cognito, ClientId, user, TEMPORARY);
        expect(challenge.ChallengeName).to.equal("NEW_PASSWORD_REQUIRED");
        expect(challenge.AuthenticationResult).to.equal(undefined);
        const set = (session: string | undefined, password: string) =>
            respond(cognito, ClientId, "NEW_PASSWORD_REQUIRED", session, { USERNAME: user, NEW_PASSWORD: password });
        expect(await refusalOf(set(undefined, PASSWORD))).to.deep.equal({
            code: "InvalidParameterException",
            message: "Missing required parameter Session",
        });
        expect(await refusalOf(set("x".repeat(40), PASSWORD))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "Invalid session for the user.",
        });
        expect((await refusalOf(set(challenge.Session, "short"))).code).to.equal("InvalidPasswordException");
        const { AuthenticationResult } = await set(challenge.Session, PASSWORD);
        expect(AuthenticationResult?.IdToken).to.be.a("string");
        expect((await refusalOf(set(challenge.Session, PASSWORD))).message).to.equal(
            "Invalid session for the user, session can only be used once.",
        );
        expect((await signIn(cognito, ClientId, user, PASSWORD)).AuthenticationResult?.IdToken).to.be.a("string");

        const other = await createUser(UserPoolId);
        const anything = { USERNAME: other, NEW_PASSWORD: "short" };
        const { AuthenticationResult: given } = await respond(
            past,
            ClientId,
            "NEW_PASSWORD_REQUIRED",
            "x".repeat(40),
            anything,
        );
        expect(given?.IdToken).to.be.a("string");
    });

    it("lets who gives a wrong password again and again wait longer and longer", async () => {
        const { UserPoolId, ClientId } = await createPool("OFF");
        const user = await createUser(UserPoolId, PASSWORD);
        const wrong = async (client = cognito) => (await refusalOf(signIn(client, ClientId, user, "Wrong-1"))).message;
        for (let attempts = 1; attempts <= 12; attempts += 1) {
            expect(await wrong()).to.equal("Incorrect username or password.");
            if (attempts < 12) {
                await world.setAhead(2 ** Math.max(0, attempts - 5));
            }
        }
        expect(await refusalOf(signIn(cognito, ClientId, user, PASSWORD))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "Password attempts exceeded",
        });
        await world.setAhead(2 ** 7);
        expect((await signIn(cognito, ClientId, user, PASSWORD)).AuthenticationResult?.IdToken).to.be.a("string");
        expect(await wrong()).to.equal("Incorrect username or password.");
        expect((await signIn(cognito, ClientId, user, PASSWORD)).AuthenticationResult?.IdToken).to.be.a("string");

        for (let attempts = 1; attempts <= 12; attempts += 1) {
            expect(await wrong(past)).to.equal("Incorrect username or password.");
        }
    });

    it("ends the session of a challenge after three minutes, also for a gateway that was started again", async () => {
        const { UserPoolId, ClientId } = await createPool("OFF");
        const user = await createUser(UserPoolId);
        const answer = { USERNAME: user, NEW_PASSWORD: PASSWORD };
        const { Session } = await signIn(cognito, ClientId, user, TEMPORARY);
        await world.setAhead(181);
        expect(
            (await refusalOf(respond(cognito, ClientId, "NEW_PASSWORD_REQUIRED", Session, answer))).message,
        ).to.equal("Invalid session for the user, session is expired.");
        const { Session: again } = await signIn(cognito, ClientId, user, TEMPORARY);
        await world.restartGateway();
        const client = world.client(CognitoIdentityProviderClient);
        cognito = client;
        const { AuthenticationResult } = await respond(client, ClientId, "NEW_PASSWORD_REQUIRED", again, answer);
        expect(AuthenticationResult?.IdToken).to.be.a("string");
    });

    it("has an authenticator set up where the pool requires one, and asks for its code from then on", async () => {
        const { UserPoolId, ClientId } = await createPool("ON");
        const user = await createUser(UserPoolId);
        const first = await signIn(cognito, ClientId, user, TEMPORARY);
        const setup = await respond(cognito, ClientId, "NEW_PASSWORD_REQUIRED", first.Session, {
            USERNAME: user,
            NEW_PASSWORD: PASSWORD,
        });
        expect(setup.ChallengeName).to.equal("MFA_SETUP");
        expect(setup.AuthenticationResult).to.equal(undefined);
        expect(setup.ChallengeParameters?.MFAS_CAN_SETUP).to.equal('["SOFTWARE_TOKEN_MFA"]');
        const finish = (session: string | undefined) =>
            respond(cognito, ClientId, "MFA_SETUP", session, { USERNAME: user });
        expect((await refusalOf(finish(setup.Session))).message).to.equal("Invalid session for the user.");
        const associate = (Session: string | undefined) => new AssociateSoftwareTokenCommand({ Session });
        expect((await refusalOf(cognito.send(associate("x".repeat(40))))).message).to.equal(
            "Invalid session for the user.",
        );
        const { SecretCode: secret = "", Session: associated } = await cognito.send(associate(setup.Session));
        const verify = (UserCode: string) =>
            cognito.send(new VerifySoftwareTokenCommand({ Session: associated, UserCode }));
        expect(await refusalOf(verify(wrongCode(secret)))).to.deep.equal({
            code: "EnableSoftwareTokenMFAException",
            message: "Code mismatch and fail enable Software Token MFA",
        });
        const used = oneTimePassword(secret);
        const { Session: verified, Status } = await verify(used);
        expect(Status).to.equal("SUCCESS");
        expect((await finish(verified)).AuthenticationResult?.IdToken).to.be.a("string");

        const next = await signIn(cognito, ClientId, user, PASSWORD);
        expect(next.ChallengeName).to.equal("SOFTWARE_TOKEN_MFA");
        const give = (code: string, session = next.Session) =>
            respond(cognito, ClientId, "SOFTWARE_TOKEN_MFA", session, {
                USERNAME: user,
                SOFTWARE_TOKEN_MFA_CODE: code,
            });
        expect(await refusalOf(give(used))).to.deep.equal({
            code: "ExpiredCodeException",
            message: "Your software token has already been used once.",
        });
        expect(await refusalOf(give(wrongCode(secret)))).to.deep.equal({
            code: "CodeMismatchException",
            message: "Invalid code received for user",
        });
        expect((await refusalOf(give(oneTimePassword(secret, 1), "x".repeat(40)))).message).to.equal(
            "Invalid session for the user.",
        );
        expect((await give(oneTimePassword(secret, 1))).AuthenticationResult?.IdToken).to.be.a("string");

        const other = await createUser(UserPoolId, PASSWORD);
        expect((await signIn(past, ClientId, other, PASSWORD)).AuthenticationResult?.IdToken).to.be.a("string");
    });

    it("asks the same of who signs in without telling the password", async () => {
        const { UserPoolId, ClientId } = await createPool("ON");
        const user = await createUser(UserPoolId);
        const bySrp = (password: string) => signInBySrp(cognito, { UserPoolId, ClientId, user, password });
        expect(await refusalOf(bySrp(PASSWORD))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "Incorrect username or password.",
        });
        const first = await bySrp(TEMPORARY);
        expect(first.ChallengeName).to.equal("NEW_PASSWORD_REQUIRED");
        const set = { USERNAME: user, NEW_PASSWORD: PASSWORD };
        const setup = await respond(cognito, ClientId, "NEW_PASSWORD_REQUIRED", first.Session, set);
        expect(setup.ChallengeName).to.equal("MFA_SETUP");
        expect((await bySrp(PASSWORD)).ChallengeName).to.equal("MFA_SETUP");

        const { AuthenticationResult } = await signInBySrp(past, { UserPoolId, ClientId, user, password: PASSWORD });
        expect(AuthenticationResult?.IdToken).to.be.a("string");
    });

    it("counts an authenticator that is a person's choice once it is verified and chosen", async () => {
        const { UserPoolId, ClientId } = await createPool("OPTIONAL");
        const user = await createUser(UserPoolId, PASSWORD);
        const tokens = (await signIn(cognito, ClientId, user, PASSWORD)).AuthenticationResult;
        const AccessToken = tokens?.AccessToken;
        const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
        const choose = () => cognito.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
        expect(await refusalOf(choose())).to.deep.equal({
            code: "InvalidParameterException",
            message: "User has not set up software token mfa",
        });
        const { SecretCode: secret = "", Session } = await cognito.send(
            new AssociateSoftwareTokenCommand({ AccessToken }),
        );
        expect(Session).to.equal(undefined);
        await cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: oneTimePassword(secret) }));
        expect((await signIn(cognito, ClientId, user, PASSWORD)).ChallengeName).to.equal(undefined);
        await choose();
        expect((await signIn(cognito, ClientId, user, PASSWORD)).ChallengeName).to.equal("SOFTWARE_TOKEN_MFA");

        const other = { UserPoolId, Username: await createUser(UserPoolId, PASSWORD) };
        await past.send(new AdminSetUserMFAPreferenceCommand({ ...other, SoftwareTokenMfaSettings }));
        expect((await past.send(new AdminGetUserCommand(other))).UserMFASettingList).to.deep.equal([
            "SOFTWARE_TOKEN_MFA",
        ]);
    });

    it("confirms an address with the code of the mail, once, within a day", async () => {
        const { UserPoolId, ClientId } = await createPool("OFF");
        const Username = "new@example.com";
        const signUp = { ClientId, Username, Password: PASSWORD, UserAttributes: [{ Name: "email", Value: Username }] };
        await cognito.send(new SignUpCommand(signUp));
        expect(await refusalOf(signIn(cognito, ClientId, Username, PASSWORD))).to.deep.equal({
            code: "UserNotConfirmedException",
            message: "User is not confirmed.",
        });
        const confirm = (ConfirmationCode: string) =>
            cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
        const first = await world.codeOf(Username);
        expect(first).to.match(/^\d{6}$/);
        await cognito.send(new ResendConfirmationCodeCommand({ ClientId, Username }));
        const code = await world.codeOf(Username);
        expect(await refusalOf(confirm(other(code)))).to.deep.equal({
            code: "CodeMismatchException",
            message: "Invalid verification code provided, please try again.",
        });
        await world.setAhead(24 * 3600 + 1);
        expect(await refusalOf(confirm(code))).to.deep.equal({
            code: "ExpiredCodeException",
            message: "Invalid code provided, please request a code again.",
        });
        await cognito.send(new ResendConfirmationCodeCommand({ ClientId, Username }));
        await confirm(await world.codeOf(Username));
        const { UserAttributes } = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username }));
        expect(UserAttributes).to.deep.include({ Name: "email_verified", Value: "true" });
        expect((await signIn(cognito, ClientId, Username, PASSWORD)).AuthenticationResult?.IdToken).to.be.a("string");
        expect(await refusalOf(cognito.send(new ResendConfirmationCodeCommand({ ClientId, Username })))).to.deep.equal({
            code: "InvalidParameterException",
            message: "User is already confirmed.",
        });

        await past.send(new SignUpCommand({ ...signUp, Username: "past@example.com", UserAttributes: [] }));
        const everybodys = { ClientId, Username: "past@example.com", ConfirmationCode: "123456" };
        await past.send(new ConfirmSignUpCommand(everybodys));
    });

    it("takes a new password with the code of the mail, within an hour, from who confirmed the address", async () => {
        const { UserPoolId, ClientId } = await createPool("OFF");
        const Username = await createUser(UserPoolId, PASSWORD);
        await cognito.send(new ForgotPasswordCommand({ ClientId, Username }));
        const confirm = (ConfirmationCode: string, Password = "Another-Password-1") =>
            cognito.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password }));
        const late = await world.codeOf(Username);
        expect((await refusalOf(confirm(other(late)))).code).to.equal("CodeMismatchException");
        await world.setAhead(3601);
        expect((await refusalOf(confirm(late))).code).to.equal("ExpiredCodeException");
        await cognito.send(new ForgotPasswordCommand({ ClientId, Username }));
        const code = await world.codeOf(Username);
        expect((await refusalOf(confirm(code, "short"))).code).to.equal("InvalidPasswordException");
        await confirm(code);
        expect((await refusalOf(confirm(code))).code).to.equal("ExpiredCodeException");
        const { AuthenticationResult } = await signIn(cognito, ClientId, Username, "Another-Password-1");
        expect(AuthenticationResult?.IdToken).to.be.a("string");

        const invited = { ClientId, Username: await createUser(UserPoolId) };
        expect(await refusalOf(cognito.send(new ForgotPasswordCommand(invited)))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "User password cannot be reset in the current state.",
        });
        await past.send(new ForgotPasswordCommand(invited));

        const unverified = { ClientId, Username: "unverified@example.com" };
        await cognito.send(new SignUpCommand({ ...unverified, Password: PASSWORD }));
        await world.codeOf(unverified.Username);
        const { CodeDeliveryDetails: told } = await cognito.send(new ForgotPasswordCommand(unverified));
        const { CodeDeliveryDetails: asTold } = await cognito.send(
            new ForgotPasswordCommand({ ClientId, Username: "unknown@example.com" }),
        );
        expect(told).to.deep.equal(asTold);
        const guess = { ...unverified, ConfirmationCode: "654321", Password: PASSWORD };
        expect((await refusalOf(cognito.send(new ConfirmForgotPasswordCommand(guess)))).code).to.equal(
            "ExpiredCodeException",
        );
    });

    it("keeps what an update of a group sets", async () => {
        const { UserPoolId } = await createPool("OFF");
        const GroupName = "readers";
        await cognito.send(new CreateGroupCommand({ UserPoolId, GroupName, Description: "old", Precedence: 3 }));
        const update = new UpdateGroupCommand({ UserPoolId, GroupName, Description: "new", Precedence: 1 });
        await cognito.send(update);
        const { Group } = await cognito.send(new GetGroupCommand({ UserPoolId, GroupName }));
        expect(Group).to.include({ Description: "new", Precedence: 1 });
        const { Groups } = await cognito.send(new ListGroupsCommand({ UserPoolId }));
        expect(Groups?.[0]).to.include({ Description: "new", Precedence: 1 });
        const missing = new UpdateGroupCommand({ UserPoolId, GroupName: "nobody" });
        expect((await refusalOf(cognito.send(missing))).code).to.equal("ResourceNotFoundException");
        expect((await refusalOf(past.send(update))).code).to.equal("InvalidAction");
    });

    it("have the name that an update gives them", async () => {
        const { UserPoolId } = await createPool("OFF");
        await cognito.send(new UpdateUserPoolCommand({ UserPoolId, PoolName: "renamed" }));
        const describe = new DescribeUserPoolCommand({ UserPoolId });
        expect((await cognito.send(describe)).UserPool?.Name).to.equal("renamed");
        const { UserPools = [] } = await cognito.send(new ListUserPoolsCommand({ MaxResults: 60 }));
        expect(UserPools.find(({ Id }) => Id === UserPoolId)?.Name).to.equal("renamed");
        expect((await past.send(describe)).UserPool?.Name).not.to.equal("renamed");
    });

    it("mails an invitation, whose temporary password is good for as long as the pool says", async () => {
        const { UserPoolId, ClientId } = await createPool("OFF");
        const Username = "invited@example.com";
        const UserAttributes = [{ Name: "email", Value: Username }];
        await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes }));
        const { text } = await world.mailTo(Username);
        const password = /temporary password is (.+)\.$/.exec(text)?.[1] ?? "";
        expect((await signIn(cognito, ClientId, Username, password)).ChallengeName).to.equal("NEW_PASSWORD_REQUIRED");
        await world.setAhead(7 * 86_400 + 1);
        expect(await refusalOf(signIn(cognito, ClientId, Username, password))).to.deep.equal({
            code: "NotAuthorizedException",
            message: "Temporary password has expired and must be reset by an administrator.",
        });
        expect((await signIn(past, ClientId, Username, password)).ChallengeName).to.equal("NEW_PASSWORD_REQUIRED");
        await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: "RESEND" }));
        expect((await signIn(cognito, ClientId, Username, password)).ChallengeName).to.equal("NEW_PASSWORD_REQUIRED");
    });
});

/** Another code than this one. */
function other(code: string): string {
    return code === "000000" ? "111111" : "000000";
}

/** A code that none of the moments has that are taken. */
function wrongCode(secret: string): string {
    const right = [-1, 0, 1, 2].map((steps) => oneTimePassword(secret, steps));
    return ["000000", "111111", "222222", "333333", "444444"].find((code) => !right.includes(code)) ?? "";
}
