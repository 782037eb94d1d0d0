/** A run that is cut off while it makes something: the next one has all of it, once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
    CancelledError,
    type StoryEvent,
    type StorySettingsInput,
    type StoryStack,
    type TakenOverEvent,
} from "../../../automation/index.ts";
import { repeatable } from "../../../automation/takeOver/identify.ts";
import type { StateResource } from "../../../automation/takeOver/takeOver.ts";
import { failure, World } from "./world.ts";

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

    const idsOf = (resources: StateResource[]) => new Map(resources.map(({ urn, id }) => [urn, id]));

    /** An up that goes on until some resources are there. */
    async function upTo(stackName: string, resources: number, events: StoryEvent[]): Promise<void> {
        const stop = new AbortController();
        const onEvent = (event: StoryEvent) => {
            events.push(event);
            if (event.operation === "up" && event.kind === "resource" && event.done >= resources) {
                stop.abort();
            }
        };
        await failure(
            open(stackName)
                .up({ signal: stop.signal, onEvent })
                .catch((e) => {
                    console.log(e.message);
                    throw e;
                }),
            CancelledError,
        );
    }

    it("has what it had made taken over by the next up, at whatever it was at work", async () => {
        let lost: StateResource[] = [];
        const all = new Map<string, string | undefined>();
        for (const resources of [25, 50, 90, 140, 200, Number.POSITIVE_INFINITY]) {
            const events: StoryEvent[] = [];
            if (Number.isFinite(resources)) {
                await upTo("cut", resources, events);
            } else {
                await open("cut").up({ onEvent: (event) => events.push(event) });
            }
            const state = stateOf("cut");
            expect(state.pending_operations ?? [], "pending").to.deep.equal([]);
            const ids = idsOf(state.resources);
            const unique = lost.filter(({ type }) => !repeatable.has(type));
            for (const { urn, id } of unique) {
                all.set(urn, id);
                expect(ids.get(urn), urn).to.equal(id);
            }
            const told = events.filter((event): event is TakenOverEvent => event.kind === "takenOver");
            expect(told.map(({ resource }) => resource.urn)).to.have.members(unique.map(({ urn }) => urn));
            lost = forget("cut");
        }
        const { changes } = await open("cut").up();
        expect([changes.create.filter(({ type }) => !repeatable.has(type)), changes.delete]).to.deep.equal([[], []]);
        const types = new Set([...all.keys()].map((urn) => urn.split("::")[2]?.split("$").pop()));
        console.log([...types].sort().join("\n"), types.size);
    });
});
