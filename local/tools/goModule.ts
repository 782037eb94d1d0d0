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
    /** What the build's own `go.mod` requires, and the files beside it. */
    requires: string[];
    files?: Record<string, string>;
    /** Use the module's own `go.mod` and `go.sum`, whose exclusions and replacements count. Default: false. */
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
        await takeGoMod(program, source, step, signal);
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
 * Packages of which a run executes little, though they take most of the time to compile: clients of clouds, the services of
 * the AWS provider, and what writes programs and SDKs in Pulumi's languages. Without optimisations they take half of it.
 */
const sparselyRun = [
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/aws/aws-sdk-go-v2/service/...",
    "github.com/envoyproxy/...",
    "github.com/hashicorp/terraform-provider-aws/internal/service/...",
    ...["dotnet", "go", "hcl2", "nodejs", "pcl", "python"].map(
        (it) => `github.com/pulumi/pulumi/pkg/v3/codegen/${it}/...`,
    ),
    "google.golang.org/api/...",
    "google.golang.org/genproto/...",
    "k8s.io/...",
];

/**
 * The compiler collects its garbage less often, as long as it is small: an eighth less work. Two variables of every Go program
 * (https://pkg.go.dev/runtime#hdr-Environment_Variables).
 */
const compilerMemory = { GOGC: "400", GOMEMLIMIT: "1GiB" };

/** What `go build` is given. */
export interface GoBuild {
    /** The folder with the `go.mod` that counts. */
    folder: string;
    package: string;
    /** Variables that the linker sets. */
    variables: Record<string, string>;
    /** Whether `go.mod` and `go.sum` may be added to. Default: they hold everything, checksums included. */
    mod?: "mod" | "readonly";
}

/**
 * Builds a program, and what it was built with stays out of the way of the next build. What Go has compiled by the time a
 * build is broken off need not be compiled again.
 */
export async function goBuild(build: GoBuild, file: string, step: Step, signal: AbortSignal): Promise<void> {
    const linked = Object.entries(build.variables).map(([name, value]) => `-X ${name}=${value}`);
    // The last pattern that fits a package counts; debug information is left out by the linker anyway.
    const compiled = [
        "-gcflags=all=-dwarf=false",
        ...sparselyRun.map((packages) => `-gcflags=${packages}=-N -l -dwarf=false`),
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
 * @param folder where a `go.sum` lies that has the module's checksum. Default: the checksum database has it
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

async function takeGoMod(program: GoProgram, source: string, step: Step, signal: AbortSignal) {
    const folder = await downloadModule(`${program.module}@${program.version}`, undefined, step, signal);
    const text = readFileSync(join(folder, "go.mod"), "utf8").replace(/^module .*$/m, "module story42/tool");
    writeFileSync(join(source, "go.mod"), `${text}\n${program.requires.join("\n")}\n`);
    copyFileSync(join(folder, "go.sum"), join(source, "go.sum"));
}
