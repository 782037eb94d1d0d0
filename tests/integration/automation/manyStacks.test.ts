/** Many stacks at once on one local cloud, and one stack that several work on. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { execa } from "execa";
import {
    CancelledError,
    EngineError,
    ProviderError,
    StackLockedError,
    type StoryEvent,
    type UpResult,
} from "../../../automation/index.ts";
import { failure, World } from "../../kit/automation/world.ts";

describe("Many stacks on the local cloud", function () {
    this.timeout(900_000);
    let world: World;

    before(async () => {
        world = await World.open();
    });
    after(async () => {
        await world?.close();
    });

    it("go up at once, bounded, each with its own settings, secrets, outputs and end", async () => {
        const names = Array.from({ length: 8 }, (_, index) => `env-${index}`);
        const [broken, stopped, ...whole] = names as [string, string, ...string[]];
        await world.cloud.of(DynamoDBClient).send(
            new CreateTableCommand({
                TableName: `driven-story-sessions-${broken}`,
                BillingMode: "PAY_PER_REQUEST",
                AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
                KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
            }),
        );
        const running = new Set<string>();
        let most = 0;
        const stop = new AbortController();
        const stacks = world.stacks({ concurrency: 4 });
        const onEvent = (event: StoryEvent) => {
            if (event.kind === "started") {
                running.add(event.stack);
                most = Math.max(most, running.size);
            } else if (event.kind === "finished") {
                running.delete(event.stack);
            } else if (event.stack === stopped && event.operation === "up" && event.kind === "resource") {
                stop.abort();
            }
        };
        const ends = await Promise.allSettled(
            names.map((name) =>
                stacks
                    .open(name, {
                        settings: world.settings(name, { agentEnabled: false }),
                        siteContent: world.siteContent,
                    })
                    .up({ onEvent, signal: name === stopped ? stop.signal : undefined }),
            ),
        );
        expect(most).to.be.within(2, 4);
        const [brokenEnd, stoppedEnd, ...wholeEnds] = ends as [PromiseSettledResult<UpResult>, ...typeof ends];
        const reason = (end: PromiseSettledResult<UpResult> | undefined) =>
            end?.status === "rejected" ? end.reason : undefined;
        expect(reason(brokenEnd)).to.be.instanceOf(ProviderError);
        expect((reason(brokenEnd) as ProviderError).failures.map(({ name }) => name)).to.deep.equal([
            "data-sessions-table",
        ]);
        expect(reason(stoppedEnd)).to.be.instanceOf(CancelledError);
        expect(wholeEnds.map(reason)).to.deep.equal(whole.map(() => undefined));

        for (const [index, name] of whole.entries()) {
            const end = wholeEnds[index] as PromiseFulfilledResult<UpResult>;
            const { outputs } = end.value;
            expect(outputs.dynamodb_table_name).to.equal(`driven-story-sessions-${name}`);
            expect(outputs.api_endpoint).to.match(new RegExp(`/${name}$`));
            expect(await stacks.open(name, { settings: world.settings(name) }).outputs()).to.deep.equal(outputs);
            const { SecretString } = await world.cloud
                .of(SecretsManagerClient)
                .send(new GetSecretValueCommand({ SecretId: outputs.google_api_key_secret_name }));
            expect(SecretString).to.contain(`google-key-of-${name}`);
            const state = readFileSync(join(world.folder, `backend/.pulumi/stacks/story-42/${name}.json`), "utf8");
            for (const other of names) {
                expect(state).to.not.contain(`key-of-${other}`);
                expect(other === name || !state.includes(`driven-story-sessions-${other}`)).to.equal(true);
            }
        }
        expect(await stacks.names()).to.have.members(names);
    });

    it("tell that one is locked, by whom and since when, and go on where that engine was killed", async () => {
        const settings = world.settings("locked", { agentEnabled: false });
        const stack = world.stacks().open("locked", { settings, siteContent: world.siteContent });
        const locks = join(world.folder, "backend/.pulumi/locks");
        const lockPath = () => {
            const files = readdirSync(locks, { recursive: true, encoding: "utf8" });
            return join(locks, files.find((name) => /locked.*\.json$/.test(name)) ?? "none");
        };
        const lock = () => JSON.parse(readFileSync(lockPath(), "utf8"));
        let pid = 0;
        await failure(
            stack.up({
                onEvent: (event) => {
                    if (pid === 0 && event.operation === "up" && event.kind === "resource") {
                        pid = lock().pid;
                        process.kill(pid, "SIGKILL");
                    }
                },
            }),
            EngineError,
        );
        // What the backend would note beside the state could be cut off, and then nobody could read the state.
        const stored = readdirSync(join(world.folder, "backend"), { recursive: true, encoding: "utf8" });
        expect(stored.filter((file) => file.endsWith(".attrs"))).to.deep.equal([]);
        // What runs on another machine can't be told from what was killed there.
        const held = lock();
        writeFileSync(lockPath(), JSON.stringify({ ...held, hostname: "elsewhere.example" }));
        const error = await failure(stack.refresh(), StackLockedError);
        expect(error.by).to.contain(`elsewhere.example (pid ${pid})`);
        // It is told to the second.
        const since = Math.floor(new Date(lock().timestamp).getTime() / 1000) * 1000;
        expect(error.since?.getTime()).to.equal(since);
        writeFileSync(lockPath(), JSON.stringify({ ...held, hostname: hostname() }));
        await stack.refresh();
        expect(readdirSync(locks, { recursive: true, encoding: "utf8" }).filter((name) => /json$/.test(name))).to.be
            .empty;
    });

    it("take their settings from the stack's file, with its encrypted secrets", async () => {
        // The provider's folder too: the project's files are read from there.
        const folder = world.folder;
        const { images } = world.settings("dev");
        const plain = {
            "aws:region": "us-east-1",
            "story-42:projectName": "filed",
            "story-42:adminEmail": "a@example.com",
            "story-42:tech42TtsApiUrl": "https://tts.example.com",
            "story-42:apiTimeoutSeconds": "29",
            "story-42:agentEnabled": "false",
            "story-42:images": images,
        };
        writeFileSync(join(folder, "Pulumi.yaml"), "name: story-42\nruntime: nodejs\n");
        writeFileSync(join(folder, "Pulumi.dev.yaml"), JSON.stringify({ config: plain }));
        const { env, command } = world.cli();
        await execa(command, ["stack", "init", "dev"], { cwd: folder, env });
        for (const key of ["googleApiKey", "tech42TtsApiKey"]) {
            await execa(command, ["config", "set", "--secret", "--stack", "dev", key], {
                ...{ cwd: folder, env },
                input: `secret-${key}`,
            });
        }
        const stack = world.stacks({ projectFolder: folder }).open("dev", { siteContent: world.siteContent });
        expect(await stack.settings()).to.include({
            projectName: "filed",
            environment: "dev",
            googleApiKey: "secret-googleApiKey",
        });
        const { changes } = await stack.preview();
        expect(changes.create.map(({ name }) => name)).to.include("data-sessions-table");
        expect(await stack.outputs()).to.equal(undefined);
        const { outputs } = await stack.up();
        expect(outputs.dynamodb_table_name).to.equal("filed-story-sessions-dev");
        const { SecretString } = await world.cloud
            .of(SecretsManagerClient)
            .send(new GetSecretValueCommand({ SecretId: outputs.google_api_key_secret_name }));
        expect(SecretString).to.contain("secret-googleApiKey");
    });
});
