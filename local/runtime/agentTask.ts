/** One task of the agent service: a process of its image, according to its task definition. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import { GetSecretValueCommand, type GetSecretValueCommandInput } from "@aws-sdk/client-secrets-manager";
import { freePort } from "../lib/ports.ts";
import type { Clients } from "./clients.ts";
import type { Launcher } from "./launcher.ts";
import { type Code, codeOf } from "./overlay.ts";
import { assumeRole } from "./roles.ts";
import { taskMark } from "./taskFile.ts";
import { localVariables, type UpstreamEndpoints } from "./upstreamSettings.ts";

export interface TaskOptions {
    clients: Clients;
    endpoints: UpstreamEndpoints;
    launcher: Launcher;
    log: Writable;
    /** The local cloud's folder. */
    stateDir: string;
    /** The address from which the task's process gets the credentials of its role. */
    credentialsUrl: string;
    /** Code that runs in place of images' own. */
    code: Code;
}

const READY_TIMEOUT_MS = 30_000;
const HEALTH_POLL_MS = 20;

export class AgentTask {
    readonly url: string;
    readonly #process: ChildProcess;
    readonly #gone: Promise<void>;
    readonly #stopMs: number;

    private constructor(process: ChildProcess, gone: Promise<void>, port: number, stopMs: number) {
        this.#process = process;
        this.#gone = gone;
        this.url = `http://127.0.0.1:${port}`;
        this.#stopMs = stopMs;
    }

    /** Starts the task and waits until it is healthy. Throws with its last output when it is not. */
    static async start(definition: TaskDefinition, options: TaskOptions): Promise<AgentTask> {
        const [container] = definition.containerDefinitions ?? [];
        if (!container?.image) {
            throw new Error(`${definition.taskDefinitionArn} has no container with an image`);
        }
        const { launcher, log, code } = options;
        const [image, env, port] = await Promise.all([
            launcher.fetch(container.image, codeOf(code, container.image)),
            environmentOf(definition, container, options),
            freePort(),
        ]);
        const launch = await image.startService([...(container.entryPoint ?? []), ...(container.command ?? [])], {
            ...env,
            ...taskMark(options.stateDir),
            PORT: String(port),
            HOST: "127.0.0.1",
        });
        const [program = "", ...args] = launch.command;
        const child = spawn(program, args, { cwd: launch.cwd, env: launch.env, stdio: ["ignore", "pipe", "pipe"] });
        const gone = once(child, "exit").then(launch.ended, launch.ended);
        let output = "";
        child.once("error", (error) => {
            output += error.message;
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream?.pipe(log, { end: false });
            stream?.on("data", (text) => {
                output = (output + text).slice(-2_000);
            });
        }
        const task = new AgentTask(child, gone, port, (container.stopTimeout ?? 30) * 1_000);
        try {
            await task.#healthy();
        } catch (error) {
            await task.stop();
            throw new Error(`the agent service ${(error as Error).message}\n${output.trimEnd()}`);
        }
        return task;
    }

    get isRunning(): boolean {
        return this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined;
    }

    get processId(): number | undefined {
        return this.#process.pid;
    }

    /** As ECS does: sends SIGTERM, waits for the stop timeout, sends SIGKILL. */
    async stop(): Promise<void> {
        if (!this.isRunning) {
            return;
        }
        this.#process.kill("SIGTERM");
        const timer = setTimeout(() => this.#process.kill("SIGKILL"), this.#stopMs);
        await this.#gone;
        clearTimeout(timer);
    }

    async #healthy(): Promise<void> {
        const deadline = Date.now() + READY_TIMEOUT_MS;
        while (Date.now() < deadline) {
            if (!this.isRunning) {
                throw new Error(`ended with ${this.#process.signalCode ?? this.#process.exitCode}`);
            }
            const answer = await fetch(`${this.url}/health`).catch(() => undefined);
            if (answer?.ok) {
                return;
            }
            await sleep(HEALTH_POLL_MS);
        }
        throw new Error(`was not healthy in ${READY_TIMEOUT_MS / 1_000} s`);
    }
}

/** A secret's reference has the form `ARN:JSON-KEY:STAGE:VERSION`; the stacks set the ARN and the version. */
function secretOf(valueFrom: string): GetSecretValueCommandInput {
    const [SecretId, VersionId] = valueFrom.split(":::");
    return { SecretId, VersionId };
}

async function environmentOf(
    definition: TaskDefinition,
    container: ContainerDefinition,
    { clients, endpoints, credentialsUrl }: TaskOptions,
): Promise<Record<string, string>> {
    const deployed = Object.fromEntries(
        (container.environment ?? []).map(({ name = "", value = "" }) => [name, value]),
    );
    // The execution role reads the task's secrets, not the task role.
    const executionRole = await assumeRole(clients, definition.executionRoleArn, "the agent service's start");
    const secretsManager = clients.secretsAs(executionRole);
    const secrets = await Promise.all(
        (container.secrets ?? []).map(async ({ name = "", valueFrom }) => {
            const secret = await secretsManager
                .send(new GetSecretValueCommand(secretOf(valueFrom ?? "")))
                .catch((error) => {
                    throw new Error(
                        `the agent service's secret ${name} (${valueFrom}) cannot be read: ${error.message}`,
                    );
                });
            return [name, secret.SecretString ?? ""] as const;
        }),
    );
    secretsManager.destroy();
    return {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: credentialsUrl,
        ...deployed,
        ...Object.fromEntries(secrets),
        ...localVariables(deployed, endpoints),
    };
}
