/** The regions of a geography's inference profiles. */
interface Geography {
    /** Regions from which its profiles may be called. */
    from: RegExp;
    /** Regions to which they send calls; "" is any. */
    to: readonly string[];
}

/**
 * The geographies of Bedrock's own inference profiles, by the prefix of a profile's id (Bedrock user guide, "Geographic
 * cross-Region inference"; the regions are those of Nova Pro, by its model card, where it has them).
 */
export const geographies: Readonly<Record<string, Geography>> = {
    us: { from: /^(us-(east|west)|ca-central)-\d$/, to: ["us-east-1", "us-east-2", "us-west-2"] },
    eu: { from: /^(eu|il)-/, to: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"] },
    apac: {
        from: /^(ap|me)-/,
        to: ["ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
    },
    jp: { from: /^ap-northeast-[13]$/, to: ["ap-northeast-1", "ap-northeast-3"] },
    au: { from: /^ap-southeast-[24]$/, to: ["ap-southeast-2", "ap-southeast-4"] },
    ca: { from: /^ca-/, to: ["ca-central-1", "ca-west-1"] },
    "us-gov": { from: /^us-gov-/, to: ["us-gov-east-1", "us-gov-west-1"] },
    global: { from: /^(?!us-gov-)/, to: [""] },
};
