import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap, OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { Progress } from "../../automation/progress.ts";
import { takeOverMade } from "../../automation/takeOver/takeOver.ts";
import { builtSite } from "../../stacks/siteBuild.ts";
import { type Cloud, type ImageSettings, openCloud } from "../cloud.ts";
import { applyChanges, type DeployOptions, previewChanges, refreshState } from "../deploy.ts";
import { lostImages } from "../engine/lostImages.ts";
import { applySettings, fileSettings, openStack, stackName } from "../engine/stack.ts";
import { outputsOf, storedState } from "../engine/storedState.ts";
import { standInImages } from "../images/standIn.ts";
import { takeLock } from "../lock.ts";
import { notEmulated, printNotEmulated } from "../notEmulated.ts";
import { printOutputs } from "../outputs.ts";
import { root } from "../paths.ts";
import { liveSettings } from "../runtime/liveSettings.ts";
import { stopRuntime } from "../runtime/service.ts";
import type { LiveUpstream } from "../runtime/upstreamSettings.ts";
import { duration, type Screen, type Step } from "../screen.ts";

/** What the `up` command is asked for. */
export interface UpOptions {
    stateDir: string;
    /** Build the images. */
    buildImages: boolean;
    /** Upstreams that are to be the real ones. */
    live: readonly LiveUpstream[];
    /** The emulator's port, 0 for a free one. Default: as {@link startEmulator} has it. */
    emulatorPort?: number;
    /** What images are built for. Default: what the stack's file says. */
    architecture?: "amd64" | "arm64";
    screen: Screen;
    signal: AbortSignal;
}

/** What came of bringing a local cloud to what the program says. */
export interface BroughtUp {
    /** Whether anything had to change. */
    changed: boolean;
    outputs: OutputMap;
    /** The settings that are secret, by their keys. */
    secrets: Record<string, string>;
    /** How the images were built; `undefined` when they were not. */
    images: ImageSettings | undefined;
    /** The emulator's address. */
    endpoint: string;
    /** What the emulator does not do of this stack. */
    missing: ReturnType<typeof notEmulated>;
}

/** Brings the local cloud to what the program says, starts it first where it does not run, and tells what it has. */
export async function up(options: UpOptions): Promise<void> {
    const { screen } = options;
    const began = Date.now();
    const { changed, outputs, missing } = await bringUp(options);
    printOutputs(screen, outputs);
    printNotEmulated(screen, missing);
    screen.line(changed ? "" : "Nothing changed.");
    screen.line(`Ready in ${duration(Date.now() - began)}. \`npm run local:down\` removes everything again.`);
}

/** As {@link up}, without telling what there is. */
export async function bringUp(options: UpOptions): Promise<BroughtUp> {
    const { stateDir, screen } = options;
    mkdirSync(stateDir, { recursive: true });
    const release = await takeLock(join(stateDir, "lock"), ({ pid }) => {
        throw new Error(
            `Process ${pid} is at work on this local cloud. Wait for it, or end it, and run the command again.`,
        );
    });
    // The program names its files relative to its own folder.
    process.chdir(root);
    const fromFile = await fileSettings();
    const region = fromFile["aws:region"]?.value ?? "us-east-1";
    let cloud: Cloud | undefined;
    try {
        cloud = await openCloud({ ...options, region });
        if (cloud.emulator.started) {
            // What ran has credentials that an emulator knows only as long as it lives.
            await stopRuntime(stateDir);
        }
        await buildSite(screen);
        return await deploy(cloud, fromFile, options);
    } finally {
        cloud?.close();
        release();
    }
}

