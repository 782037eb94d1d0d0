import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
    LambdaClient,
    PublishVersionCommand,
    UpdateAliasCommand,
    UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { execa } from "execa";
import { commands } from "../../../../automation/cli/commands.ts";
import { runningService } from "../../../../local/background/process.ts";
import { commandEnvironment } from "../../../../local/commands/pulumi.ts";
import { freePort } from "../../../../local/lib/ports.ts";
import { gatewayAddress } from "../../../../local/runtime/upstreamSettings.ts";
import { CommandLine } from "../../../kit/cli/commandLine.ts";
import { CloudCopy } from "../../../kit/local/cloudCopy.ts";

/** Every command against one local cloud, as a process of its own. */
describe("The command line on the local cloud", function () {
    this.timeout(600_000);
    let cloud: CloudCopy;
    let story42: CommandLine;
    const client = <C>(Client: new (settings: object) => C) =>
        new Client({
            endpoint: cloud.local().emulator,
            region: cloud.local().region,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
    const outputs = () => cloud.local().outputs;
    const stackFile = (name: string) => join(cloud.folder, `Pulumi.${name}.yaml`);
    const user = () => JSON.parse(readFileSync(join(cloud.stateDir, "user.json"), "utf8"));
    const signedIn = () => ({ STORY42_USER: user().email, STORY42_PASSWORD: user().password });
    async function desiredTasks(): Promise<number | undefined> {
        const { services } = await client(ECSClient).send(
            new DescribeServicesCommand({
                cluster: outputs().ecs_cluster_name,
                services: [outputs().ecs_service_name ?? ""],
            }),
        );
        return services?.[0]?.desiredCount;
    }
    /** Lets a stack's file say something else, for as long as `work` takes. */
    async function withSetting(text: string, work: () => Promise<void>): Promise<void> {
        const before = readFileSync(stackFile("local"), "utf8");
        writeFileSync(stackFile("local"), before.replace(/^config:\n/m, `config:\n  ${text}\n`));
        try {
            await work();
        } finally {
            writeFileSync(stackFile("local"), before);
        }
    }

    before(async () => {
        cloud = await CloudCopy.make();
        const { code, text } = await cloud.run("up", "--no-images");
        expect(code, text).to.equal(0);
        // The stack's file as the local cloud keeps it, with the secrets that it needs.
        copyFileSync(join(cloud.stateDir, "workspace/Pulumi.local.yaml"), stackFile("local"));
        story42 = new CommandLine(cloud.folder, {
            ...(await commandEnvironment(cloud.stateDir)),
            PULUMI_STACK: "local",
        });
    });
    after(async () => {
        await cloud?.remove();
    });

    it("prints outputs, as a table or the value of one", async () => {
        const { outputs: printed } = await story42.json(["outputs"]);
        expect(printed).to.deep.equal(outputs());
        const { out, err } = await story42.run("outputs", "api_endpoint");
        expect({ out, err }).to.deep.equal({ out: `${outputs().api_endpoint}\n`, err: "" });
        const { error } = await story42.json(["outputs", "nothing"], { code: 2 });
        expect(error.message).to.contain("api_endpoint");
    });

    it("says what runs", async () => {
        const status = await story42.json(["status"]);
        expect(status).to.include({ stack: "local", healthy: true });
        expect(status.functions.map((one) => one.image.matches)).to.deep.equal([true, true, true]);
        expect(status.service).to.include({ desired: 1, running: 1, paused: false });
        const { out } = await story42.run("status");
        expect(out).to.match(/^agent +Healthy .* 1 of 1 tasks$/m);
    });

    it("verifies digests, and finds the one that somebody changed", async () => {
        expect((await story42.json(["verify"])).ok).to.equal(true);
        const FunctionName = outputs().text_function_name ?? "";
        const run = async (ImageUri: string) => {
            const lambda = client(LambdaClient);
            await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri }));
            const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
            await lambda.send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: Version }));
        };
        await run(outputs().image_refs.image ?? "");
        const { ok, images } = await story42.json(["verify"], { code: 3 });
        expect(ok).to.equal(false);
        const differing = images.filter((image) => !image.ok);
        expect(differing.map(({ image, name }) => [image, name])).to.deep.equal([["text", FunctionName]]);
        expect((await story42.run("verify")).out).to.match(new RegExp(`^differs +function +${FunctionName} `, "m"));
        expect((await story42.json(["status"])).functions[0]?.image.matches).to.equal(false);
        await run(outputs().image_refs.text ?? "");
        expect((await story42.json(["verify"])).ok).to.equal(true);
    });

    it("checks what a deployment stands on, each with ok or what to do", async () => {
        const { ok, checks } = await story42.json(["doctor"]);
        expect(ok).to.equal(true);
        const told = Object.fromEntries(checks.map(({ check, status }) => [check, status]));
        expect(told).to.deep.equal({
            Node: "ok",
            Pulumi: "ok",
            stack: "ok",
            settings: "ok",
            credentials: "ok",
            region: "ok",
            // The emulator has no Service Quotas.
            quotas: "unknown",
            builder: "ok",
            names: "ok",
            "text models": "ok",
            "picture model": "ok",
        });
        expect(checks.find(({ check }) => check === "text models")?.found).to.match(/nova-pro-v1:0 can be called/);
        await withSetting("story-42:bedrockModelId: us.anthropic.claude-opus-4-1-20250805-v1:0", async () => {
            const found = await story42.json(["doctor"], { code: 3 });
            expect(found.checks.find(({ status }) => status === "todo")?.check).to.equal("text models");
        });
        await withSetting("story-42:ecsCpu: 300", async () => {
            const found = await story42.json(["doctor"], { code: 3 });
            const settings = found.checks.find(({ check }) => check === "settings");
            expect(settings).to.include({ status: "todo" });
            expect(settings?.todo).to.contain("ecsCpu is 300");
        });
    });

    it("signs in and prints a token alone that the gateway takes", async () => {
        const { ended } = story42.start(["token"], signedIn());
        const { code, out, err } = await ended;
        expect(code, err).to.equal(0);
        expect(out).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
        const apiUrl = gatewayAddress(outputs().api_endpoint ?? "", cloud.local().emulator);
        const call = (headers: Record<string, string>) =>
            fetch(`${apiUrl}/generate-topics-ideas`, { method: "POST", headers, body: "{}" });
        expect((await call({})).status).to.equal(401);
        // The function itself answers that the body lacks what it needs.
        expect((await call({ authorization: `Bearer ${out.trim()}` })).status).to.equal(400);
        const { token, expiresAt } = await story42.json(["token"], { env: signedIn() });
        expect(token.split(".")).to.have.length(3);
        expect(Date.parse(expiresAt)).to.be.greaterThan(Date.now());
    });

    it("says that a sign-in is refused, and never what the password was", async () => {
        const env = { STORY42_USER: user().email, STORY42_PASSWORD: "not-the-password" };
        const { code, out, err } = await story42.start(["token", "--json"], env).ended;
        expect(code).to.equal(1);
        expect(JSON.parse(out).error.code).to.equal("sign_in_failed");
        expect(out + err).not.to.contain("not-the-password");
        const { error } = await story42.json(["token"], { code: 2, env: { STORY42_USER: user().email } });
        expect(error.message).to.contain("STORY42_PASSWORD");
    });

    it("serves the site from its sources in front of the stack, until it is stopped", async () => {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}`;
        const STORY42_SITE = `http://127.0.0.1:${runningService(cloud.stateDir, "runtime")?.port}`;
        const dev = story42.start(["dev", "--port", String(port), "--json"], { STORY42_SITE });
        await dev.seen(/"url"/);
        expect(await (await fetch(url)).text()).to.contain("/src/main.ts");
        const signIn = (headers: Record<string, string>) =>
            fetch(`${url}/api/v1/auth/signin`, {
                method: "POST",
                headers: { "content-type": "application/json", ...headers },
                body: JSON.stringify(user()),
            });
        expect((await signIn({ origin: url })).status).to.equal(200);
        expect((await signIn({ origin: "https://example.com" })).status).to.equal(403);
        const { error } = await story42.json(["dev", "--port", String(port)], { code: 2, env: { STORY42_SITE } });
        expect(error.message).to.contain(`the port ${port}`);
        dev.child.kill("SIGINT");
        const { code, out, err } = await dev.ended;
        expect(code, err).to.equal(0);
        expect(JSON.parse(out)).to.deep.equal({ stack: "local", url, service: STORY42_SITE });
        story42.check("dev", JSON.parse(out));
    });

    it("shows what is logged, and follows it until it is stopped", async () => {
        const logs = client(CloudWatchLogsClient);
        const at = {
            logGroupName: (outputs().log_groups as unknown as Record<string, string>).text,
            logStreamName: "by-hand",
        };
        const put = (message: string, timestamp: number) =>
            logs.send(new PutLogEventsCommand({ ...at, logEvents: [{ message, timestamp }] }));
        await logs.send(new CreateLogStreamCommand(at));
        await put("an hour ago", Date.now() - 3_600_000);
        await put("just now", Date.now());
        const { code, out } = await story42.run("logs", "text", "--since", "30m", "--json");
        expect(code).to.equal(0);
        const events = out
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
        for (const event of events) {
            story42.check("logs", event);
        }
        const byHand = events.filter(({ stream }) => stream === "by-hand");
        expect(byHand.map(({ message }) => message)).to.deep.equal(["just now"]);

        const following = story42.start(["logs", "text", "--follow", "--since", "2h"]);
        await following.seen(/an hour ago/);
        await put("afterwards", Date.now());
        await following.seen(/afterwards/);
        following.child.kill("SIGINT");
        const ended = await following.ended;
        expect(ended.code, ended.err).to.equal(0);
        expect(ended.out.match(/just now/g)).to.have.length(1);
    });

    it("changes nothing without a terminal and without --yes", async () => {
        for (const { name } of commands.filter(({ changes }) => changes)) {
            const { error } = await story42.json([name], { code: 2 });
            expect(error.code).to.equal("confirmation_needed");
        }
        expect(await desiredTasks()).to.equal(1);
    });

    it("asks at a terminal, and takes no for an answer", async () => {
        const no = await story42.atTerminal(["pause"], [[/Stop the agent service of local\?/, "n"]]);
        expect(no.code, no.screen).to.equal(3);
        expect(no.screen).to.contain("Nothing was changed.");
        const other = await story42.atTerminal(["destroy"], [[/Its name/, "prod\r"]]);
        expect(other.code, other.screen).to.equal(3);
        expect(other.screen).to.contain("That is another name");
        const stopped = await story42.atTerminal(["pause"], [[/Stop the agent service of local\?/, "\u0003"]]);
        expect(stopped.code, stopped.screen).to.equal(130);
        expect(await desiredTasks()).to.equal(1);
        const yes = await story42.atTerminal(["pause"], [[/Stop the agent service of local\?/, "y"]]);
        expect(yes.code, yes.screen).to.equal(0);
        expect(await desiredTasks()).to.equal(0);
        expect((await story42.json(["resume", "--yes"])).to).to.equal(1);
    });

    it("pauses the service over a deployment, and resumes it with as many tasks as before", async () => {
        await client(ECSClient).send(
            new UpdateServiceCommand({
                cluster: outputs().ecs_cluster_name,
                service: outputs().ecs_service_name,
                desiredCount: 2,
            }),
        );
        expect(await story42.json(["pause", "--yes"])).to.include({ from: 2, to: 0, tasks: 2 });
        expect((await story42.json(["status"])).service).to.include({ desired: 0, paused: true });
        await withSetting("story-42:logLevel: DEBUG", async () => {
            const { changes } = await story42.json(["up", "--yes"]);
            expect(changes.update.map(({ name }) => name)).to.include("agent-service");
        });
        expect(await desiredTasks()).to.equal(0);
        expect(await story42.json(["resume", "--yes"])).to.include({ from: 0, to: 2, tasks: 2 });
        expect(await desiredTasks()).to.equal(2);
        const { changes } = await story42.json(["preview"]);
        const agent = changes.update.find(({ name }) => name === "agent-service");
        // Where nothing scales, the setting counts the tasks: the provider has seen two, and the setting says one.
        expect(agent?.properties ?? []).to.include("desiredCount");
    });

    it("says what an upgrade would take that the changelog does not name", async () => {
        await withSetting("story-42:userPoolDomain: stories-of-many", async () => {
            const { ok, losses } = await story42.json(["upgrade-check", "--from", "0.1.0"], { code: 3 });
            expect(ok).to.equal(false);
            const lost = losses.map(({ kind, name, announced }) => [kind, name, announced]);
            expect(lost).to.deep.equal([["replace", "auth-user-pool-domain", null]]);
        });
        const { error } = await story42.json(["upgrade-check", "--from", "last"], { code: 2 });
        expect(error.message).to.contain("1.2.3");
    });

    it("says what stories used", async () => {
        const { by, groups, total } = await story42.json(["costs", "--days", "1"]);
        expect({ by, groups }).to.deep.equal({ by: "day", groups: [] });
        expect(total).to.include({ calls: 0, usd: 0 });
    });

    it("takes what is there into the record", async () => {
        const { changes } = await story42.json(["refresh", "--yes"]);
        expect(changes.update.map(({ name }) => name)).to.include("agent-service");
    });

    it("refuses to lose data that is not given up, and says what", async () => {
        const { error } = await story42.json(["destroy", "--yes"], { code: 3 });
        expect(error.code).to.equal("data_protected");
        const names = error.details.resources.map(({ name }) => name);
        expect(names).to.include.members(["data-sessions-table", "auth-user-pool"]);
        await withSetting("story-42:environment: other", async () => {
            const { error } = await story42.json(["up", "--yes"], { code: 3 });
            expect(error.code).to.equal("data_protected");
            expect(error.message).to.contain("--replace-or-delete");
        });
        const { TableNames } = await client(DynamoDBClient).send(new ListTablesCommand({}));
        expect(TableNames).to.have.members([outputs().dynamodb_table_name, outputs().usage_table_name]);
    });

    it("plans to adopt what a Terraform state describes, and changes nothing without --yes", async () => {
        const name = outputs().dynamodb_table_name;
        const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
        const table = {
            mode: "managed",
            type: "aws_dynamodb_table",
            name: "sessions",
            provider: 'provider["registry.terraform.io/hashicorp/aws"]',
            instances: [{ schema_version: 1, attributes: { id: name, name, arn, billing_mode: "PAY_PER_REQUEST" } }],
        };
        const state = {
            version: 4,
            terraform_version: "1.11.0",
            serial: 1,
            lineage: "test",
            outputs: {},
            resources: [table],
        };
        const file = join(cloud.folder, "old.tfstate");
        writeFileSync(file, JSON.stringify(state));
        const { plan, applied } = await story42.json(["adopt", file]);
        expect(applied).to.equal(false);
        // An adoption has what holds data protected from then on, also what the stack has already.
        const changed = plan.changed.map(({ name, already, properties }) => [name, already, properties]);
        expect(changed).to.deep.equal([["data-sessions-table", true, ["deletionProtectionEnabled"]]]);
        expect(plan.asIs).to.deep.equal([]);
    });

    it("stops cleanly in the middle of a deployment, and removes what it had made", async () => {
        copyFileSync(stackFile("local"), stackFile("second"));
        const up = story42.start(["up", "--stack", "second", "--yes", "--json"]);
        await up.seen(/^up of second: \d+ steps\n(?:.*\n){10}/m);
        up.child.kill("SIGINT");
        const { code, out, err } = await up.ended;
        expect(code, err).to.equal(130);
        const result = JSON.parse(out);
        story42.check("failure", result);
        expect(result.error.code).to.equal("cancelled");
        expect(result.error.details.done).not.to.deep.equal([]);
        expect(result.error.details.notDone).not.to.deep.equal([]);

        const gone = await story42.json([
            "destroy",
            "--stack",
            "second",
            "--yes",
            "--everything-of",
            "second",
            "--remove-stack",
        ]);
        expect(gone.changes.delete).not.to.deep.equal([]);
        for (const command of ["status", "dev"]) {
            const { error } = await story42.json([command, "--stack", "second"], { code: 1 });
            expect(error.code).to.equal("no_stack");
        }
    });

    it("says that credentials are missing", async () => {
        const env = {
            AWS_ACCESS_KEY_ID: "",
            AWS_SECRET_ACCESS_KEY: "",
            AWS_EC2_METADATA_DISABLED: "true",
            HOME: cloud.folder,
        };
        const { error } = await story42.json(["status"], { code: 1, env });
        expect(error.code).to.equal("credentials_missing");
    });

    it("completes in bash", async () => {
        const { script } = await story42.json(["completion", "bash"]);
        // What a shell does once somebody has typed `story42 sta` and Tab; bash-completion itself need not be here.
        const shell = [
            `story42() { '${process.execPath}' '${join(cloud.folder, "automation/cli/main.ts")}' "$@"; }`,
            "_get_comp_words_by_ref() { cur=sta prev=story42 cword=1; words=(story42 sta); }",
            "compopt() { :; }",
            script,
            '__story42_complete; printf "%s" "$COMPREPLY"',
        ].join("\n");
        expect((await execa("bash", ["-c", shell])).stdout.trim()).to.equal("status");
    });

    it("is reached on the local cloud's stack by npm run local", async () => {
        const { code, text } = await cloud.run("story42", "outputs", "region");
        expect({ code, text }).to.deep.equal({ code: 0, text: "us-east-1\n" });
    });

    it("grades the checkout's prompts with the stack's model", async () => {
        const prompts = "docker/story-text-regen/prompts.ts";
        await withSetting("story-42:bedrockModelId: us.anthropic.claude-sonnet-4-6", async () => {
            // One wish is too few for a verdict.
            const asked = ["eval", "--live", "--wishes", "1", "--against", prompts];
            const { verdict, grades } = await story42.json(asked, { code: 1 });
            expect(verdict).to.equal("none");
            expect(grades.map(({ modelId }) => modelId)).to.deep.equal(Array(2).fill("us.anthropic.claude-sonnet-4-6"));
            expect(grades[0]?.tokens.in).to.be.above(0);
        });
    });

    it("has shown a result of every command that the published schema allows", () => {
        expect([...story42.valid].sort()).to.deep.equal([...commands.map(({ name }) => name), "failure"].sort());
    });
});
