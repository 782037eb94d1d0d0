import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    type CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { GatewayWorld } from "../gateway/world.ts";
import { ServiceProcess, type World } from "./world.ts";

/** The password of members. */
export const PASSWORD = "Password-123456";

export interface Step {
    message: string;
    error: string | null;
    challenge?: string;
    username: string;
    session: string;
    secret_code: string;
    id_token?: string;
    access_token: string;
    refresh_token?: string;
    open: boolean;
}

export interface Told {
    status: number;
    body: Step;
    headers: Headers;
}

/** A user pool, and a service that uses it. */
export class SignInPool {
    readonly UserPoolId: string;
    readonly #cognito: CognitoIdentityProviderClient;
    readonly #service: ServiceProcess;

    private constructor(UserPoolId: string, cognito: CognitoIdentityProviderClient, service: ServiceProcess) {
        this.UserPoolId = UserPoolId;
        this.#cognito = cognito;
        this.#service = service;
    }

    /** The service's address. */
    get url(): string {
        return this.#service.url;
    }

    /** Invites somebody; returns the address and the temporary password from the mail. */
    async invite(email: string, gateway: GatewayWorld): Promise<{ email: string; temporary: string }> {
        await this.#create(email);
        const { text } = await gateway.mailTo(email);
        return { email, temporary: /temporary password is (.+)\.$/.exec(text)?.[1] ?? "" };
    }

    /** Creates a user with a permanent password; returns the address. */
    async member(email: string): Promise<string> {
        await this.#create(email);
        const { UserPoolId } = this;
        await this.#cognito.send(
            new AdminSetUserPasswordCommand({ UserPoolId, Username: email, Password: PASSWORD, Permanent: true }),
        );
        return email;
    }

    async #create(email: string): Promise<void> {
        const { UserPoolId } = this;
        const UserAttributes = [
            { Name: "email", Value: email },
            { Name: "email_verified", Value: "true" },
        ];
        await this.#cognito.send(new AdminCreateUserCommand({ UserPoolId, Username: email, UserAttributes }));
    }

    static async open(
        world: World,
        cognito: CognitoIdentityProviderClient,
        { mfa, adminsOnly }: { mfa: "OPTIONAL" | "ON"; adminsOnly: boolean },
    ): Promise<SignInPool> {
        const { UserPool } = await cognito.send(
            new CreateUserPoolCommand({
                PoolName: "people",
                UsernameAttributes: ["email"],
                AutoVerifiedAttributes: ["email"],
                AdminCreateUserConfig: { AllowAdminCreateUserOnly: adminsOnly },
                Policies: { PasswordPolicy: { MinimumLength: 12 } },
            }),
        );
        const UserPoolId = UserPool?.Id ?? "";
        await cognito.send(
            new SetUserPoolMfaConfigCommand({
                UserPoolId,
                SoftwareTokenMfaConfiguration: { Enabled: true },
                MfaConfiguration: mfa,
            }),
        );
        const { UserPoolClient } = await cognito.send(
            new CreateUserPoolClientCommand({
                UserPoolId,
                ClientName: "site",
                ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                PreventUserExistenceErrors: "ENABLED",
            }),
        );
        const service = await ServiceProcess.start(world, {
            COGNITO_USER_POOL_ID: UserPoolId,
            COGNITO_CLIENT_ID: UserPoolClient?.ClientId ?? "",
            COGNITO_JWKS_URL: `${world.emulator.url}/${UserPoolId}/.well-known/jwks.json`,
            SIGN_UP_OPEN: String(!adminsOnly),
        });
        return new SignInPool(UserPoolId, cognito, service);
    }

    async post(route: string, body: object, token?: string, headers: Record<string, string> = {}): Promise<Told> {
        return await toldBy(await this.#service.post(`/api/v1/auth/${route}`, token, body, headers));
    }

    async get(route: string): Promise<Told> {
        return await toldBy(await this.#service.get(`/api/v1/auth/${route}`));
    }

    async me(token: string | undefined): Promise<Response> {
        return await this.#service.get("/api/v1/auth/me", token);
    }

    async close(): Promise<void> {
        await this.#service.end();
    }
}

async function toldBy(answer: Response): Promise<Told> {
    return { status: answer.status, body: (await answer.json()) as Step, headers: answer.headers };
}
