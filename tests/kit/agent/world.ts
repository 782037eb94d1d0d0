/** The agent service's test environment: emulator, upstreams, a pool with users, and the service as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import {
    AdminCreateUserCommand,
    AdminSetUserPasswordCommand,
    CognitoIdentityProviderClient,
    CreateUserPoolClientCommand,
    CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expectPublished } from "../publishedApi.ts";

const MAIN = join(import.meta.dirname, "../../../docker/story-generator/main.ts");
/** Every user's password. */
export const PASSWORD = "Passw0rd!x";

/** Another origin that may call the service. */
export const ORIGIN = "http://localhost:5173";
export const BUCKET = "story-images-test";
const TABLE = "story-sessions-test";
const REGION = "us-east-1";

export interface Emulator {
    url: string;
}

export interface World {
    emulator: Emulator;
    env: Record<string, string>;
    s3: S3Client;
}

/** Creates the stack's parts that the service needs on the emulator, and the service's environment. */
export async function makeWorld(emulator: Emulator, upstreams: { url: string }): Promise<World> {
    const client = {
        region: REGION,
        endpoint: emulator.url,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await createTable(new DynamoDBClient(client));
    const { poolId, clientId } = await createPool(new CognitoIdentityProviderClient(client));
    return {
        emulator,
        s3,
        env: {
            PATH: process.env.PATH ?? "",
            HOST: "127.0.0.1",
            PORT: "0",
            LOG_LEVEL: "INFO",
            AWS_ENDPOINT_URL: emulator.url,
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.url,
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
            AWS_REGION: REGION,
            COGNITO_USER_POOL_ID: poolId,
            COGNITO_CLIENT_ID: clientId,
            COGNITO_JWKS_URL: `${emulator.url}/${poolId}/.well-known/jwks.json`,
            S3_STORAGE_BUCKET: BUCKET,
            DYNAMODB_SESSIONS_TABLE: TABLE,
            CORS_ORIGINS: ORIGIN,
            TECH42_TTS_API_URL: upstreams.url,
            TECH42_TTS_API_KEY: "the-deployments-key",
            STORY_API_URL: `${upstreams.url}/stage`,
            AWS_ENDPOINT_URL_LAMBDA: upstreams.url,
            TEXT_FUNCTION_NAME: "text",
            IMAGE_FUNCTION_NAME: "image",
            DUCKDUCKGO_URL: `${upstreams.url}/html/`,
        },
    };
}

async function createTable(dynamo: DynamoDBClient): Promise<void> {
    const string = (name: string) => ({ AttributeName: name, AttributeType: "S" as const });
    await dynamo.send(
        new CreateTableCommand({
            TableName: TABLE,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [
                string("user_id"),
                string("session_id"),
                { AttributeName: "timestamp", AttributeType: "N" },
            ],
            KeySchema: [
                { AttributeName: "user_id", KeyType: "HASH" },
                { AttributeName: "session_id", KeyType: "RANGE" },
            ],
            GlobalSecondaryIndexes: [
                {
                    IndexName: "TimestampIndex",
                    KeySchema: [
                        { AttributeName: "user_id", KeyType: "HASH" },
                        { AttributeName: "timestamp", KeyType: "RANGE" },
                    ],
                    Projection: { ProjectionType: "ALL" },
                },
            ],
        }),
    );
}

async function createPool(cognito: CognitoIdentityProviderClient): Promise<{ poolId: string; clientId: string }> {
    const pool = await cognito.send(
        new CreateUserPoolCommand({
            PoolName: "agent",
            UsernameAttributes: ["email"],
            AutoVerifiedAttributes: ["email"],
        }),
    );
    const poolId = pool.UserPool?.Id ?? "";
    const client = await cognito.send(
        new CreateUserPoolClientCommand({
            UserPoolId: poolId,
            ClientName: "agent",
            ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        }),
    );
    return { poolId, clientId: client.UserPoolClient?.ClientId ?? "" };
}

/** A person who signed in through the service. */
export interface Person {
    email: string;
    idToken: string;
    accessToken: string;
}

export async function makePerson(world: World, service: ServiceProcess, name: string): Promise<Person> {
    const email = `${name}@example.com`;
    const cognito = new CognitoIdentityProviderClient({
        region: REGION,
        endpoint: world.emulator.url,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const user = { UserPoolId: world.env.COGNITO_USER_POOL_ID, Username: email };
    const attributes = [
        { Name: "email", Value: email },
        { Name: "email_verified", Value: "true" },
    ];
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: "SUPPRESS", UserAttributes: attributes }));
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
    const answer = await service.post("/api/v1/auth/signin", undefined, { email, password: PASSWORD });
    const tokens = await read(answer);
    return { email, idToken: tokens.id_token, accessToken: tokens.access_token };
}

