import type * as pulumi from "@pulumi/pulumi";
import { type Naming, StoryEncryptionKey, StoryFirewall, StoryLogBucket } from "../components/index.ts";
import type { StorySettings } from "./settings.ts";
import type { Place } from "./story42.ts";

/** What production has beside everything else, and the numbers in which stacks differ by it. */
export function productionOf(
    settings: StorySettings,
    naming: Naming,
    accountId: pulumi.Output<string>,
    { nameOf, opts }: Place,
) {
    if (!settings.production) {
        return { logRetentionDays: 30, autoscaling: { min: 1, max: 1 } };
    }
    const key = new StoryEncryptionKey(nameOf("key"), { ...naming, accountId, region: settings.region }, opts);
    return {
        logRetentionDays: 365,
        autoscaling: { min: 2, max: 4 },
        /** Concurrent invocations kept for each function. */
        reservedConcurrency: 50,
        kmsKeyArn: key.arn,
        logBucket: new StoryLogBucket(nameOf("logs"), { ...naming, accountId }, opts),
        apiFirewall: new StoryFirewall(nameOf("api-firewall"), { ...naming, scope: "REGIONAL" }, opts),
        siteFirewall: new StoryFirewall(nameOf("site-firewall"), { ...naming, scope: "CLOUDFRONT" }, opts),
    };
}
