import { addressOf, notFound, now, type Scaled, ScalingStore, scalingArn } from "../autoScaling.ts";
import type { Case } from "../case.ts";
import { AwsError, answer } from "../response.ts";

interface ScheduledAction extends Scaled {
    ScheduledActionARN: string;
    ScheduledActionName: string;
    Schedule?: string;
    Timezone?: string;
    StartTime?: number;
    EndTime?: number;
    ScalableTargetAction?: { MinCapacity?: number; MaxCapacity?: number };
}

/** Scheduled actions are stored, but never run. */
export const scheduledActions: Case = {
    title: "Scheduled actions of Application Auto Scaling",
    difference: "missing",
    source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html",
    requests: ["PutScheduledAction", "DescribeScheduledActions", "DeleteScheduledAction"].map(
        (name) => `application-autoscaling:${name}`,
    ),
    notEmulated: { type: "aws:appautoscaling/scheduledAction:ScheduledAction", settings: "all" },
    async handle(request, _next, emulator) {
        const { input, operation } = request;
        const of = addressOf(request);
        const actions = new ScalingStore<ScheduledAction>("actions", emulator, request);
        if (operation === "DescribeScheduledActions") {
            const names: string[] | undefined = input.ScheduledActionNames;
            const found = actions
                .find(input)
                .filter(({ ScheduledActionName }) => names?.includes(ScheduledActionName) ?? true);
            return answer(request, { ScheduledActions: found });
        }
        const name: string = input.ScheduledActionName;
        const old = actions.get(of, name);
        if (operation === "DeleteScheduledAction") {
            if (!old) {
                throw notFound("No scheduled action found", of);
            }
            actions.delete(of, name);
            return answer(request, {});
        }
        if (!new ScalingStore("targets", emulator, request).get(of)) {
            throw notFound("No scalable target registered", of);
        }
        const { MinCapacity, MaxCapacity } = input.ScalableTargetAction ?? old?.ScalableTargetAction ?? {};
        if (MinCapacity === undefined && MaxCapacity === undefined) {
            throw new AwsError(
                "ValidationException",
                "At least one of minimum capacity and maximum capacity should be provided",
            );
        }
        actions.set(
            of,
            {
                ...of,
                ScheduledActionName: name,
                ScheduledActionARN:
                    old?.ScheduledActionARN ??
                    scalingArn(request, of, "scheduledAction", `scheduledActionName/${name}`),
                CreationTime: old?.CreationTime ?? now(),
                Schedule: input.Schedule ?? old?.Schedule,
                Timezone: input.Timezone ?? old?.Timezone,
                ScalableTargetAction: input.ScalableTargetAction ?? old?.ScalableTargetAction,
                // AWS removes the times that an update leaves out.
                StartTime: input.StartTime,
                EndTime: input.EndTime,
            },
            name,
        );
        return answer(request, {});
    },
};
