/** Regions that a guardrail profile is called from (Bedrock user guide, Supported Regions for cross-Region guardrail inference). */
const sources: Record<string, RegExp> = {
    "us.guardrail.v1:0": /^us-(east|west)-\d$/,
    "us-gov.guardrail.v1:0": /^us-gov-/,
    "eu.guardrail.v1:0": /^eu-/,
    "apac.guardrail.v1:0": /^ap-/,
};

/** The guardrail profile of a region's geography; undefined where there is none. */
export function guardrailProfile(region: string): string | undefined {
    return Object.keys(sources).find((profile) => sources[profile]?.test(region));
}
