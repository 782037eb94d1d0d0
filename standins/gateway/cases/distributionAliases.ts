import type { Case } from "../case.ts";
import { distributions } from "../distributions.ts";
import { AwsError } from "../response.ts";
import { textsOf } from "../xml.ts";

export const distributionAliases: Case = {
    title: "A distribution's alias that another one has",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html (CNAMEAlreadyExists)",
    requests: ["cloudfront:POST /2020-05-31/distribution", "cloudfront:PUT /2020-05-31/distribution/{id}/config"],
    async handle(request, next, emulator) {
        const [aliases = ""] = /<Aliases>.*?<\/Aliases>/s.exec(request.body.toString()) ?? [];
        const names = new Set(textsOf(aliases, "CNAME"));
        const others = names.size > 0 ? await distributions(emulator) : [];
        const taken = others.some(
            ({ Id, Aliases }) => Id !== request.params.id && Aliases?.Items?.some((alias) => names.has(alias)),
        );
        if (taken) {
            throw new AwsError(
                "CNAMEAlreadyExists",
                "One or more of the CNAMEs you provided are already associated with a different resource.",
                409,
            );
        }
        return next(request);
    },
};
