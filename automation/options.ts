import type { StorySettingsInput } from "../stacks/settings.ts";

/** Options of `StoryStacks`. */
export interface StoryStacksOptions {
    /**
     * The folder of a checkout of Story-42, with the stacks' files and the sources of images and site.
     * Default: none; every stack is then given its settings, with `images` in them, and its site with `siteContent`.
     */
    projectFolder?: string;
    /** The backend of the stacks, such as `s3://BUCKET` or `file:///FOLDER`. Default: as Pulumi's own command line has it. */
    backend?: string;
    /** Variables for the engine and its providers, beside those of this process: credentials, a passphrase. */
    envVars?: Record<string, string>;
    /** Pulumi's command line. Default: `pulumi` on the PATH. */
    pulumiCommand?: string;
    /**
     * The secrets provider of new stacks: `passphrase`, or a key such as `awskms://KEY?region=REGION`
     * (https://www.pulumi.com/docs/iac/concepts/secrets/). An existing stack keeps that of its file or state.
     * Default: as Pulumi's own command line has it.
     */
    secretsProvider?: string;
    /** Folders of policy packs that each preview and up is checked with. Default: none. */
    policyPacks?: readonly string[];
    /**
     * Operations that run at once; others wait. Each takes about 700 MB, of a stack with 219 resources: 350 of a process for
     * the program, 140 of the engine and 220 of the AWS provider. Default: 4.
     */
    concurrency?: number;
    /** Concurrent resource operations of one stack. Default: the engine's own. */
    parallel?: number;
}

/** Options of one stack, instead of its file in the project's folder. */
export interface StackOptions {
    /** Its settings; secrets in plain text, stored encrypted. Default: those of `Pulumi.NAME.yaml` in the project's folder. */
    settings?: StorySettingsInput;
    /** The folder of a built site. Default: it is built in the project's folder. */
    siteContent?: string;
}
