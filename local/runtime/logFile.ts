import { appendFile } from "node:fs";
import { Writable } from "node:stream";

/** A log without write errors: on a full disk its lines are lost, and the writer continues. */
export function openLog(path: string): Writable {
    return new Writable({ write: (chunk, _encoding, done) => appendFile(path, chunk, () => done()) });
}
