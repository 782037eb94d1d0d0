import { destinationRegions, splitModelId } from "../contract/models.ts";

/**
 * The ARNs that a caller of a Bedrock model or inference profile must be allowed, for one account and region: the model in
 * every region that the call may run in, and the profile itself. A global profile is checked against an ARN without a
 * region (Bedrock user guide, "Global cross-Region inference", IAM policy requirements).
 */
export function modelArns(modelId: string, region: string, accountId: string): string[] {
    const { prefix, model } = splitModelId(modelId);
    const to = destinationRegions(modelId, region);
    const regions = to === "any" ? [region, ""] : to;
    const arn = `arn:${partitionOf(region)}:bedrock`;
    return [
        ...(prefix === undefined ? [] : [`${arn}:${region}:${accountId}:inference-profile/${modelId}`]),
        ...regions.map((destination) => `${arn}:${destination}::foundation-model/${model}`),
    ];
}

function partitionOf(region: string): string {
    return region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws";
}
