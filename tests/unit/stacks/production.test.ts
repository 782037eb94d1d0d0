/** What a production stack refuses to lose, and how it is left: nothing that data needs goes before the data. */
import { expect } from "chai";
import type { StorySettingsInput } from "../../../stacks/settings.ts";
import type { Registrations } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

/** Each stack is made once. */
const stacks = new Map<string, Promise<Registrations>>();
function stackWith(settings: Partial<StorySettingsInput> & { environment: string }): Promise<Registrations> {
    const key = JSON.stringify(settings);
    const stack = stacks.get(key) ?? runStack(settings);
    stacks.set(key, stack);
    return stack;
}
const made = (change: Partial<StorySettingsInput>) => stackWith({ environment: "prod", production: true, ...change });
const makeDev = (change: Partial<StorySettingsInput>) => stackWith({ environment: "dev", ...change });
const dataTypes = [
    "aws:dynamodb/table:Table",
    "aws:cognito/userPool:UserPool",
    "aws:secretsmanager/secret:Secret",
    "aws:kms/key:Key",
    "aws:lb/loadBalancer:LoadBalancer",
];
const bucketType = "aws:s3/bucket:Bucket";
const protectedOf = (resources: Registrations) =>
    resources.all.filter(({ type, protect }) => protect && type.startsWith("aws:")).map(({ name }) => name);

interface Statement {
    Action: string[];
    Resource: string | string[];
    Condition?: { StringLike: { "s3:prefix": string[] } };
}

