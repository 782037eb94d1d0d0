import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../core/arguments.ts";
import { policyDocument } from "../core/iam.ts";
import { type Named, type NamingArgs, named, nameProblems } from "../core/names.ts";
import { existing } from "../core/nodes.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";
import {
    type AlarmSpec,
    alarmsOf,
    type Metric,
    type WatchedApi,
    type WatchedFunction,
    type WatchedService,
    type WatchedSite,
} from "./alarms.ts";
import { figuresOf } from "./figures.ts";

/** Names of the monitoring's parts, within AWS's limits: each unique among its kind in the account and region. */
export interface MonitoringNames {
    /** The topic that mails. @default `P-alarms-E` @example "shop-alarms" */
    topic?: string;
    /** The prefix of the alarms' names, `PREFIX-ALARM-E`. @default P @example "shop" */
    alarms?: string;
    /** The dashboard. @default `P-E` @example "shop" */
    dashboard?: string;
    /** The budget of what is tagged with the project. @default `P-monthly-E` @example "shop-monthly" */
    budget?: string;
    /** The budget of the account's calls of Bedrock. @default `P-models-monthly-E` @example "shop-models" */
    modelsBudget?: string;
}

/** Arguments of {@link StoryMonitoring}. */
export interface StoryMonitoringArgs extends NamingArgs {
    /** Who is mailed; AWS asks this address once to confirm. @example "admin@example.com" */
    adminEmail: pulumi.Input<string>;
    /**
     * The account, twelve digits: only its alarms and budgets may publish.
     *
     * @default that of the provider in use
     * @example "123456789012"
     */
    accountId?: pulumi.Input<string>;
    /** The REST API to watch. `StoryApi` is one. @default there is none @example api */
    api?: WatchedApi;
    /**
     * The functions to watch, by the short name that the alarms carry. Those of `StoryLambdas` are some.
     *
     * @default there are none
     * @example lambdas.functions
     */
    functions?: Record<string, WatchedFunction>;
    /** The table to watch. @default there is none @example data.table.name */
    tableName?: pulumi.Input<string>;
    /** The ECS service to watch. A `StoryAgentService` that is enabled is one. @default there is none @example agent */
    service?: WatchedService;
    /**
     * The Bedrock models or inference profiles that are called, by id: throttled calls raise an alarm.
     *
     * @default none
     * @example ["us.amazon.nova-pro-v1:0"]
     */
    models?: string[];
    /**
     * The application inference profiles that models are called by, by model: Bedrock counts such calls for the profile.
     *
     * @default none: models are called by their own ids
     * @example { "us.amazon.nova-pro-v1:0": profile.id }
     */
    inferenceProfileIds?: Record<string, pulumi.Input<string>>;
    /**
     * Whether a guardrail checks wishes and stories: many interventions within an hour raise an alarm.
     *
     * @default false
     * @example true
     */
    guardrail?: boolean;
    /**
     * The site to watch.
     *
     * @default there is none
     * @example { distributionId: site.distribution.id, region: "eu-west-1" }
     */
    site?: WatchedSite;
    /**
     * USD a day that models and services may cost, as their callers count it; more raises an alarm.
     *
     * @default no alarm
     * @example 20
     */
    dailyUsd?: number;
    /**
     * USD a month above which (and above 80 % of which) the administrator is warned: of what is tagged with the
     * project, and of the account's calls of Bedrock. Environments of one project in one account are counted together.
     *
     * @default nobody is warned, and there is no budget
     * @example 50
     */
    monthlyBudgetUsd?: number;
    /** A customer key for the topic. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** Other names than those that project and environment make. @default none @example { dashboard: "shop" } */
    names?: MonitoringNames;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers; that of an alarm is made once per alarm. */
    transform?: {
        topic?: Transform<aws.sns.TopicArgs>;
        alarm?: Transform<aws.cloudwatch.MetricAlarmArgs>;
        dashboard?: Transform<aws.cloudwatch.DashboardArgs>;
        budget?: Transform<aws.budgets.BudgetArgs>;
        topicPolicy?: Transform<aws.sns.TopicPolicyArgs>;
        topicSubscription?: Transform<aws.sns.TopicSubscriptionArgs>;
    };
}

type Args = Named<StoryMonitoringArgs>;

/**
 * Alarms, a dashboard of what they watch and of stories and models, and budgets, all of which mail the administrator: each for what is given to watch. Alarms
 * cost 0.10 USD a month each.
 */
export class StoryMonitoring extends pulumi.ComponentResource {
    /** The topic that mails the administrator. */
    readonly topic: aws.sns.Topic;
    /** The resources of the monitoring; undefined are those that have nothing to watch. */
    readonly nodes: MonitoringNodes;

