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
import { eventsOnly } from "../engine/eventsOnly.ts";
import { failureOf } from "../engine/failure.ts";
import { type FollowOptions, follow, safeListener } from "../engine/follow.ts";
import { isAtWorkHere, isDead } from "../engine/lock.ts";
import { nameOf, Progress } from "../engine/progress.ts";
import { type EngineOptions, fileOf, openEngine, projectName } from "../engine/workspace.ts";
import { CancelledError, StackLockedError } from "../errors.ts";
import type { StackOptions } from "../options.ts";
import type { ExistingResource } from "../program/importProgram.ts";
import type { Imports } from "../program/imports.ts";
import { runInProcess } from "../program/process.ts";
import type { ProgramRun } from "../program/run.ts";
import { retryTakingOver } from "../takeOver/retryTakingOver.ts";
import { type TakenOver, takeOverMade } from "../takeOver/takeOver.ts";
import { guardData, guardRemoval } from "./dataGuard.ts";
import type { Driver } from "./driver.ts";

/** Options of a preview. */
export interface PreviewOptions extends FollowOptions {
    /** @internal Existing resources to import, by `TYPE::NAME`. */
    imports?: Imports;
    /** @internal Concurrent resource operations, if the driver has no `parallel`. Default: the engine's own. */
    parallel?: number;
    /** @internal Protected types that may be replaced in this run. */
    replaceable?: readonly string[];
    /** @internal Overrides the setting `protectData`. */
    protectData?: true;
}

/** Options of an up. */
export interface UpOptions extends PreviewOptions {
    /**
     * Resources that hold data and may be deleted or replaced, and VPC, load balancer and distribution that may be
     * replaced, by name in the program or by URN. Default: none.
     */
    replaceOrDelete?: readonly string[];
}

/** Options of a refresh. */
export interface RefreshOptions extends FollowOptions {
    /** Whether only to report differences, and record nothing; its events are a `preview`'s. Default: false. */
    previewOnly?: boolean;
}

/** One operation of a stack's history. */
export interface HistoryEntry {
    /** The engine's name of it: `update`, `refresh`, `destroy`, `rename`, `import`, ... */
    kind: string;
    /** The engine's name of its result: `succeeded`, `failed`, or `in-progress`. */
    result: string;
    startedAt: Date;
    /** `undefined` while it runs. */
    endedAt: Date | undefined;
    /** How many resources it changed, by the engine's name of the step: `create`, `same`, ... */
    changes: Readonly<Record<string, number>>;
}

/** Who held a stack's lock. */
export interface LockHolder {
    /** For example `user@host (pid 42)`; `undefined` if the backend does not tell. */
    by: string | undefined;
    since: Date | undefined;
}

/** Options of a destroy. */
export interface DestroyOptions extends FollowOptions {
    /** Resources that hold data and may be deleted, by name in the program or by URN. Default: none. */
    replaceOrDelete?: readonly string[];
    /** The stack's own name, which gives up all of its data. Default: not given up. */
    everythingOf?: string;
    /** Whether only to report what would be deleted, data included; its events are a `preview`'s. Default: false. */
    previewOnly?: boolean;
    /** Whether to remove the stack itself, with its history, from the backend as well. Default: false. */
    removeStack?: boolean;
}

/** The result of an operation or a preview. */
export interface OperationResult {
    /** Every resource by its kind of change; in a refresh, by how it differs from the recorded state. */
    changes: Changes;
}

/** The result of an `up`. */
export interface UpResult extends OperationResult {
    outputs: StoryOutputs;
}

/** One stack of Story-42. */
export class StoryStack {
    readonly name: string;
    #givenSettings: StorySettingsInput | undefined;
    readonly #siteContent: string | undefined;
    readonly #driver: Driver;

    /** @internal Opened by `StoryStacks`. */
    constructor(name: string, options: StackOptions, driver: Driver) {
        this.name = name;
        // A relative path is relative to the current working folder.
        this.#siteContent = options.siteContent === undefined ? undefined : resolve(options.siteContent);
        this.#givenSettings = options.settings;
        this.#driver = driver;
    }

