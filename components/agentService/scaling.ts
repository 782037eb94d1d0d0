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

/** The arguments that decide the number of a service's tasks. */
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

/** Tasks of a service whose arguments give no number. */
export const DEFAULT_COUNT = 1;

/** Percent of the tasks' CPU that autoscaling aims at. */
const CPU_TARGET_PERCENT = 60;

/**
 * Whether autoscaling, instead of `desiredCount`, sets the number of tasks. Equal bounds never change it, and a service with
 * a desired count of 0 stays stopped.
 */
export function isScaled({ autoscaling, nightStop, desiredCount }: ScalingInputs): boolean {
    const moves = autoscaling !== undefined && (autoscaling.min < autoscaling.max || nightStop !== undefined);
    return moves && desiredCount !== 0;
}

/** Tasks that run at least while the service is awake; 0 for one that is stopped. */
export function fewestTasks(args: ScalingInputs): number {
    const { autoscaling, desiredCount = DEFAULT_COUNT } = args;
    return autoscaling && isScaled(args) ? Math.max(1, autoscaling.min) : desiredCount;
}

/** Creates autoscaling by load, and the schedule of the night stop if one is given. */
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
    const scalable = {
        serviceNamespace: target.serviceNamespace,
        resourceId: target.resourceId,
        scalableDimension: target.scalableDimension,
    };
    child(parent, aws.appautoscaling.Policy, `${name}-scaling-policy`, args.transform?.scalingPolicy, {
        ...scalable,
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
                ...scalable,
                name: action,
                schedule,
                timezone: timezone ?? "UTC",
                scalableTargetAction: { minCapacity, maxCapacity },
            });
        at("night-stop", stop, 0, 0);
        at("morning-start", start, min, max);
    }
}
