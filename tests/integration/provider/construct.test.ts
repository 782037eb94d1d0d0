/**
 * The packed package as a component provider, started by the engine as any plugin: its schema, and every component made
 * for a program that has nothing of it but the names of types, as in another language.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { execa } from "execa";
import { ownGroupPulumi } from "../../../automation/engine/pulumiCommand.ts";
import { type Emulator, startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { provideLanguageHost } from "../../../local/tools/languageHost.ts";
import { pulumiVersion } from "../../../local/tools/pulumiCli.ts";
import manifest from "../../../package/package.json" with { type: "json" };
import { engineVariables } from "../../kit/engineVariables.ts";
import { installInto } from "../../kit/packed.ts";
import { rolePolicies } from "../../kit/rolePolicies.ts";
import { ministackCommand, pulumiCommand } from "../../kit/tools.ts";

const region = "us-east-1";
const naming = { project: "remote", environment: "test" };
const image = `story@sha256:${"a".repeat(64)}`;

/** A component as a program in another language makes it. */
class Remote extends pulumi.ComponentResource {
    /** @param outputs the names of the outputs that the program uses */
    constructor(component: string, name: string, inputs: pulumi.Inputs, outputs: string[]) {
        const told = Object.fromEntries(outputs.map((output) => [output, undefined]));
        super(`story42:index:${component}`, name, { ...told, ...inputs }, {}, true);
    }

    /** An output, by its name. */
    // biome-ignore lint/suspicious/noExplicitAny: what the schema says, which this program does not know
    told(output: string): pulumi.Output<any> {
        return (this as unknown as Record<string, pulumi.Output<unknown>>)[output] as pulumi.Output<unknown>;
    }
}

/** A program of every component, each fed by the outputs of others. */
async function everyComponent(): Promise<Record<string, pulumi.Output<unknown>>> {
    const account = { accountId: "123456789012" };
    const adminEmail = "admin@example.com";
    const network = new Remote(
        "StoryNetwork",
        "network",
        { ...naming, availabilityZones: ["us-east-1a", "us-east-1b"] },
        ["vpcId", "publicSubnetIds", "isolatedSubnetIds"],
    );
    const key = new Remote("StoryEncryptionKey", "key", { ...naming, ...account, region }, ["arn"]);
    const logs = new Remote("StoryLogBucket", "logs", { ...naming, ...account, forceDestroy: true }, [
        "bucketName",
        "bucketDomainName",
    ]);
    const data = new Remote(
        "StoryData",
        "data",
        {
            ...naming,
            googleApiKey: pulumi.secret("google-key-value"),
            ttsApiKey: pulumi.secret("tts-key-value"),
            corsOrigins: ["https://app.example.com"],
            kmsKeyArn: key.told("arn"),
            accessLogBucket: logs.told("bucketName"),
            forceDestroy: true,
            secretRecoveryDays: 0,
        },
        ["tableName", "tableArn", "ttsApiKeySecretArn", "imagesBucketDomainName"],
    );
    const auth = new Remote("StoryAuth", "auth", { ...naming, adminEmail }, ["userPoolArn", "userPoolId"]);
    const built = new Remote(
        "StoryImage",
        "image",
        { ...naming, repositoryName: "remote-text", existingImage: image, forceDelete: true },
        ["ref", "repositoryArn"],
    );
    const functions = {
        text: {
            functionName: "remote-text",
            image: built.told("ref"),
            environment: { TABLE: data.told("tableName") },
            permissions: [{ actions: ["dynamodb:PutItem"], resources: [data.told("tableArn")] }],
        },
    };
    const lambdas = new Remote("StoryLambdas", "lambdas", { ...naming, functions }, ["liveFunctions"]);
    const text = lambdas.told("liveFunctions").apply((told) => told?.text);
    const api = new Remote(
        "StoryApi",
        "api",
        {
            ...naming,
            operations: [
                { path: "/tell", name: "tell", function: pick(text, "functionName", "aliasName", "invokeArn") },
            ],
            userPoolArn: auth.told("userPoolArn"),
            corsOrigins: ["https://app.example.com"],
        },
        ["endpoint", "operationEndpoints", "restApiName", "stageName"],
    );
    const agent = new Remote(
        "StoryAgentService",
        "agent",
        {
            ...naming,
            image: { ref: built.told("ref"), repositoryArn: built.told("repositoryArn") },
            network: pick(network, "vpcId", "publicSubnetIds", "isolatedSubnetIds"),
            secrets: { TTS_API_KEY: data.told("ttsApiKeySecretArn") },
            variables: { TABLE: data.told("tableName") },
        },
        [
            "clusterName",
            "serviceName",
            "loadBalancerArn",
            "loadBalancerDnsName",
            "loadBalancerArnSuffix",
            "targetGroupArnSuffix",
        ],
    );
    const firewall = new Remote("StoryFirewall", "firewall", { ...naming, scope: "CLOUDFRONT" }, ["arn"]);
    const site = new Remote(
        "StorySite",
        "site",
        {
            ...naming,
            agentLoadBalancer: { arn: agent.told("loadBalancerArn"), dnsName: agent.told("loadBalancerDnsName") },
            accessLogs: pick(logs, "bucketName", "bucketDomainName"),
            webAclArn: firewall.told("arn"),
            forceDestroy: true,
        },
        ["url"],
    );
    new Remote(
        "StoryMonitoring",
        "monitoring",
        {
            ...naming,
            ...account,
            adminEmail,
            api: { name: api.told("restApiName"), stageName: api.told("stageName") },
            functions: { text: pick(text, "functionName", "deadLetterQueueName") },
            tableName: data.told("tableName"),
            service: {
                ...pick(agent, "clusterName", "serviceName", "loadBalancerArnSuffix", "targetGroupArnSuffix"),
                desiredCount: 1,
                containerInsights: false,
            },
            monthlyBudgetUsd: 50,
        },
        [],
    );
    return {
        tableArn: data.told("tableArn"),
        operationEndpoints: api.told("operationEndpoints"),
        endpoint: api.told("endpoint"),
        url: site.told("url"),
    };
}

