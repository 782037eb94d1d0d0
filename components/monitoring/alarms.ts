import type * as pulumi from "@pulumi/pulumi";
import { MAX_ANSWER_SECONDS } from "../api/index.ts";
import type { Naming } from "../core/names.ts";

/** A REST API that is watched. `StoryApi` is one. */
export interface WatchedApi {
    /** The API's name. @example api.name */
    name: pulumi.Input<string>;
    /** The name of the stage that is called. @example api.stageName */
    stageName: pulumi.Input<string>;
    /** Seconds after which an answer is lost; slower ones than four fifths of that raise an alarm. @default 290 @example 29 */
    longestAnswerSeconds?: number;
}

/** A function that is watched. `StoryFunction` is one. */
export interface WatchedFunction {
    /** The function's name. @example lambdas.functions.tell.functionName */
    functionName: pulumi.Input<string>;
    /**
     * The queue of its dead letters, each of which raises an alarm.
     *
     * @default none
     * @example lambdas.functions.tell.deadLetterQueueName
     */
    deadLetterQueueName?: pulumi.Input<string>;
}

/** An ECS service that is watched. A `StoryAgentService` that is enabled is one. */
export interface WatchedService {
    /** The cluster's name. @example agent.clusterName */
    clusterName: pulumi.Input<string>;
    /** The service's name. @example agent.serviceName */
    serviceName: pulumi.Input<string>;
    /** The last part of the load balancer's ARN, as CloudWatch names it. @example agent.loadBalancerArnSuffix */
    loadBalancerArnSuffix: pulumi.Input<string>;
    /** The last part of the target group's ARN, as CloudWatch names it. @example agent.targetGroupArnSuffix */
    targetGroupArnSuffix: pulumi.Input<string>;
    /** Tasks that should run; 0 leaves out the alarms that a stopped service would raise. @example 2 */
    desiredCount: number;
    /** Whether Container Insights counts the tasks; else the samples of ECS's own CPU metric do. @example true */
    containerInsights: boolean;
    /**
     * Whether the service stops at night: without Container Insights, missing tasks then raise no alarm.
     *
     * @default false
     * @example true
     */
    nightStop?: boolean;
}

/** A site that is watched. */
export interface WatchedSite {
    /** The CloudFront distribution's id. @example site.distribution.id */
    distributionId: pulumi.Input<string>;
    /**
     * The region of the stack. CloudFront's metrics are in us-east-1; in another region a second topic is made there.
     *
     * @example "eu-west-1"
     */
    region: string;
}

/** The arguments of alarms: what is watched. */
export interface AlarmInputs extends Naming {
    api?: WatchedApi;
    functions?: Record<string, WatchedFunction>;
    tableName?: pulumi.Input<string>;
    service?: WatchedService;
    models?: string[];
    inferenceProfileIds?: Record<string, pulumi.Input<string>>;
    guardrail?: boolean;
    dailyUsd?: number;
    site?: WatchedSite;
}

/** A metric of CloudWatch. */
export interface Metric {
    namespace: string;
    name: string;
    dimensions: Record<string, pulumi.Input<string>>;
}

/** One alarm and the metric that it watches. */
export interface AlarmSpec {
    /** The middle of the alarm's name. */
    key: string;
    title: string;
    /** The heading in docs/troubleshooting.md that says what to do. */
    help: string;
    metric: Metric;
    /** The region of the metric. @default the stack's region */
    region?: string;
    /** Watches this metric minus `metric` instead of `metric`; no data counts as 0. @default none */
    desiredMetric?: Metric;
    /** A statistic such as `Sum`, or a percentile such as `p99`. */
    statistic: string;
    threshold: number;
    comparison: "GreaterThanThreshold" | "LessThanThreshold";
    /** Seconds of one period. */
    period: number;
    /** Periods in a row. */
    periods: number;
    missing: "notBreaching" | "breaching";
}

const MINUTE = 60;
const FIVE_MINUTES = 300;
const HOUR = 3_600;
const DAY = 86_400;
/** The share of the time limit above which an answer counts as slow. */
const SLOW_SHARE = 0.8;

/** Every alarm of an environment. */
export function alarmsOf(args: AlarmInputs): AlarmSpec[] {
    return [
        ...apiAlarms(args),
        ...Object.entries(args.functions ?? {}).flatMap(([key, it]) => functionAlarms(key, it)),
        ...tableAlarms(args),
        ...serviceAlarms(args),
        ...modelAlarms(args),
        ...storyAlarms(args),
        ...guardrailAlarms(args),
        ...usageAlarms(args),
        ...siteAlarms(args),
    ];
}

