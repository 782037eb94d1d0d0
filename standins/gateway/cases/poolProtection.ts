import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";
import { poolOf } from "../userPools.ts";

export const poolProtection: Case = {
    title: "The deletion of a user pool that is protected",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html",
    requests: ["cognito-idp:DeleteUserPool"],
    async handle(request, next, emulator) {
        const pool = await poolOf(request, emulator, request.input.UserPoolId);
        if (pool?.DeletionProtection === "ACTIVE") {
            throw new AwsError(
                "InvalidParameterException",
                "The user pool cannot be deleted because deletion protection is activated. " +
                    "Deletion protection must be inactivated first.",
            );
        }
        return await next(request);
    },
};
