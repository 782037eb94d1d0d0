/** Brings the local cloud up, and serves saved files in it until it is stopped. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ImageName } from "../../../stacks/imageSources.ts";
import { duration, type Screen } from "../../lib/screen.ts";
import { imageNames } from "./bundles.ts";
import { DebugPorts } from "./debugPorts.ts";
import { deploy } from "./deployment.ts";
import { LocalCloud } from "./localCloud.ts";
import { type Meaning, meaningOf, titles } from "./meaning.ts";
import { Replay, type ReplayOf } from "./replay.ts";
import { Sources } from "./sources.ts";
import { Watcher } from "./watcher.ts";

export interface DevelopOptions {
    /** The project's folder. */
    root: string;
    /** The local cloud's folder. */
    stateDir: string;
    /** Options of `npm run local`. */
    args: readonly string[];
    /** The first of the ports at which debuggers attach. Default: they can't. */
    inspect?: number;
    /** A story to make again, and from which stage, whenever functions or the agent service have changed. Default: none. */
    replay?: ReplayOf;
    screen: Screen;
    signal: AbortSignal;
}

/** Runs until the signal aborts; after that the local cloud runs the deployed code again. */
export async function develop(options: DevelopOptions): Promise<void> {
    const { root, stateDir, inspect, screen, signal } = options;
    const debugPorts = inspect === undefined ? undefined : await DebugPorts.open(inspect);
    const sources = await Sources.open(root, stateDir, debugPorts !== undefined);
    const session = new Session(options, sources, debugPorts);
    // Started before the deployment, so that no saved file is missed.
    const watcher = new Watcher(root, (paths) => session.take(paths));
    try {
        await session.deployFirst();
        if (debugPorts) {
            screen.line(`Debuggers attach to: ${debugPorts}`);
        }
        screen.line(
            "Watching: what you save is served. Ctrl-C ends it; the local cloud runs on with what is deployed.",
        );
        await session.startReplay();
        await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
    } finally {
        watcher.close();
        await session.close();
        await sources.close();
        await debugPorts?.close();
    }
}

class Session {
    readonly #options: DevelopOptions;
    readonly #sources: Sources;
    readonly #cloud: LocalCloud;
    #replay: Replay | undefined;
    /** Errors of the last saved code, by part. */
    readonly #problems = new Map<string, Error>();
    /** Changes are handled one after the other. */
    #work: Promise<void> = Promise.resolve();
    #deployment: Promise<void> | undefined;
    /** Files that need a deployment, each with the reason. */
    readonly #toDeploy = new Map<string, string>();
    #isSiteAhead = false;

    constructor(options: DevelopOptions, sources: Sources, debugPorts: DebugPorts | undefined) {
        this.#options = options;
        this.#sources = sources;
        this.#cloud = new LocalCloud(options.stateDir, options.screen, debugPorts);
    }

    async deployFirst(): Promise<void> {
        const { root, args, signal } = this.#options;
        this.#cloud.deploying((await this.#sources.bundles.make()).folders);
        await deploy({ root, args, show: true, signal });
        await this.#cloud.deployed(this.#sources.site.overlay);
    }

    /** Makes the story again, now and after each change. */
    async startReplay(): Promise<void> {
        const { replay, stateDir, screen, signal } = this.#options;
        this.#replay = replay && (await Replay.open(replay, stateDir, screen, signal));
        this.#replay?.run();
    }

    /** Serves saved files, or deploys those that can't be served. */
    take(paths: string[]): void {
        const since = Date.now();
        this.#work = this.#work
            .then(() => this.#take(paths, since))
            .catch((error: Error) => this.#options.screen.line(`✗ ${paths.join(", ")}: ${error.message}`));
    }

    async close(): Promise<void> {
        await this.#work;
        await this.#deployment;
        await this.#replay?.close();
        const ahead = [...this.#cloud.ahead.map((image) => titles[image]), ...(this.#isSiteAhead ? ["site"] : [])];
        this.#cloud.close();
        if (ahead.length > 0) {
            this.#options.screen.line(`Not deployed yet: changes of ${ahead.join(", ")}. npm run local deploys them.`);
        }
    }

    async #take(paths: string[], since: number): Promise<void> {
        const table = this.#sources.table();
        const meanings = paths.map((path): [string, Meaning] => [path, meaningOf(path, table)]);
        const images = new Set(meanings.flatMap(([, meaning]) => meaning.images));
        if (paths.some((path) => /\.(m?[jt]sx?|json)$/.test(path))) {
            // A new file may fix an image that did not compile.
            for (const image of imageNames.filter((one) => this.#problems.has(titles[one]))) {
                images.add(image);
            }
        }
        const pathsWith = (matches: (meaning: Meaning) => boolean) =>
            meanings.filter(([, meaning]) => matches(meaning)).map(([path]) => path);
        if (images.size > 0) {
            const made = pathsWith((meaning) => meaning.images.length > 0);
            await this.#serve([...images], made.length > 0 ? made : paths, since);
        }
        await this.#updateSite(
            pathsWith(({ site }) => site),
            since,
        );
        for (const [path, { restart }] of meanings) {
            if (restart) {
                this.#options.screen.line(`! ${path}: ${restart}; end this with Ctrl-C and start it again`);
            }
        }
        for (const [path, { deploy: why }] of meanings) {
            if (why) {
                this.#toDeploy.set(path, why);
            }
        }
        await this.#checkProgram(pathsWith(({ program }) => program));
        if (this.#toDeploy.size > 0) {
            this.#deployment ??= this.#deployAll().finally(() => {
                this.#deployment = undefined;
            });
        }
    }

