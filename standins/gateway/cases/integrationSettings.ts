import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

const METHOD = "/restapis/{api}/resources/{resource}/methods/{method}";

/** MiniStack does not store the transfer mode, and invents a method for an integration that calls nothing. */
export const integrationSettings: Case = {
    title: "An integration's transfer mode and time-out, and the method of one that calls nothing",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html",
    requests: ["GET", "PUT", "PATCH"]
        .flatMap((method) => [`apigateway:${method} ${METHOD}/integration`, `apigateway:${method} ${METHOD}`])
        .concat(`apigateway:DELETE ${METHOD}/integration`, `apigateway:DELETE ${METHOD}`),
    notEmulated: { type: "aws:apigateway/integration:Integration", settings: ["responseTransferMode"] },
    async handle(request, next, { store }) {
        const { params, head, input } = request;
        const key = `${params.api} ${params.resource} ${params.method}`;
        const response = await next(head.method === "PATCH" ? request.with(withNumbers(input)) : request);
        if (response.status >= 300) {
            return response;
        }
        if (head.method === "DELETE") {
            store.delete(COLLECTION, key);
            return response;
        }
        const isIntegration = /\/integration\/?$/.test(head.path);
        if (isIntegration && head.method === "PUT") {
            store.set(COLLECTION, key, { mode: input.responseTransferMode, method: input.httpMethod } satisfies Kept);
        }
        const output = outputOf(request, response);
        const integration = isIntegration ? output : output.methodIntegration;
        if (!integration) {
            return response;
        }
        const kept = store.get<Kept>(COLLECTION, key);
        if (!kept) {
            return answer(request, output, response.status);
        }
        if (isIntegration && head.method === "PATCH") {
            for (const { path, value } of input.patchOperations ?? []) {
                kept.mode = path === "/responseTransferMode" ? value : kept.mode;
                kept.method = path === "/httpMethod" ? value : kept.method;
            }
            store.set(COLLECTION, key, kept);
        }
        integration.responseTransferMode = kept.mode ?? "BUFFERED";
        if (integration.type === "MOCK" && kept.method === undefined) {
            delete integration.httpMethod;
        }
        return answer(request, output, response.status);
    },
};

interface Patches {
    patchOperations?: { path: string; value?: string }[];
}

/** Converts a patch's values, which are texts, to numbers; MiniStack would keep texts, in the list of resources too. */
function withNumbers({ patchOperations = [] }: Patches) {
    return {
        patchOperations: patchOperations.map((patch) =>
            patch.path === "/timeoutInMillis" ? { ...patch, value: Number(patch.value) } : patch,
        ),
    };
}

interface Kept {
    mode?: string;
    /** The integration's HTTP method. */
    method?: string;
}

const COLLECTION = "apigateway integrations";
