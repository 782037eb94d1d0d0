import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import { checkSettings, SettingsError } from "../../stacks/checkSettings.ts";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import type { StoryOutputs } from "../../stacks/outputs.ts";
import { settingsOf } from "../../stacks/readSettings.ts";
import type { StorySettings, StorySettingsInput } from "../../stacks/settings.ts";
import { type Changes, changesOf, type ResourceName } from "../engine/changes.ts";
import type { Operation } from "../engine/events.ts";
import { failureOf } from "../engine/failure.ts";
import { type FollowOptions, follow, telling } from "../engine/follow.ts";
import { isAtWorkHere, isDead } from "../engine/lock.ts";
import { nameOf, Progress } from "../engine/progress.ts";
import { type EnginePlace, fileOf, openEngine, projectName } from "../engine/workspace.ts";
import { CancelledError, StackLockedError } from "../errors.ts";
import type { StackOptions } from "../options.ts";
import type { ExistingResource } from "../program/importProgram.ts";
import type { Imports } from "../program/imports.ts";
import { runInProcess } from "../program/process.ts";
import type { ProgramRun } from "../program/run.ts";
import { type TakenOver, takeOverMade } from "../takeOver/takeOver.ts";
import { untilMade } from "../takeOver/untilMade.ts";
import { guardData, guardRemoval } from "./dataGuard.ts";
import type { Driver } from "./driver.ts";

/** How a stack is previewed. */
export interface PreviewOptions extends FollowOptions {
    /** @internal Resources that exist and are to be taken over, by `TYPE::NAME`. */
    imports?: Imports;
    /** @internal Resources that are worked on at once, where the driver has no `parallel`. Default: the engine's own. */
    parallel?: number;
    /** @internal Types that may be replaced in this run though they are protected. */
    replaceable?: readonly string[];
    /** @internal As with the setting `protectData`, whatever the stack has. */
    protectData?: true;
}

/** How a stack is brought to its settings. */
export interface UpOptions extends PreviewOptions {
    /**
     * Resources that hold data and may be deleted or replaced, and VPC, load balancer and distribution that may be
     * replaced, by name in the program or by URN. Default: none.
     */
    replaceOrDelete?: readonly string[];
}

/** How what is recorded of a stack is compared with what is there. */
export interface RefreshOptions extends FollowOptions {
    /** Whether only to say how they differ, and record nothing; its events are a `preview`'s. Default: false. */
    previewOnly?: boolean;
}

/** One operation of a stack's past. */
export interface HistoryEntry {
    /** The engine's word for it: `update`, `refresh`, `destroy`, `rename`, `import`, ... */
    kind: string;
    /** The engine's word for its end: `succeeded`, `failed`, or `in-progress`. */
    result: string;
    startedAt: Date;
    /** `undefined` while it goes on. */
    endedAt: Date | undefined;
    /** How many resources it changed, by the engine's word for each step: `create`, `same`, ... */
    changes: Readonly<Record<string, number>>;
}

/** Who held a stack's lock. */
export interface LockHolder {
    /** For example `user@host (pid 42)`; `undefined` where the backend does not say. */
    by: string | undefined;
    since: Date | undefined;
}

/** How a stack is removed. */
export interface DestroyOptions extends FollowOptions {
    /** Resources that hold data and may be deleted, by name in the program or by URN. Default: none. */
    replaceOrDelete?: readonly string[];
    /** The stack's own name: gives up all of its data. Default: not given up. */
    everythingOf?: string;
    /** Whether only to say what would be deleted, data included; its events are a `preview`'s. Default: false. */
    previewOnly?: boolean;
    /** Whether the stack itself, with its history, goes from the backend as well. Default: false. */
    removeStack?: boolean;
}

/** What an operation did, or would do. */
export interface OperationResult {
    /** Every resource by what happens to it; in a refresh, by how it differs from what was recorded. */
    changes: Changes;
}

/** What `up` made. */
export interface UpResult extends OperationResult {
    outputs: StoryOutputs;
}

