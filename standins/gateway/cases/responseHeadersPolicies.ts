import type { Case } from "../case.ts";
import { changed } from "../xml.ts";

export const responseHeadersPolicies: Case = {
    title: "Headers that a response headers policy neither adds nor removes",
    difference: "invented",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicyConfig.html",
    requests: [
        "cloudfront:POST /2020-05-31/response-headers-policy",
        "cloudfront:GET /2020-05-31/response-headers-policy",
        "cloudfront:GET /2020-05-31/response-headers-policy/{id}",
        "cloudfront:PUT /2020-05-31/response-headers-policy/{id}",
        "cloudfront:GET /2020-05-31/response-headers-policy/{id}/config",
    ],
    async handle(request, next) {
        return changed(await next(request), (xml) =>
            xml.replaceAll(
                /<(CustomHeadersConfig|RemoveHeadersConfig)><Quantity>0<\/Quantity>(?:<Items ?\/>|<Items><\/Items>)?<\/\1>/g,
                "",
            ),
        );
    },
};
