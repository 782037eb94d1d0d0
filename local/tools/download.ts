import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Step } from "../screen.ts";
import { runStep } from "./command.ts";

const CONNECT_MS = 5000;

/** Downloads a `.tar.gz` and unpacks it into a folder. */
export async function downloadArchive(
    url: string,
    folder: string,
    step: Step,
    signal: AbortSignal,
    strip = 0,
): Promise<void> {
    const archive = join(folder, "download.tar.gz");
    const response = await connect(url, signal);
    if (!response.ok || !response.body) {
        throw new Error(`${new URL(url).host} answered ${response.status}`);
    }
    const total = Number(response.headers.get("content-length"));
    let received = 0;
    const counter = new Transform({
        transform(chunk, _encoding, next) {
            received += chunk.length;
            step.progress(`${new URL(url).host}: ${megabytes(received)}${total ? ` of ${megabytes(total)}` : ""}`);
            next(null, chunk);
        },
    });
    // biome-ignore lint/suspicious/noExplicitAny: the same stream, declared by two libraries
    await pipeline(Readable.fromWeb(response.body as any), counter, createWriteStream(archive), { signal });
    await runStep(step, signal, "tar", ["-xzf", archive, "-C", folder, `--strip-components=${strip}`]);
    await runStep(step, signal, "rm", [archive]);
}

/** Whether anything answers at an address, whatever it says. */
export async function canReach(url: string): Promise<boolean> {
    try {
        await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(2500) });
        return true;
    } catch {
        return false;
    }
}

/** A machine that can't reach the address should know soon; a slow download may take its time. */
async function connect(url: string, signal: AbortSignal): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), CONNECT_MS);
    try {
        return await fetch(url, { signal: AbortSignal.any([signal, late.signal]) });
    } catch (error) {
        signal.throwIfAborted();
        const cause = late.signal.aborted
            ? `no answer in ${CONNECT_MS / 1000} s`
            : (((error as Error).cause as NodeJS.ErrnoException)?.code ?? (error as Error).message);
        throw new Error(`${new URL(url).host} can't be reached (${cause})`);
    } finally {
        clearTimeout(timer);
    }
}

function megabytes(bytes: number): string {
    return `${(bytes / 1e6).toFixed(0)} MB`;
}
