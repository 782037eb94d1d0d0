import { randomUUID } from "node:crypto";
import { ACCOUNT } from "../account.ts";
import { addressOf, notFound, now, type Scaled, ScalingStore, scalingArn } from "../autoScaling.ts";
import type { Case } from "../case.ts";
import type { AwsRequest } from "../request.ts";
import { answer } from "../response.ts";

interface ScalingPolicy extends Scaled {
    PolicyARN: string;
    PolicyName: string;
    PolicyType: string;
    TargetTrackingScalingPolicyConfiguration?: object;
    StepScalingPolicyConfiguration?: object;
    Alarms: { AlarmName: string; AlarmARN: string }[];
}

/** Policies are stored, but scale nothing. */
export const scalingPolicies: Case = {
    title: "Scaling policies of Application Auto Scaling",
    difference: "missing",
    source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html",
    requests: ["PutScalingPolicy", "DescribeScalingPolicies", "DeleteScalingPolicy"].map(
        (name) => `application-autoscaling:${name}`,
    ),
    notEmulated: { type: "aws:appautoscaling/policy:Policy", settings: "all" },
    async handle(request, _next, emulator) {
        const { input, operation } = request;
        const of = addressOf(request);
        const policies = new ScalingStore<ScalingPolicy>("policies", emulator, request);
        if (operation === "DescribeScalingPolicies") {
            const names: string[] | undefined = input.PolicyNames;
            const found = policies.find(input).filter(({ PolicyName }) => names?.includes(PolicyName) ?? true);
            return answer(request, { ScalingPolicies: found });
        }
        const old = policies.get(of, input.PolicyName);
        if (operation === "DeleteScalingPolicy") {
            if (!old) {
                throw notFound("No scaling policy found", of);
            }
            policies.delete(of, input.PolicyName);
            return answer(request, {});
        }
        if (!new ScalingStore("targets", emulator, request).get(of)) {
            throw notFound("No scalable target registered", of);
        }
        const policy: ScalingPolicy = {
            ...of,
            PolicyName: input.PolicyName,
            PolicyType: input.PolicyType ?? old?.PolicyType ?? "StepScaling",
            PolicyARN: old?.PolicyARN ?? scalingArn(request, of, "scalingPolicy", `policyName/${input.PolicyName}`),
            TargetTrackingScalingPolicyConfiguration: input.TargetTrackingScalingPolicyConfiguration,
            StepScalingPolicyConfiguration: input.StepScalingPolicyConfiguration,
            Alarms: old?.Alarms ?? (input.TargetTrackingScalingPolicyConfiguration ? alarms(request) : []),
            CreationTime: old?.CreationTime ?? now(),
        };
        policies.set(of, policy, policy.PolicyName);
        return answer(request, { PolicyARN: policy.PolicyARN, Alarms: policy.Alarms });
    },
};

/** The two alarms that AWS makes for a target tracking policy. */
function alarms({ input, region }: AwsRequest): ScalingPolicy["Alarms"] {
    return ["AlarmHigh", "AlarmLow"].map((kind) => {
        const AlarmName = `TargetTracking-${input.ResourceId}-${kind}-${randomUUID()}`;
        return { AlarmName, AlarmARN: `arn:aws:cloudwatch:${region}:${ACCOUNT}:alarm:${AlarmName}` };
    });
}
