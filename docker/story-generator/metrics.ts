/** The service's CloudWatch metrics: lines of the embedded metric format on standard output, beside the logs. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { serviceName } from "./logger.ts";

/** The metrics: searches without results, failed models, and runs that failed for a reason other than their topic. */
export type Count = "searchUnavailable" | "modelFailed" | "runFailed";

/** Counts events in the namespace Story42 by `service`, `environment` and `project`; alarms watch the metrics. */
export class Counts {
    readonly #metrics: Metrics;

    constructor({ project, environment }: { project: string; environment: string }) {
        this.#metrics = new Metrics({
            namespace: "Story42",
            serviceName,
            defaultDimensions: { environment, project },
        });
    }

    add(name: Count): void {
        this.#metrics.addMetric(name, MetricUnit.Count, 1);
        this.#metrics.publishStoredMetrics();
    }
}
