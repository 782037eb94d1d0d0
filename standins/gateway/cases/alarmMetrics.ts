import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/** The fields of an alarm on an expression, in place of those of one metric. */
const OWN_METRIC = ["MetricName", "Namespace", "Statistic", "Dimensions", "Period"];

/** MiniStack stores an alarm without its expression, so the alarm never goes off. */
export const alarmMetrics: Case = {
    title: "An alarm on an expression",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (Metrics)",
    requests: ["monitoring:PutMetricAlarm", "monitoring:DescribeAlarms", "monitoring:DeleteAlarms"],
    notEmulated: { type: "aws:cloudwatch/metricAlarm:MetricAlarm", settings: ["metricQueries"] },
    async handle(request, next, { store }) {
        const { input, operation, region } = request;
        const response = await next(request);
        if (response.status >= 300 || request.protocol === "query") {
            return response;
        }
        const keyOf = (name: string) => `${region} ${name}`;
        if (operation === "PutMetricAlarm") {
            if (input.Metrics?.length > 0) {
                store.set(COLLECTION, keyOf(input.AlarmName), input.Metrics);
            } else {
                store.delete(COLLECTION, keyOf(input.AlarmName));
            }
            return response;
        }
        if (operation === "DeleteAlarms") {
            for (const name of input.AlarmNames) {
                store.delete(COLLECTION, keyOf(name));
            }
            return response;
        }
        const output = outputOf(request, response);
        for (const alarm of output.MetricAlarms ?? []) {
            const metrics = store.get(COLLECTION, keyOf(alarm.AlarmName));
            if (metrics) {
                alarm.Metrics = metrics;
                for (const name of OWN_METRIC) {
                    delete alarm[name];
                }
            }
        }
        return answer(request, output);
    },
};

const COLLECTION = "cloudwatch alarm metrics";
