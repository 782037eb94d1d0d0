import { runtime } from "@pulumi/pulumi";
import { type Inputs, type Kind, kinds, valuesOf } from "./kinds.ts";
import type { Instance, TerraformState } from "./state.ts";

/** A resource of the program, as a preview shows it. */
export interface ProgramResource {
    urn: string;
    type: string;
    name: string;
    parent: string | undefined;
    inputs: Readonly<Record<string, unknown>>;
}

/** A resource of the program and the instance that is the same physical thing. */
export interface Match {
    resource: ProgramResource;
    instance: Instance;
    /** The id by which the engine imports it. */
    id: string;
}

/**
 * Finds for each resource of the program the instance that is the same physical thing: of the same type, with the same
 * name or place. Terraform's addresses are ignored.
 *
 * A preview knows less before its resources are imported (a method's API has no id yet), so that further matches may
 * need another preview with the matches so far.
 *
 * @param taken ids that Pulumi has already, by type: they can't be taken over twice
 */
export function match(
    resources: readonly ProgramResource[],
    instances: readonly Instance[],
    taken: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): Match[] {
    const found = new Map<string, Match>();
    const used = new Set<Instance>();
    // Parents before children: a child may need its parent's id.
    for (const resource of [...resources].sort(byDepthAndName)) {
        const kind = kinds[resource.type];
        if (!kind) {
            continue;
        }
        const parentId = resource.parent === undefined ? undefined : found.get(resource.parent)?.id;
        const inputs = inputsOf(kind, resource, parentId);
        const free = instances.filter((one) => kind.terraform.includes(one.type) && !one.deposed && !used.has(one));
        const same = free.filter((one) => isSame(kind, inputs, one));
        const instance = same.length > 1 ? sameName(resource, same) : same[0];
        const id = instance && valuesOf(instance.attributes, kind.id)[0];
        if (instance && id !== undefined && !taken.get(resource.type)?.has(id)) {
            used.add(instance);
            found.set(resource.urn, { resource, instance, id });
        }
    }
    return [...found.values()];
}

function inputsOf(kind: Kind, { inputs: raw }: ProgramResource, parentId: string | undefined): Inputs {
    const known = Object.entries(raw).filter(
        ([, value]) => (typeof value === "string" || typeof value === "number") && value !== runtime.unknownValue,
    );
    const inputs = Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
    return kind.inputs?.({ inputs, raw, parentId }) ?? inputs;
}

function isSame({ by, within = {}, except }: Kind, inputs: Inputs, { attributes }: Instance): boolean {
    const agree = ([input, from]: [string, Kind["id"]], whenUnknown: boolean) => {
        const wanted = inputs[input];
        return wanted === undefined ? whenUnknown : valuesOf(attributes, from).includes(wanted);
    };
    return (
        !except?.(attributes) &&
        Object.entries(by).every((entry) => agree(entry, false)) &&
        Object.entries(within).every((entry) => agree(entry, true))
    );
}

/** The candidate with the resource's name tag; `undefined` unless exactly one has it. */
function sameName({ inputs }: ProgramResource, candidates: Instance[]): Instance | undefined {
    const nameOf = (tags: unknown) => (tags as Record<string, unknown> | null | undefined)?.Name;
    const wanted = nameOf(inputs.tags);
    const named = candidates.filter(({ attributes }) => wanted !== undefined && nameOf(attributes.tags) === wanted);
    return named.length === 1 ? named[0] : undefined;
}

function byDepthAndName(a: ProgramResource, b: ProgramResource): number {
    const depth = ({ urn }: ProgramResource) => (urn.split("::")[2] ?? "").split("$").length;
    return depth(a) - depth(b) || (a.urn < b.urn ? -1 : 1);
}

/**
 * The instances of a state, with the parts that Terraform stores inline as instances of their own: the routes of a route
 * table, which also gets the subnets that it serves.
 */
export function physicalInstances({ instances }: TerraformState): Instance[] {
    const associations = instances.filter(({ type }) => type === "aws_route_table_association");
    const withRoutes = instances.flatMap((instance): Instance[] => {
        if (instance.type !== "aws_route_table") {
            return [instance];
        }
        const { attributes } = instance;
        const served = associations
            .filter((one) => one.attributes.route_table_id === attributes.id)
            .map((one) => one.attributes.subnet_id);
        return [
            { ...instance, attributes: { ...attributes, served_subnets: served } },
            ...routesOf(instance).filter((route) => !instances.some((one) => isSameRoute(one, route))),
        ];
    });
    return withRoutes;
}

function routesOf({ address, attributes, deposed }: Instance): Instance[] {
    const routes = Array.isArray(attributes.route) ? attributes.route : [];
    return routes.map((route) => ({
        address,
        type: "aws_route",
        deposed,
        attributes: { ...route, route_table_id: attributes.id, destination_cidr_block: route.cidr_block },
    }));
}

function isSameRoute({ type, attributes }: Instance, route: Instance): boolean {
    return (
        type === "aws_route" &&
        attributes.route_table_id === route.attributes.route_table_id &&
        attributes.destination_cidr_block === route.attributes.destination_cidr_block
    );
}
