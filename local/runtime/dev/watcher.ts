import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

/** Folders of packages and of build output, and hidden files. */
const NOT_SOURCES = /^(\..*|node_modules|dist)$/;

/** An editor saves in several steps; switching a branch changes many files. */
const SETTLE_MS = 15;

/**
 * Watches a folder and its subfolders, and reports the changed files, relative to it. Folders are watched, not files, so that
 * an editor that replaces a file is noticed too.
 */
export class Watcher {
    readonly #root: string;
    readonly #onChange: (paths: string[]) => void;
    readonly #watched = new Map<string, FSWatcher>();
    readonly #changed = new Set<string>();
    #timer: NodeJS.Timeout | undefined;

    constructor(root: string, onChange: (paths: string[]) => void) {
        this.#root = root;
        this.#onChange = onChange;
        this.#watch(root);
    }

    close(): void {
        clearTimeout(this.#timer);
        for (const watched of this.#watched.values()) {
            watched.close();
        }
    }

    /** Returns whether the path is a folder. */
    #watch(folder: string): boolean {
        let entries: ReturnType<typeof read>;
        try {
            entries = read(folder);
        } catch {
            // Not a folder, or deleted.
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
            // The files of a new folder from before it was watched.
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
            this.#onChange(paths);
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
