import type { Screen } from "../../local/lib/screen.ts";
import type { ImageName } from "../../stacks/imageSources.ts";
import type { Inspection } from "./inspection.ts";

/** The report of one image. */
export interface ImageReport extends Inspection {
    /** `ADDRESS/REPOSITORY@sha256:DIGEST`. */
    ref: string;
    /** The base image. */
    base: string;
    /** The base image's publisher, and how it was obtained. */
    baseOrigin: string;
    /** Findings of its run; absent when it did not run. */
    ran?: string;
}

export type Report = Record<ImageName, ImageReport>;

/** Prints the images as a table, followed by the problems. */
export function printReport(screen: Screen, report: Report, last: Report | undefined): void {
    const rows = Object.entries(report).map(([name, image]) => [
        name,
        image.digest.slice(0, "sha256:".length + 12),
        `${megabytes(image.packedBytes)} MB`,
        `${megabytes(image.ownBytes)} MB`,
        `${image.baseLayers} + ${image.layers.length - image.baseLayers}`,
        sinceLast(image, last?.[name as ImageName]),
        image.user,
        image.ran ?? "not run",
        image.problems.length === 0 ? "all hold" : `${image.problems.length} fail`,
    ]);
    const head = ["image", "digest", "size", "own files", "layers", "since last", "user", "run", "checks"];
    const table = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    screen.line();
    for (const row of table) {
        screen.line(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
    }
    screen.line();
    const bases = new Map(Object.values(report).map((image) => [image.base, image]));
    for (const [base, { baseOrigin, baseTools }] of bases) {
        const on = Object.keys(report).filter((name) => report[name as ImageName].base === base);
        screen.line(`  base of ${on.join(", ")}: ${base} (${baseOrigin})`);
        screen.line(`    tools that it brings: ${baseTools.join(", ") || "none"}`);
    }
    for (const [name, { problems }] of Object.entries(report)) {
        for (const problem of problems) {
            screen.line(`  ✗ ${name}: ${problem}`);
        }
    }
}

/** The changes of an image since the last run. */
function sinceLast(image: ImageReport, last: ImageReport | undefined): string {
    if (!last) {
        return "built";
    }
    const fresh = image.layers.filter((layer) => !last.layers.includes(layer)).length;
    return image.digest === last.digest ? "unchanged" : `${fresh} of ${image.layers.length} layers new`;
}

function megabytes(bytes: number): string {
    return (bytes / 1_000_000).toFixed(1);
}
