import type { Case } from "../case.ts";

/** What the provider gives as an empty text where nothing is given: a key's value, a domain's path. */
const MEMBERS = ["value", "basePath"];

/**
 * To AWS an empty text is none: it makes a key's value, and takes the whole domain for an API. MiniStack finds the value too
 * short, and makes a mapping that nobody can read.
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
