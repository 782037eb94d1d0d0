/** The emulator has no application autoscaling (each call costs it seconds and memory): these live in the state alone. */
import type { ResourceType } from "../resource.ts";
import type { Properties } from "../values.ts";

function kept(replaceOn: string[], idOf: (inputs: Properties) => string): ResourceType {
    return {
        replaceOn,
        deleteFirst: true,
        computed: ["arn"],
        notEmulated: ["*"],
        create: async (inputs) => idOf(inputs),
        read: async (id, cloud, known) => ({
            ...known,
            arn: `arn:aws:application-autoscaling:${cloud.region}:${cloud.account}:${id}`,
        }),
        update: async () => {},
        delete: async () => {},
    };
}

const address = ["serviceNamespace", "resourceId", "scalableDimension"];

export const appautoscalingTypes: Record<string, ResourceType> = {
    "aws:appautoscaling/target:Target": kept(address, (inputs) => inputs.resourceId),
    "aws:appautoscaling/policy:Policy": kept(["name", ...address], (inputs) => inputs.name),
    "aws:appautoscaling/scheduledAction:ScheduledAction": kept(
        ["name", ...address],
        (inputs) => `${inputs.name}-${inputs.serviceNamespace}-${inputs.resourceId}`,
    ),
};