/** An alarm at the first occurrence. */
const any = { statistic: "Sum", threshold: 0, comparison: "GreaterThanThreshold", missing: "notBreaching" } as const;

function apiAlarms({ api }: AlarmInputs): AlarmSpec[] {
    if (!api) {
        return [];
    }
    const metric = (name: string) => ({
        namespace: "AWS/ApiGateway",
        name,
        dimensions: { ApiName: api.name, Stage: api.stageName },
    });
    return [
        {
            key: "api-5xx",
            title: "REST API: answers 5XX",
            help: "Time-outs",
            metric: metric("5XXError"),
            ...any,
            period: FIVE_MINUTES,
            periods: 1,
        },
        {
            key: "api-p99",
            title: "REST API: slowest answers (p99, ms)",
            help: "Time-outs",
            metric: metric("Latency"),
            ...any,
            statistic: "p99",
            threshold: (api.longestAnswerSeconds ?? MAX_ANSWER_SECONDS) * 1000 * SLOW_SHARE,
            period: FIVE_MINUTES,
            periods: 3,
        },
    ];
}

function functionAlarms(key: string, watched: WatchedFunction): AlarmSpec[] {
    const lambda = (name: string) => ({
        namespace: "AWS/Lambda",
        name,
        dimensions: { FunctionName: watched.functionName },
    });
    const queueMetric = (queue: pulumi.Input<string>) => ({
        namespace: "AWS/SQS",
        name: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queue },
    });
    const spec = (
        suffix: string,
        what: string,
        metric: AlarmSpec["metric"],
        change?: Partial<AlarmSpec>,
    ): AlarmSpec => ({
        key: `${key}-${suffix}`,
        title: `Function ${key}: ${what}`,
        help: "A function fails",
        metric,
        ...any,
        period: FIVE_MINUTES,
        periods: 1,
        ...change,
    });
    return [
        spec("errors", "errors", lambda("Errors")),
        spec("throttles", "throttled calls", lambda("Throttles"), { help: "Something is throttled" }),
        ...(watched.deadLetterQueueName === undefined
            ? []
            : [
                  spec("dead-letters", "dead letters", queueMetric(watched.deadLetterQueueName), {
                      statistic: "Maximum",
                  }),
              ]),
    ];
}

function tableAlarms({ tableName }: AlarmInputs): AlarmSpec[] {
    if (tableName === undefined) {
        return [];
    }
    return (["Read", "Write"] as const).map((kind) => ({
        key: `table-${kind.toLowerCase()}-throttles`,
        title: `Sessions table: throttled ${kind.toLowerCase()}s`,
        help: "Something is throttled",
        metric: { namespace: "AWS/DynamoDB", name: `${kind}ThrottleEvents`, dimensions: { TableName: tableName } },
        ...any,
        period: FIVE_MINUTES,
        periods: 1,
    }));
}

function serviceAlarms({ service }: AlarmInputs): AlarmSpec[] {
    if (!service || service.desiredCount === 0) {
        return [];
    }
    return [
        {
            key: "agent-unhealthy",
            title: "Agent service: unhealthy tasks",
            help: "Tasks do not start",
            metric: {
                namespace: "AWS/ApplicationELB",
                name: "UnHealthyHostCount",
                dimensions: { LoadBalancer: service.loadBalancerArnSuffix, TargetGroup: service.targetGroupArnSuffix },
            },
            ...any,
            statistic: "Maximum",
            period: MINUTE,
            periods: 3,
        },
        ...missingTaskAlarms(service),
        ...(
            [
                ["agent-5xx", "Agent service: answers 5XX", "HTTPCode_Target_5XX_Count"],
                ["balancer-5xx", "Agent service: no answer for the load balancer (5XX)", "HTTPCode_ELB_5XX_Count"],
            ] as const
        ).map(([key, title, name]) => ({
            key,
            title,
            help: "502 from `/api/*`",
            metric: {
                namespace: "AWS/ApplicationELB",
                name,
                dimensions: { LoadBalancer: service.loadBalancerArnSuffix },
            },
            ...any,
            period: FIVE_MINUTES,
            periods: 1,
        })),
    ];
}

/** The metrics of calls by an application inference profile have its id (cloud-custodian/cloud-custodian#10786). */
function modelAlarms({ models = [], inferenceProfileIds = {} }: AlarmInputs): AlarmSpec[] {
    return models.map((model, index) => ({
        key: `model-${index + 1}-throttles`,
        title: `Bedrock: throttled calls of ${model}`,
        help: "Something is throttled",
        metric: {
            namespace: "AWS/Bedrock",
            name: "InvocationThrottles",
            dimensions: { ModelId: inferenceProfileIds[model] ?? model },
        },
        ...any,
        period: FIVE_MINUTES,
        periods: 1,
    }));
}

