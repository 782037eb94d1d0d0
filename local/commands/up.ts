import { join } from "node:path";
import type { ConfigMap, OutputMap } from "@pulumi/pulumi/automation/index.js";
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
import { endEngines, endEnginesAfterMe } from "../cloud/leftEngines.ts";
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
import { outputsOf, storedState } from "../cloud/storedState.ts";
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
import { removeDeployed } from "./down.ts";

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
    ownFolder(stateDir);
    checkRoom(stateDir);
    const release = await takeCloud(stateDir);
    const spare = endEnginesAfterMe(stateDir);
    // The program names its files relative to its own folder.
    process.chdir(root);
    let cloud: Cloud | undefined;
    try {
        await endEngines(stateDir);
        const keys = liveKeys(live, process.env);
        const given = { ...(await fileSettings()), ...keySettings };
        const { region, bedrockModelId, googleImageModelId, images } = settingsOf(given, projectName, stackName);
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
        // Where no images are built, stand-ins take the place of those that are named.
        if (opened.images) {
            await checkNamedImages(images, opened.emulator.endpoint, imageCache(stateDir));
        }
        if (opened.emulator.started) {
            // What ran has credentials that an emulator knows only as long as it lives.
            await runtime.stop(stateDir);
        }
        await buildSite(screen);
        return await whileItCan(options, (signal) => deploy(opened, given, { ...options, signal }));
    } finally {
        cloud?.close();
        await endEngines(stateDir);
        spare();
        release();
    }
}

/** How long an engine may take to stop when the disk is full or the gateway gone: what it waits for may never come. */
const PATIENCE_MS = 8000;

const WATCH_MS = 250;

/** Stops what is done, and says why, as soon as there is too little room left on the disk, or no gateway to AWS any more. */
async function whileItCan<T>({ stateDir, signal }: UpOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    let late: NodeJS.Timeout | undefined;
    const watch = setInterval(() => {
        const problem = roomProblem(stateDir) ?? gatewayProblem(stateDir);
        if (problem) {
            clearInterval(watch);
            stop.abort(problem);
            late = setTimeout(() => void endEngines(stateDir), PATIENCE_MS);
        }
    }, WATCH_MS);
    try {
        return await work(AbortSignal.any([signal, stop.signal]));
    } catch (error) {
        throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
        clearInterval(watch);
        clearTimeout(late);
    }
}

async function deploy(cloud: Cloud, given: ConfigMap, options: UpOptions): Promise<BroughtUp> {
    const { stateDir, architecture, screen, signal } = options;
    // Loaded while the engine starts.
    const loaded = import("../../index.ts");
    loaded.catch(() => undefined);
    const program = async () => await (await loaded).default();
    const opened = await openStack({ stateDir, pulumi: cloud.pulumi, env: cloud.env, signal }, program);
    const { stack } = opened;
    const asked: ConfigMap = architecture ? { "story-42:architecture": { value: architecture } } : {};
    const standIns = cloud.images ? undefined : standInsOf(cloud, given);
    const images = cloud.images ?? { images: standIns };
    await applySettings(stack, stateDir, { ...given, ...settingsFor(images), ...asked });
    const on: DeployOptions = { stack, screen, signal };
    const keep = keepStates(stateDir, stackFile);
    let bundling: Promise<void> | undefined;
    if (standIns) {
        const refs = Object.values(standIns);
        on.whileWaiting = () => {
            bundling ??= prepareImages(refs, cloud.emulator.endpoint, imageCache(stateDir));
        };
    }
    let changed: boolean;
    try {
        on.replace = await recover(cloud, on, stateDir, opened);
        // Where nothing is deployed, a preview could only say that all is to be made.
        const planned = isNew(stateDir) ? undefined : await previewChanges(on);
        changed = planned?.begun.size !== 0;
        if (changed) {
            await applyChanges(planned, on, (failed) => takeOver(cloud, on, failed));
        }
        await bundling;
    } finally {
        keep();
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

/** Whether nothing of the stack has been made. */
function isNew(stateDir: string): boolean {
    return storedState(stateDir).resources.length === 0;
}

/**
 * Goes on from what a killed deployment or a killed emulator left.
 *
 * @returns what has to be made anew, by URN
 */
async function recover(cloud: Cloud, on: DeployOptions, stateDir: string, opened: OpenedStack): Promise<string[]> {
    const { resources, interrupted } = storedState(stateDir);
    const isCutOff = interrupted || (opened.restored && resources.length > 1);
    if (!isCutOff && !(cloud.emulator.started && resources.length > 1)) {
        return [];
    }
    on.screen.line(
        isCutOff
            ? "The last deployment was cut off; what it left is looked at first."
            : "The emulator was restarted; what it kept is checked first.",
    );
    if ((await takeOver(cloud, on)) === undefined) {
        await refreshState(on);
    }
    return await lostImages(resources);
}

/** Takes over what a run made that was cut off, and says what that was; undefined where none was cut off. */
async function takeOver(cloud: Cloud, on: DeployOptions, failed?: Progress): Promise<TakenOver[] | undefined> {
    const env = { ...process.env, ...cloud.env };
    // The emulator is this stack's alone.
    const taken = await takeOverMade(on.stack, env, async () => await refreshState(on), failed, true);
    for (const { name, type, id } of taken ?? []) {
        on.screen.line(`Took over ${name} (${type}): ${id} had been made.`);
    }
    return taken;
}

/** The keys of upstreams, which no stack can do without. The real ones are put in on the way to the real upstreams. */
const keySettings: ConfigMap = {
    "story-42:googleApiKey": { value: STAND_IN_KEYS.google, secret: true },
    "story-42:tech42TtsApiKey": { value: STAND_IN_KEYS.tts, secret: true },
};

/** Values as the program's settings. */
function settingsFor(values: object): ConfigMap {
    return Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
            `story-42:${key}`,
            { value: typeof value === "string" ? value : JSON.stringify(value) },
        ]),
    );
}

/** What stands in for the images where none are built. */
function standInsOf({ emulator }: Cloud, given: ConfigMap): ReturnType<typeof standInImages> {
    return standInImages(`127.0.0.1:${emulator.port}`, projectOf(given), stackName);
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
