import type { Store } from "./store.ts";

type ClientClass<C> = new (settings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: boolean;
    maxAttempts: number;
}) => C;

/** MiniStack itself, behind the gateway: what a case asks it, and what it keeps in its place. */
export class Emulator {
    /** MiniStack's own address. */
    readonly endpoint: string;
    readonly store: Store;
    readonly #remembered = new Map<string, Promise<unknown>>();
    readonly #clients = new Map<unknown, Map<string, unknown>>();

    constructor(endpoint: string, store: Store) {
        this.endpoint = endpoint;
        this.store = store;
    }

    /** The time for what runs out, in milliseconds since 1970; a test or a person may set it ahead ({@link setAhead}). */
    now(): number {
        return Date.now() + (this.store.get<number>("clock", "ahead") ?? 0);
    }

    /** Sets the time of {@link now} ahead by so many milliseconds more. */
    setAhead(milliseconds: number): void {
        this.store.set("clock", "ahead", (this.store.get<number>("clock", "ahead") ?? 0) + milliseconds);
    }

    /** What `ask` finds out, which holds until something is changed through the gateway. */
    remember<T>(what: string, ask: () => Promise<T>): Promise<T> {
        const known = this.#remembered.get(what);
        if (known) {
            return known as Promise<T>;
        }
        const asked = ask();
        this.#remembered.set(what, asked);
        asked.catch(() => this.#remembered.delete(what));
        return asked;
    }

    /** Asks anew from now on. */
    forget(): void {
        this.#remembered.clear();
    }

    /** A client of one service, made when it is first asked for. */
    client<C>(Client: ClientClass<C>, region: string): C {
        const regions = this.#clients.get(Client) ?? new Map<string, unknown>();
        this.#clients.set(Client, regions);
        const client = regions.get(region) ?? new Client({ ...SETTINGS, endpoint: this.endpoint, region });
        regions.set(region, client);
        return client as C;
    }
}

const SETTINGS = {
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 2,
};
