/** What the service counts for CloudWatch: lines of the embedded metric format on standard output, beside the logs. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

/** Counts things that happened; `name` is the metric's, in the namespace Story42 with `service` and `environment`. */
export class Counts {
    readonly #metrics: Metrics;

    constructor(environment: string) {
        this.#metrics = new Metrics({
            namespace: "Story42",
            serviceName: "story-generator",
            defaultDimensions: { environment },
        });
    }

    add(name: "searchUnavailable" | "modelFailed"): void {
        this.#metrics.addMetric(name, MetricUnit.Count, 1);
        this.#metrics.publishStoredMetrics();
    }
}
