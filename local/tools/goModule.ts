import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Step } from "../lib/screen.ts";
import { runStep } from "./command.ts";
import { onPath } from "./tool.ts";

/** A program that is built from a module of the public Go module proxy. */
export interface GoProgram {
    /** The module, with its version. */
    module: string;
    version: string;
    /** The package of the program. */
    package: string;
    /** Variables that the linker sets. */
    variables: Record<string, string>;
    /** The lines of the build's own `go.mod`, and the files beside it. */
    requires: string[];
    files?: Record<string, string>;
    /** Use the module's own `go.mod` and `go.sum`, with their exclusions and replacements. Default: false. */
    ownGoMod?: boolean;
}

/** Builds a program to a file. */
export async function buildGoProgram(program: GoProgram, file: string, step: Step, signal: AbortSignal): Promise<void> {
    const source = join(dirname(file), "source");
    mkdirSync(source, { recursive: true });
    for (const [path, text] of Object.entries(program.files ?? {})) {
        mkdirSync(dirname(join(source, path)), { recursive: true });
        writeFileSync(join(source, path), text);
    }
    if (program.ownGoMod) {
        await copyGoMod(program, source, step, signal);
    } else {
        writeFileSync(
            join(source, "go.mod"),
            ["module story42/tool", "", "go 1.26.0", "", ...program.requires, ""].join("\n"),
        );
    }
    await goBuild(
        { folder: source, package: program.package, variables: program.variables, mod: "mod" },
        file,
        step,
        signal,
    );
}

/**
 * Packages that are rarely executed but take most of the compile time: cloud clients, the services of the AWS provider, and
 * Pulumi's code generators. Without optimisations they compile in half the time.
 */
const unoptimisedPackages = [
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/aws/aws-sdk-go-v2/service/...",
    "github.com/envoyproxy/...",
    "github.com/hashicorp/terraform-provider-aws/internal/service/...",
    ...["dotnet", "go", "hcl2", "nodejs", "pcl", "python"].map(
        (language) => `github.com/pulumi/pulumi/pkg/v3/codegen/${language}/...`,
    ),
    "google.golang.org/api/...",
    "google.golang.org/genproto/...",
    "k8s.io/...",
];

/**
 * Makes the compiler collect garbage less often while its heap is small: an eighth less work. Variables of every Go program
 * (https://pkg.go.dev/runtime#hdr-Environment_Variables).
 */
const compilerMemory = { GOGC: "400", GOMEMLIMIT: "1GiB" };

/** The arguments of `go build`. */
export interface GoBuild {
    /** The folder with the `go.mod`. */
    folder: string;
    package: string;
    /** Variables that the linker sets. */
    variables: Record<string, string>;
    /** Whether `go.mod` and `go.sum` may be added to. Default: readonly; they are complete, with checksums. */
    mod?: "mod" | "readonly";
}

/**
 * Builds a program and removes its sources. After an aborted build, Go's build cache keeps the packages that were
 * compiled.
 */
export async function goBuild(build: GoBuild, file: string, step: Step, signal: AbortSignal): Promise<void> {
    const linked = Object.entries(build.variables).map(([name, value]) => `-X ${name}=${value}`);
    // The last matching pattern applies to a package; the linker drops debug information anyway.
    const compiled = [
        "-gcflags=all=-dwarf=false",
        ...unoptimisedPackages.map((packages) => `-gcflags=${packages}=-N -l -dwarf=false`),
    ];
    const args = ["build", "-v", "-trimpath", ...compiled, "-ldflags", ["-s -w", ...linked].join(" "), "-o", file];
    await runStep(step, signal, goCommand(), [...args, build.package], {
        cwd: build.folder,
        env: {
            ...compilerMemory,
            GOFLAGS: `-mod=${build.mod ?? "readonly"} -buildvcs=false`,
            GOWORK: "off",
            CGO_ENABLED: "0",
        },
    });
    rmSync(build.folder, { recursive: true, force: true });
}

/**
 * Downloads a module, and returns its folder in the module cache.
 *
 * @param folder with a `go.sum` that has the module's checksum. Default: the checksum database is used
 */
export async function downloadModule(
    module: string,
    folder: string | undefined,
    step: Step,
    signal: AbortSignal,
): Promise<string> {
    step.progress(`${module}: downloading`);
    const { stdout } = await execa(goCommand(), ["mod", "download", "-json", module], {
        cwd: folder,
        cancelSignal: signal,
        stdin: "ignore",
        env: { GOWORK: "off", GOFLAGS: "" },
    });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function goCommand(): string {
    const go = onPath("go");
    if (!go) {
        throw new Error("Go is not installed (https://go.dev/dl)");
    }
    return go;
}

async function copyGoMod(program: GoProgram, source: string, step: Step, signal: AbortSignal) {
    const folder = await downloadModule(`${program.module}@${program.version}`, undefined, step, signal);
    const text = readFileSync(join(folder, "go.mod"), "utf8").replace(/^module .*$/m, "module story42/tool");
    writeFileSync(join(source, "go.mod"), `${text}\n${program.requires.join("\n")}\n`);
    copyFileSync(join(folder, "go.sum"), join(source, "go.sum"));
}
