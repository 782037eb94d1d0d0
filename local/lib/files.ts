/** Files of the local cloud's own: what a kill or a full disk leaves of them is the old one or the new one, never half of one. */
import {
    chmodSync,
    closeSync,
    fsyncSync,
    mkdirSync,
    openSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file that its owner alone may read: beside the old one first, which it then takes the place of. */
export function writeWhole(path: string, text: string): void {
    ownFolder(dirname(path));
    const next = `${path}.${process.pid}.new`;
    try {
        const file = openSync(next, "w", 0o600);
        try {
            writeFileSync(file, text);
            fsyncSync(file);
        } finally {
            closeSync(file);
        }
        renameSync(next, path);
    } catch (error) {
        rmSync(next, { force: true });
        throw error;
    }
}

/** {@link writeWhole} for a value, as JSON. */
export function writeJson(path: string, value: unknown): void {
    writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** What a JSON file says; `undefined` when it is not there, is empty or was cut off. */
export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}

/** Makes a folder that nobody but its owner gets into, and closes one that was open. */
export function ownFolder(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
}

/** Closes a folder, all that it holds, to everybody but its owner. */
export function closeToOthers(path: string): void {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory() || entry.isFile()) {
            chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
        }
    }
}
