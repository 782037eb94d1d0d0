import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The data that the gateway keeps because MiniStack does not, by case and by key. It is one file, which is rewritten
 * atomically at every change, so that a killed gateway loses nothing.
 */
export class Store {
    readonly #path: string;
    readonly #kept: Record<string, Record<string, unknown>>;

    /** @param path the file; created at the first change */
    constructor(path: string) {
        this.#path = path;
        this.#kept = read(path);
    }

    get<T>(name: string, key: string): T | undefined {
        return this.#kept[name]?.[key] as T | undefined;
    }

    /** All values of a name, by key. */
    all<T>(name: string): [key: string, value: T][] {
        return Object.entries(this.#kept[name] ?? {}) as [string, T][];
    }

    set(name: string, key: string, value: unknown): void {
        this.#kept[name] = { ...this.#kept[name], [key]: value };
        this.#write();
    }

    delete(name: string, key: string): void {
        const { [key]: removed, ...rest } = this.#kept[name] ?? {};
        if (removed !== undefined) {
            this.#kept[name] = rest;
            this.#write();
        }
    }

    #write(): void {
        mkdirSync(dirname(this.#path), { recursive: true });
        const next = `${this.#path}.new`;
        writeFileSync(next, JSON.stringify(this.#kept), { mode: 0o600 });
        renameSync(next, this.#path);
    }
}

/** A missing, empty or truncated file counts as empty. */
function read(path: string): Record<string, Record<string, unknown>> {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return {};
    }
}
