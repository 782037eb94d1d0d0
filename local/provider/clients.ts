/** AWS SDK clients of one emulator, made when first asked for. */

/** Settings that every client of an emulator gets. */
interface ClientSettings {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: boolean;
    maxAttempts: number;
}
type ClientClass<C> = new (settings: ClientSettings) => C;

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The services of an emulator in one region. */
export class Clients {
    readonly endpoint: string;
    readonly region: string;
    /** The account that the emulator plays. */
    readonly account = "000000000000";
    readonly #made = new Map<unknown, unknown>();
    readonly #regions: Map<string, Clients>;

    /** @throws when `endpoint` is not on this machine: this provider is not made for the real AWS. */
    constructor(endpoint: string, region: string, regions = new Map<string, Clients>()) {
        const { hostname } = new URL(endpoint);
        if (!LOOPBACK.has(hostname)) {
            throw new Error(
                `the endpoint is ${endpoint}; the local provider talks to 127.0.0.1, localhost or [::1] only`,
            );
        }
        this.endpoint = endpoint;
        this.region = region;
        this.#regions = regions.set(region, this);
    }

    /** The same emulator in another region. */
    in(region: string | undefined): Clients {
        const wanted = region ?? this.region;
        return this.#regions.get(wanted) ?? new Clients(this.endpoint, wanted, this.#regions);
    }

    /** The client of one service. */
    of<C>(Client: ClientClass<C>): C {
        let client = this.#made.get(Client) as C | undefined;
        if (!client) {
            client = new Client({
                endpoint: this.endpoint,
                region: this.region,
                credentials: { accessKeyId: "test", secretAccessKey: "test" },
                forcePathStyle: true,
                maxAttempts: 2,
            });
            this.#made.set(Client, client);
        }
        return client;
    }
}

/** Whether an error says that the thing is not there. */
export function isMissing(error: unknown): boolean {
    const {
        name = "",
        message = "",
        $metadata,
    } = error as { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };
    return (
        $metadata?.httpStatusCode === 404 ||
        /NotFound|NoSuch|ResourceNotFound|NonExistent|NotExist|ClientException.*not found/i.test(name) ||
        /not found|does not exist|Unable to describe task definition|marked for deletion/i.test(message)
    );
}

/** `undefined` when the thing is not there. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (isMissing(error)) {
            return undefined;
        }
        throw error;
    }
}