describe("a production stack", () => {
    it("refuses, in the preview already, to lose what holds data, its key and the balancer", async () => {
        const resources = await made({});
        for (const type of dataTypes) {
            for (const { name, protect } of resources.ofType(type)) {
                expect(protect, name).to.equal(true);
            }
        }
        expect(resources.one(bucketType, "data-images-bucket").protect).to.equal(true);
        for (const { name, inputs } of resources.ofType(bucketType)) {
            expect(inputs.forceDestroy, name).to.equal(false);
        }
        for (const { name, inputs } of resources.ofType("aws:ecr/repository:Repository")) {
            expect(inputs.forceDelete, name).to.equal(false);
        }
    });

    it("leaves its access logs in the account, with the rules of their bucket", async () => {
        const logs = (await made({})).all.filter(({ parent, type }) => parent === "logs" && type.startsWith("aws:s3/"));
        expect(logs).to.have.length.greaterThan(5);
        for (const { name, retainOnDelete } of logs) {
            expect(retainOnDelete, name).to.equal(true);
        }
    });

    it("can be destroyed whole once its data is given up, the key as everything else", async () => {
        const resources = await made({ protectData: false });
        expect(protectedOf(resources)).to.deep.equal([]);
        for (const { inputs } of resources.ofType("aws:dynamodb/table:Table")) {
            expect(inputs.deletionProtectionEnabled).to.equal(false);
        }
        expect(resources.one("aws:cognito/userPool:UserPool").inputs.deletionProtection).to.equal("INACTIVE");
        expect(resources.one("aws:lb/loadBalancer:LoadBalancer").inputs.enableDeletionProtection).to.equal(false);
        for (const { name, inputs } of resources.ofType(bucketType)) {
            expect(inputs.forceDestroy, name).to.equal(true);
        }
        for (const { name, inputs } of resources.ofType("aws:ecr/repository:Repository")) {
            expect(inputs.forceDelete, name).to.equal(true);
        }
        const kept = resources.all.filter(({ name, retainOnDelete }) => retainOnDelete && name.startsWith("logs"));
        expect(kept).to.deep.equal([]);
        // Everything that is encrypted comes from the key, so that it goes before it.
        for (const { dependsOn } of resources.ofType("aws:dynamodb/table:Table")) {
            expect(dependsOn).to.include("key-key");
        }
        expect(resources.one(bucketType, "data-images-bucket").protect).to.equal(false);
    });

    it("keeps its key when production is left and the data stays", async () => {
        const resources = await made({ production: false, customerKey: true });
        const table = resources.one("aws:dynamodb/table:Table", "data-sessions-table");
        expect(table.inputFrom("serverSideEncryption")).to.deep.equal(["key-key"]);
        // Whoever reads data may use the key.
        const reading = resources.one("aws:iam/rolePolicy:RolePolicy", "data-agent-task-sessions");
        expect(reading.inputFrom("policy")).to.include("key-key");
        expect(resources.ofType("aws:wafv2/webAcl:WebAcl")).to.deep.equal([]);
    });

    it("has no key otherwise outside of production", async () => {
        expect((await made({ production: false })).ofType("aws:kms/key:Key")).to.deep.equal([]);
    });

    it("lets its log bucket be written by this account's balancers, by their path", async () => {
        const { policy } = (await made({})).one("aws:s3/bucketPolicy:BucketPolicy", "logs-policy").inputs;
        const statements: { Principal: { Service?: string }; Resource: string; Condition?: object }[] =
            JSON.parse(policy).Statement;
        const of = (service: string) => statements.find(({ Principal }) => Principal.Service === service);
        const balancers = of("logdelivery.elasticloadbalancing.amazonaws.com");
        expect(balancers?.Resource).to.equal(
            "arn:aws:s3:::story-42-access-logs-prod-123456789012/alb/AWSLogs/123456789012/*",
        );
        expect(balancers).to.not.have.property("Condition");
        expect(of("logging.s3.amazonaws.com")?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
        });
    });

    it("has CloudFront log only once the log bucket takes what CloudFront writes", async () => {
        const distribution = (await made({})).one("aws:cloudfront/distribution:Distribution");
        expect(distribution.inputFrom("loggingConfig")).to.include.members(["logs-policy", "logs-ownership"]);
    });

    it("lets log groups use its key as CloudWatch Logs asks for", async () => {
        const { policy } = (await made({})).one("aws:kms/key:Key").inputs;
        const statements: { Sid: string; Action: string[] }[] = JSON.parse(policy).Statement;
        expect(statements.find(({ Sid }) => Sid === "LogGroupsOfThisAccount")?.Action).to.deep.equal([
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ]);
    });

    it("lets a task call the API for all whom it serves, and a visitor the site less often", async () => {
        const limits = (await made({}))
            .ofType("aws:wafv2/webAcl:WebAcl")
            .map(({ name, inputs }) => [name, inputs.rules.at(-1).statement.rateBasedStatement.limit]);
        expect(Object.fromEntries(limits)).to.deep.equal({
            "api-firewall-web-acl": 10_000,
            "site-firewall-web-acl": 2000,
        });
    });

    for (const [count, bounds] of [
        [1, [1, 4]],
        [2, [2, 4]],
        [7, [7, 7]],
    ] as const) {
        it(`runs as many tasks as ecsDesiredCount says, ${count}, and no fewer`, async () => {
            const resources = await made({ ecsDesiredCount: count });
            const [target] = resources.ofType("aws:appautoscaling/target:Target");
            const { minCapacity, maxCapacity } = target?.inputs ?? { minCapacity: count, maxCapacity: count };
            expect([minCapacity, maxCapacity]).to.deep.equal(bounds);
            expect(resources.one("aws:ecs/service:Service").inputs.desiredCount).to.equal(count);
        });
    }
});

