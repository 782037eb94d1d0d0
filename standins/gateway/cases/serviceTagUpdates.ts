import type { Case } from "../case.ts";
import { changingServices, serviceRequests } from "../ecsServices.ts";

/** MiniStack stores these settings at the creation of a service, but ignores them in an update. */
export const serviceTagUpdates: Case = {
    title: "The update of the tags that a service gives its tasks",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html (propagateTags)",
    requests: serviceRequests,
    async handle(request, next, { store }) {
        const { input, operation } = request;
        return await changingServices(request, next, (service) => {
            const arn: string = service.serviceArn;
            if (operation === "CreateService") {
                store.delete(COLLECTION, arn);
            }
            if (operation === "UpdateService") {
                const { propagateTags, enableECSManagedTags } = input;
                const settings = JSON.parse(JSON.stringify({ propagateTags, enableECSManagedTags }));
                store.set(COLLECTION, arn, { ...store.get<object>(COLLECTION, arn), ...settings });
            }
            Object.assign(service, store.get<object>(COLLECTION, arn));
            if (operation === "DeleteService") {
                store.delete(COLLECTION, arn);
            }
        });
    },
};

const COLLECTION = "ecs tags of tasks";
