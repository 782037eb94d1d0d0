/** A run that is cut off while it makes something: the next one has all of it, once. */
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import pLimit from "p-limit";
import { Driver } from "../../../automation/driver.ts";
import {
    CancelledError,
    type StoryEvent,
    type StorySettingsInput,
    type StoryStack,
    type TakenOverEvent,
} from "../../../automation/index.ts";
import { repeatable } from "../../../automation/takeOver/identify.ts";
import type { StateResource } from "../../../automation/takeOver/takeOver.ts";
import { openEngine } from "../../../automation/workspace.ts";
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

    /** Works with Pulumi's own interface to a stack. */
    async function withEngine<Result>(stackName: string, work: (engine: Stack) => Promise<Result>): Promise<Result> {
        const { command, env } = world.cli();
        const driver = new Driver({ pulumiCommand: command, envVars: env }, pLimit(1));
        return await driver.within(stackName, undefined, undefined, async (place) =>
            work(await openEngine(place, false, async () => {})),
        );
    }

    /** The state as it is when an engine is killed that had made everything, and recorded nothing of what it made last. */
    async function forget(stackName: string): Promise<StateResource[]> {
        const state = await withEngine(stackName, async (engine) => await engine.exportStack());
        const deployment = state.deployment as State;
        const needed = new Set(
            deployment.resources.flatMap(({ parent, dependencies = [], provider = "" }) => [
                parent,
                ...dependencies,
                provider.slice(0, provider.lastIndexOf("::")),
            ]),
        );
        const lost = deployment.resources.filter(({ urn, type }) => type.startsWith("aws:") && !needed.has(urn));
        deployment.resources = deployment.resources.filter((one) => !lost.includes(one));
        deployment.pending_operations = lost.map(({ id: _id, outputs: _outputs, ...resource }) => ({
            type: "creating",
            resource,
        }));
        await withEngine(stackName, async (engine) => await engine.importStack(state));
        return lost;
    }

    async function stateOf(stackName: string): Promise<State> {
        return (await withEngine(stackName, async (engine) => await engine.exportStack())).deployment;
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
        await failure(open(stackName).up({ signal: stop.signal, onEvent }), CancelledError);
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
            const state = await stateOf("cut");
            expect(state.pending_operations ?? [], "pending").to.deep.equal([]);
            const ids = idsOf(state.resources);
            const unique = lost.filter(({ type }) => !repeatable.has(type));
            for (const { urn, id } of unique) {
                all.set(urn, id);
                expect(ids.get(urn), urn).to.equal(id);
            }
            const told = events.filter((event): event is TakenOverEvent => event.kind === "takenOver");
            expect(told.map(({ resource }) => resource.urn)).to.have.members(unique.map(({ urn }) => urn));
            lost = await forget("cut");
        }
        const { changes } = await open("cut").up();
        expect([changes.create.filter(({ type }) => !repeatable.has(type)), changes.delete]).to.deep.equal([[], []]);
        const types = new Set([...all.keys()].map((urn) => urn.split("::")[2]?.split("$").pop()));
        console.log([...types].sort().join("\n"), types.size);
    });
});
