import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { child, type Transform } from "../core/transform.ts";

/** When a service stops at night. */
export interface NightStop {
    /** When tasks stop, as `cron(minute hour day month weekday year)`. @example "cron(0 20 * * ? *)" */
    stop: string;
    /** When they start again. @example "cron(0 6 * * ? *)" */
    start: string;
    /** The time zone of both, for example `Europe/Berlin`. @default UTC @example "Europe/Berlin" */
    timezone?: string;
}

/** What the number of a service's tasks depends on. */
export interface ScalingInputs {
    desiredCount?: number;
    autoscaling?: { min: number; max: number };
    nightStop?: NightStop;
    transform?: {
        scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
        scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>;
        scheduledAction?: Transform<aws.appautoscaling.ScheduledActionArgs>;
    };
}

/** Percent of the tasks' CPU that autoscaling aims at. */
const CPU_TARGET_PERCENT = 60;

/**
 * Whether something else than `desiredCount` counts the tasks. Equal bounds move nothing, and a service that is stopped by
 * its count stays stopped.
 */
export function isScaled({ autoscaling, nightStop, desiredCount }: ScalingInputs): boolean {
    const moves = autoscaling !== undefined && (autoscaling.min < autoscaling.max || nightStop !== undefined);
    return moves && desiredCount !== 0;
}

/** Lets the number of tasks follow the load, and the clock where a night stop is asked for. */
export function createScaling(
    parent: pulumi.Resource,
    name: string,
    args: ScalingInputs,
    { cluster, service }: { cluster: aws.ecs.Cluster; service: aws.ecs.Service },
): void {
    if (!args.autoscaling || !isScaled(args)) {
        return;
    }
    const { min, max } = args.autoscaling;
    const target = child(
        parent,
        aws.appautoscaling.Target,
        `${name}-scaling-target`,
        args.transform?.scalingTarget,
        {
            serviceNamespace: "ecs",
            resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
            scalableDimension: "ecs:service:DesiredCount",
            minCapacity: min,
            maxCapacity: max,
        },
        // The night schedule moves both bounds; an update by day must not wake the service up at night.
        args.nightStop ? { ignoreChanges: ["minCapacity", "maxCapacity"] } : {},
    );
    const of = {
        serviceNamespace: target.serviceNamespace,
        resourceId: target.resourceId,
        scalableDimension: target.scalableDimension,
    };
    child(parent, aws.appautoscaling.Policy, `${name}-scaling-policy`, args.transform?.scalingPolicy, {
        ...of,
        name: "cpu",
        policyType: "TargetTrackingScaling",
        targetTrackingScalingPolicyConfiguration: {
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
            targetValue: CPU_TARGET_PERCENT,
            scaleInCooldown: 300,
            scaleOutCooldown: 60,
        },
    });
    if (args.nightStop) {
        const { stop, start, timezone } = args.nightStop;
        const at = (action: string, schedule: string, minCapacity: number, maxCapacity: number) =>
            child(parent, aws.appautoscaling.ScheduledAction, `${name}-${action}`, args.transform?.scheduledAction, {
                ...of,
                name: action,
                schedule,
                timezone: timezone ?? "UTC",
                scalableTargetAction: { minCapacity, maxCapacity },
            });
        at("night-stop", stop, 0, 0);
        at("morning-start", start, min, max);
    }
}
