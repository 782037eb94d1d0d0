import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, removedTags, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const alarms = (cloud: Clients) => cloud.of(cloudwatch.CloudWatchClient);
const groups = (cloud: Clients) => cloud.of(logs.CloudWatchLogsClient);

const logGroup: ResourceType = {
    replaceOn: ["name", "namePrefix"],
    deleteFirst: true,
    computed: ["arn"],
    // It is kept from the beginning, but no group that is there can get another key.
    notEmulated: ["kmsKeyId"],
    async create(inputs, cloud) {
        await groups(cloud).send(
            new logs.CreateLogGroupCommand({ logGroupName: inputs.name, kmsKeyId: inputs.kmsKeyId, tags: inputs.tags }),
        );
        await setRetention(inputs, cloud);
        return inputs.name;
    },
    async read(id, cloud) {
        const found = await groups(cloud).send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
        const it = found.logGroups?.find((group) => group.logGroupName === id);
        if (!it) {
            return undefined;
        }
        const arn = it.arn?.replace(/:\*$/, "");
        const { tags } = await groups(cloud).send(new logs.ListTagsForResourceCommand({ resourceArn: arn }));
        return { arn, name: id, retentionInDays: it.retentionInDays, kmsKeyId: it.kmsKeyId, tags };
    },
    async update(_id, inputs, cloud, old) {
        await setRetention(inputs, cloud);
        const gone = removedTags(old.tags, inputs.tags);
        if (gone.length > 0) {
            await groups(cloud).send(new logs.UntagResourceCommand({ resourceArn: old.arn, tagKeys: gone }));
        }
        await groups(cloud).send(new logs.TagResourceCommand({ resourceArn: old.arn, tags: inputs.tags ?? {} }));
    },
    async delete(id, cloud) {
        await ifThere(groups(cloud).send(new logs.DeleteLogGroupCommand({ logGroupName: id })));
    },
};

async function setRetention(inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.retentionInDays) {
        await groups(cloud).send(
            new logs.PutRetentionPolicyCommand({ logGroupName: inputs.name, retentionInDays: inputs.retentionInDays }),
        );
    }
}

async function putAlarm(inputs: Properties, cloud: Clients): Promise<string> {
    await alarms(cloud).send(
        new cloudwatch.PutMetricAlarmCommand({
            AlarmName: inputs.name,
            AlarmDescription: inputs.alarmDescription,
            Namespace: inputs.namespace,
            MetricName: inputs.metricName,
            Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({
                Name,
                Value: String(Value),
            })),
            Statistic: inputs.statistic,
            ExtendedStatistic: inputs.extendedStatistic,
            Period: inputs.period,
            EvaluationPeriods: inputs.evaluationPeriods,
            Threshold: inputs.threshold,
            ComparisonOperator: inputs.comparisonOperator,
            TreatMissingData: inputs.treatMissingData,
            AlarmActions: inputs.alarmActions,
            OKActions: inputs.okActions,
            Tags: tagList(inputs.tags),
        }),
    );
    return inputs.name;
}

const metricAlarm: ResourceType = {
    replaceOn: ["name"],
    computed: ["arn"],
    create: putAlarm,
    async read(id, cloud) {
        const found = await alarms(cloud).send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: [id] }));
        const it = only(found.MetricAlarms);
        if (!it) {
            return undefined;
        }
        const { Tags } = await alarms(cloud).send(
            new cloudwatch.ListTagsForResourceCommand({ ResourceARN: it.AlarmArn }),
        );
        return {
            arn: it.AlarmArn,
            name: it.AlarmName,
            alarmDescription: it.AlarmDescription,
            namespace: it.Namespace,
            metricName: it.MetricName,
            dimensions: Object.fromEntries((it.Dimensions ?? []).map((one) => [one.Name, one.Value])),
            statistic: it.Statistic,
            extendedStatistic: it.ExtendedStatistic,
            period: it.Period,
            evaluationPeriods: it.EvaluationPeriods,
            threshold: it.Threshold,
            comparisonOperator: it.ComparisonOperator,
            treatMissingData: it.TreatMissingData,
            alarmActions: it.AlarmActions,
            okActions: it.OKActions,
            tags: tagMap(Tags),
        };
    },
    async update(_id, inputs, cloud, old) {
        await putAlarm(inputs, cloud);
        await alarms(cloud).send(
            new cloudwatch.TagResourceCommand({ ResourceARN: old.arn, Tags: tagList(inputs.tags) }),
        );
    },
    async delete(id, cloud) {
        await ifThere(alarms(cloud).send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [id] })));
    },
};

async function putDashboard(inputs: Properties, cloud: Clients): Promise<string> {
    await alarms(cloud).send(
        new cloudwatch.PutDashboardCommand({
            DashboardName: inputs.dashboardName,
            DashboardBody: inputs.dashboardBody,
        }),
    );
    return inputs.dashboardName;
}

const dashboard: ResourceType = {
    replaceOn: ["dashboardName"],
    computed: ["dashboardArn"],
    create: putDashboard,
    async read(id, cloud) {
        const it = await ifThere(alarms(cloud).send(new cloudwatch.GetDashboardCommand({ DashboardName: id })));
        return it && { dashboardArn: it.DashboardArn, dashboardName: id, dashboardBody: it.DashboardBody };
    },
    async update(_id, inputs, cloud) {
        await putDashboard(inputs, cloud);
    },
    async delete(id, cloud) {
        await ifThere(alarms(cloud).send(new cloudwatch.DeleteDashboardsCommand({ DashboardNames: [id] })));
    },
};

export const cloudwatchTypes: Record<string, ResourceType> = {
    "aws:cloudwatch/logGroup:LogGroup": logGroup,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
};
