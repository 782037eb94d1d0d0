import { expect } from "chai";
import { inferenceProfilesOf } from "../../../../standins/upstreams/inferenceProfiles.ts";
import { startUpstreams } from "../../../../standins/upstreams/server.ts";
import { askBedrock } from "../../../kit/gateway/bedrock.ts";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

const region = "us-west-2";
const ACCOUNT = "000000000000";
const model = (of = region, id = "amazon.nova-lite-v1:0") => `arn:aws:bedrock:${of}::foundation-model/${id}`;
const own = (id: string, of = region) => `arn:aws:bedrock:${of}:${ACCOUNT}:inference-profile/${id}`;

describe("The gateway's inference profiles", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open();
    });
    after(() => world.close());

    const ask = (method: string, path: string, body?: object, of = world.url, signed = region) =>
        askBedrock(of, signed, method, path, body);
    const create = (copyFrom: string, more: object = {}, of = world.url) =>
        ask(
            "POST",
            "/inference-profiles",
            { inferenceProfileName: "shop-dev", modelSource: { copyFrom }, ...more },
            of,
        );
    const get = (name: string, signed = region) =>
        ask("GET", `/inference-profiles/${encodeURIComponent(name)}`, undefined, world.url, signed);

    it("are told by id and by ARN, with their models and tags, until they are deleted", async () => {
        const tag = { key: "Project", value: "shop" };
        const made = await create(own("us.amazon.nova-pro-v1:0"), { description: "Calls of us.amazon", tags: [tag] });
        expect(made.status).to.equal(201);
        const { inferenceProfileArn: arn, status } = made.said;
        expect(status).to.equal("ACTIVE");
        expect(arn).to.match(/^arn:aws:bedrock:us-west-2:000000000000:application-inference-profile\/[a-z0-9]{12}$/);
        await world.restartGateway();
        const { said } = await get(arn);
        expect(said).to.deep.include({
            inferenceProfileName: "shop-dev",
            inferenceProfileArn: arn,
            inferenceProfileId: arn.split("/")[1],
            description: "Calls of us.amazon",
            status: "ACTIVE",
            type: "APPLICATION",
            models: ["us-east-1", "us-east-2", "us-west-2"].map((of) => ({
                modelArn: model(of, "amazon.nova-pro-v1:0"),
            })),
        });
        expect((await get(said.inferenceProfileId)).said).to.deep.equal(said);
        const listed = await ask("GET", "/inference-profiles?type=APPLICATION");
        expect(listed.said).to.deep.equal({ inferenceProfileSummaries: [said] });
        const tags = async () => (await ask("POST", "/listTagsForResource", { resourceARN: arn })).said.tags;
        expect(await tags()).to.deep.equal([tag]);
        const other = { key: "Environment", value: "dev" };
        await ask("POST", "/tagResource", { resourceARN: arn, tags: [other] });
        await ask("POST", "/untagResource", { resourceARN: arn, tagKeys: ["Project"] });
        expect(await tags()).to.deep.equal([other]);
        expect((await get(arn, "us-east-1")).status).to.equal(404);
        const path = `/inference-profiles/${encodeURIComponent(arn)}`;
        expect((await ask("DELETE", path)).status).to.equal(200);
        for (const gone of [await get(arn), await ask("DELETE", path)]) {
            expect(gone).to.include({ status: 404, code: "ResourceNotFoundException" });
        }
    });

    it("are refused where AWS refuses them", async () => {
        for (const copyFrom of [
            model("us-east-1"),
            own("us.amazon.nova-pro-v1:0", "us-east-1"),
            own("eu.amazon.nova-pro-v1:0"),
            own("amazon.nova-pro-v1:0"),
            "amazon.nova-pro-v1:0",
        ]) {
            const refused = await create(copyFrom);
            expect(refused, copyFrom).to.include({ status: 400, code: "ValidationException" });
            expect(refused.said.message).to.match(/copyFrom must be a valid inference profile model source ARN/);
        }
        for (const more of [
            { inferenceProfileName: "us.amazon" },
            { inferenceProfileName: "x".repeat(65) },
            { inferenceProfileName: "two--dashes" },
            { description: "what, else" },
        ]) {
            expect(await create(model(), more)).to.include({ status: 400, code: "ValidationException" });
        }
    });

    // MiniStack finds none by its ARN, and takes what one is made of for its model.
    it("are still needed", async () => {
        const { said } = await create(own("us.amazon.nova-pro-v1:0"), {}, world.ministack);
        const getThere = (id: string) =>
            ask("GET", `/inference-profiles/${encodeURIComponent(id)}`, undefined, world.ministack);
        expect((await getThere(said.inferenceProfileArn)).status).to.equal(404);
        expect((await getThere(said.inferenceProfileArn.split("/")[1])).said.models).to.have.length(1);
    });

    it("are called by their ARN at the upstream server, which refuses any other", async () => {
        const upstreams = await startUpstreams();
        try {
            upstreams.control.findInferenceProfile = inferenceProfilesOf(world.url);
            // Nova Pro can't be called on demand from us-west-2 but by a profile of several regions.
            const arns: string[] = [];
            for (const source of [own("us.amazon.nova-pro-v1:0"), model(region, "amazon.nova-pro-v1:0")]) {
                arns.push((await create(source)).said.inferenceProfileArn);
            }
            const request = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
            const converse = async (id: string) => {
                const { status, said } = await ask(
                    "POST",
                    `/model/${encodeURIComponent(id)}/converse`,
                    request,
                    upstreams.url,
                );
                return `${status} ${said.message ?? "answered"}`;
            };
            expect(await converse(arns[0] ?? "")).to.equal("200 answered");
            expect(await converse(arns[1] ?? "")).to.match(/^400 Invocation of model ID amazon.nova-pro-v1:0 with/);
            const unknown = `${arns[0]?.slice(0, -12)}abcdefghijkl`;
            for (const id of [unknown, arns[0]?.split("/")[1] ?? ""]) {
                expect(await converse(id)).to.equal("400 The provided model identifier is invalid.");
            }
            // A shell that asks it for models finds the stack's own profiles there, too.
            const set = JSON.stringify({ controlPlane: world.url });
            await fetch(`${upstreams.url}/_control`, { method: "POST", body: set });
            const [arn = ""] = arns;
            const path = `/inference-profiles/${encodeURIComponent(arn)}`;
            const told = await ask("GET", path, undefined, upstreams.url);
            expect(told.said).to.deep.equal((await get(arn)).said);
            const system = await ask("GET", "/inference-profiles/us.amazon.nova-pro-v1%3A0", undefined, upstreams.url);
            expect(system.said).to.include({ type: "SYSTEM_DEFINED" });
            expect((await ask("DELETE", path, undefined, upstreams.url)).status).to.equal(200);
            expect(await ask("GET", path, undefined, upstreams.url)).to.include({
                status: 404,
                code: "ResourceNotFoundException",
            });
        } finally {
            await upstreams.stop();
        }
    });
});
