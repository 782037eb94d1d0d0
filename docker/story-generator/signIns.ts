/**
 * Checks whether a sign-in has ended before its tokens expire: global sign-out, revocation, or a closed account. Cognito can
 * check only an access token. For an ID token, the access token of the same sign-in is checked if this task issued it,
 * otherwise whether the account is enabled.
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

const MAX_CACHED_TOKENS = 10_000;
/** Timeout for Cognito. If the check fails, a valid token is accepted. */
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
    readonly #accessTokens = new LRUCache<string, string>({ max: MAX_CACHED_TOKENS });

    constructor(cognito: CognitoIdentityProviderClient, userPoolId: string, log: Logger) {
        this.#cognito = cognito;
        this.#userPoolId = userPoolId;
        this.#log = log;
    }

    /** Remembers tokens that this task issued. */
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
