import type { Case } from "../case.ts";
import { changingServices, serviceRequests } from "../ecsServices.ts";

export const serviceRebalancing: Case = {
    title: "Whether a service evens its tasks out over the zones",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html (availabilityZoneRebalancing)",
    requests: serviceRequests,
    notEmulated: { type: "aws:ecs/service:Service", settings: ["availabilityZoneRebalancing"] },
    async handle(request, next, { store }) {
        const { input, operation } = request;
        return await changingServices(request, next, (service) => {
            const arn: string = service.serviceArn;
            if (operation === "CreateService") {
                store.set(COLLECTION, arn, input.availabilityZoneRebalancing ?? "ENABLED");
            }
            if (operation === "UpdateService" && input.availabilityZoneRebalancing) {
                store.set(COLLECTION, arn, input.availabilityZoneRebalancing);
            }
            service.availabilityZoneRebalancing = store.get(COLLECTION, arn);
            if (operation === "DeleteService") {
                store.delete(COLLECTION, arn);
            }
        });
    },
};

const COLLECTION = "ecs zone rebalancing";
