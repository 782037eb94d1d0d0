import type { Screen } from "../lib/screen.ts";
import { runStep } from "./command.ts";
import { onPath, ToolError } from "./tool.ts";

/** Debian packages, by their programs. */
export type DebianPrograms = Record<string, string>;

/**
 * Installs missing programs of Debian packages, and returns their paths.
 *
 * @throws {ToolError} when they can't be installed, with what to do
 */
export async function provideDebianPrograms(
    programs: DebianPrograms,
    screen: Screen,
    signal: AbortSignal,
): Promise<Record<string, string>> {
    const missing = Object.keys(programs).filter((program) => !onPath(program));
    if (missing.length > 0) {
        await install(
            missing.map((program) => programs[program] ?? program),
            screen,
            signal,
        );
    }
    return Object.fromEntries(Object.keys(programs).map((program) => [program, onPath(program) ?? program]));
}

async function install(packages: string[], screen: Screen, signal: AbortSignal): Promise<void> {
    const advice = `Install ${packages.join(", ")} with your package manager (Debian: sudo apt-get install ${packages.join(" ")}) and run the command again.`;
    const aptGet = onPath("apt-get");
    if (!aptGet || process.getuid?.() !== 0) {
        const why = aptGet ? "installing them needs root" : "there is no apt-get here";
        throw new ToolError(
            `${packages.join(", ")} ${packages.length > 1 ? "are" : "is"} missing, and ${why}.\n${advice}`,
        );
    }
    const step = screen.step(`Debian packages ${packages.join(", ")}`);
    // Run level 1 prevents packages from starting their services.
    const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    const args = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    try {
        await runStep(step, signal, aptGet, [...args, "update"], { env });
        await runStep(step, signal, aptGet, [...args, "install", "-y", "--no-install-recommends", ...packages], {
            env,
        });
        step.done("installed by apt-get");
    } catch (error) {
        step.failed("could not be installed");
        signal.throwIfAborted();
        throw new ToolError(`${packages.join(", ")} could not be installed: ${(error as Error).message}\n${advice}`);
    }
}
