import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stopAll } from "../../local/background/index.ts";
import { whyNoBuilder } from "../../local/cloud/cloud.ts";
import { type BroughtUp, bringUp } from "../../local/commands/up.ts";
import { defaultOf, lastStage } from "../../local/images/dockerfile.ts";
import { LayerStore } from "../../local/images/layerStore.ts";
import { openRegistry } from "../../local/images/registry.ts";
import { root } from "../../local/lib/paths.ts";
import { duration, type Screen } from "../../local/lib/screen.ts";
import { Containers } from "../../local/runtime/containers.ts";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import { exerciseImages } from "./exercise.ts";
import { type Expectations, type Inspection, inspectImage } from "./inspection.ts";
import { printReport, type Report } from "./report.ts";
import { secretsHere } from "./secrets.ts";

/** Options of the check. */
export interface CheckOptions {
    /** The local cloud's folder; the images have their own cloud in it, which is kept for the next check. */
    stateDir: string;
    /** The images' platform. Images for another processor than this machine's are built and inspected, not run. */
    platform: Platform;
    screen: Screen;
    signal: AbortSignal;
}

export const platforms = ["linux/amd64", "linux/arm64"] as const;

export type Platform = (typeof platforms)[number];

/** This machine's platform. */
export const ownPlatform: Platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";

const MB = 1_000_000;
/** Size limit of each image's own layers, unpacked: its bundle and the source map. */
const OWN_BYTES: Record<ImageName, number> = { text: 4 * MB, image: 6 * MB, dataOps: 4 * MB, agent: 8 * MB };

/** Builds, inspects and runs the images. Returns whether they have no problems. */
export async function checkImages({ stateDir, platform, screen, signal }: CheckOptions): Promise<boolean> {
    const whyNot = whyNoBuilder();
    if (whyNot) {
        throw new Error(`The images can't be built on this machine: ${whyNot}.`);
    }
    const began = Date.now();
    const folder = join(stateDir, "image-check", platform.replace("/", "-"));
    mkdirSync(folder, { recursive: true });
    const build = () =>
        bringUp({
            stateDir: folder,
            buildImages: true,
            live: [],
            emulatorPort: 0,
            architecture: platform === "linux/arm64" ? "arm64" : "amd64",
            screen,
            signal,
        });
    try {
        const built = await build();
        const report = await inspectAll(built, folder, platform, screen);
        if (platform === ownPlatform) {
            await exerciseImages({ stateDir: folder, built, report, screen, signal });
        } else {
            screen.line(`Not run: they are for ${platform}, and this machine is ${ownPlatform}.`);
        }
        await buildAgain(build, report, screen);
        printReport(screen, report, readReport(folder));
        writeFileSync(reportFile(folder), `${JSON.stringify(report, null, 2)}\n`);
        const problems = Object.values(report).flatMap((image) => image.problems);
        const verdict = problems.length === 0 ? "All images are as they should be" : `${problems.length} problems`;
        screen.line(`\n${verdict} (${duration(Date.now() - began)}). The report is ${reportFile(folder)}`);
        return problems.length === 0;
    } finally {
        await stop(folder, screen);
    }
}

async function inspectAll(built: BroughtUp, folder: string, platform: Platform, screen: Screen): Promise<Report> {
    const step = screen.step("Looking into the images");
    const store = new LayerStore(join(folder, "containers"));
    const secrets = secretsHere(built.secrets, folder);
    const refs = built.outputs.image_refs?.value as Record<ImageName, string>;
    try {
        const report: Partial<Report> = {};
        for (const name of Object.keys(imageSources) as ImageName[]) {
            step.progress(name);
            const { folder: sources, base } = imageSources[name];
            const dockerfile = readFileSync(join(root, sources, "Dockerfile"), "utf8");
            const expected: Expectations = {
                platform,
                lastStage: lastStage(dockerfile),
                ownBytes: OWN_BYTES[name],
                secrets,
            };
            const { registry, digest } = openRegistry(refs[name], built.endpoint);
            const inspection: Inspection = await inspectImage(registry, digest, store, expected);
            const own = built.images?.baseImages?.[base];
            report[name] = {
                ref: refs[name],
                base: own ?? defaultOf(dockerfile, "BASE_IMAGE") ?? "",
                baseOrigin: own
                    ? "the project's own, by the build argument BASE_IMAGE"
                    : "the Dockerfile's own BASE_IMAGE",
                ...inspection,
            };
        }
        step.done(`${Object.keys(report).length} images, all layers`);
        return report as Report;
    } catch (error) {
        step.failed((error as Error).message);
        throw error;
    }
}

/** A second build of the same sources must build nothing. */
async function buildAgain(build: () => Promise<BroughtUp>, report: Report, screen: Screen): Promise<void> {
    screen.line("Once more, with nothing changed:");
    const again = await build();
    const refs = again.outputs.image_refs?.value as Record<ImageName, string>;
    for (const [name, image] of Object.entries(report)) {
        if (again.changed || refs[name as ImageName] !== image.ref) {
            image.problems.push("it was built again though nothing had changed");
        }
    }
}

function reportFile(folder: string): string {
    return join(folder, "images.json");
}

/** The report of the last run. */
function readReport(folder: string): Report | undefined {
    const path = reportFile(folder);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Report) : undefined;
}

async function stop(folder: string, screen: Screen): Promise<void> {
    const step = screen.step("Stopping what was started");
    await stopAll(folder);
    // A run that was interrupted while it started containers has left them.
    await new Containers(join(folder, "containers"), "").stop();
    step.done("nothing runs on");
}
