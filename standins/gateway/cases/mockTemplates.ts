import type { Case } from "../case.ts";
import { withText } from "../response.ts";
import { apiCallOf } from "../restApis.ts";
import { renderTemplate } from "../velocity.ts";

export const mockTemplates: Case = {
    title: "The template of a method that API Gateway answers itself",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html",
    requests: ["execute-api:*"],
    async handle(request, next, emulator) {
        const call = await apiCallOf(request, emulator);
        const integration = call?.method.methodIntegration;
        if (integration?.type !== "MOCK") {
            return await next(request);
        }
        const response = await next(request);
        const template = integration.integrationResponses?.[response.status]?.responseTemplates?.["application/json"];
        if (!template) {
            return response;
        }
        const { headers, query } = request.head;
        const entries = Object.entries(headers).map(([name, value]) => [name, String(value)]);
        const {
            text,
            headers: set,
            status,
        } = renderTemplate(template, {
            headers: Object.fromEntries(entries),
            query: Object.fromEntries(query),
        });
        const overridden = Object.entries(set).map(([name, value]) => [name.toLowerCase(), value]);
        return withText(
            {
                ...response,
                status: status ?? response.status,
                headers: { ...response.headers, ...Object.fromEntries(overridden) },
            },
            text,
        );
    },
};
