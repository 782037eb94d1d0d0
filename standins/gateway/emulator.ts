import { Agent, type AgentOptions, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Store } from "./store.ts";

/** The class of a client of one of AWS's services. */
export type ClientClass<C> = new (settings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: boolean;
    maxAttempts: number;
    requestHandler?: { httpAgent: Agent };
}) => C;

/** MiniStack behind the gateway: its clients for cases, and the store for data that MiniStack does not keep. */
export class Emulator {
    /**
     * Keep-alive connections to MiniStack's socket: opening one costs more than the rest of a request. MiniStack closes a
     * connection that is idle for 5 s; this agent closes it earlier, so that none is closed while a request is being sent.
     */
    readonly agent: Agent;
    readonly store: Store;
    readonly #cache = new Map<string, Promise<unknown>>();
    readonly #clients = new Map<unknown, Map<string, unknown>>();

    /** @param socket the path of MiniStack's socket */
    constructor(socket: string, store: Store) {
        this.agent = new Agent({ keepAlive: true, timeout: 2000, socketPath: socket } as AgentOptions);
        this.store = store;
    }

    /** The time by which things expire, in milliseconds since 1970; a test or a person may advance it ({@link setAhead}). */
    now(): number {
        return Date.now() + (this.store.get<number>("clock", "ahead") ?? 0);
    }

    /** Advances the time of {@link now} by more milliseconds. */
    setAhead(milliseconds: number): void {
        this.store.set("clock", "ahead", (this.store.get<number>("clock", "ahead") ?? 0) + milliseconds);
    }

    /** The result of `ask`, cached until something is changed through the gateway. */
    remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
        const known = this.#cache.get(key);
        if (known) {
            return known as Promise<T>;
        }
        const result = ask();
        this.#cache.set(key, result);
        result.catch(() => this.#cache.delete(key));
        return result;
    }

    /** Clears the cache. */
    forget(): void {
        this.#cache.clear();
    }

    /** MiniStack's JSON answer at a path. */
    async getJson<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            request({ path, headers, agent: this.agent }, resolve).once("error", reject).end();
        });
        return JSON.parse(await text(answer)) as T;
    }

    /** A client of one service, made at its first use. */
    client<C>(Client: ClientClass<C>, region: string): C {
        const regions = this.#clients.get(Client) ?? new Map<string, unknown>();
        this.#clients.set(Client, regions);
        const client =
            regions.get(region) ?? new Client({ ...SETTINGS, region, requestHandler: { httpAgent: this.agent } });
        regions.set(region, client);
        return client as C;
    }
}

const SETTINGS = {
    // This name is not resolved: the connection is to the socket.
    endpoint: "http://localhost",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 2,
};
