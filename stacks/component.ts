import * as pulumi from "@pulumi/pulumi";
import { checkSettings, SettingsError } from "./checkSettings.ts";
import type { ImageName } from "./images.ts";
import type { SettingKey, StorySettings } from "./settings.ts";
import { createStory42, type Story42Parts, type StorySecrets } from "./story42.ts";

/** Settings that no program can do without. */
type Required = "region" | "projectName" | "environment" | "adminEmail" | "tech42TtsApiUrl" | "images";
/** Settings that say how images are built from this project's sources, which the package does not carry. */
type Building = "imageBuilder" | "imageRegistry" | "baseImages";

/**
 * Arguments of {@link Story42}: the settings of a stack, as values. `region` is that of the AWS provider in use, and
 * `images` names the built images by digest. Secrets may be outputs.
 */
export interface Story42Args
    extends Pick<StorySettings, Required>,
        Partial<Omit<StorySettings, Required | Building | keyof StorySecrets | "allowPublicWebsiteAccess">>,
        StorySecrets {
    /** The folder of the built site, relative to the program's. Default: no files are uploaded. */
    siteContent?: string;
}

/** Stands in, where settings are checked, for a secret that is an output and not known yet. */
const CHECKED_BY_ITS_OWNER = "A-secret-that-is-an-output-1";
const secretKeys = ["googleApiKey", "tech42TtsApiKey", "adminTempPassword", "braveSearchApiKey"] satisfies SettingKey[];

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

    constructor(name: string, args: Story42Args, opts?: pulumi.ComponentResourceOptions) {
        const { siteContent, ...input } = args;
        const settings = checked(input);
        super("story42:index:Story42", name, {}, opts);
        const place = { nameOf: (part: string) => `${name}-${part}`, opts: { parent: this } };
        const parts = createStory42(settings, siteContent, place, args);
        this.network = parts.network;
        this.data = parts.data;
        this.auth = parts.auth;
        this.images = parts.images;
        this.functions = parts.functions;
        this.api = parts.api;
        this.agent = parts.agent;
        this.site = parts.site;
        this.registerOutputs({ siteUrl: this.site.url, apiEndpoint: this.api.endpoint });
    }
}

function checked(input: Omit<Story42Args, "siteContent">): StorySettings {
    const settings: Record<string, unknown> = { ...input };
    for (const key of secretKeys) {
        if (typeof settings[key] === "object") {
            settings[key] = CHECKED_BY_ITS_OWNER;
        }
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
