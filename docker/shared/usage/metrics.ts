/** What is used, as CloudWatch counts it: lines of the embedded metric format on standard output. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type Counters, NANO_USD, tokensOf } from "../../../contract/usage.ts";

/** Tells of what was used, in the namespace Story42: `usd` by stack, and `tokens` by model besides. */
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
