/** A run that is cut off while it makes something: the next one has all of it, once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import {
    CancelledError,
    type ResourceEvent,
    type StoryEvent,
    type StorySettingsInput,
    type StoryStack,
    type TakenOverEvent,
} from "../../../automation/index.ts";
import { repeatable } from "../../../automation/takeOver/identify.ts";
import type { StateResource } from "../../../automation/takeOver/takeOver.ts";
import { failure, World } from "../../kit/automation/world.ts";

/** The provider imports a queue by an address of AWS's own only; making it again gives the one that is there. */
const notImported = new Set(["aws:sqs/queue:Queue"]);
/** What asks for a new deployment can't be imported: it is replaced by one that has it. */
const replaced = new Set(["aws:apigateway/deployment:Deployment"]);

interface State {
    resources: (StateResource & { parent?: string; dependencies?: string[] })[];
    pending_operations?: { type: string; resource: StateResource }[];
}

describe("A run that is cut off", function () {
    this.timeout(900_000);
    let world: World;
    const settings: Partial<StorySettingsInput> = {};
    const open = (name: string): StoryStack =>
        world.stacks().open(name, { settings: world.settings(name, settings), siteContent: world.siteContent });

    before(async () => {
        world = await World.open();
    });
    after(async () => {
        await world?.close();
    });

    const pathOf = (stackName: string) => join(world.folder, `backend/.pulumi/stacks/story-42/${stackName}.json`);
    const read = (stackName: string) => JSON.parse(readFileSync(pathOf(stackName), "utf8"));
    const stateOf = (stackName: string): State => read(stackName).checkpoint.latest;

    /** Leaves the state as an engine does that made everything, and was killed before it recorded what it made last. */
    function forget(stackName: string): StateResource[] {
        const file = read(stackName);
        const state = file.checkpoint.latest as State;
        const needed = new Set(
            state.resources.flatMap(({ parent, dependencies = [], provider = "" }) => [
                parent,
                ...dependencies,
                provider.slice(0, provider.lastIndexOf("::")),
            ]),
        );
        const lost = state.resources.filter(({ urn, type }) => type.startsWith("aws:") && !needed.has(urn));
        state.resources = state.resources.filter((one) => !lost.includes(one));
        state.pending_operations = lost.map(({ id: _id, outputs: _outputs, ...resource }) => ({
            type: "creating",
            resource,
        }));
        writeFileSync(pathOf(stackName), JSON.stringify(file));
        return lost;
    }

    /** An up that goes on until so many steps are done. */
    async function upTo(stackName: string, steps: number, events: StoryEvent[]): Promise<void> {
        const stop = new AbortController();
        const onEvent = (event: StoryEvent) => {
            events.push(event);
            if (event.operation === "up" && event.kind === "resource" && event.done >= steps) {
                stop.abort();
            }
        };
        await failure(open(stackName).up({ signal: stop.signal, onEvent }), CancelledError);
    }

    it("has what it had made taken over by the next up, at whatever it was at work", async () => {
        const types = new Set<string>();
        let lost: StateResource[] = [];
        for (const steps of [25, 40, 60, 40, Number.POSITIVE_INFINITY]) {
            const events: StoryEvent[] = [];
            if (Number.isFinite(steps)) {
                await upTo("cut", steps, events);
            } else {
                await open("cut").up({ onEvent: (event) => events.push(event) });
            }
            expect(stateOf("cut").pending_operations ?? [], "pending").to.deep.equal([]);
            const once = lost.filter(({ type }) => !repeatable.has(type) && !notImported.has(type));
            const told = events.filter((event): event is TakenOverEvent => event.kind === "takenOver");
            expect(told.map(({ resource }) => resource.urn)).to.include.members(once.map(({ urn }) => urn));
            const made = events.filter((event): event is ResourceEvent => event.kind === "resource");
            const again = made.filter(({ operation, resource: { step, urn } }) => {
                const isMade = operation === "up" && (step === "create" || step === "create-replacement");
                return isMade && once.some((one) => one.urn === urn && !replaced.has(one.type));
            });
            expect(again.map(({ resource }) => `${resource.step} ${resource.urn}`)).to.deep.equal([]);
            for (const { type } of once) {
                types.add(type);
            }
            lost = forget("cut");
        }
        expect(types.size, [...types].sort().join(", ")).to.be.greaterThan(15);
        await open("cut").up();
        const { create, replace, delete: deleted } = (await open("cut").preview()).changes;
        expect([create, replace, deleted]).to.deep.equal([[], [], []]);
        await open("cut").destroy({ everythingOf: "cut" });
        const { Vpcs = [] } = await world.cloud.of(EC2Client).send(new DescribeVpcsCommand({}));
        expect(Vpcs.filter(({ IsDefault }) => !IsDefault)).to.deep.equal([]);
    });
});
