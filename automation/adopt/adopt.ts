import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { OperationResult, StoryStack } from "../driver/stack.ts";
import type { ResourceName } from "../engine/changes.ts";
import { foundations, isFoundation } from "../engine/dataHolding.ts";
import type { FollowOptions } from "../engine/follow.ts";
import { isComponent, nameOf } from "../engine/progress.ts";
import { ProviderError } from "../errors.ts";
import type { ExistingResource } from "../program/importProgram.ts";
import type { Imports } from "../program/imports.ts";
import { compareSettings } from "./compare.ts";
import { deploymentOf, deploymentsIn } from "./deployment.ts";
import { foreignInstances } from "./foreign.ts";
import { type Match, match, type ProgramResource, physicalInstances } from "./match.ts";
import { type AdoptionPlan, planOf } from "./plan.ts";
import { AdoptionRefusedError } from "./refused.ts";
import { type Attributes, readTerraformState } from "./state.ts";

/** The input of an adoption. */
export interface AdoptionSource {
    /** The Terraform state, as its file or `terraform state pull` has it. */
    content: Uint8Array;
    /** Its origin, for messages: a path, or "standard input". */
    from: string;
}

/** A deployment of Terraform that a stack can take over. */
export interface Adoption {
    /** What the adoption does, and the reasons to refuse it. */
    plan: AdoptionPlan;
    /**
     * Takes the deployment over. If it is interrupted, planning and applying it again continues from there.
     *
     * Resources that hold data are protected first: `protectData` is set in the stack's file. A program that gives the
     * settings itself must give it from then on.
     *
     * @returns whether a preview afterwards finds nothing left to change
     * @throws {AdoptionRefusedError} when the plan has refusals; nothing was changed
     * @throws {StoryError} one of the driver's errors
     */
    apply(options?: FollowOptions): Promise<{ clean: boolean }>;
}

/** Previews until one finds no new match: a method is found after its API. More rounds would be a bug of ours. */
const MAX_ROUNDS = 200;

/** Concurrent imports of a preview. A preview ends at the first missing resource, and reports those that were being read. */
const READ_CONCURRENCY = 32;

/**
 * Plans taking over a Terraform deployment into a stack. Changes nothing.
 *
 * @throws {StateError} when the state can't be read, or is of another deployment
 * @throws {StoryError} one of the driver's errors, or {@link SettingsError}
 */
export async function planAdoption(
    stack: StoryStack,
    { content, from }: AdoptionSource,
    options: FollowOptions = {},
): Promise<Adoption> {
    const state = readTerraformState(content, from);
    const settings = await stack.settings();
    const deployment = deploymentOf(state, settings, from);
    const others = deploymentsIn(state).filter(
        ({ project, environment }) => project !== deployment.project || environment !== deployment.environment,
    );
    const found = await findMatches(stack, physicalInstances(state), options);
    const plan = planOf({
        ...found,
        stack: stack.name,
        state,
        deployment,
        settings,
        differences: compareSettings(state, deployment, settings, stack.name),
        foreign: foreignInstances(state.instances, deployment, others),
    });
    return { plan, apply: (following) => apply(stack, plan, found, following) };
}

/** The result of the previews. */
interface Found extends OperationResult {
    matches: Match[];
    gone: Match[];
    inStack: ReadonlySet<string>;
    resources: ReadonlyMap<string, ProgramResource>;
}

/** Previews with the known matches as imports, which reveals more matches, until there are no new ones. */
async function findMatches(
    stack: StoryStack,
    instances: ReturnType<typeof physicalInstances>,
    options: FollowOptions,
): Promise<Found> {
    const gone = new Map<string, Match>();
    let imported = new Map<string, Match>();
    let inStack: ReadonlySet<string> | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
        const seen = new Map<string, ProgramResource>();
        const result = await previewWith(stack, importsOf(imported.values()), seen, options);
        if ("missing" in result) {
            for (const urn of result.missing) {
                gone.set(urn, imported.get(urn) as Match);
                imported.delete(urn);
            }
            continue;
        }
        const { changes } = result;
        inStack ??= new Set([...changes.same, ...changes.update, ...changes.replace].map(({ urn }) => urn));
        const had = inStack;
        const matches = match([...seen.values()], instances).filter(({ resource }) => !gone.has(resource.urn));
        const next = new Map(
            matches.filter(({ resource }) => !had.has(resource.urn)).map((one) => [one.resource.urn, one]),
        );
        if (sameIds(next, imported)) {
            return { changes, matches, gone: [...gone.values()], inStack: had, resources: seen };
        }
        imported = next;
    }
    throw new Error(`the previews did not come to agree on what is the same in ${MAX_ROUNDS} rounds`);
}

