/** A running local cloud for tests: its addresses, its users, its upstreams. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Detail } from "../../../standins/upstreams/console/shapes.ts";
import type { FaultInput, Upstream } from "../../../standins/upstreams/faults.ts";
import type { CloudCopy, Ended } from "../local/cloudCopy.ts";

/** A user. */
export interface Person {
    email: string;
    password: string;
    /** The ID token. */
    token: string;
    /** The user's id, under which all of their data is stored. */
    sub: string;
}

/** One event of a pipeline. */
export interface StoryEvent {
    type: string;
    session_id: string;
    agent_id?: string;
    message?: string;
    result?: {
        session_id: string;
        topic: string;
        images: string[];
        warnings: string[];
        structured_story: {
            title: string;
            chapters: { chapter_number: number; title: string; lines: { speaker: string; text: string }[] }[];
        };
    };
}

/** What the REST API is told of a visual story, beside a job and a topic. */
export const visualStory = {
    genre: "fiction",
    reading_level: "children",
    tone: "warm",
    story_type: "visual",
    number_of_speakers: 2,
    panels: 3,
};

/** The smallest wish for a whole story. */
export const wish = (topic: string) => ({ topic, length: "short" });

/** What `up` says of where things are. */
function addressesIn(said: string) {
    const addressOf = (what: string) => new RegExp(`^ +${what} +(\\S+)`, "m").exec(said)?.[1] ?? "";
    return {
        site: addressOf("Site and API"),
        gateway: addressOf("at the gateway"),
        upstreams: addressOf("Upstreams"),
    };
}

export class Stage {
    readonly cloud: CloudCopy;
    #addresses: { site: string; gateway: string; upstreams: string };

    private constructor(cloud: CloudCopy, said: string) {
        this.cloud = cloud;
        this.#addresses = addressesIn(said);
    }

    /** The address of the site (`/`), the agent service (`/api/*`) and the REST API's paths. */
    get url(): string {
        return this.#addresses.site;
    }

    /** The REST API at the gateway. */
    get gateway(): string {
        return this.#addresses.gateway;
    }

    /** Starts a local cloud in its own copy of the project. */
    static async up(cloud: CloudCopy, ...args: string[]): Promise<Stage> {
        const { code, text } = await cloud.run("up", "--verbose", ...args);
        if (code !== 0) {
            throw new Error(`The local cloud did not come up:\n${text}`);
        }
        return new Stage(cloud, text);
    }

    /** Runs `up` again; another program may have taken a port meanwhile, so the addresses are read anew. */
    async upAgain(...args: string[]): Promise<Ended> {
        const ended = await this.cloud.run("up", "--verbose", ...args);
        if (ended.code === 0) {
            this.#addresses = addressesIn(ended.text);
        }
        return ended;
    }

    /** A client of an AWS service at the emulator. */
    client<Client>(Client: new (settings: object) => Client): Client {
        const { emulator, region } = this.cloud.local();
        return new Client({
            endpoint: emulator,
            region,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
            forcePathStyle: true,
        });
    }

    /** The user that the local cloud creates. */
    async reader(): Promise<Person> {
        return await this.#signIn(JSON.parse(readFileSync(join(this.cloud.stateDir, "user.json"), "utf8")));
    }

    /** Creates another user. */
    async person(name: string): Promise<Person> {
        const user = { email: `${name}@example.com`, password: `Of-${name}-passw0rd` };
        const cognito = this.client(CognitoIdentityProviderClient);
        const named = { UserPoolId: this.cloud.local().outputs.cognito_user_pool_id, Username: user.email };
        const attributes = Object.entries({ email: user.email, email_verified: "true" });
        await cognito.send(
            new AdminCreateUserCommand({
                ...named,
                MessageAction: "SUPPRESS",
                UserAttributes: attributes.map(([Name, Value]) => ({ Name, Value })),
            }),
        );
        await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: user.password, Permanent: true }));
        cognito.destroy();
        return await this.#signIn(user);
    }

    async #signIn(user: { email: string; password: string }): Promise<Person> {
        const answer = await this.post("/api/v1/auth/signin", user);
        const { id_token: token } = (await answer.json()) as { id_token: string };
        const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
        return { ...user, token, sub };
    }

    post(path: string, body: object, token?: string, more: Record<string, string> = {}): Promise<Response> {
        return fetch(this.url + path, {
            method: "POST",
            headers: {
                "content-type": "application/json",
                ...(token ? { authorization: `Bearer ${token}` } : {}),
                ...more,
            },
            body: JSON.stringify(body),
        });
    }

    get(path: string, token?: string): Promise<Response> {
        return fetch(this.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    }

    /**
     * Streams the events of a pipeline. Ends with the connection, also when that breaks.
     *
     * @throws when the service does not answer with events
     */
    async *events(body: object, token: string, headers?: Record<string, string>): AsyncGenerator<StoryEvent> {
        const response = await this.post("/api/v1/story/generate-pipeline", body, token, headers);
        if (!response.ok || !response.body) {
            throw new Error(`${response.status}: ${await response.text()}`);
        }
        let rest = "";
        const texts = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
        for (;;) {
            // A broken connection counts as the end.
            const { done, value } = await texts.next().catch(() => ({ done: true, value: undefined }));
            if (done || value === undefined) {
                return;
            }
            const lines = (rest + value).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines.filter((one) => one.startsWith("data: "))) {
                yield JSON.parse(line.slice("data: ".length));
            }
        }
    }

    /** Makes or continues a story; returns all events. */
    async story(body: object, token: string, headers?: Record<string, string>): Promise<StoryEvent[]> {
        const events: StoryEvent[] = [];
        for await (const event of this.events(body, token, headers)) {
            events.push(event);
        }
        return events;
    }

    /** Makes an upstream fail from now on as described. */
    async fault(fault: FaultInput): Promise<void> {
        const answer = await fetch(`${this.#addresses.upstreams}/_control`, {
            method: "POST",
            body: JSON.stringify(fault),
        });
        if (!answer.ok) {
            throw new Error(await answer.text());
        }
    }

    /** Makes all calls of an upstream fail from now on. */
    async down(upstream: Upstream): Promise<void> {
        await this.fault({ upstream, kind: "down", times: 0 });
    }

    /** Removes all faults. */
    async heal(): Promise<void> {
        await fetch(`${this.#addresses.upstreams}/_control`, { method: "DELETE" });
    }

    /** What the console has of a trace; spans are sent once a second. */
    async trace(id: string): Promise<Detail> {
        await sleep(2_500);
        return (await (await fetch(`${this.upstreams}/console/request?id=${id}`)).json()) as Detail;
    }

    /** The upstream server's address. */
    get upstreams(): string {
        return this.#addresses.upstreams;
    }
}
