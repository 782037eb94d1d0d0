import { join } from "node:path";
import { cacheDir } from "../lib/paths.ts";
import { installFromPyPI, pythonAdvice, pythonFile } from "./pythonModule.ts";
import type { Tool } from "./tool.ts";

const version = "1.5.33";
/** CBOR, which CloudWatch's clients use; MiniStack supports it with this package, which its own extras leave out. */
const cbor = "cbor2==6.3.0";

/** The AWS emulator: a Python with its module. */
export const ministack: Tool = {
    title: `MiniStack ${version}`,
    // Versions differ in what they emulate: only this one was tested.
    folder: join(cacheDir(), `ministack-${version}-cbor`),
    file: pythonFile,
    installers: [installFromPyPI([`ministack[full]==${version}`, cbor])],
    advice: pythonAdvice,
};
