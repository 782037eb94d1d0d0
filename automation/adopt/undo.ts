/** The way back from an adoption: the stack lets go of what it took over, and nothing of that is touched. */
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

/** A resource that the stack lets go of. */
export interface Released extends PlannedResource {
    id: string;
    /** Its address in Terraform. */
    address: string;
    /** The settings in which it is not as Terraform left it, by Terraform's names; the next `terraform apply` sets them back. */
    changed: string[];
}

/** What the way back does. */
export interface UndoPlan {
    stack: string;
    /** What goes back to Terraform. */
    released: Released[];
    /** What Terraform has and the stack has made anew under the same name, by Terraform's address. */
    replaced: (PlannedResource & { address: string })[];
    /** What the stack made itself and keeps; `story42 destroy` deletes it. */
    kept: PlannedResource[];
}

/** A way back. */
export interface Undo {
    plan: UndoPlan;
    /**
     * Lets go of what is released: the stack's state forgets it, and in AWS nothing happens to it. What the stack keeps is no
     * longer protected.
     *
     * @throws {StoryError} one of the driver's errors
     */
    apply(options?: FollowOptions): Promise<void>;
}

/**
 * Looks what undoing an adoption would do. Changes nothing.
 *
 * @throws {StateError} when the state can't be read, or is of another deployment
 * @throws {StoryError} one of the driver's errors, or {@link SettingsError}
 */
export async function planUndo(stack: StoryStack, { content, from }: AdoptionSource): Promise<Undo> {
    const terraform = readTerraformState(content, from);
    // Of another deployment, nothing in it could be this stack's.
    deploymentOf(terraform, await stack.settings(), from);
    const instances = physicalInstances(terraform);
    const found = sortOut(stateResources(await stack.recorded()), instances);
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
        // What a killed run had made and not recorded is in the state by then.
        apply: (options) =>
            stack.rewrite((state) => letGo(state, sortOut(stateResources(state), instances).released), options),
    };
}

/** Which of a stack's resources are Terraform's, which have taken the place of one, and which are its own. */
function sortOut(resources: readonly StateResource[], instances: readonly Instance[]) {
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
 * An id in AWS. An update can give a resource another, as a route table's association: the engine goes on to record the first
 * one until the next refresh, and the provider the one of now.
 */
function idOf({ id = "", outputs }: StateResource): string {
    return typeof outputs?.id === "string" ? outputs.id : id;
}

/** Pulumi's provider is made of Terraform's: its ids are the same, or those that an import takes. */
function idsOf({ attributes }: Instance, importId: string): string[] {
    return [importId, ...valuesOf(attributes, "id")];
}

/** Takes resources out of a state, and out of what others say of them. */
function letGo(state: EngineState, released: readonly { resource: StateResource }[]): void {
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
            ...lifted({ ...resource, inputs, outputs }),
            parent: staying(resource.parent),
            dependencies: without(resource.dependencies),
            propertyDependencies: Object.fromEntries(
                Object.entries(resource.propertyDependencies ?? {}).map(([name, urns]) => [name, without(urns)]),
            ),
            deletedWith: staying(resource.deletedWith),
            protect: false,
        }));
}

/** The settings of a resource that `destroy` may delete: images that the stack built can be built again. */
function lifted({ type, inputs, outputs }: StateResource) {
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
