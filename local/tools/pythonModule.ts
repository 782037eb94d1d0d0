import { join } from "node:path";
import type { Step } from "../lib/screen.ts";
import { runStep } from "./command.ts";
import { type Installer, onPath } from "./tool.ts";

/** What to do when a Python package can't be installed. */
export const pythonAdvice =
    "It needs Python 3.10 or later with its venv module (Debian: apt-get install python3-venv) and a PyPI that can be " +
    "reached (pip's own settings, such as PIP_INDEX_URL, count).";

/** The Python of {@link installFromPyPI}. It starts modules (`-m`): scripts beside it name the folder that it was made in. */
export const pythonFile = "venv/bin/python";

/** Installs Python packages, each with its version, into a virtual environment. */
export function installFromPyPI(requirements: string[]): Installer {
    return {
        description: "install from PyPI",
        install: async (folder: string, step: Step, signal: AbortSignal) => {
            const python = onPath("python3");
            if (!python) {
                throw new Error("Python 3 is not installed");
            }
            await runStep(step, signal, python, ["-m", "venv", join(folder, "venv")]);
            await runStep(step, signal, join(folder, pythonFile), [
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                ...requirements,
            ]);
        },
    };
}
