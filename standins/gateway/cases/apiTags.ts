import { APIGatewayClient, GetTagsCommand, TagResourceCommand } from "@aws-sdk/client-api-gateway";
import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

const API = "/restapis/{api}";
const STAGE = "/restapis/{api}/stages/{stage}";
const STAGES = "/restapis/{api}/stages";

/** MiniStack shows a REST API and a stage with their first tags; later tags only by GetTags. */
export const apiTags: Case = {
    title: "The tags of a REST API and of its stages",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApi.html (tags), API_TagResource.html",
    requests: [API, STAGE]
        .flatMap((path) => [`apigateway:GET ${path}`, `apigateway:PATCH ${path}`])
        .concat(`apigateway:POST ${STAGES}`),
    async handle(request, next, emulator) {
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const { api, stage = request.input?.stageName } = request.params;
        const path = stage === undefined ? `/restapis/${api}` : `/restapis/${api}/stages/${stage}`;
        const resourceArn = `arn:aws:apigateway:${request.region}::${path}`;
        const client = emulator.client(APIGatewayClient, request.region);
        if (request.head.method === "POST") {
            // GetTags does not return a stage's first tags.
            await client.send(new TagResourceCommand({ resourceArn, tags: request.input.tags ?? {} }));
            return response;
        }
        const { tags } = await client.send(new GetTagsCommand({ resourceArn }));
        return answer(request, { ...outputOf(request, response), tags }, response.status);
    },
};
