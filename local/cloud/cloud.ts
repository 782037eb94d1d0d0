import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { baseRegistryName, builderName, dockerConfig, startBuilder } from "../background/buildkit.ts";
import { type Emulator, startEmulator } from "../background/emulator.ts";
import { portOf } from "../background/process.ts";
import { emulatorVariables } from "../background/runtime.ts";
import { startBaseRegistry } from "../images/baseRegistry.ts";
import type { Screen } from "../lib/screen.ts";
import { awsPlugin } from "../tools/awsPlugin.ts";
import { awsxPlugin } from "../tools/awsxPlugin.ts";
import { type BaseImages, baseImages, foreignBaseImages, ownArchitecture } from "../tools/baseImages.ts";
import { buildkitd } from "../tools/buildkitd.ts";
import { type DebianPrograms, provideDebianPrograms } from "../tools/debian.ts";
import { dockerBuildPlugin } from "../tools/dockerBuildPlugin.ts";
import { canReach } from "../tools/download.ts";
import { provideLanguageHost } from "../tools/languageHost.ts";
import { ministack } from "../tools/ministack.ts";
import { pulumiCli } from "../tools/pulumiCli.ts";
import { onPath, originOf, SetUpError, type Tool, ToolSet } from "../tools/tool.ts";
import { pluginVariables } from "./pluginVariables.ts";

/** How a local cloud is to be. */
export interface CloudOptions {
    stateDir: string;
    region: string;
    /** Build the images; otherwise a hash of what each would be built from stands in for it. */
    buildImages: boolean;
    /** What images are built for. Default: this machine's processor. */
    architecture?: "amd64" | "arm64";
    /** The emulator's port, 0 for a free one. Default: as {@link startEmulator} has it. */
    emulatorPort?: number;
    screen: Screen;
    signal: AbortSignal;
}

/** A local cloud that is ready for a deployment. */
export interface Cloud {
    emulator: Emulator;
    /** The Pulumi command line. */
    pulumi: string;
    /** Variables that lead the engine and its providers to this cloud. */
    env: Record<string, string>;
    /** How images are built here; `undefined` when they can't be. */
    images: ImageSettings | undefined;
    close(): void;
}

/** The stack's settings that say how images are built. */
export interface ImageSettings {
    imageBuilder: string;
    /** The project's own base images; the Dockerfiles' when not set. */
    baseImages?: BaseImages;
}

/** Sets up what a local cloud needs and starts it. */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
    const { stateDir, region, screen, signal } = options;
    screen.line(`Plugins: ${plugins.map(origin).join("; ")}`);
    const whyNoImages = options.buildImages ? whyNoBuilder() : "as asked for";
    screen.line(
        whyNoImages
            ? `Images: not built (${whyNoImages}); a hash of what each would be built from stands in for it`
            : "Images: built by BuildKit with Pulumi's docker-build",
    );
    const tools = await provideTools({ ...options, buildImages: !whyNoImages });
    const emulator = await startEmulator({
        command: tools.ministack,
        stateDir,
        region,
        port: options.emulatorPort,
        env: await emulatorVariables(stateDir),
        signal,
    });
    screen.line(`Emulator: MiniStack at ${emulator.endpoint}${emulator.started ? "" : " (ran already)"}`);
    const images = tools.buildkitd
        ? await openBuilder(options, emulator, tools.buildkitd, tools.baseImages)
        : undefined;
    return {
        emulator,
        pulumi: tools.pulumi,
        images: images?.settings,
        env: cloudVariables(stateDir, emulator.endpoint, region),
        close: () => images?.close(),
    };
}

/** Variables that lead the engine and the plugins that it starts to a cloud. */
export function cloudVariables(stateDir: string, endpoint: string, region: string): Record<string, string> {
    return {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        DOCKER_CONFIG: dockerConfig(stateDir),
        ...pluginVariables(endpoint),
    };
}

interface Tools {
    pulumi: string;
    ministack: string;
    buildkitd?: string;
    /** The files that list the project's own base images, where registries can't be reached; later ones count. */
    baseImages: string[];
}

