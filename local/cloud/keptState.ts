/**
 * Whole copies of what a deployment can't go on without: the record of what is deployed, and what its secrets are encrypted with.
 * The engine writes its record, and its own copy of that, in place: on a full disk both are cut off.
 */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeWhole } from "../lib/files.ts";

const WATCH_MS = 200;

/** Where a backend in a local cloud's folder keeps a stack's state. */
export function statePath(stateDir: string, stackFile: string): string {
    return join(stateDir, "backend/.pulumi/stacks", stackFile);
}

const copyPath = (stateDir: string) => join(stateDir, "kept/state.json");

/** Keeps a copy of the state, as it is now, if it is whole. */
export function keepState(stateDir: string, stackFile: string): void {
    try {
        const text = readFileSync(statePath(stateDir, stackFile), "utf8");
        JSON.parse(text);
        writeWhole(copyPath(stateDir), text);
    } catch {
        // It is being written, or there is no room: the last copy stays.
    }
}

/**
 * Keeps copies while an engine is at work.
 *
 * @returns ends that, with a last copy
 */
export function keepStates(stateDir: string, stackFile: string): () => void {
    let seen = 0;
    const timer = setInterval(() => {
        const changed = statSync(statePath(stateDir, stackFile), { throwIfNoEntry: false })?.mtimeMs ?? 0;
        if (changed !== seen) {
            seen = changed;
            keepState(stateDir, stackFile);
        }
    }, WATCH_MS);
    timer.unref();
    return () => {
        clearInterval(timer);
        keepState(stateDir, stackFile);
    };
}

/** Takes the newest whole copy for the state where that was cut off or is gone; whether it did. */
export function restoreState(stateDir: string, stackFile: string): boolean {
    const path = statePath(stateDir, stackFile);
    if (readJson(path)) {
        return false;
    }
    const copies = [copyPath(stateDir), `${path}.bak`]
        .filter((copy) => readJson(copy))
        .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
    const [newest] = copies;
    if (!newest) {
        return false;
    }
    copyFileSync(newest, path);
    return true;
}

/** Whether there is a deployment of which no whole record is left. */
export function isStateLost(stateDir: string, stackFile: string): boolean {
    const path = statePath(stateDir, stackFile);
    const emulated = join(stateDir, "emulator");
    const isThere = existsSync(path) || (existsSync(emulated) && readdirSync(emulated).length > 0);
    const isWhole = [path, `${path}.bak`, copyPath(stateDir)].some((copy) => readJson(copy));
    return isThere && !(isWhole && keptPassphrase(stateDir) !== undefined);
}

/** Forgets what was deployed. */
export function forgetState(stateDir: string): void {
    for (const folder of ["backend", "kept", "workspace"]) {
        rmSync(join(stateDir, folder), { recursive: true, force: true });
    }
}

/** Characters of a passphrase: 24 random bytes as base64. */
const PASSPHRASE_LENGTH = 32;

/** What the stack's secrets are encrypted with: the one of the local cloud, of which there is a copy, or a new one. */
export function passphraseOf(stateDir: string): string {
    const passphrase = keptPassphrase(stateDir) ?? randomBytes(24).toString("base64url");
    for (const path of passphrasePaths(stateDir)) {
        if (readText(path) !== passphrase) {
            writeWhole(path, passphrase);
        }
    }
    return passphrase;
}

function keptPassphrase(stateDir: string): string | undefined {
    return passphrasePaths(stateDir)
        .map(readText)
        .find((text) => text?.length === PASSPHRASE_LENGTH);
}

function passphrasePaths(stateDir: string): string[] {
    return [join(stateDir, "passphrase"), join(stateDir, "kept/passphrase")];
}

function readText(path: string): string | undefined {
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
