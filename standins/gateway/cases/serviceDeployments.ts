import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { type AwsResponse, answer } from "../response.ts";

/**
 * MiniStack lists none. The AWS provider looks for a deployment that is newer than its request, and waits for it until it
 * times out; MiniStack tells times in whole seconds, so that a deployment is newer only if a second began meanwhile.
 *
 * The list has the deployments that {@link DescribeServicesCommand} has, and no older ones.
 */
export const serviceDeployments: Case = {
    title: "The deployments of a service",
    difference: "missing",
    source:
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html, and statusServiceWaitForStable " +
        "in the AWS provider's internal/service/ecs/service.go",
    requests: ["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"],
    async handle(request, _next, emulator) {
        return await (request.operation === "ListServiceDeployments" ? list : describe)(request, emulator);
    },
};

async function list(request: AwsRequest, emulator: Emulator): Promise<AwsResponse> {
    const {
        cluster,
        service,
        status,
        createdAt: { after = 0, before = Number.POSITIVE_INFINITY } = {},
    } = request.input;
    const deployments = await deploymentsOf(emulator, request.region, cluster, service);
    return answer(request, {
        serviceDeployments: deployments
            .filter(({ createdAt }) => createdAt > after && createdAt < before)
            .filter((deployment) => !status?.length || status.includes(deployment.status))
            .map(({ targetServiceRevision, ...deployment }) => ({
                ...deployment,
                targetServiceRevisionArn: targetServiceRevision.arn,
            })),
    });
}

async function describe(request: AwsRequest, emulator: Emulator): Promise<AwsResponse> {
    const arns: string[] = request.input.serviceDeploymentArns;
    const found = await Promise.all(
        arns.map(async (arn) => {
            const [, cluster, service] = arn.split("/");
            const deployments = await deploymentsOf(emulator, request.region, cluster, service).catch(() => []);
            return deployments.find(({ serviceDeploymentArn }) => serviceDeploymentArn === arn);
        }),
    );
    return answer(request, {
        serviceDeployments: found.filter(Boolean),
        failures: arns.filter((_, index) => !found[index]).map((arn) => ({ arn, reason: "MISSING" })),
    });
}

/** Asks MiniStack itself: the gateway's answer lacks a deployment that failed ({@link replacedDeployments}). */
async function deploymentsOf(emulator: Emulator, region: string, cluster?: string, service = "") {
    const asked = new DescribeServicesCommand({ cluster, services: [service] });
    const { services: [found] = [] } = await emulator.client(ECSClient, region).send(asked);
    const { serviceArn = "", clusterArn, deployments = [], deploymentConfiguration } = found ?? {};
    const isSteady = deployments.some(
        ({ status, rolloutState }) => status === "PRIMARY" && rolloutState === "COMPLETED",
    );
    const afterFailure = !deploymentConfiguration?.deploymentCircuitBreaker?.rollback
        ? "STOPPED"
        : isSteady
          ? "ROLLBACK_SUCCESSFUL"
          : "ROLLBACK_IN_PROGRESS";
    const statuses = { COMPLETED: "SUCCESSFUL", IN_PROGRESS: "IN_PROGRESS", FAILED: afterFailure };
    return deployments.map((deployment) => {
        const { id = "", createdAt = new Date(0), rolloutState = "IN_PROGRESS", rolloutStateReason } = deployment;
        const arnOf = (kind: string) => `${serviceArn.replace(":service/", `:${kind}/`)}/${id.replace(/^.*\//, "")}`;
        return {
            serviceDeploymentArn: arnOf("service-deployment"),
            serviceArn,
            clusterArn,
            createdAt: createdAt.getTime() / 1000,
            startedAt: createdAt.getTime() / 1000,
            targetServiceRevision: {
                arn: arnOf("service-revision"),
                requestedTaskCount: deployment.desiredCount,
                runningTaskCount: deployment.runningCount,
                pendingTaskCount: deployment.pendingCount,
            },
            status: statuses[rolloutState],
            statusReason: rolloutStateReason,
        };
    });
}
