/**
 * Stops the agent service outside of Pulumi, and starts it again. A tag of the service records the number of tasks: it is
 * available from any checkout, and a deployment does not change count and tag.
 */
import {
    DescribeScalableTargetsCommand,
    DescribeScheduledActionsCommand,
    RegisterScalableTargetCommand,
    type ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import { type Service, TagResourceCommand, UntagResourceCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { type AwsClients, isUnknownToEmulator } from "./clients.ts";
import { CommandFailure } from "./exitCodes.ts";
import type { StackOutputs } from "./openStack.ts";
import { describeService } from "./running.ts";
import { say } from "./terminal.ts";

/** The tag with the number of tasks before the pause. */
export const PAUSED_TAG = "story42:tasks-before-pause";

/** What was done to the service. */
export interface PauseOutcome {
    cluster: string;
    service: string;
    /** Desired tasks before, and after. */
    from: number;
    to: number;
    /** The number of tasks that `resume` goes back to, or went back to. */
    tasks: number;
    scaling: "suspended" | "resumed" | "none" | "unknown";
}

/** Stops the service until it is resumed. A repeated run completes an interrupted one. */
export async function pauseService(outputs: StackOutputs, clients: AwsClients): Promise<PauseOutcome> {
    const service = await describeService(outputs, clients.ecs);
    const target = await scalableTarget(service, clients);
    const from = service.desiredCount ?? 0;
    const recorded = recordedTasks(service);
    // With scaling, the count may be 0 at night only, and the schedule would start tasks in the morning.
    if (recorded === undefined && from === 0 && !target.found) {
        throw new CommandFailure(
            "failed",
            "The service is stopped already: its desired count is 0 (the setting ecsDesiredCount).",
        );
    }
    const tasks = recorded ?? from;
    if (recorded === undefined) {
        await clients.ecs.send(
            new TagResourceCommand({
                resourceArn: service.serviceArn,
                tags: [{ key: PAUSED_TAG, value: String(tasks) }],
            }),
        );
    }
    await suspendScaling(target.found, true, clients);
    await setDesired(service, 0, clients);
    return { ...namesOf(service), from, to: 0, tasks, scaling: target.found ? "suspended" : target.absent };
}

/** Starts a paused service with as many tasks as before. A repeated run completes an interrupted one. */
export async function resumeService(outputs: StackOutputs, clients: AwsClients): Promise<PauseOutcome> {
    const service = await describeService(outputs, clients.ecs);
    const target = await scalableTarget(service, clients);
    const from = service.desiredCount ?? 0;
    const bounds = target.found && (await runningBounds(target.found, clients));
    const recorded = recordedTasks(service) ?? from;
    const tasks = bounds ? Math.min(Math.max(recorded, bounds.min), bounds.max) : recorded;
    if (tasks === 0) {
        throw new CommandFailure(
            "failed",
            "The service was not paused, its settings stop it: `pulumi config set ecsDesiredCount 1` and `story42 up` start it.",
        );
    }
    await setDesired(service, tasks, clients);
    await suspendScaling(target.found, false, clients, bounds);
    await clients.ecs.send(new UntagResourceCommand({ resourceArn: service.serviceArn, tagKeys: [PAUSED_TAG] }));
    return { ...namesOf(service), from, to: tasks, tasks, scaling: target.found ? "resumed" : target.absent };
}

/** The number of tasks before the pause; `undefined` for a service that is not paused. */
export function recordedTasks({ tags }: Service): number | undefined {
    const value = tags?.find(({ key }) => key === PAUSED_TAG)?.value;
    return value === undefined ? undefined : Number(value);
}

async function setDesired(service: Service, desiredCount: number, { ecs }: AwsClients): Promise<void> {
    if (service.desiredCount !== desiredCount) {
        await ecs.send(
            new UpdateServiceCommand({ cluster: service.clusterArn, service: service.serviceName, desiredCount }),
        );
    }
}

/** The service's scalable target, if there is one; `absent` is `unknown` on an emulator without the API. */
async function scalableTarget(
    service: Service,
    { scaling }: AwsClients,
): Promise<{ found?: ScalableTarget; absent: "none" | "unknown" }> {
    const ResourceIds = [`service/${namesOf(service).cluster}/${service.serviceName}`];
    try {
        const { ScalableTargets } = await scaling.send(
            new DescribeScalableTargetsCommand({
                ServiceNamespace: "ecs",
                ScalableDimension: "ecs:service:DesiredCount",
                ResourceIds,
            }),
        );
        return { found: ScalableTargets?.[0], absent: "none" };
    } catch (error) {
        if (!isUnknownToEmulator(error)) {
            throw error;
        }
        say(
            `Only the count of tasks changes: there is no Application Auto Scaling at ${process.env.AWS_ENDPOINT_URL}.`,
        );
        return { absent: "unknown" };
    }
}

async function suspendScaling(
    target: ScalableTarget | undefined,
    isSuspended: boolean,
    { scaling }: AwsClients,
    bounds?: Bounds,
): Promise<void> {
    if (target) {
        await scaling.send(
            new RegisterScalableTargetCommand({
                ServiceNamespace: target.ServiceNamespace,
                ResourceId: target.ResourceId,
                ScalableDimension: target.ScalableDimension,
                // Omitted properties stay as they are.
                ...(bounds ? { MinCapacity: bounds.min, MaxCapacity: bounds.max } : {}),
                SuspendedState: {
                    DynamicScalingInSuspended: isSuspended,
                    DynamicScalingOutSuspended: isSuspended,
                    ScheduledScalingSuspended: isSuspended,
                },
            }),
        );
    }
}

interface Bounds {
    min: number;
    max: number;
}

/**
 * The bounds with which a service runs. A service that was paused at night still has the bounds of the night, 0 to 0: the
 * schedule that sets the day's was suspended.
 */
async function runningBounds(target: ScalableTarget, { scaling }: AwsClients): Promise<Bounds> {
    const { MinCapacity: min = 0, MaxCapacity: max = 0, ServiceNamespace, ResourceId } = target;
    if (max > 0) {
        return { min, max };
    }
    const { ScheduledActions = [] } = await scaling.send(
        new DescribeScheduledActionsCommand({ ServiceNamespace, ResourceId }),
    );
    const day = ScheduledActions.find(({ ScalableTargetAction }) => (ScalableTargetAction?.MaxCapacity ?? 0) > 0);
    return { min: day?.ScalableTargetAction?.MinCapacity ?? 0, max: day?.ScalableTargetAction?.MaxCapacity ?? 0 };
}

function namesOf({ clusterArn, serviceName }: Service): { cluster: string; service: string } {
    return { cluster: clusterArn?.split("/").pop() ?? "", service: serviceName ?? "" };
}
