import * as pulumi from "@pulumi/pulumi";
import { isOutput, outputProblem } from "../components/core/schemaCheck.ts";
import type { ExistingVpc } from "../components/index.ts";
import { checkSettings, SettingsError } from "./checkSettings.ts";
import type { Story42Transform, StorySecrets } from "./given.ts";
import type { ImageName } from "./imageSources.ts";
import { checkProviderRegion } from "./providerRegion.ts";
import type { SettingKey, StorySettings } from "./settings.ts";
import { createStory42, type Story42Parts } from "./story42.ts";

/** Settings that every program must give. */
type Required = "region" | "projectName" | "environment" | "adminEmail" | "tech42TtsApiUrl" | "images";
/** Settings that say how images are built from this project's sources, which the package does not carry. */
type Building = "imageBuilder" | "imageRegistry" | "baseImages";
/** Settings that a program may give as outputs. */
type Later = keyof StorySecrets | "adminEmail" | "images" | "existingVpc";

/**
 * Arguments of {@link Story42}: the settings of a stack, as values. `region` must be that of the AWS provider in use, and
 * `images` names the built images by digest, as a `StoryImage`'s `ref` does. Secrets, the administrator's address, images and
 * the ids of an existing VPC may be outputs.
 */
export interface Story42Args
    extends Omit<Pick<StorySettings, Required>, Later>,
        Partial<Omit<StorySettings, Required | Building | Later | "allowPublicWebsiteAccess">>,
        StorySecrets {
    /** Who is invited as administrator and gets alarms and budget warnings. */
    adminEmail: pulumi.Input<string>;
    /** The built images, `REPOSITORY@sha256:DIGEST`; that of the agent service only where there is one. */
    images: Partial<Record<ImageName, pulumi.Input<string>>>;
    /** A VPC to use instead of making one. Default: one is made. */
    existingVpc?: ExistingVpc;
    /** Tags of everything that can carry them, over the component's own. Default: none. */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children of each part for what no setting covers. Default: none. */
    transform?: Story42Transform;
    /** The folder of the built site, relative to the program's. Default: no files are uploaded. */
    siteContent?: string;
}

/** Placeholders for outputs, which are not known yet when settings are checked. The components check the real values. */
const SECRET = "A-secret-that-is-an-output-1";
const standIns = {
    googleApiKey: SECRET,
    tech42TtsApiKey: SECRET,
    adminTempPassword: SECRET,
    braveSearchApiKey: SECRET,
    adminEmail: "output@example.com",
} satisfies Partial<Record<SettingKey, string>>;
const IMAGE = `output@sha256:${"0".repeat(64)}`;

/**
 * All of Story-42 as one component, for a program that is more than one deployment of it: several environments side by
 * side, or Story-42 beside other things. Logical names begin with the component's own, physical ones are those of its
 * project and environment.
 *
 * @throws {SettingsError} naming every problem of the arguments at once, before anything is made
 */
export class Story42 extends pulumi.ComponentResource {
    readonly network: Story42Parts["network"];
    readonly data: Story42Parts["data"];
    readonly auth: Story42Parts["auth"];
    readonly images: Story42Parts["images"];
    readonly functions: Story42Parts["functions"];
    readonly api: Story42Parts["api"];
    /** The agent service; undefined when it is not enabled. */
    readonly agent: Story42Parts["agent"];
    readonly site: Story42Parts["site"];
    /** The guardrail that checks wishes and stories; undefined unless `guardrail`. */
    readonly guardrail: Story42Parts["guardrail"];
    /** Alarms, dashboard and budgets; its `topic` mails the administrator. */
    readonly monitoring: Story42Parts["monitoring"];
    /** The key of data and logs; undefined unless `customerKey`. */
    readonly key: Story42Parts["key"];
    /** The bucket of access logs; undefined unless `production`. */
    readonly logBucket: Story42Parts["logBucket"];
    /** The firewall of the API; undefined unless `production`. */
    readonly apiFirewall: Story42Parts["apiFirewall"];
    /** The firewall of the site; undefined unless `production`. */
    readonly siteFirewall: Story42Parts["siteFirewall"];

    constructor(name: string, args: Story42Args, opts?: pulumi.ComponentResourceOptions) {
        const { siteContent, tags: _tags, transform: _transform, ...input } = args;
        const settings = checked(input);
        super("story42:index:Story42", name, {}, opts);
        const context = {
            nameOf: (part: string) => `${name}-${part}`,
            // No part is created before the provider's region is known to be the one in the settings.
            opts: { parent: this, dependsOn: checkProviderRegion(settings.region, this) },
        };
        const parts = createStory42(settings, siteContent, context, args);
        this.network = parts.network;
        this.data = parts.data;
        this.auth = parts.auth;
        this.images = parts.images;
        this.functions = parts.functions;
        this.api = parts.api;
        this.agent = parts.agent;
        this.site = parts.site;
        this.guardrail = parts.guardrail;
        this.monitoring = parts.monitoring;
        this.key = parts.key;
        this.logBucket = parts.logBucket;
        this.apiFirewall = parts.apiFirewall;
        this.siteFirewall = parts.siteFirewall;
        this.registerOutputs({ siteUrl: this.site.url, apiEndpoint: this.api.endpoint });
    }
}

/** The paths of all outputs within a value. */
function outputsIn(value: unknown, at: string): string[] {
    if (isOutput(value)) {
        return [at];
    }
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => outputsIn(inner, `${at}.${key}`))
        : [];
}

/** The settings to check, with a placeholder for each value that may be an output and is one. */
function withStandIns(input: CheckedArgs): Record<string, unknown> {
    const settings: Record<string, unknown> = { ...input };
    for (const [key, standIn] of Object.entries(standIns)) {
        if (isOutput(settings[key])) {
            settings[key] = standIn;
        }
    }
    const { images, existingVpc } = input;
    if (images && !isOutput(images)) {
        const known = Object.entries(images).map(([image, ref]) => [image, isOutput(ref) ? IMAGE : ref]);
        settings.images = Object.fromEntries(known);
    }
    if (existingVpc && !isOutput(existingVpc)) {
        const subnets = (ids: unknown) =>
            isOutput(ids)
                ? ["subnet-0", "subnet-1"]
                : Array.isArray(ids)
                  ? ids.map((id) => (isOutput(id) ? "subnet-0" : id))
                  : ids;
        settings.existingVpc = {
            ...existingVpc,
            ...(isOutput(existingVpc.vpcId) ? { vpcId: "vpc-0" } : {}),
            publicSubnetIds: subnets(existingVpc.publicSubnetIds),
            isolatedSubnetIds: subnets(existingVpc.isolatedSubnetIds),
        };
    }
    return settings;
}

type CheckedArgs = Omit<Story42Args, "siteContent" | "tags" | "transform">;

function checked(input: CheckedArgs): StorySettings {
    const settings = withStandIns(input);
    const later = Object.entries(settings).flatMap(([key, value]) => outputsIn(value, key));
    if (later.length > 0) {
        throw new SettingsError(later.map(outputProblem));
    }
    const result = checkSettings(settings);
    const needed: ImageName[] = ["text", "image", "dataOps", ...(result.agentEnabled ? (["agent"] as const) : [])];
    const missing = needed.filter((image) => result.images[image] === undefined);
    if (missing.length > 0) {
        throw new SettingsError(
            missing.map((image) => `images.${image} is missing; it must be a built image, REPOSITORY@sha256:DIGEST`),
        );
    }
    return result;
}
