import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    InitiateAuthCommand,
    RespondToAuthChallengeCommand,
    SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import { ensureUser } from "../../../local/runtime/user.ts";
import { oneTimePassword } from "../../../standins/oneTimePassword.ts";
import { GatewayWorld } from "../../kit/gateway/world.ts";

describe("The local cloud's user", () => {
    let world: GatewayWorld;
    let cognito: CognitoIdentityProviderClient;
    let folder: string;
    before(async () => {
        world = await GatewayWorld.open({ AUTH: "true" });
        cognito = world.client(CognitoIdentityProviderClient);
    });
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-user-"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    after(() => world.close());

    async function createPool(MfaConfiguration: "OFF" | "ON") {
        const { UserPool } = await cognito.send(
            new CreateUserPoolCommand({ PoolName: "local", UsernameAttributes: ["email"] }),
        );
        const UserPoolId = UserPool?.Id ?? "";
        if (MfaConfiguration === "ON") {
            const SoftwareTokenMfaConfiguration = { Enabled: true };
            await cognito.send(
                new SetUserPoolMfaConfigCommand({ UserPoolId, SoftwareTokenMfaConfiguration, MfaConfiguration }),
            );
        }
        const { UserPoolClient } = await cognito.send(
            new CreateUserPoolClientCommand({
                UserPoolId,
                ClientName: "site",
                ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
            }),
        );
        const { region } = GatewayWorld;
        return { endpoint: world.url, region, poolId: UserPoolId, clientId: UserPoolClient?.ClientId ?? "" };
    }

    const signIn = ({ clientId: ClientId }: { clientId: string }, { email, password }: Record<string, string>) =>
        cognito.send(
            new InitiateAuthCommand({
                ClientId,
                AuthFlow: "USER_PASSWORD_AUTH",
                AuthParameters: { USERNAME: email ?? "", PASSWORD: password ?? "" },
            }),
        );

    it("signs in with the password that was kept", async () => {
        const pool = await createPool("OFF");
        const user = await ensureUser(pool, folder);
        expect(await ensureUser(pool, folder)).to.deep.equal(user);
        expect((await signIn(pool, { ...user })).AuthenticationResult?.IdToken).to.be.a("string");
    });

    it("has an authenticator where the pool wants one, with the same key every time", async () => {
        const pool = await createPool("ON");
        const user = await ensureUser(pool, folder);
        expect(await ensureUser(pool, folder)).to.deep.equal(user);
        const { ChallengeName, Session } = await signIn(pool, { ...user });
        expect(ChallengeName).to.equal("SOFTWARE_TOKEN_MFA");
        const { AuthenticationResult } = await cognito.send(
            new RespondToAuthChallengeCommand({
                ClientId: pool.clientId,
                ChallengeName: "SOFTWARE_TOKEN_MFA",
                Session,
                ChallengeResponses: {
                    USERNAME: user.email,
                    SOFTWARE_TOKEN_MFA_CODE: oneTimePassword(user.authenticatorKey ?? ""),
                },
            }),
        );
        expect(AuthenticationResult?.IdToken).to.be.a("string");
    });
});
