/**
 * The local provider under the real engine: a stack with every resource type goes up on the emulator, is read, changed,
 * replaced, imported and removed.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as aws from "@pulumi/aws";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { ownGroupPulumi } from "../../../automation/command.ts";
import { type Emulator, startEmulator, stopEmulator } from "../../../local/emulator.ts";
import { Clients } from "../../../local/provider/clients.ts";
import { covers, diff, inputsOf, merge, previewOutputs } from "../../../local/provider/resource.ts";
import { type ProviderServer, startProviderServer } from "../../../local/provider/server.ts";
import { resourceTypes } from "../../../local/provider/types.ts";
import { hasUnknown, type Properties } from "../../../local/provider/values.ts";
import { pulumiVersion } from "../../../local/tools/pulumiCli.ts";
import { checkSettings } from "../../../stacks/checkSettings.ts";
import { stackOutputs } from "../../../stacks/outputs.ts";
import { createStory42 } from "../../../stacks/story42.ts";
import { ministackCommand, pulumiCommand } from "../tools.ts";

const region = "us-east-1";
const image = `story@sha256:${"a".repeat(64)}`;
const settings = {
    region,
    projectName: "every-type",
    environment: "test",
    adminEmail: "admin@example.com",
    googleApiKey: "google-key-value",
    tech42TtsApiUrl: "https://tts.example.com",
    tech42TtsApiKey: "tts-key-value",
    production: true,
    enableCustomDomain: true,
    domainName: "example.com",
    agentNightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" },
    images: { text: image, image, dataOps: image, agent: image },
};

interface StateResource {
    urn: string;
    type: string;
    id: string;
    custom: boolean;
    inputs: Properties;
    outputs: Properties;
}

/** A change of each type that has no tags and can be changed in place. */
const changes: Record<string, (inputs: Properties) => Properties> = {
    "aws:apigateway/account:Account": (it) => it,
    "aws:apigateway/authorizer:Authorizer": (it) => ({ ...it, name: `${it.name}-2` }),
    "aws:apigateway/deployment:Deployment": (it) => ({ ...it, description: "changed" }),
    "aws:apigateway/integration:Integration": (it) => ({ ...it, timeoutMilliseconds: 20_000 }),
    "aws:apigateway/integrationResponse:IntegrationResponse": (it) => ({
        ...it,
        responseTemplates: { "application/json": "{}" },
    }),
    "aws:apigateway/method:Method": (it) => it,
    "aws:apigateway/methodSettings:MethodSettings": (it) => ({
        ...it,
        settings: { ...it.settings, throttlingBurstLimit: 7 },
    }),
    "aws:apigateway/methodResponse:MethodResponse": (it) => ({
        ...it,
        responseParameters: { "method.response.header.X-Changed": true },
    }),
    "aws:apigateway/response:Response": (it) => ({
        ...it,
        responseTemplates: { "application/json": '{"message":"changed"}' },
    }),
    "aws:cloudwatch/dashboard:Dashboard": (it) => ({ ...it, dashboardBody: '{"widgets":[]}' }),
    "aws:cloudfront/function:Function": (it) => ({ ...it, comment: "changed" }),
    "aws:cloudfront/originAccessControl:OriginAccessControl": (it) => ({ ...it, description: "changed" }),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (it) => ({ ...it, comment: "changed" }),
    "aws:cognito/user:User": (it) => ({ ...it, attributes: { ...it.attributes, name: "Changed" } }),
    "aws:cognito/userGroup:UserGroup": (it) => ({ ...it, description: "changed" }),
    "aws:cognito/userPoolClient:UserPoolClient": (it) => ({ ...it, refreshTokenValidity: 7 }),
    "aws:ec2/route:Route": (it) => it,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (it) => it,
    "aws:ec2/flowLog:FlowLog": (it) => it,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (it) => ({ ...it, policy: it.policy.replace("cache", "layer") }),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (it) => it,
    "aws:iam/rolePolicy:RolePolicy": (it) => ({ ...it, policy: it.policy.replace("Allow", "Deny") }),
    "aws:kms/alias:Alias": (it) => it,
    "aws:kms/key:Key": (it) => ({ ...it, description: "changed" }),
    "aws:lambda/alias:Alias": (it) => ({ ...it, description: "changed" }),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (it) => ({ ...it, maximumRetryAttempts: 2 }),
    "aws:route53/record:Record": (it) => it,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": (it) => ({
        ...it,
        corsRules: [{ ...it.corsRules[0], maxAgeSeconds: 60 }],
    }),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (it) => ({ ...it, rules: it.rules.slice(-1) }),
    "aws:s3/bucketLogging:BucketLogging": (it) => ({ ...it, targetPrefix: "changed/" }),
    "aws:s3/bucketObjectv2:BucketObjectv2": (it) => ({ ...it, cacheControl: "max-age=1" }),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (it) => ({
        ...it,
        rule: { objectOwnership: "ObjectWriter" },
    }),
    "aws:s3/bucketPolicy:BucketPolicy": (it) => ({ ...it, policy: it.policy.replace("TlsOnly", "TlsAlone") }),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (it) => ({ ...it, blockPublicAcls: false }),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (it) => ({
        ...it,
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false }],
    }),
    "aws:s3/bucketVersioning:BucketVersioning": (it) => ({ ...it, versioningConfiguration: { status: "Suspended" } }),
    "aws:secretsmanager/secretVersion:SecretVersion": (it) => ({ ...it, secretString: "another-value" }),
    "aws:sns/topicPolicy:TopicPolicy": (it) => ({ ...it, policy: it.policy.replace("AlarmsAndBudgets", "Alarms") }),
};

