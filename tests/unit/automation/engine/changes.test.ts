import type { StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { changesOf } from "../../../../automation/engine/changes.ts";
import { Progress } from "../../../../automation/engine/progress.ts";

const urn = "urn:pulumi:dev::story-42::story42:index:StoryData$aws:dynamodb/table:Table::data-sessions-table";

/** The changes of a preview that takes these steps on one table. */
function changesAfter(...steps: Partial<StepEventMetadata>[]) {
    const progress = new Progress();
    for (const step of steps) {
        const metadata = { op: "update", urn, type: "", provider: "", ...step } as StepEventMetadata;
        progress.see({ sequence: 0, timestamp: 0, resourcePreEvent: { metadata } });
    }
    return changesOf([...progress.begun.values(), ...progress.same.values()]);
}
const state = (inputs: object) => ({ urn, type: "", id: "", parent: "", provider: "", outputs: {}, inputs });

describe("The changes of a stack", () => {
    it("make one replacement of the engine's several steps, with the property that asks for it", () => {
        const step = {
            keys: ["hashKey"],
            diffs: ["hashKey", "tags"],
            old: state({ hashKey: "id", tags: { Stage: "a" } }),
            new: state({ hashKey: "key", tags: { Stage: "a" } }),
            detailedDiff: { hashKey: { diffKind: "update-replace", inputDiff: true } },
        } as unknown as Partial<StepEventMetadata>;
        const changes = changesAfter(
            { ...step, op: "create-replacement" },
            { ...step, op: "replace" },
            { op: "delete-replaced" },
        );
        expect(changes).to.deep.equal({
            ...{ create: [], update: [], delete: [], import: [], same: [] },
            replace: [
                {
                    urn,
                    type: "aws:dynamodb/table:Table",
                    name: "data-sessions-table",
                    kind: "replace",
                    properties: [{ path: "hashKey", from: "id", to: "key", replaces: true }],
                },
            ],
        });
    });

    it("tell a nested property's values, and which are not known yet", () => {
        const [update] = changesAfter({
            old: state({ tags: { "a.b": "1" }, rules: [{ prefix: "x" }], arn: "arn:old" }),
            new: state({ tags: { "a.b": "2" }, rules: [], arn: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }),
            detailedDiff: Object.fromEntries(
                ['tags["a.b"]', "rules[0].prefix", "arn"].map((path) => [
                    path,
                    { diffKind: "update", inputDiff: true },
                ]),
            ),
        } as unknown as Partial<StepEventMetadata>).update;
        expect(update?.properties).to.deep.equal([
            { path: 'tags["a.b"]', from: "1", to: "2", replaces: false },
            { path: "rules[0].prefix", from: "x", to: undefined, replaces: false },
            { path: "arn", from: "arn:old", to: "[unknown]", replaces: false },
        ]);
    });

    it("hide a secret, also in what it is part of and of what is in it", () => {
        const secret = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            ciphertext: "[secret]",
        };
        const [update] = changesAfter({
            old: state({ secretString: secret, env: { A: "1", KEY: secret }, list: [secret] }),
            new: state({ secretString: "plain", env: { A: "2", KEY: secret }, list: [] }),
            detailedDiff: Object.fromEntries(
                ["secretString", "env", "list[0].inner"].map((path) => [path, { diffKind: "update", inputDiff: true }]),
            ),
        } as unknown as Partial<StepEventMetadata>).update;
        expect(update?.properties.map(({ path, from, to }) => ({ path, from, to }))).to.deep.equal([
            { path: "secretString", from: "[secret]", to: "plain" },
            { path: "env", from: { A: "1", KEY: "[secret]" }, to: { A: "2", KEY: "[secret]" } },
            { path: "list[0].inner", from: "[secret]", to: undefined },
        ]);
    });

    it("list what stays, and what is only looked at not at all", () => {
        const changes = changesAfter({ op: "same" });
        expect(changes.same.map(({ name }) => name)).to.deep.equal(["data-sessions-table"]);
        expect(Object.values(changesAfter({ op: "read" })).flat()).to.deep.equal([]);
    });
});
