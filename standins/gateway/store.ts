import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * What the gateway keeps in MiniStack's place, by case and by key. It lies in one file, which is written whole at every
 * change: a gateway that is killed has lost nothing.
 */
export class Store {
    readonly #path: string;
    readonly #kept: Record<string, Record<string, unknown>>;

    /** @param path the file; it is made at the first change */
    constructor(path: string) {
        this.#path = path;
        this.#kept = read(path);
    }

    get<T>(name: string, key: string): T | undefined {
        return this.#kept[name]?.[key] as T | undefined;
    }

    /** Everything that is kept under a name, by key. */
    all<T>(name: string): [key: string, value: T][] {
        return Object.entries(this.#kept[name] ?? {}) as [string, T][];
    }

    set(name: string, key: string, value: unknown): void {
        this.#kept[name] = { ...this.#kept[name], [key]: value };
        this.#write();
    }

    delete(name: string, key: string): void {
        const { [key]: gone, ...rest } = this.#kept[name] ?? {};
        if (gone !== undefined) {
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

/** A file that is not there, is empty or was cut off has nothing. */
function read(path: string): Record<string, Record<string, unknown>> {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return {};
    }
}
