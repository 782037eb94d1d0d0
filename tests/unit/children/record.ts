import * as pulumi from "@pulumi/pulumi";
import { Vpc, type VpcArgs } from "../../../plugins/awsx/vpc.ts";
import { type Registered, run } from "../../kit/monitor.ts";
import { everything, type Make } from "./everything.ts";
import { minimal } from "./minimal.ts";
import { replaces } from "./replacing.ts";

/** One resource of a component, as users' states have it. */
export interface Child {
    type: string;
    /** The logical name, in an instance of the component that is named as in the snapshot. */
    name: string;
    /** The name in AWS, of what has one of its own. */
    physicalName?: string;
    /** One that was made with another name keeps that. */
    keepsName?: true;
    /** `TYPE NAME` of its parents, outermost first; empty for the component itself. */
    parents: string[];
    /** Identities that it had before, as {@link identityOf} writes them. */
    aliases?: string[];
    /** Inputs that come of no other resource: those that replace it; with defaults alone, all that say how it works. */
    inputs?: Record<string, unknown>;
}

/**
 * The children of every component, the component itself first, by the name of its class: with every optional part, and
 * under {@link byDefault} of it with defaults alone.
 */
export type Snapshot = Record<string, Child[]>;

/** What the engine knows a resource by within a stack: the types of its parents, its own, and its logical name. */
export function identityOf({ type, name, parents }: Child): string {
    return `${[...parents.map(typeOf), type].join("$")}::${name}`;
}

/** What the snapshot calls a component with defaults alone. */
export const byDefault = (component: string) => `${component} by default`;

/** Makes every component under mocks and writes down what it registers. */
export async function recordChildren(
    makers: Record<string, Make> = everything,
    defaults: Record<string, Make> = makers === everything ? minimal : {},
): Promise<Snapshot> {
    const snapshot: Snapshot = {};
    for (const [component, make] of Object.entries(makers)) {
        snapshot[component] = await childrenOf(component, make, false);
    }
    for (const [component, make] of Object.entries(defaults)) {
        snapshot[byDefault(component)] = await childrenOf(component, make, true);
    }
    return snapshot;
}

async function childrenOf(component: string, make: Make, withDefaults: boolean): Promise<Child[]> {
    // In a preview, what comes of other resources is not known: what is left is what the component itself decides.
    const previewed = await registered(make, true);
    const all = withDefaults ? previewed : await registered(make, false);
    const inputs = new Map(previewed.map((one) => [one.urn, recordedInputs(one, withDefaults)]));
    return all
        .map((one) => ({ ...childOf(one, all), ...some(inputs.get(one.urn)) }))
        .filter(({ type, parents }) => [type, ...parents.map(typeOf)].includes(`story42:index:${component}`))
        .sort((a, b) => a.parents.length - b.parents.length || (identityOf(a) < identityOf(b) ? -1 : 1));
}

function some(inputs: Record<string, unknown> = {}): { inputs?: Record<string, unknown> } {
    return Object.keys(inputs).length > 0 ? { inputs } : {};
}

async function registered(make: Make, preview: boolean): Promise<Registered[]> {
    const { resources } = await run(() => make({ parent: new pulumi.ComponentResource(HOLDER, "holder") }), {
        preview,
    });
    const all = [...resources.all];
    for (const vpc of resources.ofType("awsx:ec2:Vpc")) {
        all.push(...(await childrenOfVpc(vpc, preview)));
    }
    return all;
}

function recordedInputs(
    { type, inputs, inputFrom, ignoreChanges }: Registered,
    withDefaults: boolean,
): Record<string, unknown> {
    const recorded = Object.entries(inputs)
        .filter(([input]) => input !== physicalInputOf(type) && !ignoreChanges.includes(input))
        .map(([input, value]) => {
            // Of what comes of other resources, no word is the component's own for sure.
            const isMixed = inputFrom(input).length > 0;
            if (replaces(type, input)) {
                return [input, without(isMixed ? /^/ : /^$/, value)] as const;
            }
            return [
                input,
                withDefaults && !wordings.test(input) ? without(isMixed ? /^/ : texts, value) : undefined,
            ] as const;
        });
    return Object.fromEntries(recorded.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is written for people alone. */
const wordings = /^(tags|tagsAll|(alarmD|d)escription|comment)$/;
/** Documents and sentences, which no argument has as its default. */
const texts = /[\s{']/;

/** A value without files, and without strings of a kind. */
function without(strings: RegExp, value: unknown): unknown {
    if (Array.isArray(value)) {
        const kept = value.map((one) => without(strings, one)).filter((one) => one !== undefined);
        return kept.length === 0 && value.length > 0 ? undefined : kept;
    }
    if (typeof value === "object" && value !== null) {
        const isFile = pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value);
        const parts = Object.entries(value).map(([key, one]) => [key, without(strings, one)] as const);
        const kept = parts.filter(([, one]) => one !== undefined);
        return isFile || (kept.length === 0 && parts.length > 0) ? undefined : Object.fromEntries(kept);
    }
    return typeof value === "string" && strings.test(value) ? undefined : value;
}

/** What each component is made in: outside an engine, a component without a parent tells no aliases. */
const HOLDER = "story42:test:Holder";

/** The official component makes its children in its own plugin, where mocks don't see them. */
async function childrenOfVpc(
    { name, inputs, parentUrn, aliases }: Registered,
    preview: boolean,
): Promise<Registered[]> {
    const parent = new pulumi.DependencyResource(parentUrn);
    const { resources } = await run(() => new Vpc(name, inputs as VpcArgs, { parent, aliases }), { preview });
    return resources.all.filter((one) => one.type !== "awsx:ec2:Vpc");
}

function childOf(one: Registered, all: Registered[]): Child {
    const parents: string[] = [];
    for (let at = parentOf(one, all); at && at.type !== HOLDER; at = parentOf(at, all)) {
        parents.unshift(`${at.type} ${at.name}`);
    }
    const physicalInput = physicalInputOf(one.type);
    const physicalName = one.inputs[physicalInput];
    const aliases = one.aliases.map((urn) => urn.split("::").slice(2).join("::").replace(`${HOLDER}$`, ""));
    return {
        type: one.type,
        name: one.name,
        ...(typeof physicalName === "string" ? { physicalName } : {}),
        ...(one.ignoreChanges.includes(physicalInput) ? { keepsName: true } : {}),
        parents,
        ...(aliases.length > 0 ? { aliases: [...new Set(aliases)].sort() } : {}),
    };
}

function parentOf(one: Registered, all: Registered[]): Registered | undefined {
    return all.find((other) => other.urn === one.parentUrn);
}

function typeOf(parent: string): string {
    return parent.slice(0, parent.indexOf(" "));
}

function physicalInputOf(type: string): string {
    return physicalInputs[type] ?? "name";
}

/** The input that is the name in AWS, where it is not `name`. */
const physicalInputs: Record<string, string> = {
    "aws:apigateway/resource:Resource": "pathPart",
    "aws:apigateway/stage:Stage": "stageName",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cognito/userPoolDomain:UserPoolDomain": "domain",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketObjectv2:BucketObjectv2": "key",
};
