/** The origin of a page that calls the API. */
export const ORIGIN = "https://app.example.com";

/** The client of the user pool that the functions are deployed for. */
export const CLIENT_ID = "the-sites-client";

/**
 * The event that API Gateway sends for a POST. Claims are strings there; `more` overrides them. `name` is the call's
 * `Idempotency-Key`.
 */
export function gatewayEvent(
    path: string,
    body: unknown,
    user?: string,
    more: Record<string, string> = {},
    name?: string,
): object {
    const claims = user && {
        sub: user,
        email: `${user}@example.com`,
        "cognito:username": user,
        token_use: "id",
        aud: CLIENT_ID,
        "cognito:groups": "readers",
        ...more,
    };
    const headers = {
        "Content-Type": "application/json",
        Origin: ORIGIN,
        ...(name === undefined ? {} : { "Idempotency-Key": name }),
    };
    return {
        resource: path,
        path,
        httpMethod: "POST",
        headers,
        multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        stageVariables: null,
        requestContext: {
            requestId: "request-1",
            stage: "test",
            httpMethod: "POST",
            path,
            resourcePath: path,
            identity: { sourceIp: "127.0.0.1" },
            ...(claims ? { authorizer: { claims } } : {}),
        },
        body: typeof body === "string" ? body : JSON.stringify(body),
        isBase64Encoded: false,
    };
}
