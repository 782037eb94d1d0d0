/** What the service counts for CloudWatch: lines of the embedded metric format on standard output, beside the logs. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { serviceName } from "./logger.ts";

/** What is counted each time: searches that gave nothing, and models that did not answer. */
export type Count = "searchUnavailable" | "modelFailed";

/** How a run ended. One that its person stopped, or that went on elsewhere, did neither. */
export type RunEnd =
    | { isMade: true; milliseconds: number }
    /** Through no fault of its topic: the stage that failed, and the name of the error that caused it. */
    | { isMade: false; stage: string; cause: string };

/**
 * Counts things that happened, in the namespace Story42 by `service`, `environment` and `project`; alarms and the dashboard
 * show them (components/monitoring).
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