/** Everything that is missing is set up side by side; the first that fails stops the others. */
async function provideTools(options: CloudOptions): Promise<Tools> {
    const stop = new AbortController();
    const signal = AbortSignal.any([options.signal, stop.signal]);
    const set = new ToolSet(options.screen, signal);
    const tools: Partial<Tools> & Pick<Tools, "baseImages"> = { baseImages: [] };
    const work = [
        // Two at a time, if they have to be built: each builds with all processors, but not while it is downloaded or linked.
        // One after the other are those that have many packages in common, which are compiled once.
        async () => {
            tools.pulumi = await set.provide(pulumiCli);
            provideLanguageHost(tools.pulumi);
            if (options.buildImages) {
                await set.provide(dockerBuildPlugin);
            }
        },
        async () => {
            await set.provide(awsPlugin);
            await set.provide(awsxPlugin);
            if (options.buildImages) {
                tools.buildkitd = await set.provide(buildkitd);
            }
        },
        async () => {
            tools.ministack = await set.provide(ministack);
        },
        async () => {
            if (options.buildImages) {
                const ownBases = !(await registriesAnswer());
                const debootstrap: DebianPrograms = ownBases ? { debootstrap: "debootstrap" } : {};
                await provideDebianPrograms({ runc: "runc", ...debootstrap }, options.screen, signal);
                if (ownBases) {
                    tools.baseImages.push(await set.provide(baseImages()));
                }
                if (ownBases && options.architecture && options.architecture !== ownArchitecture) {
                    tools.baseImages.push(await set.provide(foreignBaseImages(options.architecture)));
                }
            }
        },
    ].map((start) => start());
    for (const part of work) {
        part.catch(() => stop.abort());
    }
    const ends = await Promise.allSettled(work);
    const failures = ends.filter((end) => end.status === "rejected").map((end) => end.reason);
    if (failures.length > 0) {
        options.signal.throwIfAborted();
        const failure = failures.find((one) => one instanceof SetUpError);
        throw failure ? withAllThatIsMissing(failure) : failures[0];
    }
    return tools as Tools;
}

/** What tools are built with, by the program that shows whether it is there. */
const toolchains = { go: "Go (https://go.dev/dl)", python3: "Python 3.10 or later (https://www.python.org/downloads)" };

/** The first failure stops the others: what they would have missed is named at once. */
export function withAllThatIsMissing(failure: SetUpError): SetUpError {
    const missing = Object.entries(toolchains).flatMap(([program, name]) => (onPath(program) ? [] : [name]));
    return missing.length > 1
        ? new SetUpError(`${failure.message}\nThis machine lacks ${missing.join(" and ")}.`, { cause: failure })
        : failure;
}

/** Whether the registries of the Dockerfiles' own base images answer. */
async function registriesAnswer(): Promise<boolean> {
    const answers = await Promise.all(["https://public.ecr.aws/v2/", "https://gcr.io/v2/"].map(canReach));
    return answers.every(Boolean);
}

/** Why images can't be built on this machine, in words; `undefined` when they can. */
export function whyNoBuilder(): string | undefined {
    if (process.platform !== "linux") {
        return "BuildKit's daemon needs Linux";
    }
    return process.getuid?.() === 0 ? undefined : "BuildKit's daemon needs root";
}

async function openBuilder(options: CloudOptions, emulator: Emulator, command: string, lists: string[]) {
    const { stateDir, region, screen, signal } = options;
    const basePort = lists.length === 0 ? undefined : await portOf(stateDir, "base-images");
    await startBuilder({ command, stateDir, endpoint: emulator.endpoint, region, basePort, signal });
    const settings: ImageSettings = { imageBuilder: builderName };
    if (basePort === undefined) {
        screen.line("Base images: the Dockerfiles' own");
        return { settings, close: () => {} };
    }
    const server = await startBaseRegistry(lists.map(dirname), basePort);
    const digests: BaseImages = Object.assign({}, ...lists.map((list) => JSON.parse(readFileSync(list, "utf8"))));
    const named = Object.entries(digests).map(([name, digest]) => [name, `${baseRegistryName}/base/${name}@${digest}`]);
    screen.line("Base images: the project's own, of Debian and Node, since the public registries can't be reached");
    return { settings: { ...settings, baseImages: Object.fromEntries(named) }, close: () => server.close() };
}

/** The plugins that the engine needs. */
const plugins = [awsPlugin, awsxPlugin, dockerBuildPlugin];

/** Where a plugin is from, for a person. */
function origin(plugin: Tool): string {
    return `${plugin.title.replace("Pulumi's ", "").replace(" plugin", "")}: ${originOf(plugin)}`;
}
