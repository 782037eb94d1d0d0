/**
 * Copies of the files that a deployment needs to continue: the stack's state, and the passphrase of its secrets.
 * The engine writes its state and its own backup of it in place: a full disk truncates both.
 */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeWhole } from "../lib/files.ts";

const POLL_MS = 200;

/** The path of a stack's state in the backend of a local cloud's folder. */
export function statePath(stateDir: string, stackFile: string): string {
    return join(stateDir, "backend/.pulumi/stacks", stackFile);
}

const copyPath = (stateDir: string) => join(stateDir, "kept/state.json");

/** Keeps a copy of the current state, if it is complete. */
export function keepState(stateDir: string, stackFile: string): void {
    try {
        const text = readFileSync(statePath(stateDir, stackFile), "utf8");
        JSON.parse(text);
        writeWhole(copyPath(stateDir), text);
    } catch {
        // The state is being written, or the disk is full: the last copy stays.
    }
}

/**
 * Keeps copies while an engine runs.
 *
 * @returns stops the copying, with a last copy
 */
export function keepStates(stateDir: string, stackFile: string): () => void {
    let seen = 0;
    const timer = setInterval(() => {
        const changed = statSync(statePath(stateDir, stackFile), { throwIfNoEntry: false })?.mtimeMs ?? 0;
        if (changed !== seen) {
            seen = changed;
            keepState(stateDir, stackFile);
        }
    }, POLL_MS);
    timer.unref();
    return () => {
        clearInterval(timer);
        keepState(stateDir, stackFile);
    };
}

/** Replaces a truncated or missing state by its newest complete copy. Returns whether it did. */
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

/** Whether there is a deployment without any complete state. */
export function isStateLost(stateDir: string, stackFile: string): boolean {
    const path = statePath(stateDir, stackFile);
    const emulated = join(stateDir, "emulator");
    const isThere = existsSync(path) || (existsSync(emulated) && readdirSync(emulated).length > 0);
    const isWhole = [path, `${path}.bak`, copyPath(stateDir)].some((copy) => readJson(copy));
    return isThere && !(isWhole && keptPassphrase(stateDir) !== undefined);
}

/** Characters of a passphrase: 24 random bytes as base64. */
const PASSPHRASE_LENGTH = 32;

/** The passphrase of the stack's secrets: the local cloud's, or its copy, or a new one. */
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
