/** What the test of an example says of it, one file per example with the example's name. */
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { Cloud } from "../../../local/cloud/cloud.ts";

/** An example that is installed, and the local cloud that it may use. */
export interface Installed {
    /** The copy of the example's folder. */
    folder: string;
    cloud: Cloud;
    /** What a client of AWS's SDK is made with, to look at what the example has made. */
    client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
    /** Variables with which Pulumi works on the local cloud, with a state of the example's own. */
    env: Record<string, string>;
}

/** An example that is a Pulumi program: it goes up, is looked at, changes nothing a second time, and goes away. */
export interface ProgramExample {
    /** The settings of the example's stack; secrets are `{ secret: ... }`. */
    settings?(installed: Installed): Record<string, string | { secret: string }>;
    /** Looks, by AWS's API, at what the example made. */
    check(outputs: Record<string, OutputMap[string]["value"]>, installed: Installed): Promise<void>;
    /** Looks whether all is gone. */
    gone?(outputs: Record<string, OutputMap[string]["value"]>, installed: Installed): Promise<void>;
    /** Run by the Node that this machine has for everybody, which is older than the project's own. */
    systemNode?: true;
    /** Its types are checked first; Node, which runs it as it is, takes no notice of them. */
    typeCheck?: true;
    /** Installed by npm itself, as a person would. */
    npmInstall?: true;
}

/** An example that is a script of its own. */
export interface ScriptExample {
    /** Runs the script, and looks at what it did. */
    run(installed: Installed): Promise<void>;
}
