import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/**
 * MiniStack creates a domain at once, but its answer has no state; the provider waits for AWS's state. And the answer has an
 * empty mutual TLS where none was set.
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
