import { CloudFrontClient, type DistributionSummary, ListDistributionsCommand } from "@aws-sdk/client-cloudfront";
import type { Emulator } from "./emulator.ts";

/** All distributions. */
export async function distributions(emulator: Emulator): Promise<DistributionSummary[]> {
    const cloudFront = emulator.client(CloudFrontClient, "us-east-1");
    const found: DistributionSummary[] = [];
    let Marker: string | undefined;
    do {
        const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({ Marker }));
        found.push(...(DistributionList?.Items ?? []));
        Marker = DistributionList?.NextMarker;
    } while (Marker);
    return found;
}

/** The default cache behavior of a distribution, and the others. */
export function behaviorsOf({ DefaultCacheBehavior, CacheBehaviors }: DistributionSummary) {
    return [...(DefaultCacheBehavior ? [DefaultCacheBehavior] : []), ...(CacheBehaviors?.Items ?? [])];
}
