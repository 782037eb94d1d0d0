import type { Case } from "../case.ts";
import { AwsRequest } from "../request.ts";
import { apiCallOf } from "../restApis.ts";
import { claimsOf } from "../userPools.ts";

export const authorizerTokens: Case = {
    title: "An access token at a method of an API that names no scopes",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html",
    requests: ["execute-api:*"],
    async handle(request, next, emulator) {
        const token = request.head.headers.authorization?.replace(/^Bearer\s+/i, "") ?? "";
        if (claimsOf(token).token_use !== "access") {
            return await next(request);
        }
        const { method } = (await apiCallOf(request, emulator)) ?? {};
        if (method?.authorizationType !== "COGNITO_USER_POOLS" || method.authorizationScopes?.length) {
            return await next(request);
        }
        // Without the token, MiniStack refuses the call with the headers that the API sets for errors.
        const { authorization: _, ...headers } = request.head.headers;
        return await next(new AwsRequest({ ...request.head, headers }, request, request.body, request));
    },
};
