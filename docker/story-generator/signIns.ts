/**
 * Whether a sign-in is over before its tokens run out: signed out everywhere, revoked, or its account closed. Of an access
 * token Cognito tells that itself. Of an ID token it does not: there the access token of the same sign-in is asked about,
 * where this task gave it out, or else whether the account is still open.
 */
import {
    AdminGetUserCommand,
    type AuthenticationResultType,
    type CognitoIdentityProviderClient,
    GetUserCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { LRUCache } from "lru-cache";
import { signInOf, type User } from "../shared/tokens.ts";
import type { Logger } from "./logger.ts";

const MAX_REMEMBERED = 10_000;
/** Longest wait for Cognito; who can't be asked about is believed, as far as the token is right. */
const TIMEOUT_MS = 3_000;

const ENDED = [
    "NotAuthorizedException",
    "UserNotFoundException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
];

export class SignIns {
    readonly #cognito: CognitoIdentityProviderClient;
    readonly #userPoolId: string;
    readonly #log: Logger;
    readonly #accessTokens = new LRUCache<string, string>({ max: MAX_REMEMBERED });

    constructor(cognito: CognitoIdentityProviderClient, userPoolId: string, log: Logger) {
        this.#cognito = cognito;
        this.#userPoolId = userPoolId;
        this.#log = log;
    }

    /** Tokens that were given out here. */
    remember({ AccessToken = "", ExpiresIn = 0 }: AuthenticationResultType): void {
        const signIn = signInOf(AccessToken);
        if (signIn && ExpiresIn > 0) {
            this.#accessTokens.set(signIn, AccessToken, { ttl: ExpiresIn * 1_000 });
        }
    }

    async isOver(token: string, user: User): Promise<boolean> {
        const accessToken = user.tokenUse === "access" ? token : this.#accessTokens.get(user.signIn ?? "");
        const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
        try {
            if (accessToken) {
                await this.#cognito.send(new GetUserCommand({ AccessToken: accessToken }), { abortSignal });
                return false;
            }
            const account = { UserPoolId: this.#userPoolId, Username: user.username };
            const { Enabled } = await this.#cognito.send(new AdminGetUserCommand(account), { abortSignal });
            return Enabled === false;
        } catch (error) {
            if (ENDED.includes((error as Error).name)) {
                return true;
            }
            this.#log.warn({ err: error }, "a sign-in could not be looked up");
            return false;
        }
    }
}
