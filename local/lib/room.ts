/** Free space on the disk. A full disk truncates files, so the space is checked before and during a deployment. */
import { statfsSync } from "node:fs";

/** Free bytes to start a deployment: the emulator's state and uploads; images take more, by their size. */
const MIN_START_BYTES = 100_000_000;
/** Free bytes below which a deployment is stopped, so that its state can still be written. */
const MIN_RUNNING_BYTES = 30_000_000;

/** There is too little free space on the disk. */
export class FullDiskError extends Error {
    override readonly name = "FullDiskError";
}

/** Whether there is space for a deployment in a folder. */
export function hasRoom(folder: string): boolean {
    return roomIn(folder) >= MIN_START_BYTES;
}

/** @throws {FullDiskError} when there is too little space for a deployment in a folder */
export function checkRoom(folder: string): void {
    if (!hasRoom(folder)) {
        throw full(folder, MIN_START_BYTES);
    }
}

/** The error that there is too little space for a running deployment; undefined when there is enough. */
export function roomProblem(folder: string): FullDiskError | undefined {
    return roomIn(folder) < MIN_RUNNING_BYTES ? full(folder, MIN_RUNNING_BYTES) : undefined;
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