/** The fields of all answers of the service; a test reads those of its route. */
export interface Answer {
    success: boolean;
    message: string;
    error: string | null;
    status: string;
    active_runs: number;
    draining: boolean;
    session_id: string;
    stories: { session_id: string; cover: string }[];
    images: string[];
    timeline: { at: number; seconds: number; speaker: string; text: string }[];
    url: string;
    progress: number;
    file_size_bytes: number;
    duration_seconds: number;
    segments: number;
    structured_story: { chapters: unknown[] };
    data: {
        sub: string;
        status: string;
        choices: Record<string, unknown>;
        scenes: { status: string }[];
        completed_stages: string[];
        structured_story: { chapters: unknown[] };
        images: string[];
        has_audio: boolean;
        timeline?: unknown[];
        lacks_pictures: boolean;
        illustrated_chapters: number[];
        token: string;
        title: string;
        link_token?: string;
        metadata: { prompt_versions: string[] };
    };
    id_token: string;
    access_token: string;
}

/** Parses the body of an answer. */
export async function read(response: Response): Promise<Answer> {
    return (await response.json()) as Answer;
}

/** The service as a process, used over HTTP. */
export class ServiceProcess {
    readonly process: ChildProcess;
    readonly url: string;
    readonly logs: string[];

    private constructor(process: ChildProcess, port: number, logs: string[]) {
        this.process = process;
        this.url = `http://127.0.0.1:${port}`;
        this.logs = logs;
    }

    /** `entry`: the service's source, or a bundle of it. */
    static async start(world: World, overrides: Record<string, string> = {}, entry = MAIN): Promise<ServiceProcess> {
        const env = { ...world.env, ...overrides };
        const child = spawn(process.execPath, [entry], { env, stdio: ["ignore", "pipe", "pipe"] });
        const logs: string[] = [];
        child.stderr.on("data", (text) => logs.push(String(text)));
        const port = await new Promise<number>((resolve, reject) => {
            child.stdout.on("data", (text) => {
                logs.push(String(text));
                const ready = /"port":(\d+).*"message":"ready"/.exec(String(text));
                if (ready) {
                    resolve(Number(ready[1]));
                }
            });
            child.once("exit", (code) => reject(new Error(`the service ended with ${code}: ${logs.join("")}`)));
        });
        return new ServiceProcess(child, port, logs);
    }

    async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
        if (this.process.exitCode === null && this.process.signalCode === null) {
            const ended = once(this.process, "exit");
            this.process.kill(signal);
            await ended;
        }
        return this.process.exitCode;
    }

    async get(path: string, token?: string, headers: Record<string, string> = {}): Promise<Response> {
        return asPublished(await fetch(this.url + path, { headers: { ...bearer(token), ...headers } }), "GET", path);
    }

    async post(path: string, token: string | undefined, body: unknown, headers: Record<string, string> = {}) {
        const answer = await fetch(this.url + path, {
            method: "POST",
            headers: { ...bearer(token), "content-type": "application/json", ...headers },
            body: typeof body === "string" ? body : JSON.stringify(body),
        });
        return asPublished(answer, "POST", path);
    }

    /** Runs a story to its end; returns all events. */
    async makeStory(token: string, wish: Record<string, unknown>): Promise<Record<string, unknown>[]> {
        const events: Record<string, unknown>[] = [];
        for await (const event of this.events(token, wish)) {
            events.push(event);
        }
        return events;
    }

    async *events(token: string, wish: Record<string, unknown>, signal?: AbortSignal) {
        for await (const { event } of this.hear(token, wish, signal)) {
            yield event;
        }
    }

    /** Streams the events of a new story with their ids. */
    async *hear(token: string, wish: Record<string, unknown>, signal?: AbortSignal): AsyncGenerator<Heard> {
        const response = await fetch(`${this.url}/api/v1/story/generate-pipeline`, {
            method: "POST",
            headers: { ...bearer(token), "content-type": "application/json" },
            body: JSON.stringify(wish),
            signal,
        });
        yield* heard(response);
    }

    /** Streams a story's events after the id `lastSeen`; if no run makes the story, a new run continues it. */
    async *listen(token: string, sessionId: string, lastSeen?: string, signal?: AbortSignal): AsyncGenerator<Heard> {
        const accept = { accept: "text/event-stream" };
        const headers = {
            ...bearer(token),
            ...accept,
            ...(lastSeen === undefined ? {} : { "last-event-id": lastSeen }),
        };
        yield* heard(await fetch(`${this.url}/api/v1/story/session/${sessionId}`, { headers, signal }));
    }
}

/** An event with its id, if it has one. */
export interface Heard {
    id: string | undefined;
    event: Record<string, unknown>;
}

async function* heard(response: Response): AsyncGenerator<Heard> {
    if (response.status !== 200 || !response.body) {
        throw new Error(`the pipeline answered ${response.status}: ${await response.text()}`);
    }
    let rest = "";
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
            const data = /^data: (.+)$/m.exec(block)?.[1];
            if (data) {
                yield { id: /^id: (.+)$/m.exec(block)?.[1], event: JSON.parse(data) };
            }
        }
    }
}

/** Checks every answer against the published document. */
async function asPublished(answer: Response, method: string, path: string): Promise<Response> {
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    expectPublished(method, path, answer.status, isJson ? await answer.clone().json() : undefined);
    return answer;
}

function bearer(token: string | undefined): Record<string, string> {
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** A free port. */
export async function unusedPort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, "close");
    return port;
}
