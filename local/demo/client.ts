/** A client of the public API that notes how long each request took. */
import { createParser } from "eventsource-parser";
import { pathOf } from "../../contract/agentRoutes.ts";
import { oneTimePassword } from "../../standins/oneTimePassword.ts";
import type { LocalUser } from "../runtime/user.ts";

export interface TimedRequest {
    name: string;
    method: string;
    path: string;
    status: number;
    milliseconds: number;
}

interface SignInStep {
    challenge?: string;
    username?: string;
    session?: string;
    id_token?: string;
}

export class DemoError extends Error {
    override readonly name = "DemoError";
}

export class Client {
    readonly #url: string;
    readonly #signal: AbortSignal;
    readonly requests: TimedRequest[] = [];
    #token = "";

    /** `url`: the one address of the site and its API. */
    constructor(url: string, signal: AbortSignal) {
        this.#url = url;
        this.#signal = signal;
    }

    async signIn({ email, password, authenticatorKey }: LocalUser): Promise<void> {
        let step = await this.post<SignInStep>("Sign in", pathOf("beginSignIn"), { email, password });
        if (authenticatorKey && step.challenge === "SOFTWARE_TOKEN_MFA") {
            const { username, session } = step;
            const code = oneTimePassword(authenticatorKey);
            step = await this.post("Enter the code", pathOf("answerCode"), { username, session, code });
        }
        if (!step.id_token) {
            throw new DemoError(`The sign-in asks for ${step.challenge}.`);
        }
        this.#token = step.id_token;
    }

    async post<Answer>(name: string, path: string, body: unknown): Promise<Answer> {
        return this.#timed(name, "POST", path, body, (response) => response.json() as Promise<Answer>);
    }

    async get<Answer>(name: string, path: string): Promise<Answer> {
        return this.#timed(name, "GET", path, undefined, (response) => response.json() as Promise<Answer>);
    }

    async bytes(name: string, path: string): Promise<Buffer> {
        return this.#timed(name, "GET", path, undefined, async (response) => Buffer.from(await response.arrayBuffer()));
    }

    /** The events of a stream, given to `see` as they come. */
    async stream(
        name: string,
        path: string,
        body: unknown,
        see: (event: Record<string, unknown>) => void,
    ): Promise<void> {
        await this.#timed(name, "POST", path, body, async (response) => {
            const parser = createParser({ onEvent: ({ data }) => see(JSON.parse(data)) });
            for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
                parser.feed(text);
            }
        });
    }

    async #timed<Answer>(
        name: string,
        method: string,
        path: string,
        body: unknown,
        read: (response: Response) => Promise<Answer>,
    ): Promise<Answer> {
        const began = performance.now();
        const address = new URL(path, this.#url);
        const response = await fetch(address, {
            method,
            headers: {
                // Only this deployment gets the token; pictures have presigned addresses elsewhere.
                ...(this.#token && address.origin === this.#url ? { authorization: `Bearer ${this.#token}` } : {}),
                ...(body === undefined ? {} : { "content-type": "application/json" }),
            },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: this.#signal,
        });
        const { status } = response;
        const note = () => {
            const milliseconds = Math.round(performance.now() - began);
            this.requests.push({ name, method, path: address.pathname, status, milliseconds });
        };
        if (!response.ok) {
            const text = await response.text();
            note();
            throw new DemoError(`${name}: ${method} ${address.pathname} answered ${status}: ${messageIn(text)}`);
        }
        const answer = await read(response);
        note();
        return answer;
    }
}

function messageIn(text: string): string {
    try {
        return String(JSON.parse(text).message ?? text);
    } catch {
        return text.slice(0, 300);
    }
}
