import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
    type ApiOperation,
    StoryApi,
    type StoryApiArgs,
    StoryLambdas,
    type Transform,
} from "../../../components/index.ts";
import { promiseOf } from "../../../testing/index.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const ref = `registry.example.com/story@sha256:${"b".repeat(64)}`;

function lambdas(change: object = {}) {
    return new StoryLambdas("lambdas", {
        ...naming,
        functions: { text: { functionName: "story-42-text-dev", image: ref, ...change } },
    });
}

function api(change: Partial<StoryApiArgs> = {}) {
    const { functions } = lambdas();
    return new StoryApi("api", {
        ...naming,
        operations: [{ path: "/generate-story", name: "generate-story", function: functions.text }],
        userPoolArn: "arn:aws:cognito-idp:us-east-1:1:userpool/p",
        corsOrigins: ["https://app.example.com"],
        ...change,
    });
}

for (const options of modes) {
    describe(`StoryApi (${options.mode})`, () => {
        it("streams answers that may take longer than 29 seconds", async () => {
            const integration = async (timeoutSeconds?: number) =>
                (await run(() => api({ timeoutSeconds }), options)).resources
                    .ofType("aws:apigateway/integration:Integration")
                    .find((one) => one.inputs.type === "AWS_PROXY")?.inputs;
            expect(await integration()).to.include({ responseTransferMode: "STREAM", timeoutMilliseconds: 900_000 });
            expect(await integration(29)).to.include({ responseTransferMode: "BUFFERED", timeoutMilliseconds: 29_000 });
        });

        it("sets a role for the account's logs that API Gateway takes, and leaves it when it goes", async () => {
            const { resources } = await run(() => api(), options);
            const role = resources.one("aws:iam/role:Role", "api-logs-role");
            const policy = resources.one("aws:iam/rolePolicy:RolePolicy", "api-logs-write");
            const account = resources.one("aws:apigateway/account:Account");
            expect([role, policy, account].map((one) => one.retainOnDelete)).to.deep.equal([true, true, true]);
            expect(account.dependsOn).to.include(policy.name);
            // A role that narrows these to log groups is refused.
            expect(JSON.parse(policy.inputs.policy).Statement[0].Resource).to.equal("*");
            // The engine ends the name, so that a role that was left is in no stack's way; one that is there keeps its name.
            expect(role.inputs.namePrefix).to.equal("story-42-api-logs-dev-");
            expect(role.ignoreChanges).to.deep.equal(["name", "namePrefix"]);
        });

        it("counts calls for the API, not for each method", async () => {
            const { resources } = await run(() => api(), options);
            const { settings } = resources.one("aws:apigateway/methodSettings:MethodSettings").inputs;
            expect(settings.metricsEnabled).to.equal(false);
        });

        it("wants a token on every operation, and none on a preflight", async () => {
            const { resources } = await run(() => api(), options);
            const methods = resources
                .ofType("aws:apigateway/method:Method")
                .map(({ inputs }) => `${inputs.httpMethod} ${inputs.authorization}`);
            expect(methods).to.have.members(["POST COGNITO_USER_POOLS", "OPTIONS NONE"]);
        });

        it("answers each listed origin with itself", async () => {
            const { resources } = await run(
                () => api({ corsOrigins: ["https://a.example", "https://b.example"] }),
                options,
            );
            const { inputs } = resources.one("aws:apigateway/integrationResponse:IntegrationResponse");
            expect(inputs.responseTemplates["application/json"]).to.contain(
                '$origin == "https://a.example" || $origin == "https://b.example"',
            );
            // Earlier clients send more than they need.
            for (const name of [
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "X-Amz-Date",
                "X-Api-Key",
                "X-Amz-Security-Token",
                "traceparent",
            ]) {
                const allowed = inputs.responseParameters["method.response.header.Access-Control-Allow-Headers"];
                expect(allowed).to.match(new RegExp(`[',]${name}[',]`));
            }
        });

        it("answers pages of every origin, where that is asked for", async () => {
            const { resources } = await run(() => api({ corsOrigins: ["*"] }), options);
            const { responseParameters } = resources.one(
                "aws:apigateway/integrationResponse:IntegrationResponse",
            ).inputs;
            expect(responseParameters["method.response.header.Access-Control-Allow-Origin"]).to.equal("'*'");
            for (const { inputs } of resources.ofType("aws:apigateway/response:Response")) {
                const origin = "gatewayresponse.header.Access-Control-Allow-Origin";
                expect(inputs.responseParameters[origin]).to.equal("'*'");
            }
        });

        it("is deployed anew when its definition changes", async () => {
            const { resources } = await run(() => api(), options);
            const deployment = resources.one("aws:apigateway/deployment:Deployment");
            expect(deployment.inputFrom("triggers")).to.include.members([
                "api-generate-story-post",
                "api-generate-story-lambda",
                "api-unauthorized",
            ]);
        });
    });
}

