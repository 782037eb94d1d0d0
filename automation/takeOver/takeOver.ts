import { isDeepStrictEqual } from "node:util";
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import type { ResourceName } from "../engine/changes.ts";
import { holdsData } from "../engine/dataHolding.ts";
import { nameOf, Progress } from "../engine/progress.ts";
import { Clients } from "./clients.ts";
import type { Inputs } from "./identify.ts";

/** A resource in a state. */
export interface StateResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: Inputs;
    outputs?: Inputs;
    provider?: string;
    parent?: string;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[] | null>;
    deletedWith?: string;
    protect?: boolean;
    delete?: boolean;
    pendingReplacement?: boolean;
}

interface PendingOperation {
    type: string;
    resource: StateResource;
}

/** A resource of AWS that was missing in the state and was added to it. */
export interface TakenOver extends ResourceName {
    id: string;
}

/** The environment variables for AWS's endpoint and credentials. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Recovers from a killed engine or provider: resources that it was creating may exist without being in the state. Looks up
 * each and takes it over, then refreshes the state; a state with nothing pending is not changed.
 *
 * @param refresh refreshes the whole stack
 * @param failed a failed run, in which {@link possiblyCreated} finds more than the state has
 * @param isAlone whether nobody else creates resources there, so that all existing ones are the stack's
 * @returns what was taken over; `undefined` when nothing was pending
 */
export async function takeOverMade(
    engine: Stack,
    env: Environment,
    refresh: () => Promise<void>,
    failed = new Progress(),
    isAlone = false,
): Promise<TakenOver[] | undefined> {
    const state = await engine.exportStack();
    const isOwner = resourcesIn(state.deployment).some(provesOwnership);
    const possible = possiblyCreated(failed, isAlone ? "everything" : isOwner ? "what holds no data" : "nothing");
    const operations = possible.map((resource) => ({ type: "creating", resource }));
    const pending = [...pendingIn(state.deployment), ...operations];
    if (pending.length === 0 && !resourcesIn(state.deployment).some(isUnread)) {
        return undefined;
    }
    state.deployment.pending_operations = pending;
    await addCreated(state.deployment, (provider) => clientsOf(provider, env));
    // If this is interrupted from here on, the next run continues with these.
    const added = resourcesIn(state.deployment).filter(isUnread);
    await engine.importStack(state);
    await refresh();
    if (added.length === 0) {
        return [];
    }
    const after = await engine.exportStack();
    const { taken, foreign } = classify(after.deployment, added);
    if (foreign.length > 0) {
        after.deployment.resources = resourcesIn(after.deployment).filter((one) => !foreign.includes(one));
        await engine.importStack(after);
    }
    return taken;
}

/**
 * Adds resources that were being created to the state, by their import ids, if AWS may have them; a refresh then reads each,
 * or drops it if it does not exist. Clears the pending operations.
 */
export async function addCreated(
    deployment: Deployment["deployment"],
    clientsFor: (provider: StateResource | undefined) => Clients,
): Promise<void> {
    const resources = resourcesIn(deployment);
    for (const { type, resource } of pendingIn(deployment)) {
        const provider = resources.find(({ urn, id }) => `${urn}::${id}` === resource.provider);
        const id = type === "creating" ? await importIdOf(resource, resources, () => clientsFor(provider)) : undefined;
        if (id !== undefined) {
            insert(resources, resource, id);
        }
    }
    deployment.resources = resources;
    // The refresh reads the results of all other pending operations.
    deployment.pending_operations = [];
}

/** Whether a resource was put into a state by its id, and not read yet. */
export function isUnread({ type, outputs, delete: isDeleted }: StateResource): boolean {
    return type.startsWith("aws:") && outputs === undefined && !isDeleted;
}

/** A resource's import id; `undefined` if it is not found or already in the state. */
async function importIdOf(
    { type, inputs = {} }: StateResource,
    resources: readonly StateResource[],
    clients: () => Clients,
): Promise<string | undefined> {
    // Imported only when needed: it loads the clients of every service.
    const { byLookup, byInputs } = await import("./identify.ts");
    const others = resources.filter((one) => one.type === type && !one.pendingReplacement);
    const fromInputs = byInputs[type]?.(inputs);
    if (fromInputs !== undefined) {
        return others.some((one) => byInputs[type]?.(one.inputs ?? {}) === fromInputs) ? undefined : fromInputs;
    }
    const known = new Set(others.flatMap(({ id, outputs }) => [id, outputs?.arn, outputs?.statementId]));
    const found = (await byLookup[type]?.(inputs, clients())) ?? [];
    const lost = found.find(({ id, importId = id }) => !known.has(id) && !known.has(importId));
    return lost && (lost.importId ?? lost.id);
}

