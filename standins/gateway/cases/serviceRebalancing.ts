import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

export const serviceRebalancing: Case = {
    title: "Whether a service evens its tasks out over the zones",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html (availabilityZoneRebalancing)",
    requests: ["CreateService", "UpdateService", "DescribeServices", "DeleteService"].map((name) => `ecs:${name}`),
    notEmulated: { type: "aws:ecs/service:Service", settings: ["availabilityZoneRebalancing"] },
    async handle(request, next, { store }) {
        const { input, operation } = request;
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const output = outputOf(request, response);
        for (const service of output.services ?? [output.service]) {
            const arn: string = service.serviceArn;
            if (operation === "CreateService") {
                store.set(KEPT, arn, input.availabilityZoneRebalancing ?? "ENABLED");
            }
            if (operation === "UpdateService" && input.availabilityZoneRebalancing) {
                store.set(KEPT, arn, input.availabilityZoneRebalancing);
            }
            service.availabilityZoneRebalancing = store.get(KEPT, arn);
            if (operation === "DeleteService") {
                store.delete(KEPT, arn);
            }
        }
        return answer(request, output);
    },
};

const KEPT = "ecs zone rebalancing";
