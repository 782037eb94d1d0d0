import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { Step } from "../lib/screen.ts";
import { runStep } from "./command.ts";

const CONNECT_TIMEOUT_MS = 5000;

/** A file of a release on GitHub, whose API returns its digest. */
export interface ReleaseFile {
    /** `OWNER/NAME`. */
    repository: string;
    tag: string;
    name: string;
}

/** A release in GitHub's API (https://docs.github.com/rest/releases/releases#get-a-release-by-tag-name). */
const releaseSchema = z.object({
    assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

/**
 * Downloads a `.tar.gz` of a release and unpacks it into a folder, if it has the published digest: its programs are run,
 * some of them as root.
 *
 * @param strip the number of leading folders to strip from its paths
 * @param hosts the addresses of GitHub and of its API
 */
export async function downloadRelease(
    { repository, tag, name }: ReleaseFile,
    folder: string,
    step: Step,
    signal: AbortSignal,
    strip = 0,
    hosts = { files: "https://github.com", api: "https://api.github.com" },
): Promise<void> {
    const response = await connect(`${hosts.api}/repos/${repository}/releases/tags/${tag}`, signal);
    const { assets } = releaseSchema.parse(await response.json());
    const [, sha256] = /^sha256:([0-9a-f]{64})$/.exec(assets.find((one) => one.name === name)?.digest ?? "") ?? [];
    if (sha256 === undefined) {
        throw new Error(`${new URL(hosts.api).host} tells no digest of ${name}`);
    }
    const url = `${hosts.files}/${repository}/releases/download/${tag}/${name}`;
    await downloadArchive(url, folder, step, signal, strip, sha256);
}

/**
 * Downloads a `.tar.gz` and unpacks it into a folder.
 *
 * @param sha256 the digest that it must have. Default: any
 */
export async function downloadArchive(
    url: string,
    folder: string,
    step: Step,
    signal: AbortSignal,
    strip = 0,
    sha256?: string,
): Promise<void> {
    const archive = join(folder, "download.tar.gz");
    const response = await connect(url, signal);
    const total = Number(response.headers.get("content-length"));
    const hash = createHash("sha256");
    let received = 0;
    const counter = new Transform({
        transform(chunk, _encoding, next) {
            received += chunk.length;
            hash.update(chunk);
            step.progress(`${new URL(url).host}: ${megabytes(received)}${total ? ` of ${megabytes(total)}` : ""}`);
            next(null, chunk);
        },
    });
    // biome-ignore lint/suspicious/noExplicitAny: the same stream, declared by two libraries
    await pipeline(Readable.fromWeb(response.body as any), counter, createWriteStream(archive), { signal });
    const digest = hash.digest("hex");
    if (sha256 !== undefined && digest !== sha256) {
        throw new Error(`what ${new URL(url).host} sent has the digest ${digest}, and ${sha256} is published`);
    }
    await runStep(step, signal, "tar", ["-xzf", archive, "-C", folder, `--strip-components=${strip}`]);
    await runStep(step, signal, "rm", [archive]);
}

/** Whether an address answers, with any status. */
export async function canReach(url: string): Promise<boolean> {
    try {
        await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(2500) });
        return true;
    } catch {
        return false;
    }
}

/** Only the connection has a short time limit; the download has none. */
async function connect(url: string, signal: AbortSignal): Promise<Response> {
    const response = await reach(url, signal);
    if (!response.ok) {
        throw new Error(`${new URL(url).host} answered ${response.status}`);
    }
    return response;
}

async function reach(url: string, signal: AbortSignal): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), CONNECT_TIMEOUT_MS);
    try {
        return await fetch(url, { signal: AbortSignal.any([signal, late.signal]) });
    } catch (error) {
        signal.throwIfAborted();
        const cause = late.signal.aborted
            ? `no answer in ${CONNECT_TIMEOUT_MS / 1000} s`
            : (((error as Error).cause as NodeJS.ErrnoException)?.code ?? (error as Error).message);
        throw new Error(`${new URL(url).host} can't be reached (${cause})`);
    } finally {
        clearTimeout(timer);
    }
}

function megabytes(bytes: number): string {
    return `${(bytes / 1e6).toFixed(0)} MB`;
}
