import { expect } from "chai";
import { BedrockLists } from "../../../../automation/takeOver/bedrockLists.ts";
import { guardrailsOf } from "../../../../standins/upstreams/guardrails/definition.ts";
import { askBedrock } from "../../../kit/gateway/bedrock.ts";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

const region = "us-east-1";
const messages = { blockedInputMessaging: "No.", blockedOutputsMessaging: "Not this." };
const attack = (outputStrength: string) => ({
    contentPolicyConfig: { filtersConfig: [{ type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength }] },
});

describe("The gateway's guardrails", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open();
    });
    after(() => world.close());

    const ask = (method: string, path: string, body?: object, of = world.url, signed = region) =>
        askBedrock(of, signed, method, path, body);
    const create = async (name: string, more: object = attack("NONE")) =>
        ask("POST", "/guardrails", { name, ...messages, ...more });

    it("tell what they were given in AWS's words for it", async () => {
        const { status, said } = await create("told", { ...attack("NONE"), tags: [{ key: "Project", value: "shop" }] });
        expect(status).to.equal(202);
        const told = (await ask("GET", `/guardrails/${said.guardrailId}`)).said;
        expect(told).to.deep.include({
            name: "told",
            status: "READY",
            version: "DRAFT",
            guardrailArn: said.guardrailArn,
            contentPolicy: {
                filters: [{ type: "PROMPT_ATTACK", inputStrength: "HIGH", outputStrength: "NONE" }],
                tier: { tierName: "CLASSIC" },
            },
        });
        const byArn = await ask("GET", `/guardrails/${encodeURIComponent(said.guardrailArn)}`);
        expect(byArn.said).to.deep.equal(told);
        const tags = await ask("POST", "/listTagsForResource", { resourceARN: said.guardrailArn });
        expect(tags.said.tags).to.deep.equal([{ key: "Project", value: "shop" }]);
        const client = new BedrockLists({
            region,
            endpoint: world.url,
            ...{ credentials: { accessKeyId: "test", secretAccessKey: "test" } },
        });
        expect(await client.guardrails()).to.deep.equal([{ id: said.guardrailId, name: "told" }]);
    });

    // MiniStack keeps the form of the request.
    it("are still needed", async () => {
        const { said } = await ask(
            "POST",
            "/guardrails",
            { name: "past", ...messages, ...attack("NONE") },
            world.ministack,
        );
        const id = said.guardrailId ?? said.GuardrailId;
        const told = (await ask("GET", `/guardrails/${id}`, undefined, world.ministack)).said;
        expect(told.contentPolicy?.filters).to.equal(undefined);
        expect(
            (await ask("POST", "/guardrails", { name: "past-2", ...messages, ...attack("HIGH") }, world.ministack))
                .status,
        ).to.equal(202);
    });

    it("keep a version as it was, which the upstream server finds", async () => {
        const { said } = await create("versions");
        const path = `/guardrails/${said.guardrailId}`;
        expect((await ask("POST", path, { description: "one" })).said.version).to.equal("1");
        await ask("PUT", path, { name: "versions", ...messages, blockedInputMessaging: "Never." });
        expect((await ask("POST", path, { description: "two" })).said.version).to.equal("2");
        await world.restartGateway();
        const find = guardrailsOf(world.url);
        const said1 = await find({ identifier: said.guardrailId, version: "1", region });
        const said2 = await find({ identifier: said.guardrailArn, version: "2", region });
        expect([said1?.blockedInputMessaging, said2?.blockedInputMessaging]).to.deep.equal(["No.", "Never."]);
        expect(await find({ identifier: said.guardrailId, version: "3", region })).to.equal(undefined);
        expect(await find({ identifier: said.guardrailId, version: "1", region: "eu-west-1" })).to.equal(undefined);
        await ask("DELETE", `${path}?guardrailVersion=1`);
        expect(await find({ identifier: said.guardrailId, version: "1", region })).to.equal(undefined);
        await ask("DELETE", path);
        expect(await ask("GET", path)).to.deep.include({ status: 404, code: "ResourceNotFoundException" });
    });

    it("refuse what AWS refuses", async () => {
        await create("taken");
        const taken = await create("taken");
        expect([taken.code, taken.said.message]).to.deep.equal([
            "ConflictException",
            "Another guardrail in your account already has this name.",
        ]);
        const strict = await create("strict", attack("HIGH"));
        expect([strict.status, strict.code, strict.said.message]).to.deep.equal([
            400,
            "ValidationException",
            "PROMPT ATTACK content filter strength for response must be NONE",
        ]);
        const tier = { topicPolicyConfig: { topicsConfig: [], tierConfig: { tierName: "STANDARD" } } };
        expect((await create("standard", tier)).code).to.equal("ValidationException");
    });
});
