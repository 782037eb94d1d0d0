import {
    APIGatewayClient,
    CreateModelCommand,
    CreateResourceCommand,
    CreateRestApiCommand,
    GetIntegrationCommand,
    GetMethodCommand,
    GetMethodResponseCommand,
    GetResourcesCommand,
    PutIntegrationCommand,
    PutMethodCommand,
    PutMethodResponseCommand,
    UpdateIntegrationCommand,
    UpdateMethodCommand,
    UpdateMethodResponseCommand,
} from "@aws-sdk/client-api-gateway";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's methods and integrations", () => {
    let world: GatewayWorld;
    let api: APIGatewayClient;
    let past: APIGatewayClient;
    let restApiId: string;
    let root: string;
    let made = 0;

    before(async () => {
        world = await GatewayWorld.open();
        api = world.client(APIGatewayClient);
        past = world.past(APIGatewayClient);
        restApiId = (await api.send(new CreateRestApiCommand({ name: "stories" }))).id ?? "";
        root = (await api.send(new GetResourcesCommand({ restApiId }))).items?.[0]?.id ?? "";
    });
    after(() => world.close());

    async function method(settings: object = {}) {
        made += 1;
        const { id = "" } = await api.send(
            new CreateResourceCommand({ restApiId, parentId: root, pathPart: `part-${made}` }),
        );
        const of = { restApiId, resourceId: id, httpMethod: "POST" };
        await api.send(new PutMethodCommand({ ...of, authorizationType: "NONE", ...settings }));
        return of;
    }

    it("keep the transfer mode", async () => {
        const of = await method();
        const integration = {
            ...of,
            type: "HTTP_PROXY",
            integrationHttpMethod: "POST",
            uri: "http://127.0.0.1:1/",
        } as const;
        const stream = new PutIntegrationCommand({ ...integration, responseTransferMode: "STREAM" });
        expect((await api.send(stream)).responseTransferMode).to.equal("STREAM");
        const read = async () => (await api.send(new GetIntegrationCommand(of))).responseTransferMode;
        expect(await read()).to.equal("STREAM");
        const { methodIntegration } = await api.send(new GetMethodCommand(of));
        expect(methodIntegration?.responseTransferMode).to.equal("STREAM");
        const patchOperations = [
            { op: "replace", path: "/responseTransferMode", value: "BUFFERED" },
            { op: "replace", path: "/timeoutInMillis", value: "28000" },
        ] as const;
        await api.send(new UpdateIntegrationCommand({ ...of, patchOperations: [...patchOperations] }));
        expect(await read()).to.equal("BUFFERED");
        expect((await api.send(new GetIntegrationCommand(of))).timeoutInMillis).to.equal(28_000);
        // Text in place of the number, and the client could not read the list.
        const listed = await api.send(new GetResourcesCommand({ restApiId: of.restApiId, embed: ["methods"] }));
        expect(JSON.stringify(listed.items)).to.contain('"timeoutInMillis":28000');
        await api.send(new PutIntegrationCommand(integration));
        expect(await read()).to.equal("BUFFERED");
        expect((await past.send(stream)).responseTransferMode).to.equal(undefined);
    });

    it("call nothing by no method", async () => {
        const of = await method();
        const requestTemplates = { "application/json": '{"statusCode":200}' };
        const mock = new PutIntegrationCommand({ ...of, type: "MOCK", requestTemplates });
        expect(await api.send(mock)).not.to.have.property("httpMethod");
        expect(await api.send(new GetIntegrationCommand(of))).not.to.have.property("httpMethod");
        expect((await api.send(new GetMethodCommand(of))).methodIntegration).not.to.have.property("httpMethod");
        expect((await past.send(mock)).httpMethod).to.equal("POST");
    });

    it("have responses that can be changed", async () => {
        const of = { ...(await method()), statusCode: "200" };
        const origin = "method.response.header.Access-Control-Allow-Origin";
        const responseModels = { "application/json": "Empty" };
        await api.send(
            new PutMethodResponseCommand({ ...of, responseModels, responseParameters: { [origin]: false } }),
        );
        const update = new UpdateMethodResponseCommand({
            ...of,
            patchOperations: [
                { op: "remove", path: "/responseModels/application~1json" },
                { op: "replace", path: `/responseParameters/${origin}`, value: "true" },
            ],
        });
        await api.send(update);
        const { responseModels: models, responseParameters } = await api.send(new GetMethodResponseCommand(of));
        expect({ models, responseParameters }).to.deep.equal({ models: {}, responseParameters: { [origin]: true } });
        expect((await refusalOf(past.send(update))).code).to.equal("NotFoundException");
    });

    it("are patched in a key that has a slash", async () => {
        await api.send(
            new CreateModelCommand({ restApiId, name: "Story", contentType: "application/json", schema: "{}" }),
        );
        const of = await method({ requestModels: { "application/json": "Story", "text/plain": "Empty" } });
        const patch = (client: APIGatewayClient, op: "add" | "remove" | "replace", value?: string) =>
            client.send(
                new UpdateMethodCommand({
                    ...of,
                    patchOperations: [
                        { op, path: "/requestModels/application~1json", value },
                        { op: "replace", path: "/operationName", value: "tell" },
                    ],
                }),
            );
        const read = async () => await api.send(new GetMethodCommand(of));
        await patch(api, "remove");
        expect(await read()).to.deep.include({ requestModels: { "text/plain": "Empty" }, operationName: "tell" });
        await patch(api, "add", "Story");
        expect((await read()).requestModels).to.deep.equal({ "application/json": "Story", "text/plain": "Empty" });

        await api.send(
            new PutIntegrationCommand({ ...of, type: "MOCK", requestTemplates: { "application/json": "{}" } }),
        );
        await api.send(
            new UpdateIntegrationCommand({
                ...of,
                patchOperations: [{ op: "replace", path: "/requestTemplates/application~1json", value: "[]" }],
            }),
        );
        const { requestTemplates } = await api.send(new GetIntegrationCommand(of));
        expect(requestTemplates).to.deep.equal({ "application/json": "[]" });

        await patch(past, "add", "Story");
        expect((await read()).requestModels).to.include.keys("application~1json");
    });
});
