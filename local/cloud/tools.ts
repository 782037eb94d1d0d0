import type { Screen } from "../lib/screen.ts";
import { awsPlugin } from "../tools/awsPlugin.ts";
import { awsxPlugin } from "../tools/awsxPlugin.ts";
import { provideLanguageHost } from "../tools/languageHost.ts";
import { ministack } from "../tools/ministack.ts";
import { pulumiCli } from "../tools/pulumiCli.ts";
import { onPath, ToolError, ToolSet } from "../tools/tool.ts";

/** The tools that every local cloud needs. */
export interface CloudTools {
    /** The Pulumi command line. */
    pulumi: string;
    /** The Python that has MiniStack. */
    ministack: string;
}

/** Functions that set up more tools. */
export interface MoreTools {
    /** After the command line, which shares many Go packages with these tools. */
    withCommandLine(tools: ToolSet): Promise<void>;
    /** After the AWS plugins, for the same reason. */
    withPlugins(tools: ToolSet): Promise<void>;
    /** Beside everything else. */
    beside(tools: ToolSet, signal: AbortSignal): Promise<void>;
}

/**
 * Sets up missing tools concurrently; the first failure stops the others.
 *
 * @throws {ToolError} naming every toolchain that this machine lacks
 */
export async function provideCloudTools(screen: Screen, signal: AbortSignal, more?: MoreTools): Promise<CloudTools> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const set = new ToolSet(screen, either);
    const found: Partial<CloudTools> = {};
    const work = [
        // Two builds at a time: each uses all processors, but not while it downloads or links. Tools that share many
        // packages are built one after the other, so that those are compiled once.
        async () => {
            found.pulumi = await set.provide(pulumiCli);
            provideLanguageHost(found.pulumi);
            await more?.withCommandLine(set);
        },
        async () => {
            await set.provide(awsPlugin);
            await set.provide(awsxPlugin);
            await more?.withPlugins(set);
        },
        async () => {
            found.ministack = await set.provide(ministack);
        },
        async () => await more?.beside(set, either),
    ].map((start) => start());
    for (const part of work) {
        part.catch(() => stop.abort());
    }
    const ends = await Promise.allSettled(work);
    const failures = ends.filter((end) => end.status === "rejected").map((end) => end.reason);
    if (failures.length > 0) {
        signal.throwIfAborted();
        const failure = failures.find((one) => one instanceof ToolError);
        throw failure ? withMissingToolchains(failure) : failures[0];
    }
    return found as CloudTools;
}

/** The toolchains that build tools, by the program that each is detected by. */
const toolchains = { go: "Go (https://go.dev/dl)", python3: "Python 3.10 or later (https://www.python.org/downloads)" };

/** The first failure stops the others, so toolchains that those would have missed are named as well. */
export function withMissingToolchains(failure: ToolError): ToolError {
    const missing = Object.entries(toolchains).flatMap(([program, name]) => (onPath(program) ? [] : [name]));
    return missing.length > 1
        ? new ToolError(`${failure.message}\nThis machine lacks ${missing.join(" and ")}.`, { cause: failure })
        : failure;
}
