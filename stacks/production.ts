import type * as pulumi from "@pulumi/pulumi";
import { StoryEncryptionKey, StoryFirewall, StoryLogBucket } from "../components/index.ts";
import { bucketNames } from "./bucketNames.ts";
import type { ChildContext } from "./childContext.ts";
import type { Shared, Story42Transform } from "./given.ts";
import { namedInAccount } from "./namedInAccount.ts";
import { productionNumbers } from "./productionNumbers.ts";
import type { StorySettings } from "./settings.ts";

/**
 * Requests to the API from one address within five minutes. A task of the agent service calls the API from one address for
 * all its users, and the API's own throttle allows 15,000.
 */
const API_RATE_LIMIT = 10_000;

/** Creates what only production has, and returns the numbers that differ in production. */
export function createProductionParts(
    settings: StorySettings,
    shared: Shared,
    transform: Story42Transform,
    accountId: pulumi.Output<string>,
    { nameOf, opts }: ChildContext,
) {
    const { production, protectData, customerKey, region, ecsDesiredCount } = settings;
    const key = customerKey
        ? new StoryEncryptionKey(
              nameOf("key"),
              { ...shared, accountId, region, protect: protectData, transform: transform.key },
              opts,
          )
        : undefined;
    if (!production) {
        return { key, kmsKeyArn: key?.arn, logRetentionDays: undefined, autoscaling: bounds(ecsDesiredCount, 1) };
    }
    return {
        key,
        kmsKeyArn: key?.arn,
        logRetentionDays: productionNumbers.logRetentionDays,
        autoscaling: bounds(ecsDesiredCount, productionNumbers.maxTasks),
        reservedConcurrency: productionNumbers.reservedConcurrency,
        logBucket: new StoryLogBucket(
            nameOf("logs"),
            {
                ...shared,
                accountId,
                bucketName: bucketNames(shared, settings).logBucket,
                // Protected logs stay when the stack is destroyed; nothing else needs their bucket.
                retainOnDelete: protectData,
                forceDestroy: !protectData,
                transform: namedInAccount(settings, accountId, transform.logs),
            },
            opts,
        ),
        apiFirewall: new StoryFirewall(
            nameOf("api-firewall"),
            { ...shared, scope: "REGIONAL", rateLimit: API_RATE_LIMIT, transform: transform.apiFirewall },
            opts,
        ),
        siteFirewall: new StoryFirewall(
            nameOf("site-firewall"),
            { ...shared, scope: "CLOUDFRONT", transform: transform.siteFirewall },
            opts,
        ),
    };
}

/** The bounds of autoscaling, which would move a desired count outside them. */
function bounds(count: number, maxTasks: number): { min: number; max: number } {
    return { min: count, max: Math.max(count, maxTasks) };
}