async function deploy(cloud: Cloud, fromFile: ConfigMap, options: UpOptions): Promise<BroughtUp> {
    const { stateDir, live, architecture, screen, signal } = options;
    const program = async () => await (await import("../../index.ts")).default();
    const stack = await openStack({ stateDir, pulumi: cloud.pulumi, env: cloud.env, signal }, program);
    const added = addedSettings(cloud, fromFile, live);
    const asked: ConfigMap = architecture ? { "story-42:architecture": { value: architecture } } : {};
    await applySettings(stack, stateDir, { ...fromFile, ...added, ...asked });
    const on: DeployOptions = { stack, screen, signal };
    on.replace = await recover(cloud, on, stateDir);
    const planned = await previewChanges(on);
    const changed = planned.begun.size > 0;
    if (changed) {
        await applyChanges(planned, on, (failed) => takeOver(cloud, on, failed));
    }
    const state = storedState(stateDir);
    const outputs = outputsOf(state);
    writeLocal(stateDir, cloud, outputs);
    const missing = notEmulated(state);
    const secrets = Object.fromEntries(
        Object.entries(added)
            .filter(([, { secret }]) => secret)
            .map(([key, { value }]) => [key, value]),
    );
    return { changed, outputs, secrets, images: cloud.images, endpoint: cloud.emulator.endpoint, missing };
}

/**
 * Goes on from what a killed deployment or a killed emulator left.
 *
 * @returns what has to be made anew, by URN
 */
async function recover(cloud: Cloud, on: DeployOptions, stateDir: string): Promise<string[]> {
    const { resources, interrupted } = storedState(stateDir);
    if (!interrupted && !(cloud.emulator.started && resources.length > 1)) {
        return [];
    }
    on.screen.line(
        interrupted
            ? "The last deployment was cut off; what it left is looked at first."
            : "The emulator was started anew; what it kept is looked at first.",
    );
    if (!(await takeOver(cloud, on))) {
        await refreshState(on);
    }
    return await lostImages(resources);
}

/** Takes over what a run made that was cut off; whether there was one. */
async function takeOver(cloud: Cloud, on: DeployOptions, failed?: Progress): Promise<boolean> {
    const env = { ...process.env, ...cloud.env };
    const taken = await takeOverMade(on.stack, env, async () => await refreshState(on), failed);
    for (const { name, type, id } of taken ?? []) {
        on.screen.line(`Took over ${name} (${type}): ${id} had been made.`);
    }
    return taken !== undefined;
}

/** Where this cloud's parts are, and values for the secrets that no stack can do without. */
function addedSettings(cloud: Cloud, fromFile: ConfigMap, live: readonly LiveUpstream[]): ConfigMap {
    const setting = (key: string, value: unknown, secret = false) => ({
        [`story-42:${key}`]: { value: typeof value === "string" ? value : JSON.stringify(value), secret },
    });
    const project = fromFile["story-42:projectName"]?.value ?? "story-42";
    const registry = `127.0.0.1:${cloud.emulator.port}`;
    const own = liveSettings(live, process.env);
    return {
        ...setting("googleApiKey", own.googleApiKey ?? "local-google-api-key", true),
        ...setting("tech42TtsApiKey", own.tech42TtsApiKey ?? "local-tts-api-key", true),
        ...(own.tech42TtsApiUrl ? setting("tech42TtsApiUrl", own.tech42TtsApiUrl) : {}),
        ...(cloud.images
            ? Object.assign({}, ...Object.entries(cloud.images).map(([key, value]) => setting(key, value)))
            : setting("images", standInImages(registry, project, stackName))),
    };
}

async function buildSite(screen: Screen): Promise<void> {
    let step: Step | undefined;
    try {
        await builtSite((what) => {
            step ??= screen.step("Site");
            step.progress(what);
        });
        step?.done("built");
    } catch (error) {
        step?.failed("could not be built");
        throw error;
    }
}

function writeLocal(stateDir: string, cloud: Cloud, outputs: OutputMap): void {
    const values = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.value]));
    const local = { emulator: cloud.emulator.endpoint, region: values.region, stack: stackName, outputs: values };
    writeFileSync(join(stateDir, "local.json"), `${JSON.stringify(local, null, 2)}\n`);
}
