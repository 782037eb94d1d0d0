import { expect } from "chai";
import { Clients } from "../../../local/provider/clients.ts";
import { diff, IMPORTED, merge, type ResourceType } from "../../../local/provider/resource.ts";
import { resourceTypes } from "../../../local/provider/types.ts";
import { fromStruct, hasUnknown, secretsOf, toStruct, UNKNOWN } from "../../../local/provider/values.ts";
import { runStack } from "../program.ts";

const type: ResourceType = {
    replaceOn: ["name"],
    async create() {
        return "";
    },
    async read() {
        return undefined;
    },
    async update() {},
    async delete() {},
};

describe("the local provider's rules", () => {
    it("tell a change, a replacement, an addition and a removal apart", () => {
        const old = { name: "a", size: 1, gone: true };
        expect(diff(type, old, old, { name: "b", size: 2, fresh: 1 }, [])).to.have.deep.members([
            { property: "name", kind: "update", replaces: true },
            { property: "size", kind: "update", replaces: false },
            { property: "gone", kind: "delete", replaces: false },
            { property: "fresh", kind: "add", replaces: false },
        ]);
    });

    it("leave alone what is to be ignored, and what differs in its spelling only", () => {
        const old = { name: "a", policy: '{"a": 1, "b": [1]}' };
        expect(diff(type, old, old, { name: "b", policy: '{"b":[1],"a":1}' }, ["name"])).to.deep.equal([]);
    });

    it("take a policy's one value for a list of one", () => {
        const policy = (Action: unknown) => JSON.stringify({ Statement: [{ Effect: "Allow", Action }] });
        const old = { policy: policy("sts:AssumeRole") };
        expect(diff(type, old, old, { policy: policy(["sts:AssumeRole"]) }, [])).to.deep.equal([]);
        expect(diff(type, old, old, { policy: policy(["sts:TagSession"]) }, [])).to.have.length(1);
    });

    it("see no difference where a program leaves out what an import found, or names it in another order", () => {
        const found = { [IMPORTED]: true, name: "a", size: 1, zones: ["a", "b"], rule: { days: 1, state: "default" } };
        const news = { name: "a", zones: ["b", "a"], rule: { days: 1 } };
        expect(diff(type, found, found, news, [])).to.deep.equal([]);
        expect(diff(type, found, found, { ...news, rule: { days: 2 } }, [])).to.deep.equal([
            { property: "rule", kind: "update", replaces: false },
        ]);
    });

    it("take what an import found for what was set", () => {
        expect(diff(type, {}, { name: "a" }, { name: "a" }, [])).to.deep.equal([]);
    });

    it("keep an input as it was written where the cloud adds defaults to it", () => {
        const merged = merge(type, { rule: { days: 1 } }, { rule: { days: 1, state: "default" }, arn: "arn" });
        expect(merged).to.deep.equal({ rule: { days: 1 }, arn: "arn" });
        expect(merge(type, { rule: { days: 1 } }, { rule: { days: 2 } })).to.deep.equal({ rule: { days: 2 } });
    });

    it("carry secrets and what is not known over the protocol", () => {
        const struct = toStruct({ key: "value", other: UNKNOWN }, ["key"]);
        expect(secretsOf(struct)).to.deep.equal(["key"]);
        expect(fromStruct(struct)).to.deep.equal({ key: "value", other: UNKNOWN });
        expect(hasUnknown({ a: [{ b: UNKNOWN }] })).to.equal(true);
    });

    it("refuse any address that is not on this machine", () => {
        for (const address of [
            "https://ec2.us-east-1.amazonaws.com",
            "http://10.0.0.1:4566",
            "http://127.0.0.1.example.com",
        ]) {
            expect(() => new Clients(address, "us-east-1"), address).to.throw(/talks to 127.0.0.1/);
        }
        expect(() => new Clients("http://127.0.0.1:4566", "us-east-1")).to.not.throw();
    });

    for (const settings of [
        { environment: "dev" },
        {
            environment: "prod",
            production: true,
            enableCustomDomain: true,
            domainName: "example.com",
            agentNightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" },
        },
        { environment: "lean", agentEnabled: false },
    ]) {
        it(`know every type that the stack ${settings.environment} uses`, async () => {
            const registered = await runStack(settings);
            const types = new Set(registered.all.map((one) => one.type).filter((name) => name.startsWith("aws:")));
            expect([...types].filter((name) => !(name in resourceTypes))).to.deep.equal([]);
        });
    }
});
