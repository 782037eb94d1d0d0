/** Undoing an adoption: the stack's state forgets the resources that it took over; AWS is not changed. */
import type { Deployment as EngineState } from "@pulumi/pulumi/automation/index.js";
import type { StoryStack } from "../driver/stack.ts";
import type { FollowOptions } from "../engine/follow.ts";
import { isComponent, nameOf } from "../engine/progress.ts";
import type { StateResource } from "../takeOver/takeOver.ts";
import type { AdoptionSource } from "./adopt.ts";
import { deploymentOf } from "./deployment.ts";
import { changedSettings } from "./drift.ts";
import { valuesOf } from "./kinds.ts";
import { match, physicalInstances } from "./match.ts";
import type { PlannedResource } from "./plan.ts";
import { type Instance, readTerraformState } from "./state.ts";

/** A resource that goes back to Terraform. */
export interface Released extends PlannedResource {
    id: string;
    /** Its address in Terraform. */
    address: string;
    /** The settings that differ from Terraform's state, by Terraform's names; the next `terraform apply` resets them. */
    changed: string[];
}

/** The plan of an undo. */
export interface UndoPlan {
    stack: string;
    /** The resources that go back to Terraform. */
    released: Released[];
    /** Resources of Terraform that the stack has replaced under the same name, by Terraform's address. */
    replaced: (PlannedResource & { address: string })[];
    /** Resources that the stack created itself and keeps; `story42 destroy` deletes them. */
    kept: PlannedResource[];
}

/** An undo of an adoption. */
export interface Undo {
    plan: UndoPlan;
    /**
     * Releases resources: the stack's state forgets them, and in AWS nothing happens to them. The resources that the stack
     * keeps are no longer protected.
     *
     * @throws {StoryError} one of the driver's errors
     */
    apply(options?: FollowOptions): Promise<void>;
}

/**
 * Plans undoing an adoption. Changes nothing.
 *
 * @throws {StateError} when the state can't be read, or is of another deployment
 * @throws {StoryError} one of the driver's errors, or {@link SettingsError}
 */
export async function planUndo(stack: StoryStack, { content, from }: AdoptionSource): Promise<Undo> {
    const terraform = readTerraformState(content, from);
    // Throws for the state of another deployment.
    deploymentOf(terraform, await stack.settings(), from);
    const instances = physicalInstances(terraform);
    const found = classify(stateResources(await stack.recorded()), instances);
    return {
        plan: {
            stack: stack.name,
            released: found.released.map(({ resource, instance }) => ({
                ...plain(resource),
                id: idOf(resource),
                address: instance.address,
                changed: changedSettings(resource.inputs ?? {}, instance.attributes),
            })),
            replaced: found.replaced.map(({ resource, instance }) => ({
                ...plain(resource),
                address: instance.address,
            })),
            kept: found.kept.map(plain),
        },
        // Classified again: `rewrite` first records what a killed run created.
        apply: (options) =>
            stack.rewrite((state) => release(state, classify(stateResources(state), instances).released), options),
    };
}

/** Divides a stack's resources into Terraform's, replacements of Terraform's, and its own. */
function classify(resources: readonly StateResource[], instances: readonly Instance[]) {
    const own = resources.filter(({ urn, type }) => !isComponent(nameOf(urn)) && !type.startsWith("pulumi:"));
    const byUrn = new Map(own.map((one) => [one.urn, one]));
    const program = resources.map(({ urn, type, inputs = {}, parent }) => ({ ...nameOf(urn), type, inputs, parent }));
    const pairs = match(program, instances).flatMap(({ resource: { urn }, instance, id }) => {
        const resource = byUrn.get(urn);
        return resource ? [{ resource, instance, isSame: idsOf(instance, id).includes(idOf(resource)) }] : [];
    });
    const released = pairs.filter(({ isSame }) => isSame);
    return {
        released,
        replaced: pairs.filter(({ isSame }) => !isSame),
        kept: own.filter(({ urn }) => !released.some(({ resource }) => resource.urn === urn)),
    };
}

/**
 * An id in AWS. An update can change it, for example a route table association's: until the next refresh, the engine records
 * the first id, and the provider's outputs the current one.
 */
function idOf({ id = "", outputs }: StateResource): string {
    return typeof outputs?.id === "string" ? outputs.id : id;
}

/** Pulumi's provider is based on Terraform's: its ids are the same, or the import ids. */
function idsOf({ attributes }: Instance, importId: string): string[] {
    return [importId, ...valuesOf(attributes, "id")];
}

/** Removes resources from a state, with all references to them. */
function release(state: EngineState, released: readonly { resource: StateResource }[]): void {
    const gone = new Set(released.map(({ resource }) => resource.urn));
    const resources = stateResources(state);
    const parents = new Map(resources.map(({ urn, parent }) => [urn, parent]));
    const staying = (urn: string | undefined): string | undefined =>
        urn !== undefined && gone.has(urn) ? staying(parents.get(urn)) : urn;
    const without = (urns: readonly string[] | null | undefined) => urns?.filter((urn) => !gone.has(urn));
    state.deployment.resources = resources
        .filter(({ urn }) => !gone.has(urn))
        .map(({ inputs, outputs, ...resource }) => ({
            ...resource,
            ...deletable({ ...resource, inputs, outputs }),
            parent: staying(resource.parent),
            dependencies: without(resource.dependencies),
            propertyDependencies: Object.fromEntries(
                Object.entries(resource.propertyDependencies ?? {}).map(([name, urns]) => [name, without(urns)]),
            ),
            deletedWith: staying(resource.deletedWith),
            protect: false,
        }));
}

/** Sets `forceDelete` on image repositories, so that `destroy` can delete them: images can be built again. */
function deletable({ type, inputs, outputs }: StateResource) {
    const forced = type === "aws:ecr/repository:Repository" ? { forceDelete: true } : {};
    return { inputs: inputs && { ...inputs, ...forced }, outputs: outputs && { ...outputs, ...forced } };
}

function stateResources({ deployment }: EngineState): StateResource[] {
    return deployment.resources ?? [];
}

function plain({ urn }: Pick<StateResource, "urn">): PlannedResource {
    const { type, name } = nameOf(urn);
    return { type, name };
}
