import type { Case } from "../case.ts";
import { AwsRequest } from "../request.ts";
import { outputOf } from "../response.ts";

const RESPONSE = "/restapis/{api}/resources/{resource}/methods/{method}/responses/{code}";

/** MiniStack can create a method's response but not update it: the response is created again with the patches. */
export const methodResponsePatches: Case = {
    title: "The update of a method's response",
    difference: "missing",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethodResponse.html",
    requests: [`apigateway:PATCH ${RESPONSE}`],
    async handle(request, next) {
        const as = (method: string, input?: object) => {
            const body = Buffer.from(input ? JSON.stringify(input) : "");
            const headers = { ...request.head.headers, "content-length": String(body.length) };
            return next(new AwsRequest({ ...request.head, method, headers }, request, body, request));
        };
        const current = await as("GET");
        if (current.status !== 200) {
            return current;
        }
        const { responseModels = {}, responseParameters = {} } = outputOf(request, current);
        const settings: Record<string, Record<string, unknown>> = { responseModels, responseParameters };
        for (const { op, path, value } of request.input.patchOperations ?? []) {
            const [, name = "", escaped = ""] = path.split("/");
            const key = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
            const { [key]: _, ...others } = settings[name] ?? {};
            const set = name === "responseParameters" ? value === "true" : value;
            settings[name] = op === "remove" ? others : { ...others, [key]: set };
        }
        await as("DELETE");
        return { ...(await as("PUT", settings)), status: 200 };
    },
};
