import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
    StoryAgentService,
    type StoryAgentServiceArgs,
    StoryApi,
    StoryLambdas,
    StoryMonitoring,
    type StoryMonitoringArgs,
} from "../../../components/index.ts";
import { modes, type Registered, type Registrations, type RunOptions, run } from "../../kit/monitor.ts";

const api = { name: "story-42-api-dev", stageName: "dev" };
const args: StoryMonitoringArgs = {
    project: "story-42",
    environment: "dev",
    adminEmail: "admin@example.com",
    accountId: "123456789012",
    api,
    functions: { text: { functionName: "text-function", deadLetterQueueName: "text-dead-letters" } },
    tableName: "sessions",
    service: {
        clusterName: "cluster",
        serviceName: "story-generator",
        loadBalancerArnSuffix: "app/alb/1",
        targetGroupArnSuffix: "targetgroup/tg/2",
        desiredCount: 2,
        containerInsights: true,
    },
    models: ["us.amazon.nova-pro-v1:0"],
    site: { distributionId: "E1", region: "us-east-1" },
    monthlyBudgetUsd: 60,
};

async function monitoring(change: Partial<StoryMonitoringArgs> = {}, options: RunOptions = {}) {
    const { resources } = await run(() => new StoryMonitoring("monitoring", { ...args, ...change }), options);
    return resources;
}

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** The metrics that an alarm looks at, by namespace and name. */
function metricsOf({ namespace, metricName, metricQueries }: Registered["inputs"]): string[] {
    if (!metricQueries) {
        return [`${namespace} ${metricName}`];
    }
    const queries: { metric?: { namespace: string; metricName: string } }[] = metricQueries;
    return queries.flatMap(({ metric }) => (metric ? [`${metric.namespace} ${metric.metricName}`] : []));
}

