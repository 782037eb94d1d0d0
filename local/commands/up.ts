import { join } from "node:path";
import type { ConfigMap, OutputMap } from "@pulumi/pulumi/automation/index.js";
import { dropDebugMessages } from "../../automation/engine/debugMessages.ts";
import type { Progress } from "../../automation/engine/progress.ts";
import { projectName } from "../../automation/engine/workspace.ts";
import { type TakenOver, takeOverMade } from "../../automation/takeOver/takeOver.ts";
import { settingsOf } from "../../stacks/readSettings.ts";
import { builtSite } from "../../stacks/siteBuild.ts";
import type { ModelServer } from "../../standins/upstreams/model/modelServer.ts";
import { gatewayProblem } from "../background/gateway.ts";
import { runtime } from "../background/runtime.ts";
import { type Cloud, type ImageSettings, openCloud } from "../cloud/cloud.ts";
import { applyChanges, type DeployOptions, previewChanges, refreshState } from "../cloud/deploy.ts";
import { isEmptied } from "../cloud/emptied.ts";
import { isStateLost, keepStates } from "../cloud/keptState.ts";
import { endEngines, endEnginesAfterMe, engineMark } from "../cloud/leftEngines.ts";
import { takeCloud } from "../cloud/lock.ts";
import { lostImages } from "../cloud/lostImages.ts";
import { notEmulated } from "../cloud/notEmulated.ts";
import {
    applySettings,
    fileSettings,
    type OpenedStack,
    openStack,
    projectOf,
    stackFile,
    stackName,
} from "../cloud/stack.ts";
import { startPlugin } from "../cloud/startedPlugin.ts";
import { outputsOf, storedState } from "../cloud/storedState.ts";
import { engineEnvironment } from "../cloud/variables.ts";
import { checkNamedImages } from "../images/namedImages.ts";
import { standInImages } from "../images/standIn.ts";
import { ownFolder, writeJson } from "../lib/files.ts";
import { root } from "../lib/paths.ts";
import { checkRoom, roomProblem } from "../lib/room.ts";
import type { Screen, Step } from "../lib/screen.ts";
import { imageCache, prepareImages } from "../runtime/imageFiles.ts";
import { liveKeys, STAND_IN_KEYS } from "../runtime/liveKeys.ts";
import { checkUpstreams } from "../runtime/upstreamChecks.ts";
import type { LiveUpstream } from "../runtime/upstreamSettings.ts";
import { awsxPlugin } from "../tools/awsxPlugin.ts";
import { removeDeployed } from "./down.ts";

/** Options of the command `up`. */
export interface UpOptions {
    stateDir: string;
    /** Build the images. */
    buildImages: boolean;
    /** Upstreams for which the real ones are used. */
    live: readonly LiveUpstream[];
    /** An OpenAI-compatible server that takes the place of Bedrock. */
    modelServer?: ModelServer;
    /** The emulator's port, 0 for a free one. Default: that of {@link startEmulator}. */
    emulatorPort?: number;
    /** The architecture of images. Default: that of the stack's file. */
    architecture?: "amd64" | "arm64";
    screen: Screen;
    signal: AbortSignal;
}

/** The result of bringing a local cloud up. */
export interface BroughtUp {
    /** Whether anything had to change. */
    changed: boolean;
    outputs: OutputMap;
    /** The secret settings, by their keys. */
    secrets: Record<string, string>;
    /** How the images were built; `undefined` when they were not. */
    images: ImageSettings | undefined;
    /** The emulator's address. */
    endpoint: string;
    /** The parts of this stack that the emulator lacks. */
    missing: ReturnType<typeof notEmulated>;
}

/**
 * Starts the local cloud if it does not run, and deploys the program to it.
 *
 * @throws {SettingsError} naming every wrong setting, before anything is started
 * @throws {UpstreamError} when a real upstream can't be used
 */
export async function bringUp(options: UpOptions): Promise<BroughtUp> {
    const { stateDir, live, screen } = options;
    ownFolder(stateDir);
    checkRoom(stateDir);
    const release = await takeCloud(stateDir);
    const cancelEnd = endEnginesAfterMe(stateDir);
    // The program names its files relative to its own folder.
    process.chdir(root);
    let cloud: Cloud | undefined;
    try {
        await endEngines(stateDir);
        const keys = liveKeys(live, process.env);
        const fileValues = { ...(await fileSettings()), ...keySettings };
        const { region, bedrockModelId, googleImageModelId, images } = settingsOf(fileValues, projectName, stackName);
        const models = { text: bedrockModelId, pictures: googleImageModelId };
        await checkUpstreams({ ...options, keys, models, region: process.env.AWS_REGION ?? region });
        if (isStateLost(stateDir, stackFile)) {
            screen.line(
                "The record of what was deployed is lost: the local cloud starts over, without what was in it.",
            );
            await removeDeployed(stateDir);
        }
        cloud = await openCloud({ ...options, region });
        if (await isEmptied(cloud.emulator.endpoint, region, storedState(stateDir))) {
            screen.line("The emulator has lost what was deployed: the local cloud starts over.");
            cloud.close();
            await removeDeployed(stateDir);
            cloud = await openCloud({ ...options, region });
        }
        const opened = cloud;
        // Without a build, stand-ins replace the named images.
        if (opened.images) {
            await checkNamedImages(images, opened.emulator.endpoint, imageCache(stateDir));
        }
        if (opened.emulator.started) {
            // The running processes have credentials that only the previous emulator knew.
            await runtime.stop(stateDir);
        }
        await buildSite(screen);
        return await withWatch(options, (signal) => deploy(opened, fileValues, { ...options, signal }));
    } finally {
        cloud?.close();
        await endEngines(stateDir);
        cancelEnd();
        release();
    }
}

