import type { Case } from "../case.ts";
import { AwsError, outputOf } from "../response.ts";
import { appClientOf, signInRequests, userOf } from "../userPools.ts";

const COLLECTION = "password-attempts";
/** Wrong passwords without a lockout. */
const MAX_FREE_ATTEMPTS = 5;
const MAX_LOCKOUT_MS = 15 * 60_000;

interface Attempts {
    wrong: number;
    /** The time of the last attempt, and the end of the lockout; in milliseconds since 1970. */
    last: number;
    lockedUntil: number;
}

export const passwordAttempts: Case = {
    title: "Wrong password after wrong password",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow-things-to-know.html",
    requests: signInRequests,
    async handle(request, next, emulator) {
        const { AuthFlow = "", AuthParameters = {}, ChallengeName, ChallengeResponses = {} } = request.input;
        const parameters: Record<string, string> =
            ChallengeName === "PASSWORD_VERIFIER" ? ChallengeResponses : AuthParameters;
        const isPassword = ChallengeName === "PASSWORD_VERIFIER" || AuthFlow.endsWith("USER_PASSWORD_AUTH");
        const client = isPassword ? await appClientOf(request, emulator) : undefined;
        const user = client && (await userOf(request, emulator, client.UserPoolId ?? "", parameters.USERNAME ?? ""));
        const key = user?.Username;
        if (key === undefined) {
            return await next(request);
        }
        const now = emulator.now();
        const before = emulator.store.get<Attempts>(COLLECTION, key);
        if (before && before.lockedUntil > now) {
            throw new AwsError("NotAuthorizedException", "Password attempts exceeded");
        }
        const response = await next(request);
        if (response.status === 200) {
            emulator.store.delete(COLLECTION, key);
        } else if (outputOf(request, response).message === "Incorrect username or password.") {
            const wrong = (before && now - before.last < MAX_LOCKOUT_MS ? before.wrong : 0) + 1;
            const lock =
                wrong < MAX_FREE_ATTEMPTS ? 0 : Math.min(1000 * 2 ** (wrong - MAX_FREE_ATTEMPTS), MAX_LOCKOUT_MS);
            emulator.store.set(COLLECTION, key, { wrong, last: now, lockedUntil: now + lock });
        }
        return response;
    },
};