/** Several outputs of a component, or parts of one output, under their own names. */
function pick(from: Remote | Parts, ...names: string[]): Record<string, unknown> {
    const partOf = (parts: Parts, name: string) => parts.apply((known) => known?.[name]);
    return Object.fromEntries(
        names.map((name) => [name, from instanceof Remote ? from.told(name) : partOf(from, name)]),
    );
}

type Parts = pulumi.OutputInstance<Record<string, unknown> | undefined>;

describe("The package as a component provider", function () {
    this.timeout(300_000);
    const work = mkdtempSync(join(tmpdir(), "story-42-remote-"));
    // Pulumi takes what follows an @ in a path for a version.
    const plugin = join(work, "node_modules/story42");
    let emulator: Emulator;
    let environment: Record<string, string>;
    let cli: string;

    before(async () => {
        cli = await pulumiCommand();
        provideLanguageHost(cli);
        mkdirSync(join(work, "workspace"));
        emulator = await startEmulator({ command: await ministackCommand(), stateDir: work, region, port: 0 });
        environment = await engineVariables(work, emulator.endpoint, region);
        await installInto(work);
        renameSync(join(work, "node_modules", manifest.name), plugin);
        writeFileSync(
            join(work, "workspace/Pulumi.yaml"),
            JSON.stringify({
                name: "remote",
                runtime: "nodejs",
                main: process.cwd(),
                plugins: { providers: [{ name: "story42", path: plugin }] },
            }),
        );
    });
    after(async () => {
        await stopEmulator(work);
        rmSync(work, { recursive: true, force: true });
    });

    const open = (program: () => Promise<Record<string, unknown>>): Promise<Stack> =>
        LocalWorkspace.createOrSelectStack(
            { stackName: "test", projectName: "remote", program },
            {
                workDir: join(work, "workspace"),
                envVars: environment,
                pulumiCommand: ownGroupPulumi(cli, pulumiVersion),
            },
        );
    const client = () => ({
        endpoint: emulator.endpoint,
        region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });

    it("tells Pulumi the schema that is in the package, which Pulumi accepts", async () => {
        const env = { ...environment, PATH: process.env.PATH };
        const { stdout } = await execa(cli, ["package", "get-schema", plugin], { cwd: work, env, stdin: "ignore" });
        expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(readFileSync(join(plugin, "schema.json"), "utf8")));
    });

    it("makes every component for a program in another language, and removes it", async () => {
        const stack = await open(everyComponent);
        await stack.setConfig("aws:region", { value: region });
        let said = "";
        const planned = await stack.preview({ onOutput: (text) => (said += text), color: "never" }).catch((error) => {
            throw new Error(`${error.message}\n${said}`);
        });
        expect(planned.changeSummary).to.have.all.keys("create");
        const { outputs, summary } = await stack.up();
        expect(summary.resourceChanges?.create).to.equal(planned.changeSummary.create);
        expect(outputs.operationEndpoints?.value).to.deep.equal({ tell: `${outputs.endpoint?.value}/tell` });
        expect(outputs.url?.value).to.match(/^https:\/\//);

        const made = await new LambdaClient(client()).send(new GetFunctionCommand({ FunctionName: "remote-text" }));
        expect(made.Configuration?.Environment?.Variables).to.deep.equal({ TABLE: "remote-story-sessions-test" });
        const [policy] = await rolePolicies(new IAMClient(client()), "remote-text", "permissions");
        expect(policy?.PolicyDocument).to.contain(outputs.tableArn?.value);

        const state = readFileSync(join(work, "backend/.pulumi/stacks/remote/test.json"), "utf8");
        expect(state).to.not.contain("google-key-value").and.to.not.contain("tts-key-value");
        expect((await stack.preview()).changeSummary).to.have.all.keys("same");
        await stack.destroy();
        expect((await stack.exportStack()).deployment.resources ?? []).to.deep.equal([]);
    });

    it("says what is wrong with inputs, and makes nothing", async () => {
        const stack = await open(async () => {
            new Remote(
                "StoryData",
                "data",
                { ...naming, googleApiKey: "plain", corsOrigin: ["https://a.example.com"] },
                [],
            );
            return {};
        });
        let said = "";
        await stack.preview({ onOutput: (text) => (said += text), color: "never" }).catch(() => {});
        expect(said)
            .to.contain('StoryData "data" was given arguments it does not accept')
            .and.to.contain("corsOrigin is not an input; did you mean corsOrigins?")
            .and.to.contain("googleApiKey is not a secret");
    });
});
