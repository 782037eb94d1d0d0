/** The alarms of whole stacks, against what the services of AWS publish when something goes wrong. */
import { expect } from "chai";
import { type Datum, stateOf } from "../../kit/cloudWatch.ts";
import type { Registered, Registrations } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

/** What a service of AWS publishes: of one period, when all is well and when it is not. */
interface Cause {
    namespace: string;
    /** By the metric's name. */
    bad: Record<string, number[]>;
    good: Record<string, number[]>;
    dimensions: Record<string, string>;
}

const stacks = {
    dev: { environment: "dev", production: false, bedrockAllowedModelIds: [] },
    prod: {
        environment: "prod",
        production: true,
        guardrail: true,
        bedrockAllowedModelIds: ["us.amazon.nova-lite-v1:0"],
    },
};

/** By the alarm's name in its stack. Names and dimensions are those of the pages that are named beside them. */
function causes(made: Registrations, production: boolean): Record<string, Cause> {
    const inputs = (type: string, name?: string) => made.one(type, name).inputs;
    const api = {
        ApiName: inputs("aws:apigateway/restApi:RestApi").name,
        Stage: inputs("aws:apigateway/stage:Stage").stageName,
    };
    const balancer = { LoadBalancer: `app/${inputs("aws:lb/loadBalancer:LoadBalancer").name}/0123456789abcdef` };
    const targets = { TargetGroup: `targetgroup/${inputs("aws:lb/targetGroup:TargetGroup").name}/0123456789abcdef` };
    const service = {
        ClusterName: inputs("aws:ecs/cluster:Cluster").name,
        ServiceName: inputs("aws:ecs/service:Service").name,
    };
    const table = { TableName: inputs("aws:dynamodb/table:Table", "data-sessions-table").name };
    const tasks = inputs("aws:ecs/service:Service").desiredCount;
    const once = (namespace: string, name: string, dimensions: Record<string, string>): Cause => ({
        namespace,
        dimensions,
        good: { [name]: [0] },
        bad: { [name]: [1] },
    });
    return {
        // API Gateway developer guide, "Amazon API Gateway dimensions and metrics"
        "api-5xx": once("AWS/ApiGateway", "5XXError", api),
        "api-p99": {
            ...once("AWS/ApiGateway", "Latency", api),
            good: { Latency: [60_000] },
            bad: { Latency: [9_000, 260_000] },
        },
        // Lambda developer guide, "Types of metrics for Lambda functions"; SQS developer guide, "Available CloudWatch metrics"
        ...Object.assign(
            {},
            ...made.ofType("aws:lambda/function:Function").map(({ name, inputs }) => {
                const key = /^lambdas-(.*)-function$/.exec(name)?.[1] ?? name;
                const letters = inputs.deadLetterConfig.targetArn.split("/").at(-1);
                return {
                    [`${key}-errors`]: once("AWS/Lambda", "Errors", { FunctionName: inputs.name }),
                    [`${key}-throttles`]: once("AWS/Lambda", "Throttles", { FunctionName: inputs.name }),
                    [`${key}-dead-letters`]: once("AWS/SQS", "ApproximateNumberOfMessagesVisible", {
                        QueueName: letters,
                    }),
                };
            }),
        ),
        // DynamoDB developer guide, "DynamoDB metrics and dimensions"
        "table-read-throttles": once("AWS/DynamoDB", "ReadThrottleEvents", table),
        "table-write-throttles": once("AWS/DynamoDB", "WriteThrottleEvents", table),
        // ELB user guide, "CloudWatch metrics for your Application Load Balancer"
        "agent-unhealthy": once("AWS/ApplicationELB", "UnHealthyHostCount", { ...balancer, ...targets }),
        "agent-5xx": once("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer),
        "balancer-5xx": once("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer),
        // ECS developer guide, "Amazon ECS Container Insights metrics" and "Amazon ECS CloudWatch metrics"
        "agent-tasks": production
            ? {
                  namespace: "ECS/ContainerInsights",
                  dimensions: service,
                  good: { DesiredTaskCount: [tasks], RunningTaskCount: [tasks] },
                  bad: { DesiredTaskCount: [tasks] },
              }
            : { namespace: "AWS/ECS", dimensions: service, good: { CPUUtilization: [3] }, bad: {} },
        // Bedrock user guide, "Monitor bedrock-runtime inference using CloudWatch metrics"
        "model-1-throttles": once("AWS/Bedrock", "InvocationThrottles", {
            ModelId: "inference-profile-us-amazon-nova-pro-v1-0-id",
        }),
        "model-2-throttles": once("AWS/Bedrock", "InvocationThrottles", {
            ModelId: "inference-profile-us-amazon-nova-lite-v1-0-id",
        }),
        // docker/shared/guardrail.ts
        ...(production
            ? {
                  guardrail: {
                      namespace: "Story42",
                      dimensions: { service: "guardrail", environment: "prod", project: "story-42" },
                      good: { guardrailIntervened: Array(20).fill(1) },
                      bad: { guardrailIntervened: Array(21).fill(1) },
                  },
              }
            : {}),
        // CloudFront developer guide, "Types of metrics for CloudFront and edge functions"
        "site-5xx": {
            namespace: "AWS/CloudFront",
            dimensions: { DistributionId: "site-distribution-id", Region: "Global" },
            good: { "5xxErrorRate": [0, 1] },
            bad: { "5xxErrorRate": [100, 20] },
        },
        // docker/shared/usage/metrics.ts; tests/integration/docker/usage/bounds.test.ts has the service publish it
        "daily-usd": {
            namespace: "Story42",
            dimensions: { service: "usage", environment: production ? "prod" : "dev", project: "story-42" },
            good: { usd: [0.5, 12] },
            bad: { usd: production ? [150, 50.1] : [19, 1.1] },
        },
        // docker/story-generator/metrics.ts; tests/integration/docker/story-generator/alarms.test.ts has the service publish them
        ...Object.fromEntries(
            [
                ["runs-failed", "runFailed"],
                ["models-failed", "modelFailed"],
                ["searches", "searchUnavailable"],
            ].map(([alarm = "", name = ""]) => [
                alarm,
                once("Story42", name, {
                    service: "story-generator",
                    environment: production ? "prod" : "dev",
                    project: "story-42",
                }),
            ]),
        ),
    };
}

/** The same numbers in each of an alarm's periods. */
function dataOf({ namespace, dimensions }: Cause, numbers: Record<string, number[]>, periods: number): Datum[] {
    return Array.from({ length: periods }, (_, ago) =>
        Object.entries(numbers).flatMap(([name, values]) =>
            values.map((value) => ({ namespace, name, dimensions, value, ago })),
        ),
    ).flat();
}

for (const [stack, settings] of Object.entries(stacks)) {
    describe(`The alarms of a ${stack} stack`, () => {
        let alarms: Record<string, Registered>;
        let known: Record<string, Cause>;

        before(async () => {
            const made = await runStack(settings);
            const all = made.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
            alarms = Object.fromEntries(all.map((alarm) => [alarm.name.replace("monitoring-", ""), alarm]));
            known = causes(made, settings.production);
        });

        it("go off by what they are for, and by nothing less", () => {
            expect(Object.keys(alarms)).to.include.members(["searches", "runs-failed", "site-5xx", "balancer-5xx"]);
            for (const [key, { inputs }] of Object.entries(alarms)) {
                const cause = known[key] ?? expect.fail(`nobody says what ${key} is for`);
                const bad = dataOf(cause, cause.bad, inputs.evaluationPeriods);
                const good = dataOf(cause, cause.good, inputs.evaluationPeriods);
                expect(stateOf(inputs, bad), key).to.equal("ALARM");
                expect(stateOf(inputs, good), key).to.equal("OK");
                // Over again, it ends.
                expect(
                    stateOf(inputs, [...good.filter(({ ago }) => ago === 0), ...bad.filter(({ ago }) => ago !== 0)]),
                    key,
                ).to.equal("OK");
            }
        });

        it("do not go off by what another stack publishes", () => {
            for (const [key, { inputs }] of Object.entries(alarms)) {
                const cause = known[key] as Cause;
                const elsewhere = Object.entries(cause.dimensions).filter(([name]) => name !== "Region");
                for (const [name] of cause.namespace === "AWS/ECS" ? [] : elsewhere) {
                    const theirs = { ...cause, dimensions: { ...cause.dimensions, [name]: "other" } };
                    expect(
                        stateOf(inputs, dataOf(theirs, cause.bad, inputs.evaluationPeriods)),
                        `${key}, ${name}`,
                    ).to.equal("OK");
                }
            }
        });
    });
}
