import type { Case } from "../case.ts";

/** The fields that the provider sends as an empty text when they are not set: a key's value, a domain's path. */
const MEMBERS = ["value", "basePath"];

/**
 * AWS treats an empty text as not set: it generates a key's value, and maps the whole domain to an API. MiniStack refuses the
 * value as too short, and makes a mapping that can't be read.
 */
export const emptyApiTexts: Case = {
    title: "A key of an API without a value, and a domain that is one API's as a whole",
    difference: "too strict",
    source: "terraform-provider-aws, internal/service/apigateway/api_key.go and base_path_mapping.go (Create), which give them to AWS so",
    requests: ["apigateway:POST /apikeys", "apigateway:POST /domainnames/{domain}/basepathmappings"],
    async handle(request, next) {
        const input = Object.fromEntries(
            Object.entries(request.input).filter(([name, value]) => !(MEMBERS.includes(name) && value === "")),
        );
        return await next(request.with(input));
    },
};
