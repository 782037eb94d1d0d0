import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/**
 * MiniStack has a domain at once, and does not say that it has; the provider waits until AWS says so. And it tells of mutual
 * TLS, empty, where none was asked for.
 */
export const apiDomainNames: Case = {
    title: "The state of an API's domain name, and its mutual TLS where there is none",
    difference: "invented",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_GetDomainName.html (domainNameStatus, mutualTlsAuthentication)",
    requests: [
        "apigateway:POST /domainnames",
        "apigateway:GET /domainnames/{domain}",
        "apigateway:PATCH /domainnames/{domain}",
    ],
    async handle(request, next) {
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const { mutualTlsAuthentication, ...output } = outputOf(request, response);
        const tls = mutualTlsAuthentication?.truststoreUri === undefined ? {} : { mutualTlsAuthentication };
        return answer(request, { ...output, ...tls, domainNameStatus: "AVAILABLE" }, response.status);
    },
};
