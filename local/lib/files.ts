/** Atomic writes of the local cloud's files: after a kill or on a full disk a file is the old one or the new one, never truncated. */
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

/** Writes a file that only its owner may read: to a temporary file first, which then replaces the old one. */
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

/** The content of a JSON file; `undefined` when it does not exist, is empty or truncated. */
export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}

/** Makes a folder private to its owner; creates it if it does not exist. */
export function ownFolder(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
}

/** Makes everything in a folder private to its owner. */
export function closeToOthers(path: string): void {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory() || entry.isFile()) {
            chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
        }
    }
}
