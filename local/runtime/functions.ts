/** Runs the deployed functions: each version from its image, with its environment and role, in as many sandboxes as calls need. */
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
import { type Code, codeOf, OVERLAY_PATH, type Problems, repositoryOf } from "./overlay.ts";
import { assumeRole, credentialVariables } from "./roles.ts";
import { FunctionFailure, type Invocation, Sandbox } from "./sandbox.ts";
import { localVariables, type UpstreamEndpoints } from "./upstreamSettings.ts";

/** Sandboxes of one version at the same time; further calls wait. */
const MAX_SANDBOXES = 8;

/** The time limit of an event that a debugger may stop at: a day. */
const DEBUGGED_MS = 86_400_000;

/** A sandbox is replaced before its role's credentials expire. */
const MAX_SANDBOX_AGE_MS = 45 * 60_000;

/** The path to which the emulator sends a function's events. */
const INVOKE_PATH = "/functions/";
const RUNTIME_PATH = /^\/sandboxes\/([\w-]+)\/2018-06-01(\/.+)$/;

export interface FunctionHostOptions {
    clients: Clients;
    endpoints: UpstreamEndpoints;
    /** The port to which the emulator sends events. */
    port: number;
    /** The first segment of its paths, which only the emulator and deployments know. */
    secret: string;
    launcher: Launcher;
    logDir: string;
    /** Loads the newest deployment; called after each deployment. */
    refresh(): Promise<void>;
    /** Answers a request for an overlay, whose code runs in place of the deployed code. */
    overlay(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The path that is called after each deployment. */
export const REFRESH_PATH = "/refresh";

/** One published version of a function. */
interface Version {
    config: FunctionConfiguration;
    image: LaunchableImage;
    /** Debuggers can attach: one sandbox takes all events, without their time limit. */
    isDebugged: boolean;
    idle: { id: string; sandbox: Sandbox; since: number }[];
    count: number;
    waiting: (() => void)[];
    /** A newer version has replaced it. */
    isOld: boolean;
}

export class FunctionHost {
    readonly #options: FunctionHostOptions;
    readonly #server: Server;
    readonly #versions = new Map<string, Promise<Version>>();
    readonly #sandboxes = new Map<string, Sandbox>();
    readonly #logs = new Map<string, Writable>();
    /** The repository of each function's image. */
    readonly #repositories = new Map<string, string>();
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
        const withSecret = guarded({ secret: options.secret }, listener);
        // The random id in a sandbox's path serves as its secret.
        const withoutSecret = guarded({}, listener);
        this.#server = createServer((request, response) =>
            this.#sandboxOf(request) ? withoutSecret(request, response) : withSecret(request, response),
        );
        // A function's request for its next event has no time limit.
        this.#server.requestTimeout = 0;
    }

    static async start(options: FunctionHostOptions): Promise<FunctionHost> {
        const host = new FunctionHost(options);
        host.#port = await listen(host.#server, options.port);
        return host;
    }

    /** Starts one sandbox of a function's live version, so that its errors show now. Throws. */
    async warm(functionName: string, qualifier: string, code?: Code): Promise<Version> {
        const version = await this.#version(functionName, qualifier, code);
        const { id, sandbox } = await this.#take(version);
        try {
            await sandbox.ready();
            return version;
        } catch (error) {
            throw new Error(`${functionName} does not start: ${(error as Error).message}`, { cause: error });
        } finally {
            this.#release(version, id, sandbox, Date.now());
        }
    }

    /** Runs code in place of images' own from now on; a function that does not start with it keeps the code before it. */
    async serve(code: Code, functionNames: string[], qualifier: string): Promise<Problems> {
        const problems: Problems = {};
        const serve = async (name: string) => {
            const repository = this.#repositories.get(name) ?? "";
            if (code[repository]?.folder === this.#code[repository]?.folder) {
                return;
            }
            try {
                const version = await this.warm(name, qualifier, code);
                this.#code = { ...this.#code, [repository]: code[repository] };
                this.#retire(name, version);
            } catch (error) {
                problems[repository] = (error as Error).message;
            }
        };
        // One after the other: the service, which takes longest, has a core of two for itself.
        for (const name of functionNames) {
            await serve(name);
        }
        return problems;
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

    /** The sandbox that sent a request, and the path of its call. */
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
            // The emulator treats any status except 2xx as a failed function.
            sendJson(response, 500, { errorType: type, errorMessage: (error as Error).message });
        }
    }

    async #run(version: Version, invocation: Invocation): Promise<string> {
        const { id, sandbox, since } = await this.#take(version);
        try {
            const limit = version.isDebugged ? { deadline: Date.now() + DEBUGGED_MS } : {};
            return await sandbox.invoke({ ...invocation, ...limit });
        } finally {
            this.#release(version, id, sandbox, since);
        }
    }

    /** A published version never changes; `$LATEST` may change at any time. */
    async #version(name: string, qualifier: string, code?: Code): Promise<Version> {
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
        this.#repositories.set(name, repositoryOf(ImageUri));
        const newCode = codeOf(code ?? this.#code, ImageUri);
        const key = JSON.stringify([
            name,
            config.Version,
            ImageUri,
            newCode,
            config.Environment?.Variables,
            config.Role,
        ]);
        const known = this.#versions.get(key);
        if (known) {
            const version = await known;
            version.isOld = false;
            return version;
        }
        const made = this.#options.launcher.fetch(ImageUri, newCode).then((image): Version => {
            const isDebugged = newCode?.nodeOptions !== undefined;
            return { config, image, isDebugged, idle: [], count: 0, waiting: [], isOld: false };
        });
        this.#versions.set(key, made);
        // A failed fetch is retried by the next call.
        made.catch(() => this.#versions.delete(key));
        if (code === undefined) {
            this.#retire(name, await made);
        }
        return made;
    }

    /** Ends the idle sandboxes of the other versions; busy ones finish their event first. */
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
            if (idle && !idle.sandbox.hasEnded && Date.now() - idle.since < MAX_SANDBOX_AGE_MS) {
                return idle;
            }
            if (idle) {
                this.#discard(version, idle.id, idle.sandbox);
            } else if (version.count < (version.isDebugged ? 1 : MAX_SANDBOXES)) {
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
        const { clients, endpoints } = this.#options;
        const name = config.FunctionName ?? "";
        const deployed = config.Environment?.Variables ?? {};
        const credentials = await assumeRole(clients, config.Role, name);
        const id = randomUUID();
        const launch = await image.startFunction(config.ImageConfigResponse?.ImageConfig?.Command?.[0], {
            ...lambdaVariables(config, endpoints.region),
            ...credentialVariables(credentials),
            ...deployed,
            ...localVariables(deployed, endpoints),
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

/** The variables that Lambda itself sets for every function. */
function lambdaVariables(config: FunctionConfiguration, region: string): Record<string, string> {
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

/** Variables of the emulator that make it send each function's events to a function host. */
export function proxyVariables(functionNames: string[], address: string): Record<string, string> {
    return Object.fromEntries(
        functionNames.map((name) => [`MINISTACK_LAMBDA_PROXY_${name}`, `${address}${INVOKE_PATH}${name}`]),
    );
}