    constructor(name: string, given: StoryMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryMonitoring", name, {}, opts);
        const accountId = args.accountId ?? aws.getCallerIdentityOutput({}, { parent: this }).accountId;
        this.topic = this.#createTopic(name, args, accountId);
        const alarms = alarmsOf(args);
        const elsewhere = alarms.find(({ region }) => region !== undefined && region !== args.site?.region)?.region;
        const topics = {
            here: this.topic,
            elsewhere: elsewhere === undefined ? undefined : this.#createTopic(name, args, accountId, elsewhere),
        };
        this.nodes = {
            topic: this.topic,
            alarms: this.#createAlarms(name, args, alarms, topics),
            dashboard: alarms.length > 0 ? this.#createDashboard(name, args, alarms) : undefined,
            budgets: args.monthlyBudgetUsd === undefined ? [] : this.#createBudgets(name, args, args.monthlyBudgetUsd),
        };
        this.registerOutputs({ topicArn: this.topic.arn });
    }

    /** Calls, errors, durations and load of all parts on one page. Fails where nothing is watched. */
    get dashboard(): aws.cloudwatch.Dashboard {
        return existing(this.nodes.dashboard, "dashboard: nothing is given to watch");
    }

    /** Creates a topic that mails the administrator, in the stack's region or in another, which has no key of the stack. */
    #createTopic(name: string, args: Args, accountId: pulumi.Input<string>, region?: string): aws.sns.Topic {
        const topicName = args.names?.topic ?? `${args.project}-alarms-${args.environment}`;
        const suffix = region ? `-${region}` : "";
        const topic = child(this, aws.sns.Topic, `${name}-topic${suffix}`, args.transform?.topic, {
            name: topicName,
            region,
            kmsMasterKeyId: region ? undefined : args.kmsKeyArn,
            tags: tagsFor(args, topicName),
        });
        child(this, aws.sns.TopicPolicy, `${name}-topic-policy${suffix}`, args.transform?.topicPolicy, {
            arn: topic.arn,
            region,
            policy: policyDocument([
                {
                    Sid: "AlarmsAndBudgetsOfThisAccount",
                    Effect: "Allow",
                    Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
                    Action: ["sns:Publish"],
                    Resource: topic.arn,
                    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
                },
            ]),
        });
        child(this, aws.sns.TopicSubscription, `${name}-mail${suffix}`, args.transform?.topicSubscription, {
            topic: topic.arn,
            region,
            protocol: "email",
            endpoint: args.adminEmail,
        });
        return topic;
    }

    #createAlarms(
        name: string,
        args: Args,
        alarms: AlarmSpec[],
        { here, elsewhere }: { here: aws.sns.Topic; elsewhere: aws.sns.Topic | undefined },
    ): Record<string, aws.cloudwatch.MetricAlarm> {
        const made = alarms.map((spec) => {
            // An alarm can notify only a topic in its own region.
            const topic = (spec.region && elsewhere) || here;
            const alarmName = `${args.names?.alarms ?? args.project}-${spec.key}-${args.environment}`;
            const alarm = child(this, aws.cloudwatch.MetricAlarm, `${name}-${spec.key}`, args.transform?.alarm, {
                name: alarmName,
                region: spec.region,
                alarmDescription: `${spec.title}. What to do: docs/troubleshooting.md, "${spec.help}".`,
                ...countOf(spec),
                evaluationPeriods: spec.periods,
                threshold: spec.threshold,
                comparisonOperator: spec.comparison,
                treatMissingData: spec.missing,
                alarmActions: [topic.arn],
                okActions: [topic.arn],
                tags: tagsFor(args, alarmName),
            });
            return [spec.key, alarm] as const;
        });
        return Object.fromEntries(made);
    }

    #createDashboard(name: string, args: Args, alarms: AlarmSpec[]): aws.cloudwatch.Dashboard {
        const ownRegion = aws.getRegionOutput({}, { parent: this }).region;
        const watched = alarms.map(({ title, metric, desiredMetric, statistic, period, region }) => ({
            title,
            region: region ?? ownRegion,
            period,
            stat: statistic,
            metrics: [metric, ...(desiredMetric ? [desiredMetric] : [])].map(({ namespace, name, dimensions }) => [
                namespace,
                name,
                ...Object.entries(dimensions).flat(),
            ]),
        }));
        const counted = figuresOf(args).map(({ title, statistic, period, metrics }) => ({
            title,
            region: ownRegion,
            period,
            stat: statistic,
            metrics,
        }));
        const widgets = [...counted, ...watched].map((properties, index) => ({
            type: "metric",
            width: WIDGET_WIDTH,
            height: WIDGET_HEIGHT,
            x: (index % WIDGETS_A_ROW) * WIDGET_WIDTH,
            y: Math.floor(index / WIDGETS_A_ROW) * WIDGET_HEIGHT,
            properties,
        }));
        return child(this, aws.cloudwatch.Dashboard, `${name}-dashboard`, args.transform?.dashboard, {
            dashboardName: args.names?.dashboard ?? `${args.project}-${args.environment}`,
            dashboardBody: pulumi.jsonStringify({ widgets }),
        });
    }

    #createBudgets(name: string, args: Args, monthlyUsd: number): aws.budgets.Budget[] {
        const warning = (notificationType: string, threshold: number) => ({
            comparisonOperator: "GREATER_THAN",
            threshold,
            thresholdType: "PERCENTAGE",
            notificationType,
            subscriberEmailAddresses: [args.adminEmail],
        });
        const budget = (suffix: string, budgetName: string, costFilter: aws.types.input.budgets.BudgetCostFilter) =>
            child(this, aws.budgets.Budget, `${name}-${suffix}`, args.transform?.budget, {
                name: budgetName,
                budgetType: "COST",
                timeUnit: "MONTHLY",
                limitAmount: monthlyUsd.toFixed(1),
                limitUnit: "USD",
                costFilters: [costFilter],
                notifications: [warning("ACTUAL", 80), warning("FORECASTED", 100)],
                tags: tagsFor(args, budgetName),
            });
        return [
            // Counts nothing until the tag is activated under "Cost allocation tags".
            budget("budget", args.names?.budget ?? `${args.project}-monthly-${args.environment}`, {
                name: "TagKeyValue",
                values: [`user:Project$${args.project}`],
            }),
            // A call of a model carries no tag: this budget counts all calls of the account.
            budget("models-budget", args.names?.modelsBudget ?? `${args.project}-models-monthly-${args.environment}`, {
                name: "Service",
                values: ["Amazon Bedrock"],
            }),
        ];
    }
}

