import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/** An alarm has a statistic or an extended one. */
export const alarmStatistic: Case = {
    title: "The statistic of an alarm on a percentile",
    difference: "invented",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html (ExtendedStatistic)",
    requests: ["monitoring:DescribeAlarms"],
    async handle(request, next) {
        const response = await next(request);
        if (response.status >= 300 || request.protocol === "query") {
            return response;
        }
        const output = outputOf(request, response);
        for (const alarm of output.MetricAlarms ?? []) {
            if (alarm.ExtendedStatistic) {
                delete alarm.Statistic;
            }
        }
        return answer(request, output);
    },
};
