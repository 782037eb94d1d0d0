import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";

/** MiniStack lists for ever what failed once, and a service with two deployments is never steady. */
export const replacedDeployments: Case = {
    title: "A service's failed deployment that another has replaced",
    difference: "invented",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html (status INACTIVE)",
    requests: ["ecs:DescribeServices", "ecs:UpdateService"],
    async handle(request, next) {
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        const output = outputOf(request, response);
        for (const service of output.services ?? [output.service]) {
            const deployments: Deployment[] = service.deployments ?? [];
            const isReplaced = deployments.some(
                ({ status, rolloutState }) => status === "PRIMARY" && rolloutState === "COMPLETED",
            );
            service.deployments = deployments.filter(
                ({ status, runningCount, pendingCount }) =>
                    status === "PRIMARY" || !isReplaced || runningCount + pendingCount > 0,
            );
        }
        return answer(request, output);
    },
};

interface Deployment {
    status: string;
    rolloutState: string;
    runningCount: number;
    pendingCount: number;
}
