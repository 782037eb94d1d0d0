/** Application inference profiles of Bedrock: a call that names one is a call of its model. */

/** Finds the models of an application inference profile by its ARN; undefined if the region has no such profile. */
export type FindInferenceProfile = (arn: string, region: string) => Promise<string[] | undefined>;

/** Finds the profiles of a control plane of Bedrock: AWS's, or a stand-in for it. */
export function inferenceProfilesOf(endpoint: string): FindInferenceProfile {
    return async (arn, region) => {
        const response = await fetch(`${endpoint}/inference-profiles/${encodeURIComponent(arn)}`, {
            headers: {
                // This names the service and the region; no signature is checked here.
                authorization: `AWS4-HMAC-SHA256 Credential=upstreams/20260101/${region}/bedrock/aws4_request`,
            },
        });
        if (!response.ok) {
            return undefined;
        }
        const { models } = (await response.json()) as { models: { modelArn: string }[] };
        return models.map(({ modelArn }) => modelArn);
    };
}

/** The id of the model that a call names, by itself or by a profile, and whether the profile is one of several regions. */
export async function calledModel(
    modelId: string,
    region: string | undefined,
    find: FindInferenceProfile,
): Promise<{ modelId: string; isCrossRegion: boolean }> {
    const models = isApplicationProfile(modelId) && region ? await find(modelId, region) : undefined;
    const [first] = models ?? [];
    return {
        modelId: first?.split(":foundation-model/")[1] ?? modelId,
        isCrossRegion: (models?.length ?? 0) > 1,
    };
}

const isApplicationProfile = (id: string) =>
    /^arn:aws[^:]*:bedrock:[^:]+:\d{12}:application-inference-profile\//.test(id);
