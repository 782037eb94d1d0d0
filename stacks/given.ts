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

/** The secret settings. A program may give them as outputs. */
export interface StorySecrets {
    googleApiKey: pulumi.Input<string>;
    tech42TtsApiKey: pulumi.Input<string>;
    adminTempPassword?: pulumi.Input<string>;
    braveSearchApiKey?: pulumi.Input<string>;
}

/** Changes to the children of each part that no setting covers: the `transform` of the part's component. */
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

/** What a program gives that settings can't hold: outputs and code. */
export interface ProgramArgs extends StorySecrets {
    adminEmail: pulumi.Input<string>;
    images: Partial<Record<ImageName, pulumi.Input<string>>>;
    existingVpc?: ExistingVpc;
    tags?: Record<string, pulumi.Input<string>>;
    transform?: Story42Transform;
}

/** The arguments that all parts share. */
export interface Shared extends Naming {
    tags?: Record<string, pulumi.Input<string>>;
}
