import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";
import { appClientOf, poolOf } from "../userPools.ts";

export const closedSignUp: Case = {
    title: "Signing up where only administrators add users",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUserConfigType.html",
    requests: ["cognito-idp:SignUp"],
    async handle(request, next, emulator) {
        const client = await appClientOf(request, emulator);
        const pool = client && (await poolOf(request, emulator, client.UserPoolId ?? ""));
        if (pool?.AdminCreateUserConfig?.AllowAdminCreateUserOnly) {
            throw new AwsError("NotAuthorizedException", "SignUp is not permitted for this user pool");
        }
        return await next(request);
    },
};
