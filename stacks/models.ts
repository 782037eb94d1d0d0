/**
 * The regions that an inference profile may send a call to, by the prefix of its id (Amazon Bedrock user guide,
 * "Supported Regions and models for inference profiles"). IAM must allow the model in each of them.
 */
const profileRegions: Record<string, string[]> = {
    us: ["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
    eu: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
    apac: [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
    ],
};

/** The ARNs that a caller of a Bedrock model or inference profile must be allowed, for one account and region. */
export function modelArns(modelId: string, region: string, accountId: string): string[] {
    const prefix = modelId.slice(0, modelId.indexOf("."));
    const regions = profileRegions[prefix];
    if (!regions) {
        return [`arn:aws:bedrock:${region}::foundation-model/${modelId}`];
    }
    const model = modelId.slice(prefix.length + 1);
    return [
        `arn:aws:bedrock:${region}:${accountId}:inference-profile/${modelId}`,
        ...regions.map((destination) => `arn:aws:bedrock:${destination}::foundation-model/${model}`),
    ];
}