describe("A StoryApi of any kind", () => {
    const made = async (operations: (tell: ApiOperation) => ApiOperation[], more: Partial<StoryApiArgs> = {}) => {
        const { resources } = await run(() => {
            const invokeArn = pulumi.output(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
            );
            const alias = { functionName: pulumi.output("tell"), name: pulumi.output("live"), invokeArn };
            return api({ operations: operations({ path: "/tell", name: "tell", function: { alias } }), ...more });
        });
        return resources;
    };

    it("has nested paths, parameters, and several methods of a path", async () => {
        const resources = await made((tell) => [
            { ...tell, path: "/stories", method: "GET", name: "list" },
            { ...tell, path: "/stories/{id}/pages/{rest+}", method: "GET", name: "page" },
            { ...tell, path: "/stories/{id}", method: "PUT", name: "keep" },
            { ...tell, path: "/stories/{id}", method: "DELETE", name: "drop" },
        ]);
        const paths = resources.ofType("aws:apigateway/resource:Resource");
        expect(paths.map(({ name, inputs }) => [name, inputs.pathPart])).to.have.deep.members([
            ["api-stories", "stories"],
            ["api-stories/{id}", "{id}"],
            ["api-stories/{id}/pages", "pages"],
            ["api-stories/{id}/pages/{rest+}", "{rest+}"],
        ]);
        const parents = paths.map(({ name, inputFrom }) => [name, inputFrom("parentId")[0]]);
        expect(parents).to.deep.include(["api-stories/{id}/pages", "api-stories/{id}"]);
        expect(parents).to.deep.include(["api-stories/{id}", "api-stories"]);

        const keep = resources.one("aws:apigateway/method:Method", "api-keep-put");
        expect(keep.inputFrom("resourceId")).to.include("api-stories/{id}");
        expect(keep.inputs).to.deep.include({ requestParameters: { "method.request.path.id": true } });
        expect(keep.inputs).to.have.property("requestModels");
        const page = resources.one("aws:apigateway/method:Method", "api-page-get").inputs;
        expect(page).to.deep.include({
            requestParameters: { "method.request.path.id": true, "method.request.path.rest": true },
        });
        expect(page).to.not.have.property("requestModels");

        const permission = resources.one("aws:lambda/permission:Permission", "api-page-permission").inputs.sourceArn;
        expect(permission).to.match(/\/\*\/GET\/stories\/\*\/pages\/\*$/);
        const preflights = resources.ofType("aws:apigateway/integrationResponse:IntegrationResponse");
        const allowed = preflights.map(
            ({ inputs }) => inputs.responseParameters["method.response.header.Access-Control-Allow-Methods"],
        );
        expect(allowed).to.have.members(["'OPTIONS,GET'", "'OPTIONS,GET'", "'OPTIONS,PUT,DELETE'"]);
    });

    it("knows what belongs to a path by the name of the operation that it had", async () => {
        const resources = await made((tell) => [{ ...tell, path: "/tell-it", name: "tell" }]);
        const aliases = resources
            .ofType("aws:apigateway/resource:Resource")[0]
            ?.aliases.map((urn) => urn.split("::")[3]);
        expect(aliases).to.include("api-tell");
    });

    it("lets call whom it is told to: users, whom IAM allows, everybody, and those with a key", async () => {
        const resources = await made(
            (tell) => [
                { ...tell, path: "/a", name: "a", authorization: "iam" },
                { ...tell, path: "/b", name: "b", authorization: "none", apiKey: true },
            ],
            { userPoolArn: undefined, apiKeys: { shop: { rateLimit: 5, burstLimit: 10, monthlyQuota: 1000 } } },
        );
        expect(resources.ofType("aws:apigateway/authorizer:Authorizer")).to.be.empty;
        const method = (name: string) => resources.one("aws:apigateway/method:Method", name).inputs;
        expect(method("api-a-post")).to.include({ authorization: "AWS_IAM" }).and.not.have.property("authorizerId");
        expect(method("api-b-post")).to.include({ authorization: "NONE", apiKeyRequired: true });
        const plan = resources.one("aws:apigateway/usagePlan:UsagePlan");
        expect(plan.inputs).to.deep.include({
            name: "story-42-api-dev-shop",
            throttleSettings: { rateLimit: 5, burstLimit: 10 },
            quotaSettings: { limit: 1000, period: "MONTH" },
        });
        expect(plan.inputFrom("apiStages")).to.include("api-stage");
        const link = resources.one("aws:apigateway/usagePlanKey:UsagePlanKey");
        expect([...link.inputFrom("keyId"), ...link.inputFrom("usagePlanId")]).to.include.members([
            "api-shop-key",
            "api-shop-plan",
        ]);
    });

    it("answers under a domain of its own", async () => {
        const domain = { name: "api.example.com", certificateArn: "arn:certificate", zoneId: "Z1" };
        const { resources, result } = await run(() => api({ domain }));
        expect(resources.one("aws:apigateway/domainName:DomainName").inputs).to.include({
            domainName: "api.example.com",
            regionalCertificateArn: "arn:certificate",
            securityPolicy: "TLS_1_2",
        });
        expect(resources.one("aws:apigateway/basePathMapping:BasePathMapping").inputFrom("stageName")).to.include(
            "api-stage",
        );
        expect(resources.one("aws:route53/record:Record").inputs).to.include({ zoneId: "Z1", name: "api.example.com" });
        expect(await promiseOf(result.endpoint)).to.equal("https://api.example.com");
    });

    for (const [title, change, problem] of [
        ["a parameter within a part", { path: "/stories-{id}" }, /operations\[0\]\.path is/],
        ["a rest that is not the end", { path: "/{rest+}/more" }, /operations\[0\]\.path is/],
        ["an unknown method", { method: "FETCH" }, /operations\[0\]\.method is "FETCH"; it must be one of GET, POST/],
        ["an unknown authorization", { authorization: "cookie" }, /authorization is "cookie"/],
        ["a key where none is made", { apiKey: true }, /apiKeys is missing; operations\[0\] needs one/],
    ] as [string, object, RegExp][]) {
        it(`refuses ${title}`, async () => {
            const error = await made((tell) => [{ ...tell, ...change }]).catch((thrown) => thrown);
            expect(String(error)).to.match(problem);
        });
    }

    it("refuses two names for one parameter, one call twice, and tokens of no pool", async () => {
        const problem = async (...args: Parameters<typeof made>) =>
            String(await made(...args).catch((thrown) => thrown));
        expect(
            await problem((tell) => [
                { ...tell, path: "/a/{id}", name: "a" },
                { ...tell, path: "/a/{name}/b", name: "b" },
            ]),
        ).to.contain("operations[0].path is /a/{id}, and another has {name} in the same place");
        expect(await problem((tell) => [tell, { ...tell, name: "b" }])).to.contain("a path with one method twice");
        expect(await problem((tell) => [tell], { userPoolArn: undefined })).to.contain("userPoolArn is missing");
    });
});