/** Inserts a resource where the engine would have. */
function insert(resources: StateResource[], resource: StateResource, id: string): void {
    // Without outputs, a refresh imports it by its id.
    const made = { ...resource, id, outputs: undefined };
    const at = resources.findIndex(({ urn, delete: goes }) => urn === made.urn && !goes);
    const old = resources[at];
    if (!old) {
        resources.push(made);
    } else if (old.pendingReplacement) {
        // The old one is deleted already.
        resources[at] = made;
    } else if (isDeepStrictEqual(old.inputs, made.inputs)) {
        // It was created again since: the program does not use this one, and the next `up` deletes it.
        resources.push({ ...made, urn: `${made.urn}-made-before` });
    } else {
        // It replaces the old one, which is deleted at the end.
        resources.splice(at, 1, made, { ...old, delete: true });
    }
}

/** After the refresh: the resources that exist, divided by tags into own and foreign ones. */
function classify(deployment: Deployment["deployment"], added: readonly StateResource[]) {
    const there = resourcesIn(deployment).filter((one) => !one.delete && added.some(({ urn }) => urn === one.urn));
    const wanted = (urn: string) => tags(added.find((one) => one.urn === urn)?.inputs);
    const foreign = there.filter(({ urn, outputs }) => isContradicted(wanted(urn), tags(outputs)));
    const taken = there
        .filter((one) => !foreign.includes(one))
        .map(({ urn, id = "" }): TakenOver => ({ ...nameOf(urn), id }));
    return { taken, foreign };
}

const tags = (of: Inputs | undefined) => (of?.tags ?? {}) as Inputs;

/** Whether tags name another owner. Missing tags don't count: an incomplete resource may lack them. */
function isContradicted(wanted: Inputs, has: Inputs): boolean {
    return ["Project", "Environment", "ManagedBy"].some(
        (key) => wanted[key] !== undefined && has[key] !== undefined && wanted[key] !== has[key],
    );
}

/** Which existing resources with a stack's names are known to be its own. */
export type Owned = "nothing" | "what holds no data" | "everything";

/**
 * Resources whose creation failed, but that AWS may have: their provider was killed meanwhile, or AWS says that they exist. The
 * engine does not record these.
 */
export function possiblyCreated(progress: Progress, owned: Owned): StateResource[] {
    return progress.failures().flatMap(({ urn, reasons }) => {
        const made = progress.notMade.get(urn);
        // Data that this run may not have created could be somebody else's: a person decides.
        const isOurs = owned === "everything" || (owned !== "nothing" && !holdsData(nameOf(urn).type));
        const isUnsure = (reason: string) => CONNECTION_LOST.test(reason) || (isOurs && ALREADY_EXISTS.test(reason));
        return made && reasons.some(isUnsure) ? [made] : [];
    });
}

/**
 * Whether a resource proves that the stack owns its names. Names derive from project and environment, and a table's name is
 * unique: of stacks with the same names in several backends, the one with the table owns the others.
 */
function provesOwnership({ type, outputs }: StateResource): boolean {
    return type === "aws:dynamodb/table:Table" && outputs !== undefined;
}

/** Whether all failures of a run are resources that exist: once they are taken over, the run can continue. */
export function allExist(progress: Progress): boolean {
    return progress.failures().every(({ reasons }) => reasons.some((reason) => ALREADY_EXISTS.test(reason)));
}

/** The engine's messages when a provider ended during a call, or could not be reached any more. */
const CONNECTION_LOST =
    /error reading from server|transport is closing|rpc error: code = (Unavailable|Canceled)|\bEOF\b|connection (reset|refused)/i;
/** AWS's messages for a name that is taken, which differ by service. */
const ALREADY_EXISTS =
    /already ?(exist|owned|in use)|exists already|AlreadyExists|EntityAlreadyExists|ResourceConflict|ResourceInUse|Duplicate/i;

function clientsOf(provider: StateResource | undefined, env: Environment): Clients {
    const { region, profile } = (provider?.inputs ?? {}) as { region?: string; profile?: string };
    return new Clients(env, region, profile);
}

const resourcesIn = (deployment: Deployment["deployment"]) => [...((deployment.resources ?? []) as StateResource[])];
const pendingIn = (deployment: Deployment["deployment"]) => (deployment.pending_operations ?? []) as PendingOperation[];
