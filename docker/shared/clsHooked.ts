/**
 * The part of the package `cls-hooked` that the X-Ray SDK uses, on Node's AsyncLocalStorage; the bundles have it in that
 * package's place. The package follows every promise of the process by async hooks, which took a millisecond of each
 * call, and has had no release since 2017; the SDK has no other way to know what a call belongs to.
 */
import { AsyncLocalStorage } from "node:async_hooks";

type Context = Record<string, unknown>;

class Namespace {
    readonly #runs = new AsyncLocalStorage<Context>();
    /** What holds outside of every run: in Lambda the function's own segment, entered when the SDK is loaded. */
    #entered: Context | undefined;

    get active(): Context | undefined {
        return this.#runs.getStore() ?? this.#entered;
    }

    /** A context that knows what the active one knows. */
    createContext(): Context {
        return Object.create(this.active ?? null);
    }

    enter(context: Context): void {
        this.#entered = context;
    }

    get(key: string): unknown {
        return this.active?.[key];
    }

    set(key: string, value: unknown): unknown {
        const context = this.active;
        if (!context) {
            throw new Error("there is no context; run() or enter() makes one");
        }
        context[key] = value;
        return value;
    }

    run(work: (context: Context) => void): Context {
        const context = this.createContext();
        this.#runs.run(context, work, context);
        return context;
    }
}

const namespaces = new Map<string, Namespace>();

export const getNamespace = (name: string): Namespace | undefined => namespaces.get(name);

export function createNamespace(name: string): Namespace {
    const namespace = new Namespace();
    namespaces.set(name, namespace);
    return namespace;
}

export function destroyNamespace(name: string): void {
    namespaces.delete(name);
}
