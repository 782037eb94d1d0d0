import {
    AdminCreateUserCommand,
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import { CommandFailure } from "../../../../automation/cli/exitCodes.ts";
import { type Answers, signIn } from "../../../../automation/cli/signIn.ts";
import { oneTimePassword } from "../../../../standins/oneTimePassword.ts";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

const TEMPORARY = "Temporary-12345";
const PASSWORD = "Password-123456";

describe("The command line's sign-in", () => {
    let world: GatewayWorld;
    let cognito: CognitoIdentityProviderClient;
    let clientId: string;
    const user = "administrator@example.com";
    /** What was asked and told, in order. */
    let talk: string[];
    let key: string;

    before(async () => {
        world = await GatewayWorld.open({ AUTH: "true" });
        cognito = world.client(CognitoIdentityProviderClient);
        const { UserPool } = await cognito.send(
            new CreateUserPoolCommand({ PoolName: "people", UsernameAttributes: ["email"] }),
        );
        const UserPoolId = UserPool?.Id;
        const SoftwareTokenMfaConfiguration = { Enabled: true };
        await cognito.send(
            new SetUserPoolMfaConfigCommand({ UserPoolId, SoftwareTokenMfaConfiguration, MfaConfiguration: "ON" }),
        );
        const ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH" as const];
        const { UserPoolClient } = await cognito.send(
            new CreateUserPoolClientCommand({ UserPoolId, ClientName: "cli", ExplicitAuthFlows }),
        );
        clientId = UserPoolClient?.ClientId ?? "";
        const UserAttributes = [{ Name: "email", Value: user }];
        await cognito.send(
            new AdminCreateUserCommand({ UserPoolId, Username: user, TemporaryPassword: TEMPORARY, UserAttributes }),
        );
    });
    beforeEach(() => {
        talk = [];
    });
    after(() => world.close());

    /** Somebody who gives these answers, one after the other. */
    function person(passwords: string[], codes: (() => string)[], patient = true): Answers {
        const next = <T>(answers: T[], what: string): T => {
            talk.push(what);
            return answers.shift() as T;
        };
        return {
            newPassword: async () => next(passwords, "new password"),
            code: async () => next(codes, "code")(),
            showKey: (shown) => {
                talk.push("key");
                key = shown;
            },
            refused: (why) => {
                talk.push(why);
                return patient;
            },
        };
    }

    it("takes a new password and sets an authenticator up, with another try where an answer was wrong", async () => {
        const answers = person(["weak", PASSWORD], [() => "000000", () => oneTimePassword(key)]);
        const { IdToken } = await signIn({ clientId, user, password: TEMPORARY }, cognito, answers);
        expect(IdToken).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
        expect(talk).to.have.length(7);
        expect(talk.filter((one) => !/^[A-Z]/.test(one))).to.deep.equal([
            "new password",
            "new password",
            "key",
            "code",
            "code",
        ]);
    });

    it("asks for the authenticator's code from then on", async () => {
        const answers = person([], [() => oneTimePassword(key, 1)]);
        const { IdToken } = await signIn({ clientId, user, password: PASSWORD }, cognito, answers);
        expect(IdToken).to.be.a("string");
        expect(talk).to.deep.equal(["code"]);
    });

    it("fails with what Cognito says where nobody can answer better", async () => {
        const failure = await signIn(
            { clientId, user, password: PASSWORD },
            cognito,
            person([], [() => "000000"], false),
        )
            .then(() => undefined)
            .catch((error: CommandFailure) => error);
        expect(failure).to.be.instanceOf(CommandFailure);
        expect(failure?.message).to.match(/^Cognito refuses the sign-in: ./);
    });
});
