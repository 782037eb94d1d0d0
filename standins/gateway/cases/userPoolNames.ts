import type { UpdateUserPoolRequest } from "@aws-sdk/client-cognito-identity-provider";
import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

const COLLECTION = "user-pool-names";

/** MiniStack does not update the name of a user pool. */
export const userPoolNames: Case = {
    title: "The new name of a user pool",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html (PoolName)",
    requests: ["UpdateUserPool", "DescribeUserPool", "ListUserPools", "DeleteUserPool"].map(
        (operation) => `cognito-idp:${operation}`,
    ),
    async handle(request, next, { store }) {
        const response = await next(request);
        if (response.status !== 200) {
            return response;
        }
        const asKept = <Pool extends { Id: string; Name: string }>(pool: Pool): Pool => ({
            ...pool,
            Name: store.get<string>(COLLECTION, pool.Id) ?? pool.Name,
        });
        switch (request.operation) {
            case "UpdateUserPool": {
                const { UserPoolId = "", PoolName } = request.input as UpdateUserPoolRequest;
                if (PoolName !== undefined) {
                    store.set(COLLECTION, UserPoolId, PoolName);
                }
                return response;
            }
            case "DeleteUserPool":
                store.delete(COLLECTION, request.input.UserPoolId);
                return response;
            case "DescribeUserPool":
                return answer(request, { UserPool: asKept(outputOf(request, response).UserPool) });
            default: {
                const output = outputOf(request, response);
                return answer(request, { ...output, UserPools: output.UserPools.map(asKept) });
            }
        }
    },
};