describe("An authorizer of one's own", () => {
    it("is made for the API by the transform of its methods", async () => {
        const { resources } = await run(() => {
            let own: aws.apigateway.Authorizer | undefined;
            const method: Transform<aws.apigateway.MethodArgs> = (args) => {
                const { restApi } = args;
                own ??= new aws.apigateway.Authorizer("own", { restApi, type: "REQUEST", authorizerUri: "arn" });
                args.authorization = "CUSTOM";
                args.authorizerId = own.id;
            };
            const operations = lambdas().functions;
            const tell = { path: "/tell", name: "tell", authorization: "none", function: operations.text } as const;
            return api({ userPoolArn: undefined, operations: [tell], transform: { method } });
        });
        const method = resources.one("aws:apigateway/method:Method", "api-tell-post");
        expect(method.inputs).to.include({ authorization: "CUSTOM", authorizerId: "own-id" });
        expect(resources.one("aws:apigateway/deployment:Deployment").inputFrom("triggers")).to.include("api-tell-post");
    });
});

describe("The deployment of a StoryApi", () => {
    const definition = async (more: Partial<StoryApiArgs> = {}) =>
        (await run(() => api(more))).resources.one("aws:apigateway/deployment:Deployment").inputs.triggers
            .definition as string;
    const changes: StoryApiArgs["transform"] = {
        restApi: { policy: "{}" },
        authorizer: { authorizerResultTtlInSeconds: 0 },
        resource: { pathPart: "another" },
        method: { apiKeyRequired: true },
        integration: { requestParameters: { "integration.request.header.One": "'one'" } },
        requestValidator: { validateRequestParameters: false },
        model: { description: "another" },
        gatewayResponse: { statusCode: "418" },
        preflightMethod: { operationName: "another" },
        preflightIntegration: { cacheNamespace: "another" },
        preflightMethodResponse: { responseModels: { "application/json": "Empty" } },
        preflightIntegrationResponse: { contentHandling: "CONVERT_TO_TEXT" },
    };

    for (const [part, change] of Object.entries(changes)) {
        it(`shows what a transform of ${part} changes`, async () => {
            const before = await definition();
            expect(await definition({ transform: { [part]: change } })).to.not.equal(before);
            expect(await definition({ transform: { [part]: () => {} } })).to.equal(before);
        });
    }

    it("stays as it is when only what is no part of it changes", async () => {
        const transform = { stage: { description: "another" }, permission: { eventSourceToken: "another" } };
        expect(await definition({ tags: { Team: "stories" }, transform })).to.equal(await definition());
    });
});

describe("arguments that StoryApi rejects", () => {
    for (const [title, make, expected] of [
        ["a time limit of an hour", () => api({ timeoutSeconds: 3600 }), /timeoutSeconds is 3600; .*1 to 900 seconds/],
        [
            "an origin with a path",
            () => api({ corsOrigins: ["https://a.example/x"] }),
            /corsOrigins\[0\] is "https:\/\/a.example\/x"/,
        ],
        ["every origin beside one", () => api({ corsOrigins: ["*", "https://a.example"] }), /it must stand alone/],
        [
            "an origin with a star in it",
            () => api({ corsOrigins: ["https://*.a.example"] }),
            /corsOrigins\[0\] is "https:\/\/\*\.a\.example"/,
        ],
        ["no operations", () => api({ operations: [] }), /operations is empty/],
    ] as const) {
        it(title, async () => {
            expect(await run(make).catch(String)).to.match(expected);
        });
    }
});
