import * as pulumi from "@pulumi/pulumi";
import { Vpc, type VpcArgs } from "../../../local/awsx/vpc.ts";
import { type Registered, run } from "../../kit/monitor.ts";
import { everything, type Make } from "./everything.ts";

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
}

/** The children of every component, the component itself first, by the name of its class. */
export type Snapshot = Record<string, Child[]>;

/** What the engine knows a resource by within a stack: the types of its parents, its own, and its logical name. */
export function identityOf({ type, name, parents }: Child): string {
    return `${[...parents.map(typeOf), type].join("$")}::${name}`;
}

/** Makes every component under mocks and writes down what it registers. */
export async function recordChildren(makers: Record<string, Make> = everything): Promise<Snapshot> {
    const snapshot: Snapshot = {};
    for (const [component, make] of Object.entries(makers)) {
        const { resources } = await run(() => make({ parent: new pulumi.ComponentResource(HOLDER, "holder") }));
        const all = [...resources.all];
        for (const vpc of resources.ofType("awsx:ec2:Vpc")) {
            all.push(...(await childrenOfVpc(vpc)));
        }
        snapshot[component] = all
            .map((one) => childOf(one, all))
            .filter(({ type, parents }) => [type, ...parents.map(typeOf)].includes(`story42:index:${component}`))
            .sort((a, b) => a.parents.length - b.parents.length || (identityOf(a) < identityOf(b) ? -1 : 1));
    }
    return snapshot;
}

/** What each component is made in: outside an engine, a component without a parent tells no aliases. */
const HOLDER = "story42:test:Holder";

/** The official component makes its children in its own plugin, where mocks don't see them. */
async function childrenOfVpc({ name, inputs, parentUrn, aliases }: Registered): Promise<Registered[]> {
    const parent = new pulumi.DependencyResource(parentUrn);
    const { resources } = await run(() => new Vpc(name, inputs as VpcArgs, { parent, aliases }));
    return resources.all.filter((one) => one.type !== "awsx:ec2:Vpc");
}

function childOf(one: Registered, all: Registered[]): Child {
    const parents: string[] = [];
    for (let at = parentOf(one, all); at && at.type !== HOLDER; at = parentOf(at, all)) {
        parents.unshift(`${at.type} ${at.name}`);
    }
    const physicalInput = physicalInputs[one.type] ?? "name";
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