/** Time for an engine to stop when the disk is full or the gateway has ended; an engine that hangs is then killed. */
const STOP_TIMEOUT_MS = 8000;

const POLL_MS = 250;

/** Aborts the work with the reason as soon as the disk is nearly full, or the gateway has ended. */
async function withWatch<T>({ stateDir, signal }: UpOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    let kill: NodeJS.Timeout | undefined;
    const watch = setInterval(() => {
        const problem = roomProblem(stateDir) ?? gatewayProblem(stateDir);
        if (problem) {
            clearInterval(watch);
            stop.abort(problem);
            kill = setTimeout(() => void endEngines(stateDir), STOP_TIMEOUT_MS);
        }
    }, POLL_MS);
    try {
        return await work(AbortSignal.any([signal, stop.signal]));
    } catch (error) {
        throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
        clearInterval(watch);
        clearTimeout(kill);
    }
}

async function deploy(cloud: Cloud, fileValues: ConfigMap, options: UpOptions): Promise<BroughtUp> {
    const { stateDir, architecture, screen, signal } = options;
    // Loaded while the engine starts.
    const loaded = import("../../index.ts");
    loaded.catch(() => undefined);
    const program = async () => await (await loaded).default();
    const awsx = startPlugin("awsx", awsxPlugin, {
        ...engineEnvironment(stateDir, cloud.env),
        ...engineMark(stateDir),
    });
    dropDebugMessages();
    const opened = await openStack({ stateDir, pulumi: cloud.pulumi, env: cloud.env, signal }, program);
    const { stack } = opened;
    Object.assign(stack.workspace.envVars, await awsx.variables);
    const archSetting: ConfigMap = architecture ? { "story-42:architecture": { value: architecture } } : {};
    const standIns = cloud.images ? undefined : standInsOf(cloud, fileValues);
    const images = cloud.images ?? { images: standIns };
    await applySettings(stack, stateDir, { ...fileValues, ...settingsFor(images), ...archSetting });
    const deployOptions: DeployOptions = { stack, screen, signal };
    const keep = keepStates(stateDir, stackFile);
    let bundling: Promise<void> | undefined;
    if (standIns) {
        const refs = Object.values(standIns);
        deployOptions.whileWaiting = () => {
            bundling ??= prepareImages(refs, cloud.emulator.endpoint, imageCache(stateDir));
        };
    }
    let changed: boolean;
    try {
        deployOptions.replace = await recover(cloud, deployOptions, stateDir, opened);
        // When nothing is deployed, a preview could only list every resource as new.
        const planned = isNew(stateDir) ? undefined : await previewChanges(deployOptions);
        changed = planned?.begun.size !== 0;
        if (changed) {
            await applyChanges(planned, deployOptions, (failed) => takeOver(cloud, deployOptions, failed));
        }
        await bundling;
    } finally {
        await awsx.stop();
        keep();
    }
    const state = storedState(stateDir);
    const outputs = outputsOf(state);
    writeLocal(stateDir, cloud, outputs);
    const missing = notEmulated(state);
    const secrets = Object.fromEntries(
        Object.entries(fileValues)
            .filter(([, { secret }]) => secret)
            .map(([key, { value }]) => [key, value]),
    );
    return { changed, outputs, secrets, images: cloud.images, endpoint: cloud.emulator.endpoint, missing };
}

/** Whether nothing of the stack has been made. */
function isNew(stateDir: string): boolean {
    return storedState(stateDir).resources.length === 0;
}

/**
 * Recovers from a killed deployment or a killed emulator.
 *
 * @returns the URNs of resources to replace
 */
async function recover(cloud: Cloud, options: DeployOptions, stateDir: string, opened: OpenedStack): Promise<string[]> {
    const { resources, interrupted } = storedState(stateDir);
    const isCutOff = interrupted || (opened.restored && resources.length > 1);
    if (!isCutOff && !(cloud.emulator.started && resources.length > 1)) {
        return [];
    }
    options.screen.line(
        isCutOff
            ? "The last deployment was cut off; what it left is looked at first."
            : "The emulator was restarted; what it kept is checked first.",
    );
    if ((await takeOver(cloud, options)) === undefined) {
        await refreshState(options);
    }
    return await lostImages(resources);
}

/** Takes over the resources that an interrupted run made, and prints them; undefined if no run was interrupted. */
async function takeOver(cloud: Cloud, options: DeployOptions, failed?: Progress): Promise<TakenOver[] | undefined> {
    const env = { ...process.env, ...cloud.env };
    // No other stack uses the emulator.
    const taken = await takeOverMade(options.stack, env, async () => await refreshState(options), failed, true);
    for (const { name, type, id } of taken ?? []) {
        options.screen.line(`Took over ${name} (${type}): ${id} had been made.`);
    }
    return taken;
}

/** Stand-ins for the keys of upstreams, which every stack needs. Relays replace them by the real keys. */
const keySettings: ConfigMap = {
    "story-42:googleApiKey": { value: STAND_IN_KEYS.google, secret: true },
    "story-42:tech42TtsApiKey": { value: STAND_IN_KEYS.tts, secret: true },
};

/** Converts values to settings of the program. */
function settingsFor(values: object): ConfigMap {
    return Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
            `story-42:${key}`,
            { value: typeof value === "string" ? value : JSON.stringify(value) },
        ]),
    );
}

/** The stand-ins for images that are not built. */
function standInsOf({ emulator }: Cloud, fileValues: ConfigMap): ReturnType<typeof standInImages> {
    return standInImages(`127.0.0.1:${emulator.port}`, projectOf(fileValues), stackName);
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
    writeJson(join(stateDir, "local.json"), local);
}
