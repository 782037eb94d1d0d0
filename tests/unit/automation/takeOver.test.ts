import { readFileSync } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { Progress } from "../../../automation/engine/progress.ts";
import { byInputs, byLookup, repeatable } from "../../../automation/takeOver/identify.ts";
import {
    addCreated,
    allExist,
    isUnread,
    type Owned,
    possiblyCreated,
    type StateResource,
} from "../../../automation/takeOver/takeOver.ts";

const urnOf = (type: string, name: string) => `urn:pulumi:dev::story-42::${type}::${name}`;
const CLUSTER = "aws:ecs/cluster:Cluster";
const TABLE = "aws:dynamodb/table:Table";

const resource = (type: string, name: string, inputs: Record<string, unknown>): StateResource => ({
    urn: urnOf(type, name),
    type,
    inputs,
});
const known = (type: string, name: string, inputs: Record<string, unknown>, more: Partial<StateResource> = {}) => ({
    ...resource(type, name, inputs),
    id: String(inputs.name),
    outputs: inputs,
    ...more,
});

/** The state that comes of one, of which this or that was pending. */
async function stateAfter(resources: StateResource[], creating: StateResource[], others: string[] = []) {
    const pending_operations = [
        ...creating.map((one) => ({ type: "creating", resource: one })),
        ...others.map((type) => ({ type, resource: resources[0] })),
    ];
    const deployment = { resources, pending_operations };
    await addCreated(deployment, () => expect.fail("nothing has to be asked"));
    return deployment;
}

describe("Taking over what was made and not recorded", () => {
    it("knows for every type of the components how", () => {
        const text = readFileSync("tests/snapshots/children.json", "utf8");
        const types = new Set([...text.matchAll(/"type":"(aws:[^"]+)"/g)].map(([, type = ""]) => type));
        expect(types.size).to.be.greaterThan(70);
        const ways = (type: string) =>
            [type in byInputs, type in byLookup, repeatable.has(type)].filter(Boolean).length;
        expect([...types].filter((type) => ways(type) !== 1)).to.deep.equal([]);
    });

    it("imports what the inputs name, and clears what is pending", async () => {
        const made = resource(CLUSTER, "two", { name: "two" });
        const one = known(CLUSTER, "one", { name: "one" });
        const state = await stateAfter([one], [made], ["updating"]);
        expect(state.resources).to.deep.equal([one, { ...made, id: "two", outputs: undefined }]);
        expect(state.resources.map(isUnread)).to.deep.equal([false, true]);
        expect(state.pending_operations).to.deep.equal([]);
    });

    it("leaves out what the state has already, what can be made again, and what has no name", async () => {
        const one = known(CLUSTER, "one", { name: "one" });
        const others = [
            resource(CLUSTER, "one", { name: "one" }),
            resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { bucket: "b" }),
            resource("docker-build:index:Image", "image", {}),
            resource("aws:ecs/cluster:Cluster", "nameless", {}),
        ];
        expect((await stateAfter([one], others)).resources).to.deep.equal([one]);
    });

    it("puts a replacement before what it replaces, which goes", async () => {
        const old = known(TABLE, "table", { name: "old" });
        const dependent = known(CLUSTER, "role", { name: "role" });
        const made = resource(TABLE, "table", { name: "new" });
        const { resources } = await stateAfter([old, dependent], [made]);
        expect(resources).to.deep.equal([
            { ...made, id: "new", outputs: undefined },
            { ...old, delete: true },
            dependent,
        ]);
    });

    it("puts a replacement in the place of what is gone already", async () => {
        const gone = known(TABLE, "table", { name: "same" }, { pendingReplacement: true });
        const made = resource(TABLE, "table", { name: "same" });
        const { resources } = await stateAfter([gone], [made]);
        expect(resources).to.deep.equal([{ ...made, id: "same", outputs: undefined }]);
    });

    it("looks for what a killed provider may have made, and for what exists and holds no data", () => {
        const progress = new Progress();
        const fail = (type: string, name: string, message: string) => {
            const urn = urnOf(type, name);
            const state = { ...resource(type, name, { name }), id: "", parent: "", provider: "", outputs: {} };
            const metadata = { op: "create", urn, type, provider: "", new: state };
            progress.see({ diagnosticEvent: { severity: "error", message, urn, color: "never" } } as EngineEvent);
            progress.see({ resOpFailedEvent: { metadata, status: 0, steps: 0 } } as unknown as EngineEvent);
        };
        const found = (owned: Owned = "what holds no data") =>
            possiblyCreated(progress, owned).map(({ urn }) => urn.split("::").pop());
        fail(CLUSTER, "taken", "EntityAlreadyExists: Role with name taken already exists.");
        expect([found(), allExist(progress)]).to.deep.equal([["taken"], true]);
        fail(TABLE, "data", "ResourceInUseException: Table already exists: data");
        fail(TABLE, "lost", "error reading from server: EOF");
        fail(CLUSTER, "wrong", "MalformedPolicyDocument: this is no policy");
        expect([found(), allExist(progress)]).to.deep.equal([["taken", "lost"], false]);
        // Of several stacks of the same names, only one can be whose they are.
        expect(found("nothing")).to.deep.equal(["lost"]);
        // Where nobody else makes anything, data is its own too.
        expect(found("everything")).to.deep.equal(["taken", "data", "lost"]);
    });
});