/** One preview with the program's resources that it shows, or the URNs of imports that do not exist. */
async function previewWith(
    stack: StoryStack,
    imports: Imports,
    seen: Map<string, ProgramResource>,
    options: FollowOptions,
): Promise<OperationResult | { missing: string[] }> {
    const onEngineEvent = (event: EngineEvent) => {
        const { urn, new: state } = event.resourcePreEvent?.metadata ?? {};
        if (urn !== undefined && state) {
            seen.set(urn, { ...nameOf(urn), parent: state.parent || undefined, inputs: state.inputs ?? {} });
        }
    };
    try {
        const adopting = { imports, protectData: true, replaceable: foundations, parallel: READ_CONCURRENCY } as const;
        return await stack.preview({ ...options, ...adopting, onEngineEvent });
    } catch (error) {
        const failures = error instanceof ProviderError ? error.failures : [];
        const missing = failures
            .filter((failure) => importKey(failure) in imports && failure.reasons.some(saysMissing))
            .map(({ urn }) => urn);
        if (missing.length === 0) {
            throw error;
        }
        return { missing };
    }
}

/** The engine's message when a provider does not find the resource to import. */
function saysMissing(reason: string): boolean {
    return /resource '.*' does not exist/.test(reason);
}

function importKey({ type, name }: ResourceName): string {
    return `${type}::${name}`;
}

function importsOf(matches: Iterable<Match>): Imports {
    return Object.fromEntries([...matches].map(({ resource, id }) => [importKey(resource), id]));
}

function sameIds(a: ReadonlyMap<string, Match>, b: ReadonlyMap<string, Match>): boolean {
    return a.size === b.size && [...a].every(([urn, { id }]) => b.get(urn)?.id === id);
}

async function apply(stack: StoryStack, plan: AdoptionPlan, found: Found, options: FollowOptions = {}) {
    if (plan.refusals.length > 0) {
        throw new AdoptionRefusedError(plan);
    }
    // Before the stack owns a resource: from then on, an ordinary destroy would delete it.
    await stack.protectData();
    const fresh = found.matches.filter(({ resource }) => !found.inStack.has(resource.urn));
    const replaced = new Set(found.changes.replace.map(({ urn }) => urn));
    // With those that an interrupted run has imported: the engine deletes children of its targets that a program lacks.
    const first = found.matches.filter(({ resource }) => replaced.has(resource.urn));
    if (fresh.some((one) => first.includes(one))) {
        await stack.takeOver(
            first.map((one) => existingOf(one, found.resources)),
            options,
        );
    }
    // The plan names these replacements, and was confirmed.
    const foundationsReplaced = found.changes.replace.filter(({ type }) => isFoundation(type));
    await stack.up({
        ...options,
        imports: importsOf(fresh.filter((one) => !first.includes(one))),
        replaceOrDelete: foundationsReplaced.map(({ urn }) => urn),
        replaceable: foundationsReplaced.map(({ type }) => type),
    });
    if (foundationsReplaced.length > 0) {
        // This protects the new ones.
        await stack.up(options);
    }
    const { changes } = await stack.preview(options);
    const { same: _same, ...others } = changes;
    return { clean: Object.values(others).every((list) => list.length === 0) };
}

function existingOf(
    { resource, id, instance }: Match,
    resources: ReadonlyMap<string, ProgramResource>,
): ExistingResource {
    const parents: ResourceName[] = [];
    for (let at = resource.parent; at !== undefined; at = resources.get(at)?.parent) {
        const parent = nameOf(at);
        if (parent.type === "pulumi:pulumi:Stack") {
            break;
        }
        if (!isComponent(parent)) {
            throw new Error(`${resource.name} is replaced together with ${parent.name}, which is not implemented`);
        }
        parents.unshift(parent);
    }
    const inputs = settingsOf[resource.type]?.(instance.attributes);
    return { urn: resource.urn, type: resource.type, name: resource.name, id, parents, ...(inputs ? { inputs } : {}) };
}

/**
 * The inputs of types whose imported inputs the provider refuses: a load balancer's `subnets` and `subnetMappings`, of which
 * it takes one, and its `healthCheckLogs` without a bucket; a listener's action in two forms.
 */
const settingsOf: Record<string, (attributes: Attributes) => Record<string, unknown>> = {
    "aws:lb/listener:Listener": (it) => ({
        loadBalancerArn: it.load_balancer_arn,
        port: it.port,
        protocol: it.protocol,
        defaultActions: (it.default_action as Attributes[]).map(({ type, target_group_arn }) => ({
            type,
            targetGroupArn: target_group_arn,
        })),
        tags: it.tags,
    }),
    "aws:lb/loadBalancer:LoadBalancer": (it) => ({
        name: it.name,
        internal: it.internal,
        loadBalancerType: it.load_balancer_type,
        securityGroups: it.security_groups,
        subnets: it.subnets,
        ipAddressType: it.ip_address_type,
        enableDeletionProtection: it.enable_deletion_protection,
        idleTimeout: it.idle_timeout,
        tags: it.tags,
    }),
};
