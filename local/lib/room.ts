/** Room on the disk. What runs out of it half-way leaves files that are cut off, so it is looked at first, and all the time. */
import { statfsSync } from "node:fs";

/** Bytes that a deployment needs, with the emulator's state and what is uploaded; images take more, by their size. */
const NEEDED = 100_000_000;
/** Bytes below which a deployment is stopped, so that there is room for its record. */
const LEAST = 30_000_000;

/** There is too little room on the disk. */
export class FullDiskError extends Error {
    override readonly name = "FullDiskError";
}

/** Whether a deployment in a folder has the room that it needs. */
export function hasRoom(folder: string): boolean {
    return roomIn(folder) >= NEEDED;
}

/** @throws {FullDiskError} when a deployment in a folder has not the room that it needs */
export function checkRoom(folder: string): void {
    if (!hasRoom(folder)) {
        throw full(folder, NEEDED);
    }
}

/** That there is too little room in a folder for what is under way; nothing where there is enough. */
export function roomProblem(folder: string): FullDiskError | undefined {
    return roomIn(folder) < LEAST ? full(folder, LEAST) : undefined;
}

function roomIn(folder: string): number {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
}

function full(folder: string, needed: number): FullDiskError {
    const mb = (bytes: number) => `${Math.floor(bytes / 1e6)} MB`;
    return new FullDiskError(
        `The disk is full: ${mb(roomIn(folder))} are free at ${folder}, and ${mb(needed)} are needed. ` +
            "Make room and run the command again; it continues from there.",
    );
}