describe("a stack outside of production", () => {
    it("lets whoever may read an object list its key, so that one that is not there is 404 and not 403", async () => {
        const policies = (await makeDev({})).ofType("aws:iam/rolePolicy:RolePolicy");
        const readers = policies
            .map(({ inputs }) => JSON.parse(inputs.policy).Statement as Statement[])
            .filter((statements) => statements.some(({ Action }) => Action.includes("s3:GetObject")));
        expect(readers).to.have.length(3);
        for (const statements of readers) {
            const listed = statements
                .filter(({ Action }) => Action.includes("s3:ListBucket"))
                .flatMap(({ Resource, Condition }) =>
                    (Condition?.StringLike["s3:prefix"] ?? ["*"]).map((prefix) => `${Resource}/${prefix}`),
                );
            const read = statements.filter(({ Action }) => Action.includes("s3:GetObject"));
            expect(listed).to.have.members(read.flatMap(({ Resource }) => Resource));
        }
    });

    it("runs as many tasks as ecsDesiredCount says", async () => {
        for (const ecsDesiredCount of [0, 1, 3]) {
            const resources = await makeDev({ ecsDesiredCount });
            expect(resources.ofType("aws:appautoscaling/target:Target")).to.deep.equal([]);
            expect(resources.one("aws:ecs/service:Service").inputs.desiredCount).to.equal(ecsDesiredCount);
        }
    });

    it("starts in the morning with as many tasks as it stopped with", async () => {
        const agentNightStop = { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "UTC" };
        const resources = await makeDev({ ecsDesiredCount: 3, agentNightStop });
        const morning = resources.one("aws:appautoscaling/scheduledAction:ScheduledAction", "agent-morning-start");
        expect(morning.inputs.scalableTargetAction).to.deep.equal({ minCapacity: 3, maxCapacity: 3 });
        expect(resources.all.map(({ name }) => name)).to.not.include("monitoring-agent-tasks");
    });

    it("deploys new tasks when a key has a new value", async () => {
        const resources = await makeDev({});
        const [{ secrets }] = JSON.parse(
            resources.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
        );
        expect(secrets).to.have.length(1);
        expect(secrets[0].valueFrom).to.match(/:::version-of-data-tts-api-key-value$/);
    });

    it("gives tasks the key of a web search where there is one, which can be left out again", async () => {
        for (const change of [{}, { environment: "prod", production: true }]) {
            const resources = await stackWith({ environment: "dev", ...change, braveSearchApiKey: "the-search-key" });
            const task = resources.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions;
            const [{ secrets }] = JSON.parse(task);
            expect(secrets.map(({ name }: { name: string }) => name)).to.include("BRAVE_SEARCH_API_KEY");
            expect(task).to.not.contain("the-search-key");
            const secret = resources.one("aws:secretsmanager/secret:Secret", "data-search-api-key");
            expect(secret.protect).to.equal(false);
            expect(secret.inputs.recoveryWindowInDays).to.equal(0);
            const version = resources.one(
                "aws:secretsmanager/secretVersion:SecretVersion",
                "data-search-api-key-value",
            );
            expect(version.secretInputs).to.include("secretString");
            const readable = resources
                .ofType("aws:iam/rolePolicy:RolePolicy")
                .filter(({ dependsOn }) => dependsOn.includes("data-search-api-key"));
            expect(readable.map(({ name }) => name)).to.deep.equal(["agent-execution-secrets"]);
        }
    });

    it("names new buckets by the account, and keeps the names of those that are there", async () => {
        const buckets = (await made({})).ofType(bucketType);
        const plain = ["story-42-story-images-prod", "story-42-prod-static-website", "story-42-access-logs-prod"];
        expect(buckets.map(({ inputs }) => inputs.bucket)).to.have.members(plain.map((name) => `${name}-123456789012`));
        for (const { name, ignoreChanges } of buckets) {
            expect(ignoreChanges, name).to.deep.equal(["bucket"]);
        }
    });

    it("has buckets of the names that a suffix gives, which can be changed", async () => {
        const buckets = (await made({ bucketSuffix: "ours" })).ofType(bucketType);
        const named = ["story-42-story-images-prod", "story-42-prod-static-website", "story-42-access-logs-prod"];
        expect(buckets.map(({ inputs }) => inputs.bucket)).to.have.members(named.map((name) => `${name}-ours`));
        for (const { name, ignoreChanges } of buckets) {
            expect(ignoreChanges, name).to.deep.equal([]);
        }
    });

    it("can have a name of its own under the domain of another stack", async () => {
        const zone = async (change: object) =>
            (
                await runStack({ environment: "dev", enableCustomDomain: true, domainName: "example.com", ...change })
            ).one("aws:route53/zone:Zone").inputs.name;
        expect([await zone({}), await zone({ siteName: "trial" })]).to.deep.equal([
            "story-42.example.com",
            "trial.example.com",
        ]);
    });
});
