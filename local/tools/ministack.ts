import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../paths.ts";
import { runStep } from "./command.ts";
import { onPath, type Tool } from "./tool.ts";

const version = "1.5.33";

/** The AWS emulator. */
export const ministack: Tool = {
    title: `MiniStack ${version}`,
    // Another version lacks and has other things: only this one was tried.
    folder: join(cacheDir(), `ministack-${version}`),
    file: "run",
    ways: [
        {
            how: "install from PyPI",
            make: async (folder, step, signal) => {
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
                    `ministack[full]==${version}`,
                ]);
                writeFileSync(join(folder, "run"), launcher, { mode: 0o755 });
            },
        },
    ],
    advice:
        "It needs Python 3.10 or later with its venv module (Debian: apt-get install python3-venv) and a PyPI that can be " +
        "reached (pip's own settings, such as PIP_INDEX_URL, count).",
};

/**
 * A virtual environment's scripts name the folder that they were installed in, which is another one afterwards. Not a
 * shell's script: a shell drops variables with a dash in their names, as the ones have that name functions.
 */
const launcher = `#!/usr/bin/env python3
import os, sys
python = os.path.join(os.path.dirname(os.path.abspath(__file__)), "venv", "bin", "python")
start = 'import sys; from importlib.metadata import entry_points; sys.exit(entry_points(group="console_scripts")["ministack"].load()())'
os.execv(python, [python, "-c", start, *sys.argv[1:]])
`;
