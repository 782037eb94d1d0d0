import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

/** Folders that others fill: packages, and what is built; and whatever a name with a dot hides. */
const NOT_SOURCES = /^(\..*|node_modules|dist)$/;

/** An editor saves in several steps, and a branch that is changed to in many. */
const SETTLE_MS = 15;

/**
 * Watches a folder and all that are in it, and names the changed files, relative to it. Each folder is watched, not each file: an
 * editor that puts a new file in the place of the old one is seen as well.
 */
export class Watcher {
    readonly #root: string;
    readonly #tell: (paths: string[]) => void;
    readonly #watched = new Map<string, FSWatcher>();
    readonly #changed = new Set<string>();
    #timer: NodeJS.Timeout | undefined;

    constructor(root: string, tell: (paths: string[]) => void) {
        this.#root = root;
        this.#tell = tell;
        this.#watch(root);
    }

    close(): void {
        clearTimeout(this.#timer);
        for (const watched of this.#watched.values()) {
            watched.close();
        }
    }

    /** Returns whether it is a folder. */
    #watch(folder: string): boolean {
        let entries: ReturnType<typeof read>;
        try {
            entries = read(folder);
        } catch {
            // No folder, or gone.
            return false;
        }
        if (!this.#watched.has(folder)) {
            const watched = watch(folder, (_event, name) => name && this.#see(join(folder, name), name));
            watched.on("error", () => this.#forget(folder));
            this.#watched.set(folder, watched);
        }
        for (const entry of entries) {
            if (entry.isDirectory() && !NOT_SOURCES.test(entry.name)) {
                this.#watch(join(folder, entry.name));
            }
        }
        return true;
    }

    #see(path: string, name: string): void {
        if (NOT_SOURCES.test(name)) {
            return;
        }
        if (this.#watched.has(path) && !isFolder(path)) {
            this.#forget(path);
        } else if (this.#watch(path)) {
            // What was in a new folder before it was watched.
            for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
                if (entry.isFile()) {
                    this.#note(join(entry.parentPath, entry.name));
                }
            }
            return;
        }
        this.#note(path);
    }

    #note(path: string): void {
        this.#changed.add(relative(this.#root, path));
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            const paths = [...this.#changed].sort();
            this.#changed.clear();
            this.#tell(paths);
        }, SETTLE_MS);
    }

    #forget(folder: string): void {
        this.#watched.get(folder)?.close();
        this.#watched.delete(folder);
    }
}

function read(folder: string) {
    return readdirSync(folder, { withFileTypes: true });
}

function isFolder(path: string): boolean {
    try {
        readdirSync(path);
        return true;
    } catch {
        return false;
    }
}
