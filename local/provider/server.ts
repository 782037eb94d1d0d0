/**
 * A provider server for `aws` and `awsx` where the official plugins can't be had: the engine attaches it with
 * `PULUMI_DEBUG_PROVIDERS=aws:PORT,awsx:PORT`. It calls an emulator on this machine, and nothing else.
 */
import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { construct } from "./awsx.ts";
import { Clients } from "./clients.ts";
import { invoke } from "./invokes.ts";
import { assertKnown, diff, IMPORTED, inputsOf, merge, previewOutputs, type ResourceType } from "./resource.ts";
import { resourceTypes } from "./types.ts";
import { fromStruct, hasUnknown, type Properties, secretsOf, toStruct } from "./values.ts";

/** A provider server that runs. */
export interface ProviderServer {
    port: number;
    /** What of the deployment so far lives in the stack's state alone, since the emulator lacks it. */
    notEmulated(): { type: string; name: string; settings: string[] | "all" }[];
    stop(): Promise<void>;
}

/** Where a provider server works. */
export interface ProviderServerOptions {
    /** The emulator's address, on this machine. */
    endpoint: string;
    /** The region of resources that name no other, until the engine configures one. */
    region: string;
    /** Default: any free port. */
    port?: number;
    /** Told of every resource that was made, before the engine is: what the engine never hears of can be found again. */
    onCreated?(urn: string, id: string): void;
}

