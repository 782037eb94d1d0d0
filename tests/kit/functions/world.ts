/** The three functions with the emulator and the upstream server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import {
    CreateBucketCommand,
    ListObjectsV2Command,
    PutBucketVersioningCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { newSecret } from "../../../standins/http.ts";
import { startUpstreams, type Upstreams } from "../../../standins/upstreams/server.ts";
import { ministackCommand } from "../tools.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { CLIENT_ID, gatewayEvent, ORIGIN } from "./gatewayEvent.ts";

export const BUCKET = "story-images-test";
const TABLE = "sessions-test";

// biome-ignore lint/suspicious/noExplicitAny: Lambda's own types are any
type Handler = (event: any, context: any) => Promise<any>;

export interface World {
    upstreams: Upstreams;
    s3: S3Client;
    /** Calls an operation of the API as `user` with additional claims; no user: no token. `name`: its `Idempotency-Key`. */
    call(path: string, body: unknown, user?: string, claims?: Record<string, string>, name?: string): Promise<Answer>;
    /** Invokes the data operations directly. */
    data(event: Record<string, unknown>, remainingMs?: number): ReturnType<Handler>;
    /** The recorded rows of a user, without those of running work. */
    sessions(user: string): Promise<Record<string, string>[]>;
    /** All rows of a user. */
    rows(user: string): Promise<Record<string, string>[]>;
    keys(prefix?: string): Promise<string[]>;
    dropTable(): Promise<void>;
    createTable(): Promise<void>;
    stop(): Promise<void>;
}

let started: Promise<World> | undefined;
/** The functions read their environment once, when loaded, so that a later world has to use the first world's ports. */
const ports = { emulator: 0, upstreams: 0 };
const secret = newSecret();

/** Starts everything for the tests of one file; `stopWorld` ends it. */
export function makeWorld(): Promise<World> {
    started ??= startWorld();
    return started;
}

export async function stopWorld(): Promise<void> {
    const world = await started;
    started = undefined;
    await world?.stop();
}

async function startWorld(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-lambdas-"));
    const emulator = await startEmulator({
        command: await ministackCommand(),
        stateDir: folder,
        region: "us-east-1",
        port: ports.emulator,
    });
    const upstreams = await startUpstreams({ port: ports.upstreams, secret });
    ports.emulator = emulator.port;
    ports.upstreams = Number(new URL(upstreams.url).port);
    const shared = {
        endpoint: emulator.endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        forcePathStyle: true,
    };
    const s3 = new S3Client(shared);
    const dynamo = new DynamoDBClient(shared);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: "Enabled" } }));
    await new SecretsManagerClient(shared).send(
        new CreateSecretCommand({ Name: "google", SecretString: "google-key" }),
    );
    const createTable = () => makeTable(dynamo);
    await createTable();
    Object.assign(process.env, {
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
        GOOGLE_GEMINI_BASE_URL: upstreams.geminiUrl,
        UPSTREAM_TIMEOUT_MS: "1500",
        POWERTOOLS_DEV: "false",
        LOG_LEVEL: "CRITICAL",
        POWERTOOLS_METRICS_DISABLED: "true",
        ENVIRONMENT: "test",
        DYNAMODB_TABLE_NAME: TABLE,
        S3_BUCKET: BUCKET,
        S3_BASE_PREFIX: "AIWorkflow",
        GOOGLE_API_KEY_SECRET_ARN: "google",
        CORS_ORIGINS: ORIGIN,
        COGNITO_CLIENT_ID: CLIENT_ID,
        BEDROCK_MODEL_ID: "us.amazon.nova-pro-v1:0",
        BEDROCK_ALLOWED_MODEL_IDS: "us.amazon.nova-lite-v1:0",
    });
    const text: Handler = (await import("../../../docker/story-text-regen/index.ts")).handler as Handler;
    const image: Handler = (await import("../../../docker/story-image-regen/index.ts")).handler as Handler;
    const dataOps: Handler = (await import("../../../docker/data-ops/index.ts")).handler as Handler;
    const rows = async (user: string) => {
        const { Items } = await dynamo.send(
            new QueryCommand({
                TableName: TABLE,
                KeyConditionExpression: "user_id = :u",
                ExpressionAttributeValues: { ":u": { S: user } },
            }),
        );
        return (Items ?? []).map((item) =>
            Object.fromEntries(Object.entries(item).map(([key, it]) => [key, it.S ?? it.N ?? ""])),
        );
    };
    return {
        upstreams,
        s3,
        call: async (path, body, user, claims, name) => {
            const handler = path.includes("image") ? image : text;
            return readAnswer(await handler(gatewayEvent(path, body, user, claims, name), {}));
        },
        data: (event, remainingMs = 60_000) => dataOps(event, { getRemainingTimeInMillis: () => remainingMs }),
        sessions: async (user) => (await rows(user)).filter(({ session_id }) => !session_id?.startsWith("#slot#")),
        rows,
        keys: async (prefix) => {
            const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
            return (Contents ?? []).map(({ Key }) => Key ?? "");
        },
        dropTable: async () => {
            await dynamo.send(new DeleteTableCommand({ TableName: TABLE }));
        },
        createTable,
        stop: async () => {
            await upstreams.stop();
            await stopEmulator(folder);
            rmSync(folder, { recursive: true, force: true });
        },
    };
}

/** Stores an object as another part of Story-42 does. */
export async function putObject(s3: S3Client, key: string, body: string): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ContentType: "text/plain" }));
}

async function makeTable(dynamo: DynamoDBClient): Promise<void> {
    const index = (IndexName: string, hash: string) => ({
        IndexName,
        KeySchema: [
            { AttributeName: hash, KeyType: "HASH" as const },
            { AttributeName: "timestamp", KeyType: "RANGE" as const },
        ],
        Projection: { ProjectionType: "ALL" as const },
    });
    await dynamo.send(
        new CreateTableCommand({
            TableName: TABLE,
            BillingMode: "PAY_PER_REQUEST",
            KeySchema: [
                { AttributeName: "user_id", KeyType: "HASH" },
                { AttributeName: "session_id", KeyType: "RANGE" },
            ],
            AttributeDefinitions: [
                { AttributeName: "user_id", AttributeType: "S" },
                { AttributeName: "session_id", AttributeType: "S" },
                { AttributeName: "timestamp", AttributeType: "N" },
                { AttributeName: "route", AttributeType: "S" },
            ],
            GlobalSecondaryIndexes: [index("TimestampIndex", "user_id"), index("RouteTimestampIndex", "route")],
        }),
    );
}
