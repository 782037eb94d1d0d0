import * as pulumi from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import * as state from "@pulumi/pulumi/runtime/state.js";
import { answerOf, madeByProvider } from "../../testing/answers.ts";

/** A registered resource. */
export interface Registered {
    type: string;
    name: string;
    /** The URN as of the engine, with the types of all parents. */
    urn: string;
    /** Its former URNs, parents' older names included. */
    aliases: string[];
    /** The known inputs with secrets unwrapped; unknown inputs are left out. */
    // biome-ignore lint/suspicious/noExplicitAny: inputs differ by resource type
    inputs: Record<string, any>;
    /** The logical names of all resources in its inputs' dependencies or `dependsOn`. */
    dependsOn: string[];
    /** The logical names of the resources that one input depends on. */
    inputFrom(input: string): string[];
    /** The top-level inputs that are, or contain, a secret. */
    secretInputs: string[];
    /** The top-level inputs that are, or contain, an unknown value. */
    unknownInputs: string[];
    parent: string;
    parentUrn: string;
    protect: boolean;
    retainOnDelete: boolean;
    ignoreChanges: string[];
    replaceOnChanges: string[];
    /** The create timeout, such as `30m`; empty for the provider's default. */
    createTimeout: string;
}

/** All registrations of a program. */
export class Registrations {
    readonly all: readonly Registered[];

    constructor(all: readonly Registered[]) {
        this.all = all;
    }

    /** All resources of a type, for example `aws:s3/bucket:Bucket`. */
    ofType(type: string): Registered[] {
        return this.all.filter((one) => one.type === type);
    }

    /** The one resource of a type, or of a type and a logical name. */
    one(type: string, name?: string): Registered {
        const found = this.ofType(type).filter((it) => name === undefined || it.name === name);
        const [only, ...others] = found;
        if (!only || others.length > 0) {
            throw new Error(
                `${found.length} of ${type}${name ? ` named ${name}` : ""}; there are ${this.all.map((it) => `${it.type} ${it.name}`).join(", ")}`,
            );
        }
        return only;
    }
}

/** Options of a run. */
export interface RunOptions {
    /** As in `pulumi preview`: provider outputs are unknown. Default: false, as in an update. */
    preview?: boolean;
    /** Configuration of the stack, by full key. Default: none. */
    config?: Record<string, string>;
    /** Keys of `config` that are secret. Default: none. */
    secretKeys?: string[];
    project?: string;
    stack?: string;
}

/** Runs a program under mocks; returns its registrations and its result. */
export async function run<Result>(
    program: () => Result,
    options: RunOptions = {},
): Promise<{ resources: Registrations; result: Awaited<Result> }> {
    const { preview = false, project = "story-42", stack = "dev" } = options;
    const monitor = new RecordingMonitor(preview);
    await pulumi.runtime.setMocks(monitor.mocks, project, stack, preview);
    pulumi.runtime.setMockOptions(monitor, project, stack, preview);
    // Setting the monitor resets its known features.
    (state as unknown as { getStore(): { supportsSecrets: boolean } }).getStore().supportsSecrets = true;
    pulumi.runtime.setAllConfig(options.config ?? {}, options.secretKeys ?? []);
    const result = await program();
    await pulumi.runtime.disconnect();
    return { resources: new Registrations(monitor.registered), result };
}

/** Every mode in which a component must work. */
export const modes = [
    { mode: "preview", preview: true },
    { mode: "update", preview: false },
] as const;

class RecordingMonitor extends MockMonitor {
    readonly registered: Registered[] = [];

    constructor(preview: boolean) {
        super({
            newResource: (args: MockResourceArgs) => ({
                id: preview || !args.custom ? undefined : `${args.name}-id`,
                state: preview ? args.inputs : { ...madeByProvider(args), ...args.inputs },
            }),
            call: ({ token, inputs, provider }) => answerOf(token, inputs.region ?? this.#regionOf(provider)),
        });
        // The SDK's own method uses only the nearest parent's type.
        Object.assign(this, { newUrn: urnOf });
    }

    /** The region of a provider reference (`URN::ID`); us-east-1 for the default provider. */
    #regionOf(provider: string | undefined): string {
        const own = this.registered.find(({ urn }) => provider?.startsWith(`${urn}::`));
        return own?.inputs.region ?? "us-east-1";
    }

    override async registerResource(
        // biome-ignore lint/suspicious/noExplicitAny: as the class that it overrides declares it
        req: any,
        // biome-ignore lint/suspicious/noExplicitAny: as the class that it overrides declares it
        callback: (err: any, response: any) => void,
    ): Promise<void> {
        const nameOf = (urn: string) => urn.split("::").at(-1) ?? urn;
        const from = new Map<string, string[]>();
        // biome-ignore lint/suspicious/noExplicitAny: the type of the generated stub
        req.getPropertydependenciesMap().forEach((value: any, key: string) => {
            from.set(key, value.getUrnsList().map(nameOf));
        });
        const raw = req.getObject()?.toJavaScript() ?? {};
        const inputs = pulumi.runtime.deserializeProperties(req.getObject(), true);
        this.registered.push({
            type: req.getType(),
            name: req.getName(),
            urn: urnOf(req.getParent(), req.getType(), req.getName()),
            aliases: req.getAliasurnsList(),
            inputs: known(inputs) as Registered["inputs"],
            dependsOn: req.getDependenciesList().map(nameOf),
            inputFrom: (input) => from.get(input) ?? [],
            secretInputs: containing(raw, pulumi.runtime.specialSecretSig),
            unknownInputs: containing(raw, pulumi.runtime.unknownValue),
            parent: nameOf(req.getParent()),
            parentUrn: req.getParent(),
            protect: req.getProtect() ?? false,
            retainOnDelete: req.getRetainondelete() ?? false,
            ignoreChanges: req.getIgnorechangesList(),
            replaceOnChanges: req.getReplaceonchangesList(),
            createTimeout: req.getCustomtimeouts()?.getCreate() ?? "",
        });
        return super.registerResource(req, callback);
    }
}

/** The URN of a resource below its parent. */
function urnOf(parent: string, type: string, name: string): string {
    const types = parent ? [parent.split("::")[2], type] : [type];
    return [`urn:pulumi:${pulumi.getStack()}`, pulumi.getProject(), types.join("$"), name].join("::");
}

/** The properties that contain a mark at any depth. */
function containing(properties: Record<string, unknown>, mark: string): string[] {
    return Object.keys(properties).filter((key) => JSON.stringify(properties[key]).includes(mark));
}

/** Plain values of deserialized inputs: secrets unwrapped, unknown values left out. */
function known(value: unknown): unknown {
    if (pulumi.runtime.isRpcSecret(value)) {
        return known(pulumi.runtime.unwrapRpcSecret(value));
    }
    if (pulumi.containsUnknowns(value) && !isRecord(value) && !Array.isArray(value)) {
        return undefined;
    }
    if (Array.isArray(value)) {
        return value.map(known);
    }
    if (isRecord(value)) {
        return Object.fromEntries(
            Object.entries(value)
                .map(([key, inner]) => [key, known(inner)] as const)
                .filter(([, inner]) => inner !== undefined),
        );
    }
    return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