/** Alarms on the agent service's own metrics (docker/story-generator/metrics.ts). */
function storyAlarms({ project, environment, service }: AlarmInputs): AlarmSpec[] {
    if (!service || service.desiredCount === 0) {
        return [];
    }
    const dimensions = { service: "story-generator", environment, project };
    const spec = (key: string, title: string, help: string, name: string, period: number): AlarmSpec => ({
        key,
        title: `Agent service: ${title}`,
        help,
        metric: { namespace: "Story42", name, dimensions },
        ...any,
        period,
        periods: 1,
    });
    return [
        spec(
            "runs-failed",
            "stories that could not be written",
            "A story could not be written",
            "runFailed",
            FIVE_MINUTES,
        ),
        spec("models-failed", "models that did not answer", "A model can't be used", "modelFailed", HOUR),
        // A search engine that blocks the address does so all day: one mail a day is enough.
        spec("searches", "web searches that gave nothing", "Research without web search", "searchUnavailable", DAY),
    ];
}

/** Interventions within an hour that are more than a few unlucky wishes. */
const INTERVENTIONS_AN_HOUR = 20;

/** Alarms on the guardrail's metrics, which functions and service record (docker/shared/guardrail.ts). */
function guardrailAlarms({ project, environment, guardrail = false }: AlarmInputs): AlarmSpec[] {
    if (!guardrail) {
        return [];
    }
    const dimensions = { service: "guardrail", environment, project };
    return [
        {
            key: "guardrail",
            title: "Guardrail: wishes, web pages and stories that it stopped",
            help: "The guardrail stops much",
            metric: { namespace: "Story42", name: "guardrailIntervened", dimensions },
            ...any,
            threshold: INTERVENTIONS_AN_HOUR,
            period: HOUR,
            periods: 1,
        },
    ];
}

/** Alarms on the usage metrics, which service and functions record (docker/shared/usage/metrics.ts). */
function usageAlarms({ project, environment, dailyUsd }: AlarmInputs): AlarmSpec[] {
    if (dailyUsd === undefined) {
        return [];
    }
    return [
        {
            key: "daily-usd",
            title: "Models and services: USD of a day",
            help: "A bound of what may be used is reached",
            metric: { namespace: "Story42", name: "usd", dimensions: { service: "usage", environment, project } },
            ...any,
            threshold: dailyUsd,
            period: DAY,
            periods: 1,
        },
    ];
}

/** Percent of a distribution's answers that may be errors: a few come from a deployment. */
const SITE_ERRORS_PERCENT = 5;

function siteAlarms({ site }: AlarmInputs): AlarmSpec[] {
    if (!site) {
        return [];
    }
    const dimensions = { DistributionId: site.distributionId, Region: "Global" };
    return [
        {
            key: "site-5xx",
            title: "Site: answers 5XX (%)",
            help: "502 from `/api/*`",
            // CloudFront's metrics are in us-east-1 only.
            region: "us-east-1",
            metric: { namespace: "AWS/CloudFront", name: "5xxErrorRate", dimensions },
            ...any,
            statistic: "Average",
            threshold: SITE_ERRORS_PERCENT,
            period: FIVE_MINUTES,
            periods: 2,
        },
    ];
}

/** Alarms on missing tasks. Container Insights has desired and running tasks; ECS itself has running ones only. */
function missingTaskAlarms(service: NonNullable<AlarmInputs["service"]>): AlarmSpec[] {
    const dimensions = { ClusterName: service.clusterName, ServiceName: service.serviceName };
    const alarm = {
        key: "agent-tasks",
        title: "Agent service: running tasks below desired",
        help: "A mail says that tasks are missing",
        period: MINUTE,
        periods: 10,
    } as const;
    if (service.containerInsights) {
        const count = (name: string) => ({ namespace: "ECS/ContainerInsights", name, dimensions });
        return [
            {
                ...alarm,
                metric: count("RunningTaskCount"),
                desiredMetric: count("DesiredTaskCount"),
                statistic: "Minimum",
                threshold: 0,
                comparison: "GreaterThanThreshold",
                missing: "notBreaching",
            },
        ];
    }
    if (service.nightStop) {
        // Without the desired count, a night without tasks looks like a failure.
        return [];
    }
    return [
        {
            ...alarm,
            // One sample a minute for each running task: fewer samples, fewer tasks.
            metric: { namespace: "AWS/ECS", name: "CPUUtilization", dimensions },
            statistic: "SampleCount",
            threshold: service.desiredCount,
            comparison: "LessThanThreshold",
            missing: "breaching",
        },
    ];
}
