/** Settings that every client gets. */
interface ClientSettings {
    region: string | undefined;
    profile?: string;
    endpoint?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

type ClientClass<Client> = new (settings: ClientSettings) => Client;

/** Clients with the settings of the engine's provider: the same account, region and endpoint. */
export class Clients {
    readonly #settings: ClientSettings;
    readonly #made = new Map<unknown, unknown>();

    /**
     * @param env the engine's environment
     * @param region the provider's region; `undefined` for the environment's own
     * @param profile likewise
     */
    constructor(env: Readonly<Record<string, string | undefined>>, region?: string, profile?: string) {
        const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
        const own = profile === undefined && accessKeyId !== undefined && secretAccessKey !== undefined;
        this.#settings = {
            region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
            profile: profile ?? env.AWS_PROFILE,
            ...(env.AWS_ENDPOINT_URL ? { endpoint: env.AWS_ENDPOINT_URL } : {}),
            ...(own ? { credentials: { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN } } : {}),
        };
    }

    /** The client of one service, created at first use. */
    of<Client>(Class: ClientClass<Client>): Client {
        const client = (this.#made.get(Class) as Client | undefined) ?? new Class(this.#settings);
        this.#made.set(Class, client);
        return client;
    }
}
