/** Runs the deployed functions: each version from its image, with its environment and role, as many as calls need. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { type FunctionConfiguration, GetFunctionCommand } from "@aws-sdk/client-lambda";
import { close, guarded, listen, sendJson } from "../../standins/http.ts";
import type { Clients } from "./clients.ts";
import type { LaunchableImage, Launcher } from "./launcher.ts";
import { openLog } from "./logFile.ts";
import { type Code, codeOf, OVERLAY_PATH } from "./overlay.ts";
import { assumeRole, credentialVariables } from "./roles.ts";
import { FunctionFailure, type Invocation, Sandbox } from "./sandbox.ts";
import { localVariables, type Surroundings } from "./upstreamSettings.ts";

/** Environments of one version at the same time; further calls wait. */
const MAX_SANDBOXES = 8;

/** An environment is not used for longer than its role's credentials hold. */
const LIFETIME_MS = 45 * 60_000;

/** Path that the emulator sends a function's events to. */
const INVOKE_PATH = "/functions/";
const RUNTIME_PATH = /^\/sandboxes\/([\w-]+)\/2018-06-01(\/.+)$/;

export interface FunctionHostOptions {
    clients: Clients;
    around: Surroundings;
    /** Port that the emulator sends events to. */
    port: number;
    /** What the path of its address begins with, for the emulator and whoever deploys alone. */
    secret: string;
    launcher: Launcher;
    logDir: string;
    /** Looks at what is deployed now; called when somebody has deployed. */
    refresh(): Promise<void>;
    /** Answers who has code that is to run in place of what is deployed. */
    overlay(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Path under which a deployment tells that it is done. */
export const REFRESH_PATH = "/refresh";

/** One published version of a function. */
interface Version {
    config: FunctionConfiguration;
    image: LaunchableImage;
    idle: { id: string; sandbox: Sandbox; since: number }[];
    count: number;
    waiting: (() => void)[];
    /** Another one has taken its place. */
    isOld: boolean;
}

export class FunctionHost {
    readonly #options: FunctionHostOptions;
    readonly #server: Server;
    readonly #versions = new Map<string, Promise<Version>>();
    readonly #sandboxes = new Map<string, Sandbox>();
    readonly #logs = new Map<string, Writable>();
    #code: Code = {};
    #port = 0;

    private constructor(options: FunctionHostOptions) {
        this.#options = options;
        const listener = (request: IncomingMessage, response: ServerResponse) => {
            this.#answer(request, response).catch((error: Error) => {
                console.error(error);
                response.destroy();
            });
        };
        const told = guarded({ secret: options.secret }, listener);
        // A sandbox has a path of its own, which nobody else knows.
        const ofSandbox = guarded({}, listener);
        this.#server = createServer((request, response) =>
            this.#sandboxOf(request) ? ofSandbox(request, response) : told(request, response),
        );
        // A function waits for its next event for as long as none comes.
        this.#server.requestTimeout = 0;
    }

    static async start(options: FunctionHostOptions): Promise<FunctionHost> {
        const host = new FunctionHost(options);
        host.#port = await listen(host.#server, options.port);
        return host;
    }

    get port(): number {
        return this.#port;
    }

    /** Starts one environment of a function's live version, so that what is wrong with it shows now. Throws. */
    async warm(functionName: string, qualifier: string, code = this.#code): Promise<void> {
        const version = await this.#version(functionName, qualifier, code);
        const { id, sandbox } = await this.#take(version);
        try {
            await sandbox.ready();
        } catch (error) {
            throw new Error(`${functionName} does not start: ${(error as Error).message}`, { cause: error });
        } finally {
            this.#release(version, id, sandbox, Date.now());
        }
    }

    /** Runs code in place of images' own from now on. Throws, and changes nothing, when a function does not start with it. */
    async serve(code: Code, functionNames: string[], qualifier: string): Promise<void> {
        await Promise.all(functionNames.map((name) => this.warm(name, qualifier, code)));
        this.#code = code;
        await Promise.all(functionNames.map(async (name) => this.#retire(name, await this.#version(name, qualifier))));
    }

    async stop(): Promise<void> {
        await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.stop()));
        await close(this.#server);
        for (const log of this.#logs.values()) {
            log.end();
        }
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const path = request.url ?? "";
        const found = this.#sandboxOf(request);
        if (found) {
            await found.sandbox.answer(found.call, request, response);
        } else if (path.startsWith(INVOKE_PATH)) {
            await this.#invoke(request, response);
        } else if (path === OVERLAY_PATH) {
            await this.#options.overlay(request, response);
        } else if (path === REFRESH_PATH) {
            await this.#options.refresh().then(
                () => sendJson(response, 200, {}),
                (error: Error) => sendJson(response, 500, { message: error.message }),
            );
        } else {
            sendJson(response, 404, { message: `Nothing is at ${path}` });
        }
    }

    /** The sandbox that asks, and what. */
    #sandboxOf({ url = "" }: IncomingMessage): { sandbox: Sandbox; call: string } | undefined {
        const [, id = "", call = ""] = RUNTIME_PATH.exec(url) ?? [];
        const sandbox = this.#sandboxes.get(id);
        return sandbox && { sandbox, call };
    }

    /** The emulator's call for one event. */
    async #invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const header = (name: string) => String(request.headers[`x-amzn-lambda-${name}`] ?? "");
        const name = decodeURIComponent((request.url ?? "").slice(INVOKE_PATH.length));
        const invocation: Invocation = {
            requestId: header("request-id") || randomUUID(),
            arn: header("function-arn"),
            deadline: Number(header("deadline-ms")) || Date.now() + 900_000,
            event: await text(request),
            traceId: request.headers["x-amzn-trace-id"]?.toString(),
        };
        try {
            const version = await this.#version(name, header("function-version") || "$LATEST");
            const result = await this.#run(version, invocation);
            response.writeHead(200, { "content-type": "application/json" }).end(result);
        } catch (error) {
            const type = error instanceof FunctionFailure ? error.type : "Runtime.Unknown";
            this.#log(name).write(
                `${JSON.stringify({ level: "ERROR", request_id: invocation.requestId, type, message: (error as Error).message })}\n`,
            );
            // The emulator takes any status but 2xx for a failed function.
            sendJson(response, 500, { errorType: type, errorMessage: (error as Error).message });
        }
    }

    async #run(version: Version, invocation: Invocation): Promise<string> {
        const { id, sandbox, since } = await this.#take(version);
        try {
            return await sandbox.invoke(invocation);
        } finally {
            this.#release(version, id, sandbox, since);
        }
    }

    /** A published version never changes; `$LATEST` may at any time. */
    async #version(name: string, qualifier: string, code = this.#code): Promise<Version> {
        const { Configuration: config, Code: deployed } = await this.#options.clients.lambda.send(
            new GetFunctionCommand({
                FunctionName: name,
                ...(qualifier === "$LATEST" ? {} : { Qualifier: qualifier }),
            }),
        );
        if (!config || !deployed?.ImageUri) {
            throw new Error(`${name}:${qualifier} has no image`);
        }
        const { ImageUri } = deployed;
        const folder = codeOf(code, ImageUri);
        const key = JSON.stringify([
            name,
            config.Version,
            ImageUri,
            folder,
            config.Environment?.Variables,
            config.Role,
        ]);
        const known = this.#versions.get(key);
        if (known) {
            const version = await known;
            version.isOld = false;
            return version;
        }
        const made = this.#options.launcher.fetch(ImageUri, folder).then((image): Version => {
            return { config, image, idle: [], count: 0, waiting: [], isOld: false };
        });
        this.#versions.set(key, made);
        // One that failed is tried again with the next call.
        made.catch(() => this.#versions.delete(key));
        if (code === this.#code) {
            this.#retire(name, await made);
        }
        return made;
    }

    /** Ends what waits for events of the other versions; what one of them works on is finished first. */
    #retire(name: string, current: Version): void {
        for (const [key, version] of this.#versions) {
            if (JSON.parse(key)[0] === name) {
                void version.then((old) => {
                    old.isOld = old !== current;
                    for (const { id, sandbox } of old.isOld ? old.idle.splice(0) : []) {
                        this.#discard(old, id, sandbox);
                    }
                });
            }
        }
    }

    async #take(version: Version): Promise<{ id: string; sandbox: Sandbox; since: number }> {
        for (;;) {
            const idle = version.idle.pop();
            if (idle && !idle.sandbox.hasEnded && Date.now() - idle.since < LIFETIME_MS) {
                return idle;
            }
            if (idle) {
                this.#discard(version, idle.id, idle.sandbox);
            } else if (version.count < MAX_SANDBOXES) {
                version.count += 1;
                return this.#start(version).catch((error) => {
                    version.count -= 1;
                    version.waiting.shift()?.();
                    throw error;
                });
            } else {
                await new Promise<void>((resolve) => version.waiting.push(resolve));
            }
        }
    }

    #release(version: Version, id: string, sandbox: Sandbox, since: number): void {
        if (sandbox.hasEnded || version.isOld) {
            this.#discard(version, id, sandbox);
        } else {
            version.idle.push({ id, sandbox, since });
        }
        version.waiting.shift()?.();
    }

    #discard(version: Version, id: string, sandbox: Sandbox): void {
        version.count -= 1;
        this.#sandboxes.delete(id);
        void sandbox.stop();
    }

    async #start({ config, image }: Version): Promise<{ id: string; sandbox: Sandbox; since: number }> {
        const { clients, around } = this.#options;
        const name = config.FunctionName ?? "";
        const deployed = config.Environment?.Variables ?? {};
        const credentials = await assumeRole(clients, config.Role, name);
        const id = randomUUID();
        const launch = await image.startFunction(config.ImageConfigResponse?.ImageConfig?.Command?.[0], {
            ...ofLambda(config, around.region),
            ...credentialVariables(credentials),
            ...deployed,
            ...localVariables(deployed, around),
            AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.#port}/sandboxes/${id}`,
        });
        const sandbox = new Sandbox(launch, this.#log(name));
        this.#sandboxes.set(id, sandbox);
        return { id, sandbox, since: Date.now() };
    }

    #log(name: string): Writable {
        const log = this.#logs.get(name) ?? openLog(join(this.#options.logDir, `${name}.log`));
        this.#logs.set(name, log);
        return log;
    }
}

/** What Lambda itself puts into every function's environment. */
function ofLambda(config: FunctionConfiguration, region: string): Record<string, string> {
    return {
        TZ: ":UTC",
        LANG: "en_US.UTF-8",
        _HANDLER: "index.handler",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: config.FunctionName ?? "",
        AWS_LAMBDA_FUNCTION_VERSION: config.Version ?? "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.MemorySize ?? 128),
        AWS_LAMBDA_LOG_GROUP_NAME: config.LoggingConfig?.LogGroup ?? `/aws/lambda/${config.FunctionName}`,
        AWS_LAMBDA_LOG_STREAM_NAME: "local",
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    };
}

/** Variables for the emulator's own environment that send each function's events to a function host. */
export function proxyVariables(functionNames: string[], address: string): Record<string, string> {
    return Object.fromEntries(
        functionNames.map((name) => [`MINISTACK_LAMBDA_PROXY_${name}`, `${address}${INVOKE_PATH}${name}`]),
    );
}
