import type * as pulumi from "@pulumi/pulumi";
import type {
    ExistingVpc,
    Naming,
    StoryAgentServiceArgs,
    StoryApiArgs,
    StoryAuthArgs,
    StoryDataArgs,
    StoryEncryptionKeyArgs,
    StoryFirewallArgs,
    StoryGuardrailArgs,
    StoryImageArgs,
    StoryLambdasArgs,
    StoryLogBucketArgs,
    StoryMonitoringArgs,
    StoryNetworkArgs,
    StorySiteArgs,
} from "../components/index.ts";
import type { ImageName } from "./imageSources.ts";

/** The settings that are secret, which another program may know as outputs only. */
export interface StorySecrets {
    googleApiKey: pulumi.Input<string>;
    tech42TtsApiKey: pulumi.Input<string>;
    adminTempPassword?: pulumi.Input<string>;
    braveSearchApiKey?: pulumi.Input<string>;
}

/** What is changed of the parts' children for what no setting covers: the `transform` of each part's component. */
export interface Story42Transform {
    key?: StoryEncryptionKeyArgs["transform"];
    logs?: StoryLogBucketArgs["transform"];
    apiFirewall?: StoryFirewallArgs["transform"];
    siteFirewall?: StoryFirewallArgs["transform"];
    network?: StoryNetworkArgs["transform"];
    data?: StoryDataArgs["transform"];
    auth?: StoryAuthArgs["transform"];
    guardrail?: StoryGuardrailArgs["transform"];
    /** Made once per image, told apart by their names. */
    images?: StoryImageArgs["transform"];
    lambdas?: StoryLambdasArgs["transform"];
    api?: StoryApiArgs["transform"];
    agent?: StoryAgentServiceArgs["transform"];
    site?: StorySiteArgs["transform"];
    monitoring?: StoryMonitoringArgs["transform"];
}

/** What another program gives that settings can't hold: what it knows as outputs only, and code. */
export interface Given extends StorySecrets {
    adminEmail: pulumi.Input<string>;
    images: Partial<Record<ImageName, pulumi.Input<string>>>;
    existingVpc?: ExistingVpc;
    tags?: Record<string, pulumi.Input<string>>;
    transform?: Story42Transform;
}

/** What every part is given. */
export interface Shared extends Naming {
    tags?: Record<string, pulumi.Input<string>>;
}
