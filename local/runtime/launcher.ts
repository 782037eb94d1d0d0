/** Starts processes of deployed images on this machine. */
import { join, posix } from "node:path";
import { fetchImage } from "./imageFiles.ts";
import { type NewCode, variablesWith } from "./overlay.ts";

/** What to spawn, and what to do once it has ended. */
export interface Launch {
    /** Program and arguments. */
    command: string[];
    cwd: string;
    env: Record<string, string>;
    /** Called after the process has ended; removes what was made for it. */
    ended(): Promise<void>;
}

/** A fetched image, which can be started any number of times. */
export interface LaunchableImage {
    /** Starts a Lambda function. `handler` replaces the image's own. */
    startFunction(handler: string | undefined, env: Record<string, string>): Promise<Launch>;
    /** Starts a container of a task. `command` replaces the image's entry point and command. */
    startService(command: string[], env: Record<string, string>): Promise<Launch>;
}

export interface Launcher {
    /**
     * Throws when there is no such image.
     *
     * @param ref `ADDRESS/REPOSITORY@sha256:DIGEST`
     * @param code takes the place of the image's working folder. Default: the image's own
     */
    fetch(ref: string, code?: NewCode): Promise<LaunchableImage>;
    /** Ends all running processes. */
    stop(): Promise<void>;
}

/**
 * Options with which Node lets nothing be written but below `/tmp`: on AWS, the root of functions and tasks is read-only. All else
 * that Node's permissions restrict is allowed (https://nodejs.org/docs/latest-v24.x/api/permissions.html).
 */
const READ_ONLY = [
    "--permission",
    "--allow-fs-read=*",
    "--allow-fs-write=/tmp",
    "--allow-addons",
    "--allow-child-process",
    "--allow-wasi",
    "--allow-worker",
    // It warns of each of these.
    "--disable-warning=SecurityWarning",
];

const RUNTIME_CLIENT = join(import.meta.dirname, "../../standins/lambdaRuntime.mjs");

/** Runs the files that an image adds to its base as processes of this machine, with its Node and a read-only root; it needs no privileges. */
export function processLauncher(endpoint: string, imageCache: string): Launcher {
    const path = process.env.PATH ?? "";
    return {
        stop: async () => {},
        fetch: async (ref, code) => {
            const image = await fetchImage(ref, endpoint, imageCache);
            const cwd = code?.folder ?? posix.join(image.root, image.workingDir);
            // Debuggers need an inspector, which these permissions allow to nobody.
            const node = [process.execPath, ...(code?.nodeOptions ? [] : READ_ONLY)];
            const launch = (command: string[], env: Record<string, string>): Launch => ({
                command,
                cwd,
                env: { ...variablesWith(code, image.env), PATH: path, ...env },
                ended: async () => {},
            });
            return {
                startFunction: async (handler = image.command.at(-1) ?? "index.handler", env) =>
                    launch([...node, RUNTIME_CLIENT, handler], { LAMBDA_TASK_ROOT: cwd, ...env }),
                startService: async (command, env) => {
                    const [program = "", ...args] = command.length > 0 ? command : image.command;
                    return launch([...(/(^|\/)node$/.test(program) ? node : [program]), ...args], env);
                },
            };
        },
    };
}
