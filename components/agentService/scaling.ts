import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { transform } from "../core/transform.ts";
import type { StoryAgentServiceArgs } from "./index.ts";

/** Percent of the tasks' CPU that autoscaling aims at. */
const CPU_TARGET_PERCENT = 60;

/**
 * Whether something else than `desiredCount` counts the tasks. Equal bounds move nothing, and a service that is stopped by
 * its count stays stopped.
 */
export function isScaled({ autoscaling, nightStop, desiredCount }: StoryAgentServiceArgs): boolean {
    const moves = autoscaling !== undefined && (autoscaling.min < autoscaling.max || nightStop !== undefined);
    return moves && desiredCount !== 0;
}

/** Lets the number of tasks follow the load, and the clock where a night stop is asked for. */
export function createScaling(
    name: string,
    args: StoryAgentServiceArgs,
    cluster: aws.ecs.Cluster,
    service: aws.ecs.Service,
    opts: pulumi.CustomResourceOptions,
): void {
    if (!args.autoscaling || !isScaled(args)) {
        return;
    }
    const { min, max } = args.autoscaling;
    const target = new aws.appautoscaling.Target(
        ...transform<aws.appautoscaling.TargetArgs>(
            args.transform?.scalingTarget,
            `${name}-scaling-target`,
            {
                serviceNamespace: "ecs",
                resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
                scalableDimension: "ecs:service:DesiredCount",
                minCapacity: min,
                maxCapacity: max,
            },
            // The night schedule moves both bounds; an update by day must not wake the service up at night.
            args.nightStop ? { ...opts, ignoreChanges: ["minCapacity", "maxCapacity"] } : opts,
        ),
    );
    const of = {
        serviceNamespace: target.serviceNamespace,
        resourceId: target.resourceId,
        scalableDimension: target.scalableDimension,
    };
    new aws.appautoscaling.Policy(
        ...transform<aws.appautoscaling.PolicyArgs>(
            args.transform?.scalingPolicy,
            `${name}-scaling-policy`,
            {
                ...of,
                name: "cpu",
                policyType: "TargetTrackingScaling",
                targetTrackingScalingPolicyConfiguration: {
                    predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
                    targetValue: CPU_TARGET_PERCENT,
                    scaleInCooldown: 300,
                    scaleOutCooldown: 60,
                },
            },
            opts,
        ),
    );
    if (args.nightStop) {
        const { stop, start, timezone } = args.nightStop;
        const at = (action: string, schedule: string, minCapacity: number, maxCapacity: number) =>
            new aws.appautoscaling.ScheduledAction(
                ...transform<aws.appautoscaling.ScheduledActionArgs>(
                    args.transform?.scheduledAction,
                    `${name}-${action}`,
                    {
                        ...of,
                        name: action,
                        schedule,
                        timezone: timezone ?? "UTC",
                        scalableTargetAction: { minCapacity, maxCapacity },
                    },
                    opts,
                ),
            );
        at("night-stop", stop, 0, 0);
        at("morning-start", start, min, max);
    }
}
