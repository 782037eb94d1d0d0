/** The service's CloudWatch metrics: lines of the embedded metric format on standard output, beside the logs. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { serviceName } from "./logger.ts";

/** The counted events: searches without results, and failed models. */
export type Count = "searchUnavailable" | "modelFailed";

/** How a run ended. A run that its user stopped, or that continues in another task, is not counted. */
export type RunEnd =
    | { isMade: true; milliseconds: number }
    /** Failed for a reason other than its topic: the stage, and the name of the first error. */
    | { isMade: false; stage: string; cause: string };

/**
 * Counts events in the namespace Story42 by `service`, `environment` and `project`; alarms and the dashboard
 * (components/monitoring) use the metrics.
 */
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

    /** `storySeconds` of a story that is made; `runFailed` of another, by stage and cause as well. */
    addRun(end: RunEnd): void {
        if (end.isMade) {
            this.#metrics.addMetric("storySeconds", MetricUnit.Seconds, end.milliseconds / 1000);
        } else {
            const { stage, cause } = end;
            this.#metrics.addMetric("runFailed", MetricUnit.Count, 1);
            this.#metrics.publishStoredMetrics();
            this.#metrics.addDimensions({ stage, cause });
            this.#metrics.addMetric("runFailed", MetricUnit.Count, 1);
        }
        this.#metrics.publishStoredMetrics();
    }
}
