import { join } from "node:path";
import { cacheDir } from "../paths.ts";
import { installFromPyPI, pythonAdvice } from "./pythonModule.ts";
import type { Tool } from "./tool.ts";

const version = "1.5.33";

/** The AWS emulator. */
export const ministack: Tool = {
    title: `MiniStack ${version}`,
    // Another version lacks and has other things: only this one was tried.
    folder: join(cacheDir(), `ministack-${version}`),
    file: "run",
    ways: [installFromPyPI(`ministack[full]==${version}`, "ministack")],
    advice: pythonAdvice,
};