/** Starts a provider server on loopback. */
export async function startProviderServer(options: ProviderServerOptions): Promise<ProviderServer> {
    const clients = new Clients(options.endpoint, options.region);
    // Each engine has connections of its own: what one says (its region, that it was cancelled) is no other's.
    const providers = new Map<string, LocalProvider>();
    const providerOf = (peer: string) => {
        const provider = providers.get(peer) ?? new LocalProvider(clients, options.onCreated);
        providers.set(peer, provider);
        return provider;
    };
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    server.addService(rpc.ResourceProviderService, handlersOf(providerOf));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(`127.0.0.1:${options.port ?? 0}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        );
    });
    return {
        port,
        notEmulated: () => [...providers.values()].flatMap((provider) => provider.notEmulated()),
        stop: async () => server.forceShutdown(),
    };
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol's generated classes are untyped here
type Message = any;
type Handler = (request: Message) => Promise<unknown>;

/** The official provider's version that this one stands in for. */
const VERSION = "7.48.0";

class LocalProvider {
    #clients: Clients;
    readonly #onCreated: NonNullable<ProviderServerOptions["onCreated"]>;
    #engine = "";
    #cancelled = false;
    readonly #missing = new Map<string, { type: string; name: string; settings: string[] | "all" }>();

    constructor(clients: Clients, onCreated: ProviderServerOptions["onCreated"] = () => {}) {
        this.#clients = clients;
        this.#onCreated = onCreated;
    }

    notEmulated() {
        return [...this.#missing.values()];
    }

    /** The protocol's methods. */
    handlers(): Record<string, Handler> {
        return {
            handshake: async (request) => this.#handshake(request),
            attach: async (request) => {
                this.#engine = request.getAddress();
                return new empty.Empty();
            },
            getPluginInfo: async () => new plugin.PluginInfo().setVersion(VERSION),
            checkConfig: async (request) => checked(request.getNews()),
            diffConfig: async () => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE),
            configure: async (request) => this.#configure(request),
            invoke: async (request) => this.#invoke(request),
            check: async (request) => this.#check(request),
            diff: async (request) => this.#diff(request),
            create: async (request) => this.#create(request),
            read: async (request) => this.#read(request),
            update: async (request) => this.#update(request),
            delete: async (request) => this.#delete(request),
            construct: async (request) => construct(request, this.#engine),
            cancel: async () => {
                this.#cancelled = true;
                return new empty.Empty();
            },
        };
    }

    #handshake(request: Message) {
        this.#engine = request.getEngineAddress();
        this.#cancelled = false;
        return new proto.ProviderHandshakeResponse()
            .setAcceptSecrets(true)
            .setAcceptResources(false)
            .setAcceptOutputs(false);
    }

    #configure(request: Message) {
        const args = fromStruct(request.getArgs());
        const region = request.getVariablesMap().get("aws:config:region") ?? args.region;
        for (const endpoints of [args.endpoints].flat().filter(Boolean)) {
            const listed = typeof endpoints === "string" ? JSON.parse(endpoints) : endpoints;
            for (const address of [listed].flat().flatMap((one: Properties) => Object.values(one))) {
                new Clients(String(address), "us-east-1");
            }
        }
        if (typeof region === "string") {
            this.#clients = this.#clients.in(region);
        }
        return new proto.ConfigureResponse()
            .setAcceptsecrets(true)
            .setAcceptresources(false)
            .setAcceptoutputs(false)
            .setSupportspreview(true);
    }

    async #invoke(request: Message) {
        const args = fromStruct(request.getArgs());
        if (hasUnknown(args)) {
            throw new Error(`${request.getTok()} was called with arguments that are not known yet`);
        }
        const result = await invoke(request.getTok(), args, this.#clients.in(args.region));
        return new proto.InvokeResponse().setReturn(toStruct(result));
    }

    async #check(request: Message) {
        this.#typeOf(request);
        return checked(request.getNews());
    }

    async #diff(request: Message) {
        const type = this.#typeOf(request);
        const oldInputs = fromStruct(request.getOldInputs());
        const state = fromStruct(request.getOlds());
        const changes = diff(type, oldInputs, state, fromStruct(request.getNews()), request.getIgnorechangesList());
        const replaces = changes.filter((change) => change.replaces);
        const response = new proto.DiffResponse()
            .setChanges(
                changes.length > 0
                    ? proto.DiffResponse.DiffChanges.DIFF_SOME
                    : proto.DiffResponse.DiffChanges.DIFF_NONE,
            )
            .setDiffsList(changes.map((change) => change.property))
            .setReplacesList(replaces.map((change) => change.property))
            .setDeletebeforereplace(type.deleteFirst ?? false)
            .setHasdetaileddiff(true);
        for (const { property, kind, replaces: replacing } of changes) {
            const name = `${kind}${replacing ? "_replace" : ""}`.toUpperCase() as keyof typeof proto.PropertyDiff.Kind;
            response
                .getDetaileddiffMap()
                .set(property, new proto.PropertyDiff().setKind(proto.PropertyDiff.Kind[name]).setInputdiff(true));
        }
        return response;
    }

    async #create(request: Message) {
        const type = this.#typeOf(request);
        const inputs = fromStruct(request.getProperties());
        const secrets = [...secretsOf(request.getProperties()), ...(type.secrets ?? [])];
        if (request.getPreview()) {
            return new proto.CreateResponse().setProperties(toStruct(previewOutputs(type, inputs), secrets));
        }
        this.#refuseWhenCancelled();
        assertKnown(inputs);
        const cloud = this.#clients.in(inputs.region);
        const id = await type.create(inputs, cloud);
        this.#onCreated(request.getUrn(), id);
        const actual = await type.read(id, cloud, inputs);
        if (!actual) {
            throw new Error(`the emulator made ${id} but does not know it`);
        }
        this.#note(request, type, inputs);
        return new proto.CreateResponse()
            .setId(id)
            .setProperties(toStruct(this.#outputs(type, inputs, actual, cloud), secrets));
    }

    async #read(request: Message) {
        const type = this.#typeOf(request);
        const known = fromStruct(request.getProperties());
        const oldInputs = request.getInputs() ? fromStruct(request.getInputs()) : undefined;
        const imported = Object.keys(known).length === 0;
        const cloud = this.#clients.in(known.region);
        const actual = await type.read(request.getId(), cloud, { ...known, ...oldInputs });
        if (!actual) {
            return new proto.ReadResponse();
        }
        const secrets = new Set([
            ...secretsOf(request.getProperties()),
            ...secretsOf(request.getInputs()),
            ...(type.secrets ?? []),
        ]);
        const kept = imported ? {} : (oldInputs ?? {});
        const outputs = this.#outputs(type, kept, { ...known, ...actual }, cloud);
        this.#note(request, type, kept);
        const inputs = imported
            ? { ...inputsOf(type, outputs, undefined), [IMPORTED]: true }
            : inputsOf(type, outputs, oldInputs);
        return new proto.ReadResponse()
            .setId(imported ? (type.idOf?.(actual, request.getId()) ?? request.getId()) : request.getId())
            .setProperties(toStruct(outputs, secrets))
            .setInputs(toStruct(inputs, secrets));
    }

    async #update(request: Message) {
        const type = this.#typeOf(request);
        const old = fromStruct(request.getOlds());
        const inputs = fromStruct(request.getNews());
        const secrets = [...secretsOf(request.getNews()), ...(type.secrets ?? [])];
        if (request.getPreview()) {
            return new proto.UpdateResponse().setProperties(toStruct(previewOutputs(type, inputs, old), secrets));
        }
        this.#refuseWhenCancelled();
        assertKnown(inputs);
        const cloud = this.#clients.in(inputs.region);
        await type.update?.(request.getId(), inputs, cloud, old);
        const actual = await type.read(request.getId(), cloud, { ...old, ...inputs });
        if (!actual) {
            throw new Error(`${request.getId()} is gone from the emulator; run a refresh`);
        }
        this.#note(request, type, inputs);
        return new proto.UpdateResponse().setProperties(toStruct(this.#outputs(type, inputs, actual, cloud), secrets));
    }

    async #delete(request: Message) {
        const type = this.#typeOf(request);
        const state = fromStruct(request.getProperties());
        await type.delete(request.getId(), this.#clients.in(state.region), state);
        return new empty.Empty();
    }

    #outputs(type: ResourceType, inputs: Properties, actual: Properties, cloud: Clients): Properties {
        const outputs = merge(type, inputs, actual);
        // As the official provider has it since version 7: every resource tells its region, and all tags it carries.
        outputs.region ??= cloud.region;
        if (inputs.tags || actual.tags) {
            outputs.tagsAll = outputs.tags;
        }
        return outputs;
    }

    #typeOf(request: Message): ResourceType {
        const token = String(request.getUrn()).split("::")[2]?.split("$").pop() ?? "";
        const found = resourceTypes[token];
        if (!found) {
            const service = token.split(":")[1]?.split("/")[0];
            throw new Error(
                `${token} is a type that the local provider does not know; add it to local/provider/services/${service}.ts`,
            );
        }
        return found;
    }

    #note(request: Message, type: ResourceType, inputs: Properties): void {
        const settings = type.notEmulated?.includes("*")
            ? ("all" as const)
            : (type.notEmulated ?? []).filter((name) => inputs[name] !== undefined);
        if (settings.length > 0) {
            const [, , types, name = ""] = String(request.getUrn()).split("::");
            this.#missing.set(request.getUrn(), { type: types?.split("$").pop() ?? "", name, settings });
        }
    }

    #refuseWhenCancelled(): void {
        if (this.#cancelled) {
            throw new Error("the deployment was cancelled");
        }
    }
}

function checked(news: Message) {
    return new proto.CheckResponse().setInputs(news);
}

/** A handler of one request as gRPC wants it; an AWS error keeps its code. */
/** The service's handlers, each of which goes to the provider of the connection that calls. */
function handlersOf(providerOf: (peer: string) => LocalProvider): grpc.UntypedServiceImplementation {
    const unary =
        (name: string): grpc.handleUnaryCall<Message, Message> =>
        (call, callback) => {
            providerOf(call.getPeer())
                .handlers()
                [name]?.(call.request)
                .then(
                    (response) => callback(null, response),
                    (error) => callback({ code: grpc.status.UNKNOWN, details: describe(error) }),
                );
        };
    const names = Object.keys(providerOf("").handlers());
    return Object.fromEntries(names.map((name) => [name, unary(name)]));
}

function describe(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    if ("code" in error && error.code === "ECONNREFUSED") {
        return "the emulator does not answer; start it with `npm run local`";
    }
    return "$metadata" in error ? `${error.name}: ${error.message}` : error.message;
}
