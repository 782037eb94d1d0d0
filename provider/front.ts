/** The site, its firewall and monitoring, for programs in any language. */
import * as pulumi from "@pulumi/pulumi";
import { isOutput } from "../components/core/schemaCheck.ts";
import {
    StoryFirewall,
    type StoryFirewallArgs,
    StoryMonitoring,
    type StoryMonitoringArgs,
    StorySite,
    type StorySiteArgs,
    type WatchedFunction,
} from "../components/index.ts";
import { type Data, defineComponent } from "./component.ts";
import type { UnusedFunctionOutputs } from "./compute.ts";

/** Outputs of {@link StorySite}. */
export interface StorySiteOutputs {
    /** The site's address, `https://...` without a slash at the end. */
    url: pulumi.Output<string>;
    bucketName: pulumi.Output<string>;
    distributionId: pulumi.Output<string>;
    /** CloudFront's own name for the site. */
    distributionDomainName: pulumi.Output<string>;
}

export const site = defineComponent<Data<StorySiteArgs>, StorySiteOutputs>((name, inputs, opts) => {
    const component = new StorySite(name, inputs, opts);
    const { url, bucket, distribution } = component;
    const outputs = {
        url,
        bucketName: bucket.bucket,
        distributionId: distribution.id,
        distributionDomainName: distribution.domainName,
    };
    return { component, outputs };
});

/** Outputs of {@link StoryFirewall}. */
export interface StoryFirewallOutputs {
    arn: pulumi.Output<string>;
}

export const firewall = defineComponent<Data<StoryFirewallArgs>, StoryFirewallOutputs>((name, inputs, opts) => {
    const component = new StoryFirewall(name, inputs, opts);
    return { component, outputs: { arn: component.arn } };
});

/** Outputs of {@link StoryMonitoring}. */
export interface StoryMonitoringOutputs {
    /** The topic that mails the administrator. */
    topicArn: pulumi.Output<string>;
    /** The dashboard's name; empty where nothing is watched. */
    dashboardName: pulumi.Output<string>;
}

/** A function that is watched: one of the `liveFunctions` of a `StoryLambdas`, or another. */
export interface WatchedFunctionInputs extends UnusedFunctionOutputs {
    functionName: pulumi.Input<string>;
    /**
     * The queue of its dead letters, each of which raises an alarm.
     *
     * @default none
     * @example lambdas.functions.tell.deadLetterQueue.name
     */
    deadLetterQueueName?: pulumi.Input<string>;
    /** As `liveFunctions` has it; not needed here. @example "shop/data" */
    aliasName?: pulumi.Input<string>;
    /** As `liveFunctions` has it; not needed here. @example alias.invokeArn */
    invokeArn?: pulumi.Input<string>;
}

/** Arguments of {@link StoryMonitoring}. */
export interface StoryMonitoringInputs extends Omit<Data<StoryMonitoringArgs>, "functions"> {
    /**
     * The functions to watch, by the short name that the alarms carry.
     *
     * @default there are none
     * @example { tell: lambdas.liveFunctions.tell }
     */
    functions?: Record<string, pulumi.Input<WatchedFunctionInputs>>;
}

/** The function to watch. An output is a function of a `StoryLambdas`, which always has a queue of dead letters. */
function watched(given: pulumi.Input<WatchedFunctionInputs>): WatchedFunction {
    if (!isOutput(given)) {
        return given as WatchedFunctionInputs;
    }
    const inputs = pulumi.output(given);
    return {
        functionName: inputs.functionName,
        deadLetterQueueName: inputs.apply(({ deadLetterQueueName }) => deadLetterQueueName ?? ""),
    };
}

export const monitoring = defineComponent<StoryMonitoringInputs, StoryMonitoringOutputs>((name, inputs, opts) => {
    const functions = Object.entries(inputs.functions ?? {}).map(([key, it]) => [key, watched(it)]);
    const component = new StoryMonitoring(name, { ...inputs, functions: Object.fromEntries(functions) }, opts);
    const { topic, dashboard } = component.nodes;
    return {
        component,
        outputs: { topicArn: topic.arn, dashboardName: dashboard?.dashboardName ?? pulumi.output("") },
    };
});