describe("StoryMonitoring", () => {
    for (const options of modes) {
        it(`watches API, functions, dead letters, table and service (${options.mode})`, async () => {
            const alarms = (await monitoring({}, options)).ofType(alarmType).map((one) => one.inputs);
            expect(alarms.flatMap(metricsOf)).to.have.members([
                "AWS/ApiGateway 5XXError",
                "AWS/ApiGateway Latency",
                "AWS/Lambda Errors",
                "AWS/Lambda Throttles",
                "AWS/SQS ApproximateNumberOfMessagesVisible",
                "AWS/DynamoDB ReadThrottleEvents",
                "AWS/DynamoDB WriteThrottleEvents",
                "AWS/ApplicationELB UnHealthyHostCount",
                "AWS/ApplicationELB HTTPCode_Target_5XX_Count",
                "AWS/ApplicationELB HTTPCode_ELB_5XX_Count",
                "AWS/Bedrock InvocationThrottles",
                "AWS/CloudFront 5xxErrorRate",
                "Story42 runFailed",
                "Story42 modelFailed",
                "Story42 searchUnavailable",
                "ECS/ContainerInsights DesiredTaskCount",
                "ECS/ContainerInsights RunningTaskCount",
            ]);
            expect(alarms.find((one) => one.metricName === "Latency")?.extendedStatistic).to.equal("p99");
        });

        it(`mails the administrator every alarm and its end (${options.mode})`, async () => {
            const made = await monitoring({}, options);
            expect(made.one("aws:sns/topicSubscription:TopicSubscription").inputs).to.include({
                protocol: "email",
                endpoint: "admin@example.com",
            });
            for (const alarm of made.ofType(alarmType)) {
                expect(alarm.inputFrom("alarmActions"), alarm.name).to.deep.equal(["monitoring-topic"]);
                expect(alarm.inputFrom("okActions"), alarm.name).to.deep.equal(["monitoring-topic"]);
            }
        });
    }

    describe("given components", () => {
        const naming = { project: "shop", environment: "dev" };
        const ref = `registry.example.com/shop@sha256:${"a".repeat(64)}`;
        const minimal = { ...naming, adminEmail: "admin@example.com" };
        const agent = (change: Partial<StoryAgentServiceArgs> = {}) =>
            new StoryAgentService("agent", {
                ...naming,
                image: { ref, grantPull: () => {} },
                network: { vpcId: "vpc-1", publicSubnetIds: ["a", "b"], isolatedSubnetIds: ["c", "d"] },
                ...change,
            });
        const alarmsOf = (made: Registrations) =>
            Object.fromEntries(made.ofType(alarmType).map(({ name, inputs }) => [name, inputs]));

        it("watches what a program would say of each", async () => {
            const given = await run(() => {
                const { functions } = new StoryLambdas("lambdas", {
                    ...naming,
                    functions: { text: { functionName: "shop-text", image: ref } },
                });
                const operations = [{ path: "/tell", name: "tell", function: functions.text }];
                const api = new StoryApi("api", {
                    ...naming,
                    operations,
                    userPoolArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/pool",
                    corsOrigins: ["*"],
                    timeoutSeconds: 29,
                });
                const service = agent({ desiredCount: 2 });
                return new StoryMonitoring("monitoring", { ...minimal, api, functions, service });
            });
            const balancer = given.resources.one("aws:lb/loadBalancer:LoadBalancer").inputs.name;
            const targets = given.resources.one("aws:lb/targetGroup:TargetGroup").inputs.name;
            const said = await run(
                () =>
                    new StoryMonitoring("monitoring", {
                        ...minimal,
                        api: { name: "shop-api-dev", stageName: "dev", longestAnswerSeconds: 29 },
                        functions: {
                            text: { functionName: "shop-text", deadLetterQueueName: "shop-text-dead-letters" },
                        },
                        service: {
                            clusterName: "shop-ecs-cluster-dev",
                            serviceName: "story-generator",
                            loadBalancerArnSuffix: `app/${balancer}/0123456789abcdef`,
                            targetGroupArnSuffix: `targetgroup/${targets}/0123456789abcdef`,
                            desiredCount: 2,
                            containerInsights: false,
                        },
                    }),
            );
            expect(Object.keys(alarmsOf(given.resources))).to.include.members([
                "monitoring-api-p99",
                "monitoring-text-dead-letters",
                "monitoring-agent-tasks",
            ]);
            expect(alarmsOf(given.resources)).to.deep.equal(alarmsOf(said.resources));
        });

        it("expects as many tasks as run at least, and none where they stop at night", async () => {
            const fewest = async (change: Partial<StoryAgentServiceArgs>) => {
                const program = () => new StoryMonitoring("monitoring", { ...minimal, service: agent(change) });
                return alarmsOf((await run(program)).resources)["monitoring-agent-tasks"]?.threshold;
            };
            expect(await fewest({})).to.equal(1);
            expect(await fewest({ desiredCount: 4, autoscaling: { min: 2, max: 6 } })).to.equal(2);
            expect(await fewest({ desiredCount: 0, autoscaling: { min: 2, max: 6 } })).to.equal(undefined);
            const nightStop = { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" };
            expect(await fewest({ autoscaling: { min: 1, max: 1 }, nightStop })).to.equal(undefined);
        });

        it("refuses a service that is not enabled", async () => {
            const program = () => new StoryMonitoring("monitoring", { ...minimal, service: agent({ enabled: false }) });
            const error = await run(program).catch((reason: Error) => reason);
            expect(String(error)).to.contain("the component has no service: `enabled` is false");
        });
    });

    it("lets only this account's alarms and budgets publish", async () => {
        const policy = (await monitoring()).one("aws:sns/topicPolicy:TopicPolicy").inputs.policy;
        const [statement, ...others] = JSON.parse(policy).Statement;
        expect(others).to.be.empty;
        expect(statement).to.deep.include({
            Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
            Action: ["sns:Publish"],
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        });
    });

    it("shows on the dashboard what it has alarms for, and what stories take and cost", async () => {
        const made = await monitoring();
        const { widgets } = JSON.parse(made.one("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody);
        const titles = made.ofType(alarmType).map((one) => one.inputs.alarmDescription.split(". What to do: ").at(0));
        expect(widgets.map((one: { properties: { title: string } }) => one.properties.title)).to.have.members([
            "Stories: made and failed",
            "Stories: failed, by stage and cause",
            "Stories: seconds each",
            "Stories: USD each, where prices are known",
            "Models: tokens",
            "Models: tokens that a cache gave",
            ...titles,
        ]);
    });

    it("says in each mail where it is written what to do", async () => {
        const headings = [...readFileSync("docs/troubleshooting.md", "utf8").matchAll(/^### (.*)$/gm)].map(
            ([, it]) => it,
        );
        const plain = args.service && { ...args.service, containerInsights: false };
        for (const service of [args.service, plain]) {
            for (const { inputs, name } of (await monitoring({ service })).ofType(alarmType)) {
                const [, help] = /docs\/troubleshooting\.md, "(.*)"\.$/.exec(inputs.alarmDescription) ?? [];
                expect(headings, name).to.include(help);
            }
        }
    });

    it("watches the distribution where CloudFront counts, and mails from there", async () => {
        const made = await monitoring({ site: { distributionId: "E1", region: "eu-central-1" }, kmsKeyArn: "key" });
        const alarm = made.one(alarmType, "monitoring-site-5xx");
        expect(alarm.inputs).to.deep.include({
            region: "us-east-1",
            dimensions: { DistributionId: "E1", Region: "Global" },
        });
        expect(alarm.inputFrom("alarmActions")).to.deep.equal(["monitoring-topic-us-east-1"]);
        const topic = made.one("aws:sns/topic:Topic", "monitoring-topic-us-east-1").inputs;
        // The stack's key is in its own region.
        expect(topic).to.include({ region: "us-east-1" }).and.not.have.property("kmsMasterKeyId");
        expect(
            made.one("aws:sns/topicSubscription:TopicSubscription", "monitoring-mail-us-east-1").inputs.endpoint,
        ).to.equal("admin@example.com");
        const here = await monitoring();
        expect(here.one(alarmType, "monitoring-site-5xx").inputFrom("alarmActions")).to.deep.equal([
            "monitoring-topic",
        ]);
        expect(here.ofType("aws:sns/topic:Topic")).to.have.length(1);
    });

    it("warns by mail of what the project costs, and of the models' calls, which carry no tag", async () => {
        const budgets = (await monitoring({ monthlyBudgetUsd: 250 })).ofType("aws:budgets/budget:Budget");
        expect(budgets.map((one) => one.inputs.costFilters)).to.deep.equal([
            [{ name: "TagKeyValue", values: ["user:Project$story-42"] }],
            [{ name: "Service", values: ["Amazon Bedrock"] }],
        ]);
        for (const { inputs } of budgets) {
            expect(inputs).to.include({ timeUnit: "MONTHLY", limitUnit: "USD" });
            expect(Number(inputs.limitAmount)).to.equal(250);
            for (const notification of inputs.notifications) {
                expect(notification.subscriberEmailAddresses).to.deep.equal(["admin@example.com"]);
            }
        }
    });

    describe("of a program that has not all of it", () => {
        const minimal = { project: "shop", environment: "dev", adminEmail: "admin@example.com" };
        const made = async (change: Partial<StoryMonitoringArgs>) =>
            (await run(() => new StoryMonitoring("monitoring", { ...minimal, ...change }))).resources;
        const keysOf = (resources: Registrations) =>
            resources.ofType(alarmType).map(({ name }) => name.replace("monitoring-", ""));

        for (const [title, change, keys] of [
            ["an API", { api }, ["api-5xx", "api-p99"]],
            [
                "functions",
                { functions: { text: { functionName: "text", deadLetterQueueName: "letters" } } },
                ["text-errors", "text-throttles", "text-dead-letters"],
            ],
            [
                "functions without dead letters",
                { functions: { text: { functionName: "text" } } },
                ["text-errors", "text-throttles"],
            ],
            ["a table", { tableName: "sessions" }, ["table-read-throttles", "table-write-throttles"]],
        ] as const) {
            it(`watches ${title} alone, without a budget`, async () => {
                const resources = await made(change);
                expect(keysOf(resources)).to.have.members(keys);
                const { widgets } = JSON.parse(
                    resources.one("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody,
                );
                expect(widgets).to.have.length(keys.length);
                expect(resources.ofType("aws:budgets/budget:Budget")).to.deep.equal([]);
            });
        }

        it("warns of costs alone", async () => {
            const resources = await made({ monthlyBudgetUsd: 10 });
            expect(resources.ofType("aws:budgets/budget:Budget")).to.have.length(2);
            expect(keysOf(resources)).to.deep.equal([]);
            expect(resources.ofType("aws:cloudwatch/dashboard:Dashboard")).to.deep.equal([]);
        });

        it("has a topic that mails, which this account alone may publish to", async () => {
            const { resources, result } = await run(() => new StoryMonitoring("monitoring", minimal));
            const [statement] = JSON.parse(resources.one("aws:sns/topicPolicy:TopicPolicy").inputs.policy).Statement;
            expect(statement.Condition).to.deep.equal({ StringEquals: { "aws:SourceAccount": "123456789012" } });
            expect(result.nodes).to.include({ dashboard: undefined });
            expect(() => result.dashboard).to.throw("no dashboard: nothing is given to watch");
        });
    });

    it("tells answers that are slow before they are lost", async () => {
        const threshold = async (longestAnswerSeconds?: number) =>
            (await monitoring({ api: { ...api, longestAnswerSeconds } }))
                .ofType(alarmType)
                .find((one) => one.inputs.metricName === "Latency")?.inputs.threshold;
        expect(await threshold()).to.equal(232_000);
        expect(await threshold(29)).to.equal(23_200);
    });

    it("does not alarm about a service that there is not, or that is stopped", async () => {
        const namespaces = async (service: StoryMonitoringArgs["service"]) =>
            (await monitoring({ service })).ofType(alarmType).map((one) => one.inputs.namespace);
        for (const service of [undefined, args.service && { ...args.service, desiredCount: 0 }]) {
            expect(await namespaces(service)).to.not.include.members(["AWS/ApplicationELB"]);
            expect(await namespaces(service)).to.not.include.members(["ECS/ContainerInsights"]);
        }
    });

    it("alarms when fewer tasks run than should, by night as by day", async () => {
        for (const nightStop of [false, true]) {
            const made = await monitoring({ service: args.service && { ...args.service, nightStop } });
            const alarm = made.one(alarmType, "monitoring-agent-tasks").inputs;
            expect(alarm).to.include({
                comparisonOperator: "GreaterThanThreshold",
                threshold: 0,
                treatMissingData: "notBreaching",
            });
            const [missing, wanted, found] = alarm.metricQueries;
            // Tasks that are all gone send no metric.
            expect(missing).to.include({ expression: "FILL(wanted, 0) - FILL(found, 0)", returnData: true });
            expect([wanted.metric.metricName, found.metric.metricName]).to.deep.equal([
                "DesiredTaskCount",
                "RunningTaskCount",
            ]);
        }
    });

    it("without Container Insights alarms when tasks are missing, unless they stop at night", async () => {
        const plain = args.service && { ...args.service, containerInsights: false };
        const alarm = (await monitoring({ service: plain })).one(alarmType, "monitoring-agent-tasks").inputs;
        expect(alarm).to.include({
            metricName: "CPUUtilization",
            statistic: "SampleCount",
            comparisonOperator: "LessThanThreshold",
            threshold: 2,
            treatMissingData: "breaching",
        });
        const stopped = await monitoring({ service: plain && { ...plain, nightStop: true } });
        expect(stopped.ofType(alarmType).map(({ name }) => name)).to.not.include("monitoring-agent-tasks");
    });

    it("tags topic, alarms and budget", async () => {
        const made = await monitoring({ tags: { Team: "stories" } });
        const tagged = [
            made.one("aws:sns/topic:Topic"),
            ...made.ofType("aws:budgets/budget:Budget"),
            ...made.ofType(alarmType),
        ];
        for (const one of tagged) {
            expect(one.inputs.tags, one.name).to.include({ Project: "story-42", Team: "stories" });
        }
    });

    const rejected: [string, Partial<StoryMonitoringArgs>][] = [
        ["adminEmail", { adminEmail: "" }],
        ["adminEmail", { adminEmail: "admin" }],
        ["monthlyBudgetUsd", { monthlyBudgetUsd: 0 }],
        ["service.desiredCount", { service: args.service && { ...args.service, desiredCount: -1 } }],
    ];
    for (const [argument, change] of rejected) {
        it(`refuses ${JSON.stringify(change)}, by name`, async () => {
            let message = "";
            await monitoring(change).catch((error) => {
                message = String(error);
            });
            expect(message).to.include(argument);
        });
    }
});
