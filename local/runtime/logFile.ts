import { appendFile } from "node:fs";
import { Writable } from "node:stream";

/** A log that is written as far as there is room for it: on a full disk its lines are lost, and whoever writes goes on. */
export function openLog(path: string): Writable {
    return new Writable({ write: (chunk, _encoding, done) => appendFile(path, chunk, () => done()) });
}
