import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Step } from "../screen.ts";
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
    const go = onPath("go");
    if (!go) {
        throw new Error("Go is not installed (https://go.dev/dl)");
    }
    const source = join(dirname(file), "source");
    mkdirSync(source, { recursive: true });
    const options = { cwd: source, env: { GOFLAGS: "-mod=mod -buildvcs=false", GOWORK: "off", CGO_ENABLED: "0" } };
    for (const [path, text] of Object.entries(program.files ?? {})) {
        mkdirSync(dirname(join(source, path)), { recursive: true });
        writeFileSync(join(source, path), text);
    }
    if (program.ownGoMod) {
        await takeGoMod(go, program, source, step, signal);
    } else {
        writeFileSync(
            join(source, "go.mod"),
            ["module story42/tool", "", "go 1.26.0", "", ...program.requires, ""].join("\n"),
        );
    }
    const flags = Object.entries(program.variables).map(([name, value]) => `-X ${name}=${value}`);
    const target = ["-trimpath", "-ldflags", ["-s -w", ...flags].join(" "), "-o", file, program.package];
    await runStep(step, signal, go, ["build", "-v", ...target], options);
    rmSync(source, { recursive: true, force: true });
}

async function takeGoMod(go: string, program: GoProgram, source: string, step: Step, signal: AbortSignal) {
    step.progress(`${program.module}@${program.version}: downloading`);
    const { stdout } = await execa(go, ["mod", "download", "-json", `${program.module}@${program.version}`], {
        cancelSignal: signal,
        stdin: "ignore",
        env: { GOWORK: "off" },
    });
    const { Dir: folder } = JSON.parse(stdout) as { Dir: string };
    const text = readFileSync(join(folder, "go.mod"), "utf8").replace(/^module .*$/m, "module story42/tool");
    writeFileSync(join(source, "go.mod"), `${text}\n${program.requires.join("\n")}\n`);
    copyFileSync(join(folder, "go.sum"), join(source, "go.sum"));
}
