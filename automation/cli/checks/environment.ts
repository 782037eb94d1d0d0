import type { StorySettings } from "../../index.ts";
import { type AwsClients, awsClients } from "../clients.ts";
import type { CliStack } from "../openStack.ts";

/** The stack, settings and AWS clients that checks use; each is opened once, by the first check that needs it. */
export class CheckEnvironment {
    readonly #open: () => Promise<CliStack>;
    #stack: Promise<CliStack> | undefined;
    #settings: Promise<StorySettings> | undefined;
    #clients: Promise<AwsClients> | undefined;

    constructor(open: () => Promise<CliStack>) {
        this.#open = open;
    }

    stack(): Promise<CliStack> {
        this.#stack ??= this.#open();
        return this.#stack;
    }

    /** The stack's checked settings. */
    settings(): Promise<StorySettings> {
        this.#settings ??= this.stack().then(({ story }) => story.settings());
        return this.#settings;
    }

    /** Clients for the stack's region and profile. */
    clients(): Promise<AwsClients> {
        this.#clients ??= this.#makeClients();
        return this.#clients;
    }

    async #makeClients(): Promise<AwsClients> {
        const profile = await this.stack().then(
            (stack) => stack.profile,
            () => undefined,
        );
        const region = await this.settings().then(
            (settings) => settings.region,
            // Credentials can be checked before there is a stack.
            (error) => {
                const given = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
                if (!given) {
                    throw error;
                }
                return given;
            },
        );
        return awsClients({ region, profile });
    }
}
