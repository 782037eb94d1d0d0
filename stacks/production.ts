import type * as pulumi from "@pulumi/pulumi";
import { type Naming, StoryEncryptionKey, StoryFirewall, StoryLogBucket } from "../components/index.ts";
import { bucketNames } from "./checkSettings.ts";
import type { Place } from "./place.ts";
import type { StorySettings } from "./settings.ts";

/**
 * Requests to the API from one address within five minutes. A task of the agent service calls it from one address for all
 * whom it serves, and the API's own throttle lets 15,000 through.
 */
const API_RATE_LIMIT = 10_000;

/** What production has beside everything else, and the numbers in which stacks differ by it. */
export function productionOf(
    settings: StorySettings,
    naming: Naming,
    accountId: pulumi.Output<string>,
    { nameOf, opts }: Place,
) {
    const { production, protectData, customerKey, region, ecsDesiredCount } = settings;
    const kmsKeyArn = customerKey
        ? new StoryEncryptionKey(nameOf("key"), { ...naming, accountId, region, protect: protectData }, opts).arn
        : undefined;
    if (!production) {
        return { kmsKeyArn, logRetentionDays: 30, autoscaling: bounds(ecsDesiredCount, 1) };
    }
    return {
        kmsKeyArn,
        logRetentionDays: 365,
        autoscaling: bounds(ecsDesiredCount, 4),
        /** Concurrent invocations kept for each function. */
        reservedConcurrency: 50,
        logBucket: new StoryLogBucket(
            nameOf("logs"),
            {
                ...naming,
                accountId,
                bucketName: bucketNames(naming, settings).logBucket,
                // Logs that are protected outlive what they are of; nothing else needs their bucket.
                retainOnDelete: protectData,
                forceDestroy: !protectData,
            },
            opts,
        ),
        apiFirewall: new StoryFirewall(
            nameOf("api-firewall"),
            { ...naming, scope: "REGIONAL", rateLimit: API_RATE_LIMIT },
            opts,
        ),
        siteFirewall: new StoryFirewall(nameOf("site-firewall"), { ...naming, scope: "CLOUDFRONT" }, opts),
    };
}

/** Fewest and most tasks: autoscaling would move a count that is not between them. */
function bounds(count: number, most: number): { min: number; max: number } {
    return { min: count, max: Math.max(count, most) };
}
