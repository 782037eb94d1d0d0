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

/** MiniStack itself, behind the gateway: what a case asks it, and what it keeps in its place. */
export class Emulator {
    /**
     * Connections to MiniStack's socket, which are kept: a new one costs more than all else here. MiniStack closes one that was
     * idle for 5 s; here it is given up before, so that none is closed at the very moment when it is taken.
     */
    readonly agent: Agent;
    readonly store: Store;
    readonly #remembered = new Map<string, Promise<unknown>>();
    readonly #clients = new Map<unknown, Map<string, unknown>>();

    /** @param socket the path of MiniStack's socket */
    constructor(socket: string, store: Store) {
        this.agent = new Agent({ keepAlive: true, timeout: 2000, socketPath: socket } as AgentOptions);
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

    /** What MiniStack answers at a path, as JSON. */
    async told<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            request({ path, headers, agent: this.agent }, resolve).once("error", reject).end();
        });
        return JSON.parse(await text(answer)) as T;
    }

    /** A client of one service, made when it is first asked for. */
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
    // No name is looked up: the connection is to the socket.
    endpoint: "http://localhost",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 2,
};
