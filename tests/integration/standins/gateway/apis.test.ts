import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import {
    APIGatewayClient,
    CreateApiKeyCommand,
    CreateAuthorizerCommand,
    CreateBasePathMappingCommand,
    CreateDeploymentCommand,
    CreateDomainNameCommand,
    CreateResourceCommand,
    CreateRestApiCommand,
    CreateStageCommand,
    DeleteDeploymentCommand,
    GetBasePathMappingCommand,
    GetDeploymentsCommand,
    GetDomainNameCommand,
    GetResourcesCommand,
    GetRestApiCommand,
    GetStageCommand,
    PutGatewayResponseCommand,
    PutIntegrationCommand,
    PutIntegrationResponseCommand,
    PutMethodCommand,
    PutMethodResponseCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateAccountCommand,
} from "@aws-sdk/client-api-gateway";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
    InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
    AddPermissionCommand,
    CreateAliasCommand,
    CreateFunctionCommand,
    LambdaClient,
    PublishVersionCommand,
    UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { AssociateWebACLCommand, CreateWebACLCommand, WAFV2Client } from "@aws-sdk/client-wafv2";
import { expect } from "chai";
import { originTemplate } from "../../../../components/api/methods.ts";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

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
        await world.client(IAMClient).send(
            new CreateRoleCommand({
                RoleName: "teller",
                AssumeRolePolicyDocument: trusting("lambda.amazonaws.com"),
            }),
        );
        functions = createServer((asked, response) => {
            if (asked.url === SLOW) {
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

    it("show the tags that they have now, and so do their stages", async () => {
        const restApiId = await createApi(await createFunction("tagged"));
        await apis.send(new CreateDeploymentCommand({ restApiId }));
        const { items = [] } = await apis.send(new GetDeploymentsCommand({ restApiId }));
        const stageName = "tagged";
        const deploymentId = items[0]?.id;
        const made = { restApiId, stageName, deploymentId, tags: { Name: "old", Old: "yes" } };
        expect((await apis.send(new CreateStageCommand(made))).tags).to.deep.equal(made.tags);
        const arn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`;
        for (const resourceArn of [arn, `${arn}/stages/${stageName}`]) {
            await apis.send(new TagResourceCommand({ resourceArn, tags: { Name: "new" } }));
            await apis.send(new UntagResourceCommand({ resourceArn, tagKeys: ["Old"] }));
        }
        expect((await apis.send(new GetRestApiCommand({ restApiId }))).tags).to.deep.equal({ Name: "new" });
        const stage = new GetStageCommand({ restApiId, stageName });
        expect((await apis.send(stage)).tags).to.deep.equal({ Name: "new" });
        const past = world.past(APIGatewayClient);
        expect((await past.send(stage)).tags).not.to.deep.equal({ Name: "new" });
    });

    it("have keys whose value AWS makes, as the provider asks for it", async () => {
        const input = { name: "partner", enabled: true, value: "" };
        const { value = "" } = await apis.send(new CreateApiKeyCommand(input));
        expect(value).to.have.length.of.at.least(20);
        const past = world.past(APIGatewayClient);
        const refusal = await past.send(new CreateApiKeyCommand(input)).catch((error: Error) => error.message);
        expect(refusal).to.include("at least 20 characters");
    });

    it("have a domain that is there, without mutual TLS, and as a whole", async () => {
        const restApiId = await createApi(await createFunction("domain"));
        const domainName = "api.example.com";
        await apis.send(
            new CreateDomainNameCommand({ domainName, regionalCertificateArn: "arn:aws:acm:certificate/1" }),
        );
        const get = new GetDomainNameCommand({ domainName });
        const { domainNameStatus, mutualTlsAuthentication } = await apis.send(get);
        expect({ domainNameStatus, mutualTlsAuthentication }).to.deep.equal({
            domainNameStatus: "AVAILABLE",
            mutualTlsAuthentication: undefined,
        });
        const past = world.past(APIGatewayClient);
        expect(await past.send(get)).to.not.have.property("domainNameStatus");
        // As the provider makes one, and reads it (its "(none)" is API Gateway's).
        const mapping = { domainName, basePath: "" };
        const read = new GetBasePathMappingCommand({ domainName, basePath: "(none)" });
        await past.send(new CreateBasePathMappingCommand({ ...mapping, restApiId }));
        expect(await past.send(read).catch((error: Error) => error.name)).to.equal("NotFoundException");
        await apis.send(new CreateBasePathMappingCommand({ ...mapping, restApiId }));
        expect(await apis.send(read)).to.include({ basePath: "(none)", restApiId });
    });

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

    it("refuses an alias of a version that is not there", async () => {
        const arn = await createFunction("aliased");
        const lambda = world.client(LambdaClient);
        const alias = { FunctionName: "aliased", Name: "live", FunctionVersion: "7" };
        expect(await refusalOf(lambda.send(new CreateAliasCommand(alias)))).to.deep.equal({
            code: "ResourceNotFoundException",
            message: `Function not found: ${arn}:7`,
        });
        const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: "aliased" }));
        await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: Version }));
        expect((await refusalOf(lambda.send(new UpdateAliasCommand(alias)))).code).to.equal(
            "ResourceNotFoundException",
        );

        await world.past(LambdaClient).send(new UpdateAliasCommand(alias));
    });

    it("keeps a deployment that a stage points to", async () => {
        const restApiId = await createApi(await createFunction("deployed"));
        const { deploymentId } = await apis.send(new GetStageCommand({ restApiId, stageName: "live" }));
        const deployment = { restApiId, deploymentId };
        expect(await refusalOf(apis.send(new DeleteDeploymentCommand(deployment)))).to.deep.equal({
            code: "BadRequestException",
            message: "Active stages pointing to this deployment must be moved or deleted",
        });
        await apis.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
        await apis.send(new DeleteDeploymentCommand(deployment));

        const { deploymentId: inUse } = await apis.send(new GetStageCommand({ restApiId, stageName: "live" }));
        await world.past(APIGatewayClient).send(new DeleteDeploymentCommand({ restApiId, deploymentId: inUse }));
    });

    it("takes a role for its logs that it is trusted with and that may write any log group", async () => {
        const iam = world.client(IAMClient);
        const create = async (RoleName: string, service: string, resource: string) => {
            await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(service) }));
            const Statement = [{ Effect: "Allow", Action: "logs:*", Resource: resource }];
            const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
            await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "logs", PolicyDocument }));
            const value = `arn:aws:iam::${GatewayWorld.account}:role/${RoleName}`;
            return new UpdateAccountCommand({
                patchOperations: [{ op: "replace", path: "/cloudwatchRoleArn", value }],
            });
        };
        const refused = {
            code: "BadRequestException",
            message:
                "The role ARN does not have required permissions configured. " +
                "Please grant trust permission for API Gateway and add the required role policy.",
        };
        const mistrusted = await create("mistrusted", "lambda.amazonaws.com", "*");
        expect(await refusalOf(apis.send(mistrusted))).to.deep.equal(refused);
        const narrow = "arn:aws:logs:us-east-1:*:log-group:/aws/apigateway/*";
        expect(await refusalOf(apis.send(await create("narrow", "apigateway.amazonaws.com", narrow)))).to.deep.equal(
            refused,
        );
        await apis.send(await create("wide", "apigateway.amazonaws.com", "*"));
        const managed = await create("managed", "apigateway.amazonaws.com", narrow);
        const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
        await iam.send(new AttachRolePolicyCommand({ RoleName: "managed", PolicyArn }));
        await apis.send(managed);

        await world.past(APIGatewayClient).send(mistrusted);
    });

    it("answers a preflight with what its template says of the origin", async () => {
        const { id: restApiId = "" } = await apis.send(new CreateRestApiCommand({ name: "preflights" }));
        const { items = [] } = await apis.send(new GetResourcesCommand({ restApiId }));
        const at = { restApiId, resourceId: items[0]?.id, httpMethod: "OPTIONS" };
        await apis.send(new PutMethodCommand({ ...at, authorizationType: "NONE" }));
        await apis.send(
            new PutIntegrationCommand({
                ...at,
                type: "MOCK",
                requestTemplates: { "application/json": '{"statusCode": 200}' },
            }),
        );
        const header = "method.response.header.Access-Control-Allow-Origin";
        const ok = { ...at, statusCode: "200" };
        await apis.send(new PutMethodResponseCommand({ ...ok, responseParameters: { [header]: true } }));
        await apis.send(
            new PutIntegrationResponseCommand({
                ...ok,
                responseParameters: { [header]: "'https://one.example'" },
                responseTemplates: {
                    "application/json": originTemplate(["https://one.example", "https://two.example"]),
                },
            }),
        );
        await apis.send(new CreateDeploymentCommand({ restApiId, stageName: "live" }));
        const ask = async (origin: string, url = world.url) => {
            const response = await fetch(`${url}/restapis/${restApiId}/live/_user_request_/`, {
                method: "OPTIONS",
                headers: { Origin: origin },
            });
            return {
                origin: response.headers.get("access-control-allow-origin"),
                text: (await response.text()).trim(),
            };
        };
        expect(await ask("https://two.example")).to.deep.equal({ origin: "https://two.example", text: "" });
        expect(await ask("https://three.example")).to.deep.equal({ origin: "https://one.example", text: "" });

        expect((await ask("https://two.example", world.ministack)).text).to.contain("#set(");
    });

    it("blocks what the web ACL of a stage blocks: too many calls from one address, and what is too long", async () => {
        const api = await createApi(await createFunction("shielded"));
        await permit("shielded", `${executionArn(api)}/*/POST/tell`);
        const waf = world.client(WAFV2Client);
        const visibility = { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: "rule" };
        const { Summary: acl } = await waf.send(
            new CreateWebACLCommand({
                Name: "shield",
                Scope: "REGIONAL",
                DefaultAction: { Allow: {} },
                VisibilityConfig: visibility,
                Rules: [
                    {
                        Name: "common",
                        Priority: 0,
                        OverrideAction: { None: {} },
                        VisibilityConfig: visibility,
                        Statement: {
                            ManagedRuleGroupStatement: {
                                VendorName: "AWS",
                                Name: "AWSManagedRulesCommonRuleSet",
                                RuleActionOverrides: [{ Name: "SizeRestrictions_BODY", ActionToUse: { Count: {} } }],
                            },
                        },
                    },
                    {
                        Name: "rate",
                        Priority: 1,
                        Action: { Block: {} },
                        VisibilityConfig: visibility,
                        Statement: { RateBasedStatement: { Limit: 10, AggregateKeyType: "IP" } },
                    },
                ],
            }),
        );
        const ResourceArn = `arn:aws:apigateway:us-east-1::/restapis/${api}/stages/live`;
        await waf.send(new AssociateWebACLCommand({ WebACLArn: acl?.ARN, ResourceArn }));
        const path = `/restapis/${api}/live/_user_request_/tell`;
        const blocked = { status: 403, text: '{"message":"Forbidden"}' };
        const told = { status: 200, text: "told" };
        const long = `${path}?${"q".repeat(2049)}`;
        expect(await callFrom("127.0.0.2", `${world.url}${long}`)).to.deep.equal(blocked);
        expect(await callFrom("127.0.0.2", `${world.url}${path}`, "b".repeat(8193))).to.deep.equal(told);
        for (let calls = 2; calls <= 10; calls += 1) {
            expect(await callFrom("127.0.0.2", `${world.url}${path}`)).to.deep.equal(told);
        }
        expect(await callFrom("127.0.0.2", `${world.url}${path}`)).to.deep.equal(blocked);
        expect(await callFrom("127.0.0.3", `${world.url}${path}`)).to.deep.equal(told);
        await world.setAhead(301);
        expect(await callFrom("127.0.0.2", `${world.url}${path}`)).to.deep.equal(told);

        expect(await callFrom("127.0.0.2", `${world.ministack}${long}`)).to.deep.equal(told);
    });
});

/** Calls from one of this machine's own addresses. */
async function callFrom(localAddress: string, url: string, body = ""): Promise<{ status?: number; text: string }> {
    const asked = request(url, { method: "POST", localAddress, headers: { "user-agent": "a test" } });
    asked.end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return { status: response.statusCode, text: await text(response) };
}

/** A trust policy that lets a service take a role on. */
function trusting(Service: string): string {
    const Statement = [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }];
    return JSON.stringify({ Version: "2012-10-17", Statement });
}
