/** Usage as CloudWatch metrics: lines of the embedded metric format on standard output. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type Counters, NANO_USD, tokensOf } from "../../../contract/usage.ts";

/** Publishes usage in the namespace Story42: `usd` by stack, and `tokens` also by model. */
export function usageMetrics(stack: { project: string; environment: string }): (model: string, used: Counters) => void {
    const metrics = new Metrics({ namespace: "Story42", serviceName: "usage", defaultDimensions: { ...stack } });
    return (model, used) => {
        metrics.addMetric("usd", MetricUnit.NoUnit, used.nano_usd / NANO_USD);
        metrics.publishStoredMetrics();
        const tokens = tokensOf(used);
        if (tokens > 0) {
            const ofModel = metrics.singleMetric();
            ofModel.addDimension("model", model);
            ofModel.addMetric("tokens", MetricUnit.Count, tokens);
        }
    };
}