    /** Bundles the code of images and runs it in place of the running code. */
    async #serve(images: ImageName[], paths: string[], since: number): Promise<void> {
        const { folders, problems: notMade } = await this.#sources.bundles.make(images);
        const { changed, problems: notStarted } = await this.#cloud.serve(folders);
        this.#sources.bundles.removeOld(this.#cloud.used);
        const problems = new Map([...notMade, ...notStarted]);
        for (const image of images.filter((one) => !problems.has(one))) {
            this.#clearProblem(titles[image]);
        }
        // An error that images share is printed once.
        for (const [message, error] of new Map([...problems.values()].map((one) => [one.message, one]))) {
            const same = [...problems].filter(([, one]) => one.message === message);
            this.#failed(
                same.map(([image]) => titles[image]),
                error,
            );
        }
        if (changed.length > 0 || problems.size === 0) {
            const served = changed.map((image) => titles[image]);
            const what = served.length > 0 ? `${served.join(", ")} served` : "the same code as before";
            this.#printServed(paths, what, since);
        }
        if (changed.length > 0) {
            this.#replay?.run();
        }
    }

    /** Updates open pages. */
    async #updateSite(paths: string[], since: number): Promise<void> {
        if (paths.length === 0) {
            return;
        }
        try {
            for (const path of paths) {
                await this.#sources.site.update(path);
            }
        } catch (error) {
            this.#failed(["site"], error as Error);
            return;
        }
        this.#isSiteAhead = true;
        this.#clearProblem("site");
        this.#printServed(paths, "site served, open pages changed", since);
    }

    /** Marks the program's files for deployment, if the program's behaviour changed. */
    async #checkProgram(paths: string[]): Promise<void> {
        if (paths.length === 0) {
            return;
        }
        try {
            const hasChanged = await this.#sources.readProgram();
            this.#clearProblem("stack");
            for (const path of hasChanged ? paths : []) {
                this.#toDeploy.set(path, this.#toDeploy.get(path) ?? "the stack's program is made of it as well");
            }
            for (const path of hasChanged ? [] : paths.filter((one) => this.#toDeploy.delete(one))) {
                this.#options.screen.line(`  ${path}: nothing to deploy, the stack's program does the same`);
            }
        } catch (error) {
            for (const path of paths) {
                this.#toDeploy.delete(path);
            }
            this.#failed(["stack"], error as Error);
        }
    }

    async #deployAll(): Promise<void> {
        const { root, args, screen, signal } = this.#options;
        while (this.#toDeploy.size > 0 && !signal.aborted) {
            const since = Date.now();
            const why = [...this.#toDeploy].map(([path, reason]) => `${path} (${reason})`).join(", ");
            this.#toDeploy.clear();
            screen.line(`… ${why}: can't be served, is deployed`);
            this.#cloud.deploying((await this.#sources.bundles.make()).folders);
            const wasSiteAhead = this.#isSiteAhead;
            this.#isSiteAhead = false;
            try {
                await deploy({ root, args, show: false, signal });
                this.#clearProblem("deployment");
                await this.#sources.reopen();
                await this.#cloud.deployed(this.#sources.site.overlay);
                screen.line(`✓ ${why}: deployed (${duration(Date.now() - since)})`);
            } catch (error) {
                this.#cloud.notDeployed();
                this.#isSiteAhead ||= wasSiteAhead;
                if (!signal.aborted) {
                    this.#failed(["deployment"], error as Error);
                }
            }
        }
    }

    #printServed(paths: string[], what: string, since: number): void {
        this.#options.screen.line(`✓ ${inShort(paths)}: ${what} (${duration(Date.now() - since)})`);
    }

    #failed(parts: string[], error: Error): void {
        if (parts.every((part) => this.#problems.get(part)?.message === error.message)) {
            return;
        }
        for (const part of parts) {
            this.#problems.set(part, error);
        }
        const title = parts.join(", ");
        this.#options.screen.line(`✗ ${title}: the last good one serves on\n${indented(error.message)}`);
        this.#sources.site.show(title, error);
    }

    #clearProblem(part: string): void {
        if (this.#problems.delete(part)) {
            const [next] = this.#problems;
            this.#sources.site.clear();
            if (next) {
                this.#sources.site.show(...next);
            }
        }
    }
}

function inShort(paths: string[]): string {
    return paths.length > 3 ? `${paths.slice(0, 2).join(", ")} and ${paths.length - 2} more` : paths.join(", ");
}

function indented(text: string): string {
    return text.replace(/^/gm, "    ");
}
