import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigMap, OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { Progress } from "../../automation/progress.ts";
import { takeOverMade } from "../../automation/takeOver/takeOver.ts";
import { projectName } from "../../automation/workspace.ts";
import { settingsOf } from "../../stacks/readSettings.ts";
import { builtSite } from "../../stacks/siteBuild.ts";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { type Cloud, type ImageSettings, openCloud } from "../cloud.ts";
import { applyChanges, type DeployOptions, previewChanges, refreshState } from "../deploy.ts";
import { lostImages } from "../engine/lostImages.ts";
import { applySettings, fileSettings, openStack, stackName } from "../engine/stack.ts";
import { outputsOf, storedState } from "../engine/storedState.ts";
import { standInImages } from "../images/standIn.ts";
import { takeLock } from "../lock.ts";
import { notEmulated } from "../notEmulated.ts";
import { root } from "../paths.ts";
import { type LiveSettings, liveSettings } from "../runtime/liveSettings.ts";
import { stopRuntime } from "../runtime/service.ts";
import { checkUpstreams } from "../runtime/upstreamChecks.ts";
import type { LiveUpstream } from "../runtime/upstreamSettings.ts";
import type { Screen, Step } from "../screen.ts";

/** What the `up` command is asked for. */
export interface UpOptions {
    stateDir: string;
    /** Build the images. */
    buildImages: boolean;
    /** Upstreams that are to be the real ones. */
    live: readonly LiveUpstream[];
    /** An OpenAI-compatible server that thinks in place of Bedrock. */
    modelServer?: ModelServer;
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

/**
 * Brings the local cloud to what the program says, and starts it first where it does not run.
 *
 * @throws {SettingsError} naming all that is wrong with the settings, before anything is started
 * @throws {UpstreamError} when one that is to be the real one can't be used
 */
export async function bringUp(options: UpOptions): Promise<BroughtUp> {
    const { stateDir, live, screen } = options;
    mkdirSync(stateDir, { recursive: true });
    const release = await takeLock(join(stateDir, "lock"), ({ pid }) => {
        throw new Error(
            `Process ${pid} is at work on this local cloud. Wait for it, or end it, and run the command again.`,
        );
    });
    // The program names its files relative to its own folder.
    process.chdir(root);
    let cloud: Cloud | undefined;
    try {
        const keys = liveSettings(live, process.env);
        const given = { ...(await fileSettings()), ...keySettings(keys) };
        const { region, bedrockModelId, googleImageModelId } = settingsOf(given, projectName, stackName);
        const models = { text: bedrockModelId, pictures: googleImageModelId };
        await checkUpstreams({ ...options, keys, models, region: process.env.AWS_REGION ?? region });
        cloud = await openCloud({ ...options, region });
        if (cloud.emulator.started) {
            // What ran has credentials that an emulator knows only as long as it lives.
            await stopRuntime(stateDir);
        }
        await buildSite(screen);
        return await deploy(cloud, given, options);
    } finally {
        cloud?.close();
        release();
    }
}

async function deploy(cloud: Cloud, given: ConfigMap, options: UpOptions): Promise<BroughtUp> {
    const { stateDir, architecture, screen, signal } = options;
    const program = async () => await (await import("../../index.ts")).default();
    const stack = await openStack({ stateDir, pulumi: cloud.pulumi, env: cloud.env, signal }, program);
    const asked: ConfigMap = architecture ? { "story-42:architecture": { value: architecture } } : {};
    await applySettings(stack, stateDir, { ...given, ...imageSettings(cloud, given), ...asked });
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
        Object.entries(given)
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

/** The keys of upstreams, which no stack can do without, and where the real ones are. */
function keySettings(keys: LiveSettings): ConfigMap {
    return {
        "story-42:googleApiKey": { value: keys.googleApiKey ?? "local-google-api-key", secret: true },
        "story-42:tech42TtsApiKey": { value: keys.tech42TtsApiKey ?? "local-tts-api-key", secret: true },
        ...(keys.tech42TtsApiUrl ? { "story-42:tech42TtsApiUrl": { value: keys.tech42TtsApiUrl } } : {}),
    };
}

/** How images are built here, or what stands in for them. */
function imageSettings({ images, emulator }: Cloud, given: ConfigMap): ConfigMap {
    const project = given["story-42:projectName"]?.value ?? "story-42";
    const settings = images ?? { images: standInImages(`127.0.0.1:${emulator.port}`, project, stackName) };
    return Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [
            `story-42:${key}`,
            { value: typeof value === "string" ? value : JSON.stringify(value) },
        ]),
    );
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
