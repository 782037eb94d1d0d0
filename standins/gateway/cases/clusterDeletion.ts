import { ECSClient, ListServicesCommand } from "@aws-sdk/client-ecs";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const clusterDeletion: Case = {
    title: "The deletion of a cluster that has services",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html",
    requests: ["ecs:DeleteCluster"],
    async handle(request, next, emulator) {
        const { cluster } = request.input;
        const { serviceArns = [] } = await emulator
            .client(ECSClient, request.region)
            .send(new ListServicesCommand({ cluster }))
            .catch(() => ({ serviceArns: [] }));
        if (serviceArns.length > 0) {
            throw new AwsError(
                "ClusterContainsServicesException",
                "The Cluster cannot be deleted while Services are active.",
            );
        }
        return next(request);
    },
};