/** One stack of Story-42. */
export class StoryStack {
    readonly name: string;
    #given: StorySettingsInput | undefined;
    readonly #siteContent: string | undefined;
    readonly #driver: Driver;

    /** @internal Opened by `StoryStacks`. */
    constructor(name: string, options: StackOptions, driver: Driver) {
        this.name = name;
        // A relative path means the working folder of now.
        this.#siteContent = options.siteContent === undefined ? undefined : resolve(options.siteContent);
        this.#given = options.settings;
        this.#driver = driver;
    }

    /**
     * Sets `protectData`, in the stack's file or in the settings that were given, so that what holds data can't be deleted
     * until a person takes that back.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async protectData(): Promise<void> {
        if (this.#given) {
            this.#given = { ...this.#given, protectData: true };
            return;
        }
        await this.#inTurn("preview", {}, async (place) => {
            const engine = await openEngine(place, true, noProgram);
            await engine.setConfig(`${projectName}:protectData`, { value: "true" });
        });
    }

    /**
     * What `up` would do. Builds images and the site, but changes nothing; a stack that is not there yet is made, empty.
     *
     * @throws {StoryError} one of the driver's errors, or {@link SettingsError}
     */
    async preview(options: PreviewOptions = {}): Promise<OperationResult> {
        return await this.#inTurn("preview", options, async (place) => {
            const planned = await this.#runProgram("preview", place, await this.#settings(place, options), options);
            return { changes: changesOf([...planned.begun.values(), ...planned.same.values()]) };
        });
    }

    /**
     * Brings the stack to its settings, after a preview of its own.
     *
     * @throws {ProtectedDataError} when something that holds data would be lost and is not named; nothing was changed
     * @throws {StoryError} another of the driver's errors, or {@link SettingsError}
     */
    async up(options: UpOptions = {}): Promise<UpResult> {
        return await this.#inTurn("up", options, async (place) => {
            const settings = await this.#settings(place, options);
            const engine = async () => await openEngine(place, false, noProgram);
            return await untilMade(
                async (seen) => {
                    const planned = await this.#plan(place, settings, options);
                    const steps = [...planned.begun.values(), ...planned.same.values()];
                    guardData(this.name, changesOf(steps), options.replaceOrDelete ?? []);
                    await this.#runProgram("up", place, settings, seenBy(seen, options), planned);
                    return {
                        changes: changesOf([...seen.done.values(), ...seen.same.values()]),
                        outputs: (await outputsOf(await engine())) as StoryOutputs,
                    };
                },
                "what holds no data",
                async (failed) => await this.#goOn("up", await engine(), place, options, failed),
            );
        });
    }

    /**
     * Takes over resources that exist, as they are; nothing else is touched.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async takeOver(existing: ExistingResource[], options: FollowOptions = {}): Promise<void> {
        await this.#inTurn("up", options, async (place) => {
            await this.#runProgram("up", place, await this.#settings(place), { ...options, existing });
        });
    }

    /**
     * What is recorded of the stack.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async recorded(): Promise<Deployment> {
        return await this.#inTurn("preview", {}, async (place) => {
            return await (await openEngine(place, false, noProgram)).exportStack();
        });
    }

    /**
     * Changes what is recorded of the stack, at once; nothing in AWS is touched.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async rewrite(change: (recorded: Deployment) => void, options: FollowOptions = {}): Promise<void> {
        await this.#inTurn("refresh", options, async (place) => {
            const engine = await openEngine(place, false, noProgram);
            await this.#goOn("refresh", engine, place, options);
            const recorded = await engine.exportStack();
            change(recorded);
            await engine.importStack(recorded);
        });
    }

    /**
     * Brings what is recorded of the stack to what is there, or only says how they differ.
     *
     * @throws {StoryError} one of the driver's errors
     */
    async refresh(options: RefreshOptions = {}): Promise<OperationResult> {
        const { previewOnly = false } = options;
        return await this.#inTurn(previewOnly ? "preview" : "refresh", options, async (place) => {
            const engine = await openEngine(place, false, noProgram);
            if (!previewOnly) {
                await this.#goOn("refresh", engine, place, options);
            }
            const progress = await this.#refresh(engine, options);
            return { changes: changesOf([...progress.done.values(), ...progress.same.values()]) };
        });
    }

    /**
     * Deletes everything in the stack.
     *
     * @throws {ProtectedDataError} when it holds data that is not given up; nothing was deleted
     * @throws {StoryError} another of the driver's errors
     */
    async destroy(options: DestroyOptions = {}): Promise<OperationResult> {
        const { everythingOf, replaceOrDelete = [], removeStack = false } = options;
        if (everythingOf !== undefined && everythingOf !== this.name) {
            throw new RangeError(`everythingOf is ${everythingOf}; it must be this stack's name, ${this.name}`);
        }
        if (options.previewOnly) {
            return await this.#previewDestroy(options);
        }
        return await this.#inTurn("destroy", options, async (place) => {
            const engine = await openEngine(place, false, noProgram);
            await this.#goOn("destroy", engine, place, options);
            const resources = await resourcesOf(engine);
            if (everythingOf === undefined) {
                guardRemoval(this.name, resources, replaceOrDelete);
            }
            const progress = await follow({
                stack: this.name,
                operation: "destroy",
                options,
                total: resources.length,
                run: (onEvent, signal) =>
                    engine.destroy({ onEvent, signal, color: "never", remove: removeStack, ...this.#parallel() }),
            });
            return { changes: changesOf(progress.done.values()) };
        });
    }

    /** What is to be done, once what a run left that was cut off is taken over. */
    async #plan(place: EnginePlace, settings: StorySettings, options: PreviewOptions): Promise<Progress> {
        for (;;) {
            // It makes a stack that is not there yet.
            const planned = await this.#runProgram("preview", place, settings, options);
            if (!(await this.#goOn("up", await openEngine(place, false, noProgram), place, options))) {
                return planned;
            }
        }
    }

    async #previewDestroy(options: DestroyOptions): Promise<OperationResult> {
        return await this.#inTurn("preview", options, async (place) => {
            const engine = await openEngine(place, false, noProgram);
            const progress = await follow({
                stack: this.name,
                operation: "preview",
                options,
                run: (onEvent, signal) =>
                    engine.previewDestroy({ onEvent, signal, color: "never", ...this.#parallel() }),
            });
            return { changes: changesOf(progress.begun.values()) };
        });
    }

    /**
     * The outputs of the stack's last deployment; `undefined` when it has none.
     *
     * @throws {StoryError} one of the driver's errors
     */
    async outputs(): Promise<StoryOutputs | undefined> {
        return await this.#inTurn(
            "preview",
            {},
            async (place) => await outputsOf(await openEngine(place, false, noProgram)),
        );
    }

    /**
     * The operations that changed the stack, or failed to, the latest first; previews are not among them.
     *
     * @param most how many of them. Default: 20
     * @throws {StoryError} one of the driver's errors
     */
    async history(most = 20): Promise<HistoryEntry[]> {
        if (!Number.isInteger(most) || most < 1) {
            throw new RangeError(`most is ${most}; it must be a whole number from 1`);
        }
        return await this.#inTurn("preview", {}, async (place) => {
            const entries = await (await openEngine(place, false, noProgram)).history(most, 1, false);
            return entries.map(({ kind, result, startTime, endTime, resourceChanges }) => ({
                kind,
                result,
                startedAt: startTime,
                endedAt: result === "in-progress" ? undefined : endTime,
                changes: { ...resourceChanges },
            }));
        });
    }

    /**
     * Takes away the lock of an engine that no longer runs: one that was killed on another machine, for example. What is
     * at work on this machine keeps its lock; of another one only its people know whether it still runs.
     *
     * @returns who held it; `undefined` when nobody did
     * @throws {StackLockedError} when who holds it is at work on this machine
     * @throws {StoryError} another of the driver's errors
     */
    async unlock(): Promise<LockHolder | undefined> {
        return await this.#inTurn("preview", {}, async (place) => {
            const engine = await openEngine(place, false, noProgram);
            const lock = await this.#lockOf(engine);
            if (lock === undefined) {
                return undefined;
            }
            if (lock.by !== undefined && isAtWorkHere(lock.by)) {
                throw lock;
            }
            await engine.cancel();
            return { by: lock.by, since: lock.since };
        });
    }

    /** The lock that somebody holds. */
    async #lockOf(engine: Stack): Promise<StackLockedError | undefined> {
        try {
            // Nothing else asks for the lock and surely changes nothing: the name is taken, by the stack itself.
            await engine.rename({ stackName: this.name });
            return undefined;
        } catch (error) {
            if ((error as Error).name === "StackAlreadyExistsError") {
                return undefined;
            }
            const failed = this.#failure("preview", error);
            if (failed instanceof StackLockedError) {
                return failed;
            }
            throw failed;
        }
    }

    /**
     * The stack's settings, checked and with their defaults; secrets are in plain text.
     *
     * @throws {SettingsError}
     */
    async settings(): Promise<StorySettings> {
        return await this.#inTurn("preview", {}, async (place) => await this.#settings(place));
    }

    async #inTurn<Result>(
        operation: Operation,
        { signal }: FollowOptions,
        work: (place: EnginePlace) => Promise<Result>,
    ): Promise<Result> {
        const changed = operation === "preview" ? undefined : this.name;
        const turn = this.#driver.inTurn(changed, signal, async () => {
            const failure = (error: unknown) => this.#failure(operation, error, signal);
            try {
                const folder = this.#driver.programFolder(this.#siteContent);
                return await this.#driver.within(this.name, this.#given?.region, folder, async (place) => {
                    try {
                        return await work(place);
                    } catch (error) {
                        const failed = failure(error);
                        if (!(failed instanceof StackLockedError && failed.by && isDead(failed.by))) {
                            throw error;
                        }
                        // Nobody else will remove what a killed engine holds.
                        await (await openEngine(place, false, noProgram)).cancel();
                        return await work(place);
                    }
                });
            } catch (error) {
                throw failure(error);
            }
        });
        return await turn.catch((error: unknown) => {
            if (error === signal?.reason) {
                throw new CancelledError(`${operation} of ${this.name}`, { done: [], notDone: [] }, { cause: error });
            }
            throw error;
        });
    }

    async #refresh(engine: Stack, options: RefreshOptions): Promise<Progress> {
        const { previewOnly = false } = options;
        return await follow({
            stack: this.name,
            operation: previewOnly ? "preview" : "refresh",
            options,
            run: (onEvent, signal) => {
                const how = { onEvent, signal, color: "never", ...this.#parallel() } as const;
                return previewOnly ? engine.previewRefresh(how) : engine.refresh(how);
            },
        });
    }

    /**
     * Goes on from what a run left that was cut off: what it had made and not recorded is taken over.
     *
     * @returns what was taken over; `undefined` when no run had been cut off
     */
    async #goOn(
        operation: Operation,
        engine: Stack,
        place: EnginePlace,
        options: FollowOptions,
        failed?: Progress,
    ): Promise<TakenOver[] | undefined> {
        const refresh = async () => void (await this.#refresh(engine, options));
        const taken = await takeOverMade(engine, { ...process.env, ...place.envVars }, refresh, failed);
        const tell = telling(options);
        for (const resource of taken ?? []) {
            tell({ kind: "takenOver", stack: this.name, operation, resource });
        }
        return taken;
    }

    async #settings(place: EnginePlace, { protectData }: PreviewOptions = {}): Promise<StorySettings> {
        const settings = await this.#ownSettings(place);
        return protectData ? { ...settings, protectData } : settings;
    }

    async #ownSettings(place: EnginePlace): Promise<StorySettings> {
        if (this.#given) {
            return checkSettings({ environment: this.name, ...this.#given });
        }
        if (!this.#driver.hasFile(this.name)) {
            const { projectFolder: folder, foreignProject: other } = this.#driver;
            const file = fileOf(this.name);
            throw new SettingsError([
                folder === undefined
                    ? `there are none: ${this.name} was opened without settings, and there is no projectFolder with its ${file}`
                    : other === undefined
                      ? `there are none: ${folder} has no ${file}; in a checkout, pulumi stack init ${this.name} makes it, and pulumi config set sets what has no default`
                      : `there are none: ${folder} is the Pulumi project ${other}, and ${projectName}'s is needed, a checkout (--project)`,
            ]);
        }
        const engine = await openEngine(place, true, noProgram);
        return settingsOf(await engine.getAllConfig(), projectName, this.name);
    }

    #failure(operation: Operation, error: unknown, signal?: AbortSignal): Error {
        return failureOf({
            stack: this.name,
            operation,
            progress: new Progress(),
            planned: undefined,
            cancelled: signal?.aborted ?? false,
            error,
        });
    }

    async #runProgram(
        operation: ProgramRun["operation"],
        place: EnginePlace,
        settings: StorySettings,
        options: PreviewOptions & { existing?: ExistingResource[] },
        planned?: Progress,
    ): Promise<Progress> {
        this.#requireImages(settings);
        const folder = this.#driver.programFolder(this.#siteContent) ?? place.workDir;
        const run: ProgramRun = {
            operation,
            place,
            settings,
            siteContent: await this.#driver.site(this.#siteContent),
            policyPacks: this.#driver.policyPacks,
            imports: options.imports,
            replaceable: options.replaceable,
            existing: options.existing,
            parallel: this.#driver.parallel ?? options.parallel,
        };
        return await follow({
            stack: this.name,
            operation,
            options,
            planned,
            total: planned?.begun.size,
            run: (onEvent, signal) => runInProcess(run, folder, onEvent, signal),
        });
    }

    #requireImages({ images, agentEnabled }: StorySettings): void {
        const project = this.#driver.projectFolder;
        const buildable = (name: ImageName) =>
            project !== undefined && existsSync(join(project, imageSources[name].folder, "Dockerfile"));
        const needed = (Object.keys(imageSources) as ImageName[]).filter((name) => agentEnabled || name !== "agent");
        const missing = needed.filter((name) => images[name] === undefined && !buildable(name));
        if (missing.length > 0) {
            const where = project === undefined ? "there is no projectFolder" : `there are no sources in ${project}`;
            throw new SettingsError(
                missing.map(
                    (name) =>
                        `images.${name} is missing, and ${where} to build it from; name an image that is pushed, or give a checkout as projectFolder (--project)`,
                ),
            );
        }
    }

    #parallel() {
        return this.#driver.parallel === undefined ? {} : { parallel: this.#driver.parallel };
    }
}

/** The same options, with the engine's events told to `progress` as well. */
function seenBy(progress: Progress, options: PreviewOptions): PreviewOptions {
    return {
        ...options,
        onEngineEvent: (event) => {
            progress.see(event);
            options.onEngineEvent?.(event);
        },
    };
}

/** What refresh, destroy and outputs read is the state alone. */
async function noProgram(): Promise<void> {}

async function outputsOf(engine: Stack): Promise<StoryOutputs | undefined> {
    const outputs = Object.entries(await engine.outputs()).map(([name, { value }]) => [name, value]);
    return outputs.length === 0 ? undefined : (Object.fromEntries(outputs) as StoryOutputs);
}

/** What the state holds and a removal would delete. */
async function resourcesOf(engine: Stack): Promise<ResourceName[]> {
    const { deployment } = await engine.exportStack();
    const resources: { urn: string; retainOnDelete?: boolean; external?: boolean }[] = deployment.resources ?? [];
    return resources
        .filter(({ retainOnDelete, external }) => !retainOnDelete && !external)
        .map(({ urn }) => nameOf(urn));
}
