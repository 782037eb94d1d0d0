/** Usage as CloudWatch metrics: lines of the embedded metric format on standard output. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type Counters, NANO_USD, tokensOf } from "../../../contract/usage.ts";

/** Publishes usage in the namespace Story42: `usd` by stack, and `tokens` and `cacheReadTokens` also by model. */
export function usageMetrics(stack: { project: string; environment: string }): (model: string, used: Counters) => void {
    const metrics = new Metrics({ namespace: "Story42", serviceName: "usage", defaultDimensions: { ...stack } });
    return (model, used) => {
        metrics.addMetric("usd", MetricUnit.NoUnit, used.nano_usd / NANO_USD);
        metrics.publishStoredMetrics();
        const tokens = tokensOf(used);
        if (tokens > 0) {
            metrics.addDimension("model", model);
            metrics.addMetric("tokens", MetricUnit.Count, tokens);
            metrics.addMetric("cacheReadTokens", MetricUnit.Count, used.cache_read_tokens);
            metrics.publishStoredMetrics();
        }
    };
}
