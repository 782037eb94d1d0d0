import type { Case } from "../case.ts";
import { deliver } from "../mails.ts";
import { AwsError, outputOf } from "../response.ts";
import { attributeOf, poolOf, userOf } from "../userPools.ts";

const DAY_MS = 86_400_000;
/** The times at which invited users got their temporary passwords. */
const COLLECTION = "invitations";

export const invitations: Case = {
    title: "The temporary password of who is invited, which comes by mail and runs out",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html",
    requests: ["cognito-idp:AdminCreateUser", "cognito-idp:InitiateAuth", "cognito-idp:AdminInitiateAuth"],
    async handle(request, next, emulator) {
        const response = await next(request);
        if (response.status !== 200) {
            return response;
        }
        const { ChallengeName, ChallengeParameters, User } = outputOf(request, response);
        if (request.operation === "AdminCreateUser") {
            const pool = request.input.UserPoolId;
            const user = await userOf(request, emulator, pool, User.Username);
            const days = (await poolOf(request, emulator, pool))?.Policies?.PasswordPolicy;
            const lasts = (days?.TemporaryPasswordValidityDays ?? 7) * DAY_MS;
            emulator.store.set(COLLECTION, User.Username, emulator.now() + lasts);
            const email = user && attributeOf(user, "email");
            if (email && request.input.MessageAction !== "SUPPRESS") {
                await deliver(emulator, email);
            }
        } else if (ChallengeName === "NEW_PASSWORD_REQUIRED") {
            const ends = emulator.store.get<number>(COLLECTION, ChallengeParameters.USER_ID_FOR_SRP);
            if (ends !== undefined && ends <= emulator.now()) {
                throw new AwsError(
                    "NotAuthorizedException",
                    "Temporary password has expired and must be reset by an administrator.",
                );
            }
        }
        return response;
    },
};
