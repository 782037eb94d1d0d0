/** The site, and what watches and guards it, for programs in any language. */
import type * as pulumi from "@pulumi/pulumi";
import {
    StoryFirewall,
    type StoryFirewallArgs,
    StoryMonitoring,
    type StoryMonitoringArgs,
    StorySite,
    type StorySiteArgs,
} from "../components/index.ts";
import { type Data, provided } from "./component.ts";

/** Outputs of {@link StorySite}. */
export interface StorySiteOutputs {
    /** The site's address, `https://...` without a slash at the end. */
    url: pulumi.Output<string>;
    bucketName: pulumi.Output<string>;
    distributionId: pulumi.Output<string>;
    /** CloudFront's own name for the site. */
    distributionDomainName: pulumi.Output<string>;
}

export const site = provided<Data<StorySiteArgs>, StorySiteOutputs>((name, inputs, opts) => {
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

export const firewall = provided<Data<StoryFirewallArgs>, StoryFirewallOutputs>((name, inputs, opts) => {
    const component = new StoryFirewall(name, inputs, opts);
    return { component, outputs: { arn: component.arn } };
});

/** Outputs of {@link StoryMonitoring}. */
export interface StoryMonitoringOutputs {
    /** The topic that mails the administrator. */
    topicArn: pulumi.Output<string>;
    dashboardName: pulumi.Output<string>;
}

export const monitoring = provided<Data<StoryMonitoringArgs>, StoryMonitoringOutputs>((name, inputs, opts) => {
    const component = new StoryMonitoring(name, inputs, opts);
    const { topic, dashboard } = component;
    return { component, outputs: { topicArn: topic.arn, dashboardName: dashboard.dashboardName } };
});
