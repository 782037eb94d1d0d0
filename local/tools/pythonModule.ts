import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "../lib/screen.ts";
import { runStep } from "./command.ts";
import { onPath, type Way } from "./tool.ts";

/** What to do when a Python package can't be installed. */
export const pythonAdvice =
    "It needs Python 3.10 or later with its venv module (Debian: apt-get install python3-venv) and a PyPI that can be " +
    "reached (pip's own settings, such as PIP_INDEX_URL, count).";

/**
 * Installs Python packages into a virtual environment, with a file `run` beside it that starts a program.
 *
 * @param requirements what pip installs, each with its version
 * @param program the console script to start
 */
export function installFromPyPI(requirements: string[], program: string): Way {
    return {
        how: "install from PyPI",
        make: async (folder: string, step: Step, signal: AbortSignal) => {
            const python = onPath("python3");
            if (!python) {
                throw new Error("Python 3 is not installed");
            }
            await runStep(step, signal, python, ["-m", "venv", join(folder, "venv")]);
            await runStep(step, signal, join(folder, "venv/bin/python"), [
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                ...requirements,
            ]);
            writeFileSync(join(folder, "run"), launcher(program), { mode: 0o755 });
        },
    };
}

/**
 * The scripts of a virtual environment contain its path, which changes when it is renamed. This is not a shell script: a
 * shell drops variables with a dash in their names, such as those that contain names of functions.
 */
const launcher = (program: string) => `#!/usr/bin/env python3
import os, sys
python = os.path.join(os.path.dirname(os.path.abspath(__file__)), "venv", "bin", "python")
start = 'import sys; from importlib.metadata import entry_points; sys.exit(entry_points(group="console_scripts")["${program}"].load()())'
os.execv(python, [python, "-c", start, *sys.argv[1:]])
`;
