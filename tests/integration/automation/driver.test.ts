/** The driver and one stack on the local cloud, from its settings to its removal; each step with the stack needs the last. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { expect } from "chai";
import {
    CancelledError,
    CredentialsError,
    NoSuchStackError,
    ProtectedDataError,
    SettingsError,
    SetUpError,
    StackLockedError,
    type StoryEvent,
    type StorySettingsInput,
    type StoryStack,
    StoryStacks,
} from "../../../automation/index.ts";
import { failure, World } from "../../kit/automation/world.ts";

describe("The driver on the local cloud", function () {
    this.timeout(900_000);
    let world: World;
    const open = (name: string, more: Partial<StorySettingsInput> = {}): StoryStack =>
        world.stacks().open(name, { settings: world.settings(name, more), siteContent: world.siteContent });

    before(async () => {
        world = await World.open();
    });
    after(async () => {
        await world?.close();
    });

    it("refuses settings that are wrong, names every problem, and makes nothing", async () => {
        const stack = open("wrong", { adminEmail: "nobody", ecsMemory: 100_000 });
        const error = await failure(stack.up(), SettingsError);
        expect(error.problems).to.have.length(2);
        expect(error.message).to.contain("adminEmail").and.to.contain("ecsMemory").and.not.to.contain("google-key");
        expect(await world.stacks().names()).to.deep.equal([]);
    });

    it("says what it can't do without", async () => {
        const missing = world.stacks({ pulumiCommand: join(world.folder, "no-pulumi") });
        expect((await failure(missing.names(), SetUpError)).advice).to.contain("pulumiCommand");
        expect((await failure(world.stacks().open("dev").up(), SettingsError)).message).to.contain("projectFolder");
        const { images: _, ...settings } = world.settings("unbuilt");
        const unbuilt = world.stacks().open("unbuilt", { settings, siteContent: world.siteContent });
        expect((await failure(unbuilt.up(), SettingsError)).problems.join()).to.contain("images.agent is missing");
        await failure(open("nowhere").outputs(), NoSuchStackError);
        await failure(open("nowhere").destroy(), NoSuchStackError);
    });

    it("encrypts secrets with a service's key, and finds it by the stack's state or file", async () => {
        const { PULUMI_CONFIG_PASSPHRASE: _, ...envVars } = world.cli().env;
        const options = { pulumiCommand: world.cli().command, envVars };
        const made = await world.cloud.of(KMSClient).send(new CreateKeyCommand({}));
        const secretsProvider = `awskms://${made.KeyMetadata?.KeyId}?region=us-east-1`;
        const settings = world.settings("keyed", { agentEnabled: false });
        const given = { settings, siteContent: world.siteContent };
        await failure(new StoryStacks(options).open("keyed", given).preview(), CredentialsError);
        await new StoryStacks({ ...options, secretsProvider }).open("keyed", given).preview();
        const state = readFileSync(join(world.folder, "backend/.pulumi/stacks/story-42/keyed.json"), "utf8");
        expect(JSON.parse(state).checkpoint.latest.secrets_providers).to.include({ type: "cloud" });
        // Another driver is told nothing of the key.
        await new StoryStacks(options).open("keyed", given).preview();
        expect(await new StoryStacks(options).open("keyed", given).unlock()).to.equal(undefined);

        const projectFolder = join(world.folder, "keyed");
        mkdirSync(projectFolder);
        writeFileSync(join(projectFolder, "Pulumi.yaml"), "name: story-42\nruntime: nodejs\n");
        writeFileSync(join(projectFolder, "Pulumi.filed.yaml"), JSON.stringify({ secretsprovider: secretsProvider }));
        const filed = new StoryStacks({ ...options, projectFolder }).open("filed");
        await failure(filed.settings(), SettingsError);
        expect(await filed.outputs()).to.equal(undefined);
        for (const stack of [filed, new StoryStacks(options).open("keyed")]) {
            await stack.destroy({ removeStack: true });
        }
        expect(await world.stacks().names()).to.deep.equal([]);
    });

    describe("with one stack", () => {
        let made: string[];

        it("tells the steps of an up that is stopped in the middle, and what was done and what was not", async () => {
            const events: StoryEvent[] = [];
            const stop = new AbortController();
            const error = await failure(
                open("one").up({
                    signal: stop.signal,
                    slowMs: 1,
                    onEvent: (event) => {
                        events.push(event);
                        if (event.operation === "up" && event.kind === "resource" && event.done === 40) {
                            stop.abort();
                        }
                    },
                }),
                CancelledError,
            );
            const of = (operation: string) => events.filter((event) => event.operation === operation);
            expect(of("preview").map(({ kind }) => kind)).to.include.members(["started", "resource", "finished"]);
            const [started, ...rest] = of("up");
            const finished = rest.pop();
            expect(started).to.include({ kind: "started", stack: "one" });
            expect(finished).to.include({ kind: "finished", outcome: "cancelled" });
            expect(rest.some(({ kind }) => kind === "slow")).to.equal(true);
            const steps = rest.filter((event) => event.kind === "resource");
            expect(steps.map(({ done }) => done)).to.deep.equal(steps.map((_, index) => index + 1));
            const total = started?.kind === "started" ? started.total : undefined;
            expect(new Set(steps.map((step) => step.total))).to.deep.equal(new Set([total]));
            expect(new Set(steps.map(({ resource }) => resource.step))).to.deep.equal(new Set(["create"]));
            const { done, notDone } = error.account;
            expect(done.length).to.be.at.least(40);
            expect(done.length + notDone.length).to.equal(total);
            made = done.map(({ urn }) => urn);
        });

        it("goes on with the next up, makes nothing twice, and tells typed outputs", async () => {
            const { changes, outputs } = await open("one").up();
            const custom = ({ type }: { type: string }) => type.startsWith("aws:");
            expect(changes.create.filter(custom).filter(({ urn }) => made.includes(urn))).to.deep.equal([]);
            expect(changes.same.map(({ urn }) => urn)).to.include.members(made.filter((urn) => urn.includes("$aws:")));
            expect([changes.replace, changes.delete]).to.deep.equal([[], []]);
            expect(outputs.generate_story_endpoint).to.equal(`${outputs.api_endpoint}/generate-story`);
            expect(outputs.image_refs.agent).to.match(/@sha256:a{64}$/);
            const { Table } = await world.cloud
                .of(DynamoDBClient)
                .send(new DescribeTableCommand({ TableName: outputs.dynamodb_table_name }));
            expect(Table?.TableStatus).to.equal("ACTIVE");
            expect(await open("one").outputs()).to.deep.equal(outputs);
        });

        it("previews a change by kind, with the properties that differ", async () => {
            const { changes } = await open("one", { imageExpirationDays: 10 }).preview();
            expect(changes.update.map(({ name }) => name)).to.deep.equal(["data-images-lifecycle"]);
            const [change] = changes.update[0]?.properties ?? [];
            expect(change).to.include({ path: "rules", replaces: false });
            expect(JSON.stringify(change?.from)).to.contain('"days":30').and.to.not.equal(JSON.stringify(change?.to));
            expect(changes.create.concat(changes.replace, changes.delete)).to.deep.equal([]);
        });

        it("refuses to replace what holds data, and says which change asks for it", async () => {
            const error = await failure(
                open("one", { environment: "renamed" }).up({ replaceOrDelete: ["text-image-repository"] }),
                ProtectedDataError,
            );
            const names = error.refused.map(({ name }) => name);
            expect(names).to.include.members(["data-sessions-table", "agent-image-repository"]);
            expect(names).to.not.include("text-image-repository");
            // Buckets that are there keep their names.
            expect(names).to.not.include.members(["data-images-bucket", "site-bucket"]);
            const table = error.refused.find(({ name }) => name === "data-sessions-table");
            expect(table).to.include({ kind: "replace" });
            expect(table?.why).to.match(/^name changes from ".*-one" to ".*-renamed"$/);
            expect((await open("one").preview()).changes.same).to.have.length.above(200);
        });

        it("deletes what holds data once it is named, and not before", async () => {
            const without = open("one", { agentEnabled: false });
            const error = await failure(without.up(), ProtectedDataError);
            expect(error.refused.map(({ name }) => name)).to.deep.equal(["agent-image-repository"]);
            const { changes, outputs } = await without.up({ replaceOrDelete: ["agent-image-repository"] });
            expect(changes.delete.map(({ name }) => name)).to.include("agent-image-repository");
            expect(outputs.ecs_service_name).to.equal(undefined);
        });

        it("refreshes what is recorded to what is there", async () => {
            const TableName = (await open("one").outputs())?.dynamodb_table_name ?? "";
            await world.cloud.of(DynamoDBClient).send(new DeleteTableCommand({ TableName }));
            const before = await open("one").history();
            // First it is only told, and told again.
            for (const options of [{ previewOnly: true }, { previewOnly: true }, {}]) {
                const { changes } = await open("one").refresh(options);
                expect(changes.delete.map(({ name }) => name)).to.deep.equal(["data-sessions-table"]);
                expect(changes.same.map(({ name }) => name)).to.include.members([
                    "data-images-bucket",
                    "auth-user-pool",
                ]);
            }
            const [last, ...earlier] = await open("one").history();
            expect(earlier).to.deep.equal(before);
            expect(last).to.include({ kind: "refresh", result: "succeeded" });
            expect(last?.changes).to.include({ delete: 1 });
            expect(last?.startedAt).to.be.below(last?.endedAt as Date);
        });

        it("says who holds its lock, and takes it away on request", async () => {
            expect(await open("one").unlock()).to.equal(undefined);
            const locks = join(world.folder, "backend/.pulumi/locks/organization/story-42/one");
            mkdirSync(locks, { recursive: true });
            const holder = { pid: 42, username: "ada", hostname: "elsewhere.example" };
            const timestamp = "2026-11-02T10:00:00Z";
            writeFileSync(join(locks, "1.json"), JSON.stringify({ ...holder, timestamp }));
            await failure(open("one").refresh(), StackLockedError);
            const held = await open("one").unlock();
            expect(held).to.deep.equal({ by: "ada@elsewhere.example (pid 42)", since: new Date(timestamp) });
            expect(await open("one").unlock()).to.equal(undefined);
        });

        it("does not open a stack's secrets with another passphrase", async () => {
            const stranger = world.stacks({ envVars: { PULUMI_CONFIG_PASSPHRASE: "another" } });
            const stack = stranger.open("one", { settings: world.settings("one"), siteContent: world.siteContent });
            const error = await failure(stack.up(), CredentialsError);
            expect(error.of).to.equal("secrets");
        });

        it("removes a stack with its data only when that is given up by name", async () => {
            const stack = open("one", { agentEnabled: false });
            const error = await failure(stack.destroy(), ProtectedDataError);
            expect(error.refused.map(({ name }) => name)).to.include.members(["auth-user-pool", "data-images-bucket"]);
            await failure(stack.destroy({ everythingOf: "another" }), RangeError);
            const planned = (await stack.destroy({ previewOnly: true })).changes.delete.map(({ urn }) => urn);
            const { changes } = await stack.destroy({ everythingOf: "one", removeStack: true });
            expect(changes.delete.map(({ urn }) => urn)).to.have.members(planned);
            expect(changes.delete.map(({ name }) => name)).to.include.members(["auth-user-pool", "data-images-bucket"]);
            expect(await world.stacks().names()).to.deep.equal([]);
        });
    });
});
