/** CloudWatch's evaluation: the metrics in log lines, and the state of an alarm. */

/** One data point of an AWS service or a program. */
export interface Datum {
    namespace: string;
    name: string;
    dimensions: Record<string, string>;
    value: number;
    /** Age in whole periods of the alarm. Default: 0. */
    ago?: number;
}

/** An alarm's provider inputs. */
// biome-ignore lint/suspicious/noExplicitAny: the inputs of a registered resource
type Alarm = Record<string, any>;

/**
 * The metrics in lines of a log, by the embedded metric format (CloudWatch user guide, "Specification: Embedded metric format"):
 * one series for each set of dimensions.
 */
export function embeddedMetrics(log: string): Datum[] {
    return log
        .split("\n")
        .filter((line) => line.startsWith('{"_aws"'))
        .map((line) => JSON.parse(line))
        .flatMap((line) =>
            line._aws.CloudWatchMetrics.flatMap(
                ({
                    Namespace,
                    Dimensions,
                    Metrics,
                }: {
                    Namespace: string;
                    Dimensions: string[][];
                    Metrics: { Name: string }[];
                }) =>
                    Dimensions.flatMap((names) =>
                        Metrics.map(({ Name }) => ({
                            namespace: Namespace,
                            name: Name,
                            dimensions: Object.fromEntries(names.map((name) => [name, String(line[name])])),
                            value: Number(line[Name]),
                        })),
                    ),
            ),
        );
}

/**
 * The state that an alarm is in (CloudWatch user guide, "Using Amazon CloudWatch alarms"): a series counts where namespace,
 * name and the whole set of dimensions are the same, and all periods have to breach.
 */
export function stateOf(alarm: Alarm, data: Datum[]): "OK" | "ALARM" {
    const periods = Array.from({ length: alarm.evaluationPeriods }, (_, ago) => ago);
    return periods.every((ago) =>
        breaches(
            alarm,
            countIn(
                alarm,
                data.filter((datum) => (datum.ago ?? 0) === ago),
            ),
        ),
    )
        ? "ALARM"
        : "OK";
}

function breaches(alarm: Alarm, count: number | undefined): boolean {
    if (count === undefined) {
        return alarm.treatMissingData === "breaching";
    }
    switch (alarm.comparisonOperator) {
        case "GreaterThanThreshold":
            return count > alarm.threshold;
        case "LessThanThreshold":
            return count < alarm.threshold;
        default:
            throw new Error(`no comparison ${alarm.comparisonOperator} here`);
    }
}

/** The value of one period; undefined without data. */
function countIn(alarm: Alarm, data: Datum[]): number | undefined {
    if (!alarm.metricQueries) {
        return statisticOf(alarm.extendedStatistic ?? alarm.statistic, valuesOf(alarm, data));
    }
    // biome-ignore lint/suspicious/noExplicitAny: the inputs of a registered resource
    const queries: Record<string, any>[] = alarm.metricQueries;
    const [, whole = "", part = ""] =
        /^FILL\((\w+), 0\) - FILL\((\w+), 0\)$/.exec(queries.find((one) => one.returnData)?.expression) ?? [];
    const count = (id: string) => {
        const metric = queries.find((one) => one.id === id)?.metric;
        return statisticOf(metric.stat, valuesOf(metric, data)) ?? 0;
    };
    return count(whole) - count(part);
}

function valuesOf(of: Alarm, data: Datum[]): number[] {
    const key = (dimensions: Record<string, string>) => JSON.stringify(Object.entries(dimensions).sort());
    return data
        .filter(
            ({ namespace, name, dimensions }) =>
                namespace === of.namespace && name === of.metricName && key(dimensions) === key(of.dimensions),
        )
        .map(({ value }) => value);
}

function statisticOf(statistic: string, values: number[]): number | undefined {
    if (values.length === 0) {
        return undefined;
    }
    const sum = values.reduce((all, value) => all + value, 0);
    const sorted = [...values].sort((a, b) => a - b);
    const statistics: Record<string, number | undefined> = {
        Sum: sum,
        Average: sum / values.length,
        Minimum: sorted[0],
        Maximum: sorted.at(-1),
        SampleCount: values.length,
        p99: sorted[Math.ceil(values.length * 0.99) - 1],
    };
    return (
        statistics[statistic] ??
        (() => {
            throw new Error(`no statistic ${statistic} here`);
        })()
    );
}
