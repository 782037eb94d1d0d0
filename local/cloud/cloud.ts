import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { baseRegistryName, builderName, startBuilder } from "../background/buildkit.ts";
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
import { originOf, type Tool } from "../tools/tool.ts";
import { type CloudTools, provideCloudTools } from "./tools.ts";
import { cloudVariables } from "./variables.ts";

/** The settings of a local cloud. */
export interface CloudOptions {
    stateDir: string;
    region: string;
    /** Build the images; otherwise a hash of what each would be built from stands in for it. */
    buildImages: boolean;
    /** What images are built for. Default: this machine's processor. */
    architecture?: "amd64" | "arm64";
    /** The emulator's port, 0 for a free one. Default: that of {@link startEmulator}. */
    emulatorPort?: number;
    screen: Screen;
    signal: AbortSignal;
}

/** A local cloud that is ready for a deployment. */
export interface Cloud {
    emulator: Emulator;
    /** The Pulumi command line. */
    pulumi: string;
    /** Variables that point the engine and its providers at this cloud. */
    env: Record<string, string>;
    /** How images are built here; `undefined` when they can't be. */
    images: ImageSettings | undefined;
    close(): void;
}

/** The stack's settings that say how images are built. */
export interface ImageSettings {
    imageBuilder: string;
    /** The project's own base images. Default: those of the Dockerfiles. */
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
    const tools = await provideTools(options, !whyNoImages);
    const emulator = await startEmulator({
        command: tools.ministack,
        stateDir,
        region,
        port: options.emulatorPort,
        env: await emulatorVariables(stateDir),
        signal,
    });
    screen.line(`Emulator: MiniStack at ${emulator.endpoint}${emulator.started ? "" : " (ran already)"}`);
    const images = tools.images && (await openBuilder(options, emulator, tools.images));
    return {
        emulator,
        pulumi: tools.pulumi,
        images: images?.settings,
        env: cloudVariables(stateDir, emulator.endpoint, region),
        close: () => images?.close(),
    };
}

/** The tools that build images. */
interface ImageTools {
    buildkitd: string;
    /** The files that list the project's own base images, where registries can't be reached; later files override earlier ones. */
    baseImages: string[];
}

/** Sets up all tools, and those for images if images are built. */
async function provideTools(
    options: CloudOptions,
    buildImages: boolean,
): Promise<CloudTools & { images?: ImageTools }> {
    const { screen, signal, architecture } = options;
    if (!buildImages) {
        return await provideCloudTools(screen, signal);
    }
    const images: ImageTools = { buildkitd: "", baseImages: [] };
    const tools = await provideCloudTools(screen, signal, {
        withCommandLine: async (set) => void (await set.provide(dockerBuildPlugin)),
        withPlugins: async (set) => {
            images.buildkitd = await set.provide(buildkitd);
        },
        beside: async (set, stop) => {
            const ownBases = !(await registriesAnswer());
            const debootstrap: DebianPrograms = ownBases ? { debootstrap: "debootstrap" } : {};
            await provideDebianPrograms({ runc: "runc", ...debootstrap }, screen, stop);
            if (ownBases) {
                images.baseImages.push(await set.provide(baseImages()));
            }
            if (ownBases && architecture && architecture !== ownArchitecture) {
                images.baseImages.push(await set.provide(foreignBaseImages(architecture)));
            }
        },
    });
    return { ...tools, images };
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

async function openBuilder(options: CloudOptions, emulator: Emulator, tools: ImageTools) {
    const { buildkitd: command, baseImages: lists } = tools;
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

/** The origin of a plugin, for display. */
function origin(plugin: Tool): string {
    return `${plugin.title.replace("Pulumi's ", "").replace(" plugin", "")}: ${originOf(plugin)}`;
}