/** The resources of the monitoring. */
export interface MonitoringNodes {
    /** The topic that mails the administrator. */
    topic: aws.sns.Topic;
    /** The alarms, by the middle of their names, such as `api-5xx`. */
    alarms: Record<string, aws.cloudwatch.MetricAlarm>;
    /** The dashboard; undefined where nothing is watched. */
    dashboard: aws.cloudwatch.Dashboard | undefined;
    /** The budgets of the project and of its models; empty where `monthlyBudgetUsd` is not given. */
    budgets: aws.budgets.Budget[];
}

/** The metric arguments of an alarm. */
function countOf({ metric, desiredMetric, statistic, period }: AlarmSpec): Partial<aws.cloudwatch.MetricAlarmArgs> {
    if (desiredMetric) {
        const query = (id: string, { namespace, name, dimensions }: Metric) => ({
            id,
            metric: { namespace, metricName: name, dimensions, stat: statistic, period },
        });
        return {
            metricQueries: [
                { id: "missing", expression: "FILL(wanted, 0) - FILL(found, 0)", label: "Missing", returnData: true },
                query("wanted", desiredMetric),
                query("found", metric),
            ],
        };
    }
    return {
        namespace: metric.namespace,
        metricName: metric.name,
        dimensions: metric.dimensions,
        ...(statistic.startsWith("p") ? { extendedStatistic: statistic } : { statistic }),
        period,
    };
}

const WIDGETS_A_ROW = 3;
const WIDGET_WIDTH = 8;
const WIDGET_HEIGHT = 6;

function checked(name: string, given: StoryMonitoringArgs): Args {
    const args = named(given);
    new ArgumentCheck("StoryMonitoring", name, args)
        .matches("adminEmail", args.adminEmail, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address")
        .that(
            args.dailyUsd === undefined || args.dailyUsd > 0,
            `dailyUsd is ${args.dailyUsd}; it must be a number of USD above 0`,
        )
        .that(
            args.monthlyBudgetUsd === undefined || args.monthlyBudgetUsd > 0,
            `monthlyBudgetUsd is ${args.monthlyBudgetUsd}; it must be a number of USD above 0`,
        )
        .add(nameProblems("topic", "names.topic", args.names?.topic))
        .add(nameProblems("dashboard", "names.dashboard", args.names?.dashboard))
        .add(nameProblems("budget", "names.budget", args.names?.budget))
        .add(nameProblems("budget", "names.modelsBudget", args.names?.modelsBudget))
        .integer("service.desiredCount", args.service?.desiredCount, { min: 0, max: 100, unit: "tasks" })
        .done();
    return args;
}
