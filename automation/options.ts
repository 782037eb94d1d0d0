import type { StorySettingsInput } from "../stacks/settings.ts";

/** How a program works with stacks. */
export interface StoryStacksOptions {
    /**
     * The folder of a checkout of Story-42: where the stacks' files are, and what images and the site are built from.
     * Default: none; every stack is then given its settings, with `images` in them, and its site with `siteContent`.
     */
    projectFolder?: string;
    /** Where stacks are kept, such as `s3://BUCKET` or `file:///FOLDER`. Default: as Pulumi's own command line has it. */
    backend?: string;
    /** Variables for the engine and its providers, beside those of this process: credentials, a passphrase. */
    envVars?: Record<string, string>;
    /** Pulumi's command line. Default: `pulumi` on the PATH. */
    pulumiCommand?: string;
    /**
     * What encrypts the secrets of a stack that is made: `passphrase`, or a key such as `awskms://KEY?region=REGION`
     * (https://www.pulumi.com/docs/iac/concepts/secrets/). A stack that is there keeps what its file or state names.
     * Default: as Pulumi's own command line has it.
     */
    secretsProvider?: string;
    /** Folders of policy packs that each preview and up is held to. Default: none. */
    policyPacks?: readonly string[];
    /**
     * Operations that run at once; others wait. Each takes about 700 MB, of a stack with 219 resources: 350 of a process for
     * the program, 140 of the engine and 220 of the AWS provider. Default: 4.
     */
    concurrency?: number;
    /** Resources of one stack that are worked on at once. Default: the engine's own. */
    parallel?: number;
}

/** What a stack is made with, where it is not its file in the project's folder. */
export interface StackOptions {
    /** Its settings; secrets in plain text, stored encrypted. Default: those of `Pulumi.NAME.yaml` in the project's folder. */
    settings?: StorySettingsInput;
    /** The folder of a built site. Default: it is built in the project's folder. */
    siteContent?: string;
}