    /**
     * Sets `protectData`, in the stack's file or in the given settings, so that resources with data can't be deleted until a
     * person resets it.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async protectData(): Promise<void> {
        if (this.#givenSettings) {
            this.#givenSettings = { ...this.#givenSettings, protectData: true };
            return;
        }
        await this.#inTurn("preview", {}, async (engineOptions) => {
            const engine = await openEngine(engineOptions, true, noProgram);
            await engine.setConfig(`${projectName}:protectData`, { value: "true" });
        });
    }

    /**
     * Previews an `up`. Builds images and the site, but changes nothing; a stack that does not exist is created, empty.
     *
     * @throws {StoryError} one of the driver's errors, or {@link SettingsError}
     */
    async preview(options: PreviewOptions = {}): Promise<OperationResult> {
        return await this.#inTurn("preview", options, async (engineOptions) => {
            const planned = await this.#runProgram(
                "preview",
                engineOptions,
                await this.#settings(engineOptions, options),
                options,
            );
            return { changes: changesOf([...planned.begun.values(), ...planned.same.values()]) };
        });
    }

    /**
     * Deploys the stack with its settings, after a preview of its own.
     *
     * @throws {ProtectedDataError} when a resource with data would be lost and is not named; nothing was changed
     * @throws {StoryError} another of the driver's errors, or {@link SettingsError}
     */
    async up(options: UpOptions = {}): Promise<UpResult> {
        return await this.#inTurn("up", options, async (engineOptions) => {
            const settings = await this.#settings(engineOptions, options);
            const engine = async () => await openEngine(engineOptions, false, noProgram);
            return await retryTakingOver(
                async (seen) => {
                    const planned = await this.#plan(engineOptions, settings, options);
                    const steps = [...planned.begun.values(), ...planned.same.values()];
                    guardData(this.name, changesOf(steps), options.replaceOrDelete ?? []);
                    await this.#runProgram("up", engineOptions, settings, options, planned, seen);
                    return {
                        changes: changesOf([...seen.done.values(), ...seen.same.values()]),
                        outputs: (await outputsOf(await engine())) as StoryOutputs,
                    };
                },
                "what holds no data",
                async (failed) => await this.#recover("up", await engine(), engineOptions, options, failed),
            );
        });
    }

    /**
     * Imports existing resources as they are; nothing else is changed.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async takeOver(existing: ExistingResource[], options: FollowOptions = {}): Promise<void> {
        await this.#inTurn("up", options, async (engineOptions) => {
            await this.#runProgram("up", engineOptions, await this.#settings(engineOptions), { ...options, existing });
        });
    }

    /**
     * The stack's recorded state.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async recorded(): Promise<Deployment> {
        return await this.#inTurn("preview", {}, async (engineOptions) => {
            return await (await openEngine(engineOptions, false, noProgram)).exportStack();
        });
    }

    /**
     * Changes the stack's recorded state; nothing in AWS is changed.
     *
     * @internal
     * @throws {StoryError} one of the driver's errors
     */
    async rewrite(change: (recorded: Deployment) => void, options: FollowOptions = {}): Promise<void> {
        await this.#inTurn("refresh", options, async (engineOptions) => {
            const engine = await openEngine(engineOptions, false, noProgram);
            await this.#recover("refresh", engine, engineOptions, options);
            const recorded = await engine.exportStack();
            change(recorded);
            await engine.importStack(recorded);
        });
    }

    /**
     * Updates the recorded state to what exists in AWS, or only reports the differences.
     *
     * @throws {StoryError} one of the driver's errors
     */
    async refresh(options: RefreshOptions = {}): Promise<OperationResult> {
        const { previewOnly = false } = options;
        return await this.#inTurn(previewOnly ? "preview" : "refresh", options, async (engineOptions) => {
            const engine = await openEngine(engineOptions, false, noProgram);
            if (!previewOnly) {
                await this.#recover("refresh", engine, engineOptions, options);
            }
            const progress = await this.#refresh(engine, options);
            return { changes: changesOf([...progress.done.values(), ...progress.same.values()]) };
        });
    }

    /**
     * Deletes everything in the stack.
     *
     * @throws {ProtectedDataError} when it has resources with data that are not named; nothing was deleted
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
        return await this.#inTurn("destroy", options, async (engineOptions) => {
            const engine = await openEngine(engineOptions, false, noProgram);
            await this.#recover("destroy", engine, engineOptions, options);
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
                    eventsOnly(engine).destroy({
                        onEvent,
                        signal,
                        color: "never",
                        remove: removeStack,
                        ...this.#parallel(),
                    }),
            });
            return { changes: changesOf(progress.done.values()) };
        });
    }

    /** The plan of an up, after taking over what an interrupted run left. */
    async #plan(engineOptions: EngineOptions, settings: StorySettings, options: PreviewOptions): Promise<Progress> {
        for (;;) {
            // The preview creates the stack if it does not exist.
            const planned = await this.#runProgram("preview", engineOptions, settings, options);
            if (
                !(await this.#recover("up", await openEngine(engineOptions, false, noProgram), engineOptions, options))
            ) {
                return planned;
            }
        }
    }

    async #previewDestroy(options: DestroyOptions): Promise<OperationResult> {
        return await this.#inTurn("preview", options, async (engineOptions) => {
            const engine = await openEngine(engineOptions, false, noProgram);
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
            async (engineOptions) => await outputsOf(await openEngine(engineOptions, false, noProgram)),
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
        return await this.#inTurn("preview", {}, async (engineOptions) => {
            const entries = await (await openEngine(engineOptions, false, noProgram)).history(most, 1, false);
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
     * Removes the lock of an engine that no longer runs, for example one that was killed on another machine. An engine that
     * runs on this machine keeps its lock; whether one on another machine still runs, only its users know.
     *
     * @returns who held it; `undefined` when nobody did
     * @throws {StackLockedError} when the holder runs on this machine
     * @throws {StoryError} another of the driver's errors
     */
    async unlock(): Promise<LockHolder | undefined> {
        return await this.#inTurn("preview", {}, async (engineOptions) => {
            const engine = await openEngine(engineOptions, false, noProgram);
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

    /** The stack's current lock. */
    async #lockOf(engine: Stack): Promise<StackLockedError | undefined> {
        try {
            // The only command that takes the lock and surely changes nothing: the stack itself has the new name already.
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
        return await this.#inTurn("preview", {}, async (engineOptions) => await this.#settings(engineOptions));
    }

    async #inTurn<Result>(
        operation: Operation,
        { signal }: FollowOptions,
        work: (engineOptions: EngineOptions) => Promise<Result>,
    ): Promise<Result> {
        const changed = operation === "preview" ? undefined : this.name;
        const turn = this.#driver.inTurn(changed, signal, async () => {
            const failure = (error: unknown) => this.#failure(operation, error, signal);
            try {
                const folder = this.#driver.programFolder(this.#siteContent);
                return await this.#driver.within(
                    this.name,
                    this.#givenSettings?.region,
                    folder,
                    async (engineOptions) => {
                        try {
                            return await work(engineOptions);
                        } catch (error) {
                            const failed = failure(error);
                            if (!(failed instanceof StackLockedError && failed.by && isDead(failed.by))) {
                                throw error;
                            }
                            // The lock of a killed engine: nobody else removes it.
                            await (await openEngine(engineOptions, false, noProgram)).cancel();
                            return await work(engineOptions);
                        }
                    },
                );
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
                const refreshOptions = { onEvent, signal, color: "never", ...this.#parallel() } as const;
                return previewOnly ? engine.previewRefresh(refreshOptions) : eventsOnly(engine).refresh(refreshOptions);
            },
        });
    }

    /**
     * Recovers from an interrupted run: takes over what it created but did not record.
     *
     * @returns what was taken over; `undefined` when no run was interrupted
     */
    async #recover(
        operation: Operation,
        engine: Stack,
        engineOptions: EngineOptions,
        options: FollowOptions,
        failed?: Progress,
    ): Promise<TakenOver[] | undefined> {
        const refresh = async () => void (await this.#refresh(engine, options));
        const taken = await takeOverMade(engine, { ...process.env, ...engineOptions.envVars }, refresh, failed);
        const emit = safeListener(options);
        for (const resource of taken ?? []) {
            emit({ kind: "takenOver", stack: this.name, operation, resource });
        }
        return taken;
    }

    async #settings(engineOptions: EngineOptions, { protectData }: PreviewOptions = {}): Promise<StorySettings> {
        const settings = await this.#ownSettings(engineOptions);
        return protectData ? { ...settings, protectData } : settings;
    }

    async #ownSettings(engineOptions: EngineOptions): Promise<StorySettings> {
        if (this.#givenSettings) {
            return checkSettings({ environment: this.name, ...this.#givenSettings });
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
        const engine = await openEngine(engineOptions, true, noProgram);
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
        engineOptions: EngineOptions,
        settings: StorySettings,
        options: PreviewOptions & { existing?: ExistingResource[] },
        planned?: Progress,
        progress?: Progress,
    ): Promise<Progress> {
        this.#requireImages(settings);
        const folder = this.#driver.programFolder(this.#siteContent) ?? engineOptions.workDir;
        const run: ProgramRun = {
            operation,
            engineOptions,
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
            progress,
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

/** Refresh, destroy and outputs need no program, only the state. */
async function noProgram(): Promise<void> {}

async function outputsOf(engine: Stack): Promise<StoryOutputs | undefined> {
    const outputs = Object.entries(await engine.outputs()).map(([name, { value }]) => [name, value]);
    return outputs.length === 0 ? undefined : (Object.fromEntries(outputs) as StoryOutputs);
}

/** The resources of the state that a destroy would delete. */
async function resourcesOf(engine: Stack): Promise<ResourceName[]> {
    const { deployment } = await engine.exportStack();
    const resources: { urn: string; retainOnDelete?: boolean; external?: boolean }[] = deployment.resources ?? [];
    return resources
        .filter(({ retainOnDelete, external }) => !retainOnDelete && !external)
        .map(({ urn }) => nameOf(urn));
}
