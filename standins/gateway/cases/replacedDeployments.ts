import type { Case } from "../case.ts";
import { changingServices } from "../ecsServices.ts";

/** MiniStack lists a failed deployment forever, and a service with two deployments never becomes stable. */
export const replacedDeployments: Case = {
    title: "A service's failed deployment that another has replaced",
    difference: "invented",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html (status INACTIVE)",
    requests: ["ecs:DescribeServices", "ecs:UpdateService"],
    async handle(request, next) {
        return await changingServices(request, next, (service) => {
            const deployments: Deployment[] = service.deployments ?? [];
            const isReplaced = deployments.some(
                ({ status, rolloutState }) => status === "PRIMARY" && rolloutState === "COMPLETED",
            );
            service.deployments = deployments.filter(
                ({ status, runningCount, pendingCount }) =>
                    status === "PRIMARY" || !isReplaced || runningCount + pendingCount > 0,
            );
        });
    },
};

interface Deployment {
    status: string;
    rolloutState: string;
    runningCount: number;
    pendingCount: number;
}
