import { isDeepStrictEqual } from "node:util";
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import type { ResourceName } from "../engine/changes.ts";
import { holdsData } from "../engine/dataHolding.ts";
import { nameOf, Progress } from "../engine/progress.ts";
import { Clients } from "./clients.ts";
import type { Inputs } from "./identify.ts";

/** A resource as a state has it. */
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

/** A resource that AWS had and the state did not, and has now. */
export interface TakenOver extends ResourceName {
    id: string;
}

/** Where AWS is asked, and as whom. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Goes on from what a killed engine or provider left: what it was making may be there, though the state does not know it.
 * Each such resource is looked for and taken over, then the state is brought to what is there; a state with nothing
 * pending is left as it is.
 *
 * @param refresh refreshes the whole stack
 * @param failed a run that failed, of which {@link unsureIn} tells more than the state does
 * @param isAlone whether nobody else makes anything where the stack is, so that all that exists is its own
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
    const isOwner = resourcesIn(state.deployment).some(tellsOwner);
    const unsure = unsureIn(failed, isAlone ? "everything" : isOwner ? "what holds no data" : "nothing");
    const operations = unsure.map((resource) => ({ type: "creating", resource }));
    const pending = [...pendingIn(state.deployment), ...operations];
    if (pending.length === 0 && !resourcesIn(state.deployment).some(isUnread)) {
        return undefined;
    }
    state.deployment.pending_operations = pending;
    await addMade(state.deployment, (provider) => clientsOf(provider, env));
    // Cut off from here on, these are what the next run goes on with.
    const added = resourcesIn(state.deployment).filter(isUnread);
    await engine.importStack(state);
    await refresh();
    if (added.length === 0) {
        return [];
    }
    const after = await engine.exportStack();
    const { taken, strangers } = sortOut(after.deployment, added);
    if (strangers.length > 0) {
        after.deployment.resources = resourcesIn(after.deployment).filter((one) => !strangers.includes(one));
        await engine.importStack(after);
    }
    return taken;
}

/**
 * Puts what was being made into the state where AWS may have it, as the import of its id; a refresh then reads it, or
 * drops it when it is not there. What is pending is settled with that.
 */
export async function addMade(
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
    // Whatever else was under way, the refresh sees how far it came.
    deployment.pending_operations = [];
}

/** Whether a resource was put into a state by its id, and not read yet. */
export function isUnread({ type, outputs, delete: goes }: StateResource): boolean {
    return type.startsWith("aws:") && outputs === undefined && !goes;
}

/** What a resource is imported by, unless there is none or the state has it. */
async function importIdOf(
    { type, inputs = {} }: StateResource,
    resources: readonly StateResource[],
    clients: () => Clients,
): Promise<string | undefined> {
    // It loads the clients of every service, which hardly a run needs.
    const { byAsking, byInputs } = await import("./identify.ts");
    const others = resources.filter((one) => one.type === type && !one.pendingReplacement);
    const fromInputs = byInputs[type]?.(inputs);
    if (fromInputs !== undefined) {
        return others.some((one) => byInputs[type]?.(one.inputs ?? {}) === fromInputs) ? undefined : fromInputs;
    }
    const known = new Set(others.flatMap(({ id, outputs }) => [id, outputs?.arn, outputs?.statementId]));
    const found = (await byAsking[type]?.(inputs, clients())) ?? [];
    const lost = found.find(({ id, importId = id }) => !known.has(id) && !known.has(importId));
    return lost && (lost.importId ?? lost.id);
}

/** Puts a resource where the engine would have put it. */
function insert(resources: StateResource[], resource: StateResource, id: string): void {
    // Without outputs, the provider imports it by its id.
    const made = { ...resource, id, outputs: undefined };
    const at = resources.findIndex(({ urn, delete: goes }) => urn === made.urn && !goes);
    const old = resources[at];
    if (!old) {
        resources.push(made);
    } else if (old.pendingReplacement) {
        // It is gone already.
        resources[at] = made;
    } else if (isDeepStrictEqual(old.inputs, made.inputs)) {
        // It was made again since: the program has no use for this one, and the next `up` deletes it.
        resources.push({ ...made, urn: `${made.urn}-made-before` });
    } else {
        // It takes the place of the old one, which goes when all else is done.
        resources.splice(at, 1, made, { ...old, delete: true });
    }
}

/** After the refresh: what was there, and what of that says itself that it is somebody else's. */
function sortOut(deployment: Deployment["deployment"], added: readonly StateResource[]) {
    const there = resourcesIn(deployment).filter((one) => !one.delete && added.some(({ urn }) => urn === one.urn));
    const wanted = (urn: string) => tags(added.find((one) => one.urn === urn)?.inputs);
    const strangers = there.filter(({ urn, outputs }) => isContradicted(wanted(urn), tags(outputs)));
    const taken = there
        .filter((one) => !strangers.includes(one))
        .map(({ urn, id = "" }): TakenOver => ({ ...nameOf(urn), id }));
    return { taken, strangers };
}

const tags = (of: Inputs | undefined) => (of?.tags ?? {}) as Inputs;

/** Tags may be missing from what was made only half, but never say somebody else. */
function isContradicted(wanted: Inputs, has: Inputs): boolean {
    return ["Project", "Environment", "ManagedBy"].some(
        (key) => wanted[key] !== undefined && has[key] !== undefined && wanted[key] !== has[key],
    );
}

/** What of all that exists under a stack's names is known to be its own. */
export type Owned = "nothing" | "what holds no data" | "everything";

/**
 * What a run failed to make, where AWS may have it all the same: its provider was killed meanwhile, or it is said to exist.
 * The engine forgets these.
 */
export function unsureIn(progress: Progress, owned: Owned): StateResource[] {
    return progress.failures().flatMap(({ urn, reasons }) => {
        const made = progress.notMade.get(urn);
        // What holds data and was not seen to be made here may be another's: a person decides.
        const isOurs = owned === "everything" || (owned !== "nothing" && !holdsData(nameOf(urn).type));
        const isUnsure = (reason: string) => LOST.test(reason) || (isOurs && EXISTS.test(reason));
        return made && reasons.some(isUnsure) ? [made] : [];
    });
}

/**
 * All names are made of project and environment, and AWS gives each table's once: of several stacks with the same, in
 * several backends, it is the one that has the table whose the others are.
 */
function tellsOwner({ type, outputs }: StateResource): boolean {
    return type === "aws:dynamodb/table:Table" && outputs !== undefined;
}

/** Whether all that a run failed at is said to exist: with that taken over, it can go on at once. */
export function allExist(progress: Progress): boolean {
    return progress.failures().every(({ reasons }) => reasons.some((reason) => EXISTS.test(reason)));
}

/** The engine's words when a provider ended in the middle of a call, or could not be reached any more. */
const LOST =
    /error reading from server|transport is closing|rpc error: code = (Unavailable|Canceled)|\bEOF\b|connection (reset|refused)/i;
/** AWS's words for a name that is taken: each service has its own. */
const EXISTS =
    /already ?(exist|owned|in use)|exists already|AlreadyExists|EntityAlreadyExists|ResourceConflict|ResourceInUse|Duplicate/i;

function clientsOf(provider: StateResource | undefined, env: Environment): Clients {
    const { region, profile } = (provider?.inputs ?? {}) as { region?: string; profile?: string };
    return new Clients(env, region, profile);
}

const resourcesIn = (deployment: Deployment["deployment"]) => [...((deployment.resources ?? []) as StateResource[])];
const pendingIn = (deployment: Deployment["deployment"]) => (deployment.pending_operations ?? []) as PendingOperation[];
