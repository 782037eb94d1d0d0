import { APIGatewayClient, GetStagesCommand } from "@aws-sdk/client-api-gateway";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const stageDeployments: Case = {
    title: "The deletion of an API's deployment that a stage points to",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html",
    requests: ["apigateway:DELETE /restapis/{api}/deployments/{deployment}"],
    async handle(request, next, emulator) {
        const { api, deployment } = request.params;
        const answer = emulator.client(APIGatewayClient, request.region).send(new GetStagesCommand({ restApiId: api }));
        const stages = (await answer.catch(() => undefined))?.item ?? [];
        if (stages.some(({ deploymentId }) => deploymentId === deployment)) {
            throw new AwsError(
                "BadRequestException",
                "Active stages pointing to this deployment must be moved or deleted",
            );
        }
        return await next(request);
    },
};
