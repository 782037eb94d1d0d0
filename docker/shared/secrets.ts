/** Secrets from Secrets Manager, cached so that calls don't wait for them, and read again when rotated. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretText } from "./secretText.ts";

const CACHE_MS = 5 * 60_000;

/** The value of one secret. */
export class Secret {
    readonly #client = new SecretsManagerClient({ maxAttempts: 3 });
    readonly #arn: string;
    #cached?: { value: string; until: number };

    constructor(arn: string) {
        this.#arn = arn;
    }

    async value(signal?: AbortSignal): Promise<string> {
        if (!this.#cached || this.#cached.until < Date.now()) {
            const found = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#arn }), {
                abortSignal: signal,
            });
            if (!found.SecretString) {
                throw new Error("the secret has no value");
            }
            this.#cached = { value: secretText(found.SecretString), until: Date.now() + CACHE_MS };
        }
        return this.#cached.value;
    }
}
