import type { ClientClass } from "../../standins/gateway/emulator.ts";

/** The services of an emulator, in one region. */
export class Clients {
    readonly endpoint: string;
    readonly region: string;
    /** The emulator's account id. */
    readonly account = "000000000000";
    readonly #made = new Map<unknown, unknown>();

    constructor(endpoint: string, region: string) {
        this.endpoint = endpoint;
        this.region = region;
    }

    /** The client of one service. */
    of<C>(Client: ClientClass<C>): C {
        const client =
            this.#made.get(Client) ?? new Client({ ...SETTINGS, endpoint: this.endpoint, region: this.region });
        this.#made.set(Client, client);
        return client as C;
    }
}

const SETTINGS = {
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 2,
};
