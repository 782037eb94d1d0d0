import { destinationRegions, splitModelId } from "../contract/models.ts";

/**
 * The ARNs that a caller of a Bedrock model or inference profile must be allowed, for one account and region: the model in
 * every region that the call may run in, and the profile itself. A global profile is checked against an ARN without a
 * region (Bedrock user guide, "Global cross-Region inference", IAM policy requirements).
 */
export function modelArns(modelId: string, region: string, accountId: string): string[] {
    const { model } = splitModelId(modelId);
    const to = destinationRegions(modelId, region);
    const regions = to === "any" ? [region, ""] : to;
    const models = regions.map(
        (destination) => `arn:${partitionOf(region)}:bedrock:${destination}::foundation-model/${model}`,
    );
    return [...new Set([calledArn(modelId, region, accountId), ...models])];
}

/** The ARN of what a call from `region` by a model's id names: the model there, or the inference profile. */
export function calledArn(modelId: string, region: string, accountId: string): string {
    const arn = `arn:${partitionOf(region)}:bedrock:${region}`;
    return splitModelId(modelId).prefix === undefined
        ? `${arn}::foundation-model/${modelId}`
        : `${arn}:${accountId}:inference-profile/${modelId}`;
}

function partitionOf(region: string): string {
    return region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws";
}
