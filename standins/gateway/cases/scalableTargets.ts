import { randomBytes } from "node:crypto";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { ACCOUNT } from "../account.ts";
import { addressOf, notFound, now, type Scaled, ScalingStore } from "../autoScaling.ts";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError, answer } from "../response.ts";

interface ScalableTarget extends Scaled {
    ScalableTargetARN: string;
    MinCapacity: number;
    MaxCapacity: number;
    RoleARN: string;
    SuspendedState: Record<string, boolean>;
}

const operations: Record<string, (request: AwsRequest, emulator: Emulator) => Promise<object> | object> = {
    async RegisterScalableTarget(request, emulator) {
        const of = addressOf(request);
        const { input } = request;
        const targets = new ScalingStore<ScalableTarget>("targets", emulator, request);
        const old = targets.get(of);
        const MinCapacity = input.MinCapacity ?? old?.MinCapacity;
        const MaxCapacity = input.MaxCapacity ?? old?.MaxCapacity;
        if (MinCapacity === undefined || MaxCapacity === undefined) {
            throw new AwsError(
                "ValidationException",
                "You must specify both MinCapacity and MaxCapacity when registering a new scalable target",
            );
        }
        if (MinCapacity > MaxCapacity) {
            throw new AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity");
        }
        await moveIntoBounds(of.ResourceId, MinCapacity, MaxCapacity, emulator.client(ECSClient, request.region));
        const id = randomBytes(17).toString("hex");
        const target: ScalableTarget = {
            ...of,
            ScalableTargetARN:
                old?.ScalableTargetARN ??
                `arn:aws:application-autoscaling:${request.region}:${ACCOUNT}:scalable-target/${id}`,
            MinCapacity,
            MaxCapacity,
            RoleARN: input.RoleARN ?? old?.RoleARN ?? SERVICE_ROLE,
            SuspendedState: { ...(old?.SuspendedState ?? NOT_SUSPENDED), ...input.SuspendedState },
            CreationTime: old?.CreationTime ?? now(),
        };
        targets.set(of, target);
        if (input.Tags) {
            emulator.store.set(TAGS, target.ScalableTargetARN, input.Tags);
        }
        return { ScalableTargetARN: target.ScalableTargetARN };
    },

    DescribeScalableTargets(request, emulator) {
        const targets = new ScalingStore<ScalableTarget>("targets", emulator, request);
        return { ScalableTargets: targets.find(request.input) };
    },

    DeregisterScalableTarget(request, emulator) {
        const of = addressOf(request);
        const targets = new ScalingStore<ScalableTarget>("targets", emulator, request);
        const target = targets.get(of);
        if (!target) {
            throw notFound("No scalable target found", of);
        }
        for (const [kind, nameOf] of [
            ["policies", (one: Scaled & { PolicyName?: string }) => one.PolicyName],
            ["actions", (one: Scaled & { ScheduledActionName?: string }) => one.ScheduledActionName],
        ] as const) {
            const kept = new ScalingStore<Scaled>(kind, emulator, request);
            for (const one of kept.find(of)) {
                kept.delete(of, nameOf(one));
            }
        }
        targets.delete(of);
        emulator.store.delete(TAGS, target.ScalableTargetARN);
        return {};
    },

    TagResource(request, emulator) {
        const arn = existing(request, emulator);
        emulator.store.set(TAGS, arn, { ...emulator.store.get<object>(TAGS, arn), ...request.input.Tags });
        return {};
    },

    UntagResource(request, emulator) {
        const arn = existing(request, emulator);
        const kept = Object.entries(emulator.store.get<Record<string, string>>(TAGS, arn) ?? {}).filter(
            ([name]) => !request.input.TagKeys.includes(name),
        );
        emulator.store.set(TAGS, arn, Object.fromEntries(kept));
        return {};
    },

    ListTagsForResource(request, emulator) {
        return { Tags: emulator.store.get<object>(TAGS, existing(request, emulator)) ?? {} };
    },
};

/** Scalable targets are stored, and a service's count is moved into their bounds. */
export const scalableTargets: Case = {
    title: "Scalable targets of Application Auto Scaling, and their tags",
    difference: "missing",
    source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    requests: Object.keys(operations).map((name) => `application-autoscaling:${name}`),
    async handle(request, _next, emulator) {
        return answer(request, await operations[request.operation]?.(request, emulator));
    },
};

const TAGS = "application-autoscaling tags";

const SERVICE_ROLE =
    `arn:aws:iam::${ACCOUNT}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/` +
    "AWSServiceRoleForApplicationAutoScaling_ECSService";

const NOT_SUSPENDED = {
    DynamicScalingInSuspended: false,
    DynamicScalingOutSuspended: false,
    ScheduledScalingSuspended: false,
};

/** AWS immediately scales a service whose count is out of the new bounds. */
async function moveIntoBounds(resourceId: string, min: number, max: number, ecs: ECSClient): Promise<void> {
    const [, cluster = "", service = ""] = resourceId.split("/");
    const { services = [] } = await ecs
        .send(new DescribeServicesCommand({ cluster, services: [service] }))
        .catch(() => ({ services: [] }));
    const found = services.find((one) => one.status === "ACTIVE");
    if (!found) {
        throw new AwsError("ValidationException", `ECS service doesn't exist: ${resourceId}`);
    }
    const count = found.desiredCount ?? 0;
    const desiredCount = Math.min(Math.max(count, min), max);
    if (desiredCount !== count) {
        await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    }
}

/** @returns the ARN of an existing target */
function existing(request: AwsRequest, emulator: Emulator): string {
    const { ResourceARN } = request.input;
    const targets = new ScalingStore<ScalableTarget>("targets", emulator, request);
    if (!targets.find({}).some((one) => one.ScalableTargetARN === ResourceARN)) {
        throw new AwsError("ResourceNotFoundException", "The specified resource doesn't exist.");
    }
    return ResourceARN;
}
