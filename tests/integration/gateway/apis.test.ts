import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import {
    APIGatewayClient,
    CreateAuthorizerCommand,
    CreateDeploymentCommand,
    CreateResourceCommand,
    CreateRestApiCommand,
    GetResourcesCommand,
    PutGatewayResponseCommand,
    PutIntegrationCommand,
    PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { GatewayWorld } from "./world.ts";

/** Where calls go that no function answers until the test says so. */
const SLOW = "/slow";

describe("The gateway's REST APIs", () => {
    let world: GatewayWorld;
    let apis: APIGatewayClient;
    let functions: Server;
    const waiting: ServerResponse[] = [];
    before(async () => {
        world = await GatewayWorld.open({ AUTH: "true" });
        apis = world.client(APIGatewayClient);
        await world
            .client(IAMClient)
            .send(
                new CreateRoleCommand({
                    RoleName: "teller",
                    AssumeRolePolicyDocument: trusting("lambda.amazonaws.com"),
                }),
            );
        functions = createServer((request, response) => {
            if (request.url === SLOW) {
                waiting.push(response);
                functions.emit("slow");
            } else {
                response.end(JSON.stringify({ statusCode: 200, body: "told" }));
            }
        });
        await once(functions.listen(0, "127.0.0.1"), "listening");
    });
    after(async () => {
        functions.closeAllConnections();
        functions.close();
        await world.close();
    });

    /** A function that the test's own server answers. */
    async function createFunction(name: string, path = "/"): Promise<string> {
        const { port } = functions.address() as AddressInfo;
        const { FunctionArn = "" } = await world.client(LambdaClient).send(
            new CreateFunctionCommand({
                FunctionName: name,
                Role: `arn:aws:iam::${GatewayWorld.account}:role/teller`,
                PackageType: "Image",
                Code: { ImageUri: `${GatewayWorld.account}.dkr.ecr.us-east-1.amazonaws.com/teller:1` },
                Timeout: 60,
                Environment: { Variables: { MINISTACK_LAMBDA_PROXY_URL: `http://127.0.0.1:${port}${path}` } },
            }),
        );
        return FunctionArn;
    }

    /** An API with a method `POST /tell` that a function answers. */
    async function createApi(functionArn: string, authorizer?: { userPoolArn: string }, timeoutInMillis?: number) {
        const { id: restApiId = "" } = await apis.send(new CreateRestApiCommand({ name: "stories" }));
        const { items = [] } = await apis.send(new GetResourcesCommand({ restApiId }));
        const { id: resourceId } = await apis.send(
            new CreateResourceCommand({ restApiId, parentId: items[0]?.id, pathPart: "tell" }),
        );
        const at = { restApiId, resourceId, httpMethod: "POST" };
        const authorizerId =
            authorizer &&
            (
                await apis.send(
                    new CreateAuthorizerCommand({
                        restApiId,
                        name: "people",
                        type: "COGNITO_USER_POOLS",
                        providerARNs: [authorizer.userPoolArn],
                        identitySource: "method.request.header.Authorization",
                    }),
                )
            ).id;
        const authorizationType = authorizerId ? "COGNITO_USER_POOLS" : "NONE";
        await apis.send(new PutMethodCommand({ ...at, authorizationType, authorizerId }));
        await apis.send(
            new PutIntegrationCommand({
                ...at,
                type: "AWS_PROXY",
                integrationHttpMethod: "POST",
                uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
                timeoutInMillis,
            }),
        );
        for (const responseType of ["DEFAULT_4XX", "DEFAULT_5XX"] as const) {
            const responseParameters = { "gatewayresponse.header.Access-Control-Allow-Origin": "'https://a.example'" };
            await apis.send(new PutGatewayResponseCommand({ restApiId, responseType, responseParameters }));
        }
        await apis.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
        return restApiId;
    }

    const permit = (name: string, sourceArn: string) =>
        world.client(LambdaClient).send(
            new AddPermissionCommand({
                FunctionName: name,
                StatementId: `s${Math.random().toString(36).slice(2)}`,
                Action: "lambda:InvokeFunction",
                Principal: "apigateway.amazonaws.com",
                SourceArn: sourceArn,
            }),
        );
    const executionArn = (api: string) => `arn:aws:execute-api:us-east-1:${GatewayWorld.account}:${api}`;

    /** Calls an API through the gateway or past it, and tells what it answers. */
    async function call(api: string, { url = world.url, token }: { url?: string; token?: string } = {}) {
        const response = await fetch(`${url}/restapis/${api}/live/_user_request_/tell`, {
            method: "POST",
            headers: token ? { Authorization: token } : {},
        });
        return {
            status: response.status,
            text: await response.text(),
            origin: response.headers.get("access-control-allow-origin"),
        };
    }

    it("lets ID tokens in at a method without scopes, and no access token", async () => {
        const cognito = world.client(CognitoIdentityProviderClient);
        const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: "people" }));
        const UserPoolId = UserPool?.Id;
        const { UserPoolClient } = await cognito.send(
            new CreateUserPoolClientCommand({
                UserPoolId,
                ClientName: "site",
                ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
            }),
        );
        const [Username, Password] = ["reader", "Password-123456"];
        await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username }));
        await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
        const { AuthenticationResult: tokens } = await cognito.send(
            new InitiateAuthCommand({
                ClientId: UserPoolClient?.ClientId,
                AuthFlow: "USER_PASSWORD_AUTH",
                AuthParameters: { USERNAME: Username, PASSWORD: Password },
            }),
        );
        const api = await createApi(await createFunction("authorized"), { userPoolArn: UserPool?.Arn ?? "" });
        await permit("authorized", `${executionArn(api)}/*/POST/tell`);
        const refused = { status: 401, text: '{"message":"Unauthorized"}', origin: "https://a.example" };
        expect(await call(api)).to.deep.equal(refused);
        for (const token of [tokens?.AccessToken, `Bearer ${tokens?.AccessToken}`]) {
            expect(await call(api, { token })).to.deep.equal(refused);
        }
        expect((await call(api, { token: tokens?.IdToken })).text).to.equal("told");

        expect((await call(api, { token: tokens?.AccessToken, url: world.ministack })).text).to.equal("told");
    });

    it("invokes a function that allows it for this method alone", async () => {
        const api = await createApi(await createFunction("guarded"));
        const refused = { status: 500, text: '{"message":"Internal server error"}', origin: "https://a.example" };
        expect(await call(api)).to.deep.equal(refused);
        await permit("guarded", `${executionArn(api)}/*/GET/tell`);
        await permit("guarded", `${executionArn("0123456789")}/*/POST/tell`);
        expect(await call(api)).to.deep.equal(refused);
        expect((await call(api, { url: world.ministack })).text).to.equal("told");
        await permit("guarded", `${executionArn(api)}/*/POST/tell`);
        expect((await call(api)).text).to.equal("told");
    });

    it("waits for a function for as long as its method says", async () => {
        const api = await createApi(await createFunction("slow", SLOW), undefined, 50);
        await permit("slow", `${executionArn(api)}/*/POST/tell`);
        expect(await call(api)).to.deep.equal({
            status: 504,
            text: '{"message":"Endpoint request timed out"}',
            origin: "https://a.example",
        });

        const reached = once(functions, "slow");
        const patient = call(api, { url: world.ministack });
        await reached;
        await setTimeout(100);
        for (const response of waiting) {
            response.end(JSON.stringify({ statusCode: 200, body: "told late" }));
        }
        expect((await patient).text).to.equal("told late");
    });
});

/** A trust policy that lets a service take a role on. */
function trusting(Service: string): string {
    const Statement = [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }];
    return JSON.stringify({ Version: "2012-10-17", Statement });
}