describe("the local provider", function () {
    this.timeout(180_000);
    let folder: string;
    let site: string;
    let emulator: Emulator;
    let server: ProviderServer;
    let stack: Stack;
    let resources: StateResource[];
    let cloud: Clients;

    const environment = () => ({
        PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_HOME: join(folder, "pulumi"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DEBUG_PROVIDERS: `aws:${server.port},awsx:${server.port}`,
    });

    async function open(stackName: string, program: () => Promise<object>): Promise<Stack> {
        const opened = await LocalWorkspace.createOrSelectStack(
            { stackName, projectName: "every-type", program: program as () => Promise<Record<string, unknown>> },
            {
                workDir: join(folder, "workspace"),
                envVars: environment(),
                pulumiCommand: ownGroupPulumi(await pulumiCommand(), pulumiVersion),
                projectSettings: { name: "every-type", runtime: "nodejs", main: process.cwd() },
            },
        );
        await opened.setConfig("aws:region", { value: region });
        return opened;
    }

    async function stateOf(of: Stack): Promise<StateResource[]> {
        const { deployment } = await of.exportStack();
        const all = (deployment.resources ?? []) as StateResource[];
        return all.filter((one) => one.type in resourceTypes).map((one) => unsealed(one) as StateResource);
    }

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-provider-"));
        mkdirSync(join(folder, "backend"));
        mkdirSync(join(folder, "workspace"));
        site = relative(process.cwd(), join(folder, "site"));
        mkdirSync(site);
        writeFileSync(join(site, "index.html"), "<!doctype html>");
        emulator = await startEmulator({ command: await ministackCommand(), stateDir: folder, region, port: 0 });
        server = await startProviderServer({ endpoint: emulator.endpoint, region });
        cloud = new Clients(emulator.endpoint, region);
        stack = await open("test", async () => stackOutputs(createStory42(checkSettings(settings), site)));
        await stack.up();
        resources = await stateOf(stack);
    });

    after(async () => {
        await server?.stop();
        await stopEmulator(folder);
        rmSync(folder, { recursive: true, force: true });
    });

    const one = (type: string): StateResource => {
        const found = resources.find((it) => it.type === type);
        if (!found) {
            throw new Error(`no stack of this test has a ${type}; add it to the settings or remove the type`);
        }
        return found;
    };
    const regionOf = (it: StateResource) => cloud.in(it.outputs.region);

    it("brings up every type that it knows", () => {
        expect(Object.keys(resourceTypes).filter((type) => !resources.some((it) => it.type === type))).to.deep.equal(
            [],
        );
    });

    it("makes the children of the network as the official component names them", () => {
        const names = resources
            .filter((it) => it.urn.includes("awsx:ec2:Vpc"))
            .map((it) => `${it.type} ${it.urn.split("::").at(-1)}`);
        const inSubnet = (name: string) =>
            ["subnet:Subnet", "routeTable:RouteTable", "routeTableAssociation:RouteTableAssociation"].map(
                (type) => `aws:ec2/${type} ${name}`,
            );
        expect(names).to.have.members([
            "aws:ec2/vpc:Vpc network-vpc",
            "aws:ec2/internetGateway:InternetGateway network-vpc",
            ...["network-vpc-public-1", "network-vpc-public-2"].flatMap((name) => [
                ...inSubnet(name),
                `aws:ec2/route:Route ${name}`,
            ]),
            ...["network-vpc-isolated-1", "network-vpc-isolated-2"].flatMap(inSubnet),
        ]);
    });

    it("launches nothing with a public address by itself", () => {
        const subnets = resources.filter((it) => it.type === "aws:ec2/subnet:Subnet");
        expect(subnets.map((it) => it.outputs.mapPublicIpOnLaunch)).to.deep.equal([false, false, false, false]);
    });

    it("shows no change after a refresh", async () => {
        const { summary } = await stack.refresh();
        expect(summary.resourceChanges).to.have.all.keys("same");
        const { changeSummary } = await stack.preview();
        expect(changeSummary).to.have.all.keys("same");
    });

    for (const [title, change, touched] of [
        ["the pictures' expiry", { imageExpirationDays: 10 }, ["update data-images-lifecycle"]],
        [
            "the model's longest answer",
            { bedrockMaxTokens: 2048 },
            [
                "replace agent-task-definition",
                "update agent-service",
                "update lambdas-text-function",
                "update lambdas-text-live",
            ],
        ],
    ] as const) {
        it(`previews a change of ${title} as a change of what depends on it, and nothing else`, async () => {
            const changed = await open("test", async () =>
                stackOutputs(createStory42(checkSettings({ ...settings, ...change }), site)),
            );
            const steps = new Set<string>();
            await changed.preview({
                onEvent: ({ resourcePreEvent }) => {
                    const { op, urn } = resourcePreEvent?.metadata ?? {};
                    if (op && urn && ["create", "update", "delete", "replace"].includes(op)) {
                        steps.add(`${op} ${urn.split("::").at(-1)}`);
                    }
                },
            });
            expect([...steps]).to.have.members([...touched]);
        });
    }

    it("ends with the reason when the program fails half-way", async () => {
        const broken = await open("broken", async () =>
            stackOutputs(createStory42(checkSettings(settings), join(site, "missing"))),
        );
        let said = "";
        const failure = await broken.preview({ onOutput: (text) => (said += text) }).then(
            () => undefined,
            (error: Error) => error.name,
        );
        expect(failure).to.equal("CommandError");
        expect(said).to.match(/content is ".*missing", which has no index.html/);
        await broken.workspace.removeStack("broken");
    });

    it("keeps secrets out of the plain state", async () => {
        const text = readFileSync(join(folder, "backend/.pulumi/stacks/every-type/test.json"), "utf8");
        expect(text).to.not.contain("google-key-value").and.to.not.contain("tts-key-value");
    });

    for (const [type, entry] of Object.entries(resourceTypes)) {
        describe(type, () => {
            it("reads back what it made", async () => {
                const it = one(type);
                const actual = await entry.read(it.id, regionOf(it), { ...it.outputs, ...it.inputs });
                expect(actual, "read").to.be.an("object");
                const inputs = inputsOf(entry, merge(entry, it.inputs, { ...it.outputs, ...actual }), it.inputs);
                expect(diff(entry, it.inputs, it.outputs, inputs, [])).to.deep.equal([]);
            });

            it("previews what only the cloud decides as unknown", () => {
                const previewed = previewOutputs(entry, one(type).inputs);
                for (const name of entry.computed ?? []) {
                    expect(hasUnknown(previewed[name]), name).to.equal(true);
                }
            });

            it("replaces what can't be changed", () => {
                const it = one(type);
                const fixed = (entry.replaceOn ?? []).filter((name) => name in it.inputs);
                for (const name of entry.update
                    ? fixed
                    : Object.keys(it.inputs).filter((key) => !key.startsWith("__"))) {
                    const found = diff(entry, it.inputs, it.outputs, { ...it.inputs, [name]: "another" }, []);
                    expect(found, name).to.deep.equal([{ property: name, kind: "update", replaces: true }]);
                }
            });

            if (entry.update) {
                it("changes what can be changed, and back", async () => {
                    const it = one(type);
                    const tagged = "tags" in it.inputs && !entry.notEmulated?.includes("tags");
                    const change = tagged
                        ? (old: Properties) => ({ ...old, tags: { ...old.tags, Changed: "yes" } })
                        : changes[type];
                    if (!change && !entry.notEmulated?.includes("*")) {
                        throw new Error(`the test knows no change of ${type}; add one`);
                    }
                    const changed = change ? change(it.inputs) : it.inputs;
                    await entry.update?.(it.id, changed, regionOf(it), it.outputs);
                    const after = await entry.read(it.id, regionOf(it), { ...it.outputs, ...changed });
                    for (const [name, value] of Object.entries(changed)) {
                        const told =
                            after &&
                            name in after &&
                            ![...(entry.writeOnly ?? []), ...(entry.notEmulated ?? [])].includes(name);
                        expect(
                            !told || covers(after[name], value),
                            `${name} is ${JSON.stringify(after?.[name])}`,
                        ).to.equal(true);
                    }
                    await entry.update?.(it.id, it.inputs, regionOf(it), { ...it.outputs, ...changed });
                });
            }
        });
    }

    describe("in the end", () => {
        it("imports a bucket and a table that are there, and changes nothing of them", async () => {
            const table = one("aws:dynamodb/table:Table");
            const bucket = resources.find(
                (it) => it.type === "aws:s3/bucket:Bucket" && it.id.includes("story-images"),
            ) as StateResource;
            const { tagsAll: _tags, ...tableInputs } = table.inputs;
            const { forceDestroy: _force, ...bucketInputs } = bucket.inputs;
            const imports = await open("imports", async () => {
                new aws.dynamodb.Table("table", tableInputs as aws.dynamodb.TableArgs, {
                    import: table.id,
                    retainOnDelete: true,
                });
                new aws.s3.Bucket("bucket", bucketInputs as aws.s3.BucketArgs, {
                    import: bucket.id,
                    retainOnDelete: true,
                });
                return {};
            });
            const { summary } = await imports.up();
            expect(summary.resourceChanges).to.include({ import: 2 });
            expect((await imports.preview()).changeSummary).to.have.all.keys("same");
            await imports.destroy();
        });

        it("refuses to delete what is protected, and removes everything else", async () => {
            const open = createUnprotected();
            await (await open()).up();
            const bare = await open();
            const before = await stateOf(bare);
            await bare.destroy();
            expect((await stateOf(bare)).length).to.equal(0);
            for (const it of before.filter(({ type }) => !survives.has(type))) {
                const left = await resourceTypes[it.type]?.read(it.id, regionOf(it), { ...it.outputs, ...it.inputs });
                expect(left, `${it.type} ${it.id}`).to.equal(undefined);
            }
        });
    });

    /** The same stack with the protection of production taken off, which is what a person does before a removal. */
    function createUnprotected() {
        const transform: Record<string, Properties> = {
            "aws:dynamodb/table:Table": { deletionProtectionEnabled: false },
            "aws:cognito/userPool:UserPool": { deletionProtection: "INACTIVE" },
            "aws:lb/loadBalancer:LoadBalancer": { enableDeletionProtection: false },
            "aws:s3/bucket:Bucket": { forceDestroy: true },
        };
        return () =>
            open("test", async () => {
                const { runtime } = await import("@pulumi/pulumi");
                runtime.registerResourceTransform(({ type, props, opts }) => ({
                    props: { ...props, ...transform[type] },
                    opts: { ...opts, protect: false },
                }));
                return stackOutputs(createStory42(checkSettings(settings), site));
            });
    }
});

/** A state with its secrets as plain values, which is how the program gave them. */
function unsealed(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(unsealed);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const { plaintext } = value as { plaintext?: string };
    return plaintext === undefined
        ? Object.fromEntries(Object.entries(value).map(([key, it]) => [key, unsealed(it)]))
        : JSON.parse(plaintext);
}

/** What an account has whether or not a stack uses it, what lives in the state alone, and what goes with its owner. */
const survives = new Set([
    "aws:apigateway/account:Account",
    "aws:appautoscaling/target:Target",
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
]);
