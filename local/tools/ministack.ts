import { join } from "node:path";
import { cacheDir } from "../lib/paths.ts";
import { installFromPyPI, pythonAdvice } from "./pythonModule.ts";
import type { Tool } from "./tool.ts";

const version = "1.5.33";
/** What CloudWatch's clients speak; MiniStack takes it where this package is, which its own extras leave out. */
const cbor = "cbor2==6.3.0";

/** The AWS emulator: the Python that has it among its modules. */
export const ministack: Tool = {
    title: `MiniStack ${version}`,
    // Another version lacks and has other things: only this one was tried.
    folder: join(cacheDir(), `ministack-${version}-cbor`),
    file: "venv/bin/python",
    ways: [installFromPyPI([`ministack[full]==${version}`, cbor], "ministack")],
    advice: pythonAdvice,
};
