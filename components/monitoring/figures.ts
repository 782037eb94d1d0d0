import type { AlarmInputs } from "./alarms.ts";

/** A graph of the dashboard that no alarm watches. */
export interface Figure {
    title: string;
    /** The statistic of each metric that names none. */
    statistic: string;
    /** Seconds of one point. */
    period: number;
    /** As a dashboard's body has them (CloudWatch, "Dashboard body structure and syntax", `metrics`). */
    metrics: unknown[][];
}

const HOUR = 3_600;

/**
 * What the agent service and the functions count of stories and models (docker/story-generator/metrics.ts,
 * docker/shared/usage/metrics.ts); nothing where no service makes stories.
 */
export function figuresOf({ project, environment, service }: AlarmInputs): Figure[] {
    if (!service || service.desiredCount === 0) {
        return [];
    }
    const metric = (of: string, name: string, options: object) => [
        "Story42",
        name,
        ...Object.entries({ service: of, environment, project }).flat(),
        options,
    ];
    const story = (name: string, options: object) => metric("story-generator", name, options);
    /** One line for each value of the dimensions. */
    const search = (name: string, dimensions: string, of: string) => [
        {
            expression: `SEARCH('{Story42,environment,project,service,${dimensions}} MetricName="${name}" environment="${environment}" project="${project}" service="${of}"', 'Sum', ${HOUR})`,
        },
    ];
    const figure = (title: string, ...metrics: unknown[][]) => ({ title, statistic: "Sum", period: HOUR, metrics });
    return [
        figure(
            "Stories: made and failed",
            story("storySeconds", { stat: "SampleCount", label: "made" }),
            story("runFailed", { label: "failed" }),
        ),
        figure("Stories: failed, by stage and cause", search("runFailed", "stage,cause", "story-generator")),
        figure(
            "Stories: seconds each",
            story("storySeconds", { stat: "Average", label: "average" }),
            story("storySeconds", { stat: "p90", label: "p90" }),
        ),
        figure(
            "Stories: USD each, where prices are known",
            metric("usage", "usd", { id: "usd", visible: false }),
            story("storySeconds", { id: "made", stat: "SampleCount", visible: false }),
            [{ expression: "usd / made", label: "USD" }],
        ),
        figure("Models: tokens", search("tokens", "model", "usage")),
        figure("Models: tokens that a cache gave", search("cacheReadTokens", "model", "usage")),
    ];
}
