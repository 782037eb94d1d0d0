/** One task of the agent service: a process from its image, as its task definition says. */
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
import { localVariables, type Surroundings } from "./upstreamSettings.ts";

export interface TaskOptions {
    clients: Clients;
    around: Surroundings;
    launcher: Launcher;
    log: Writable;
    /** The local cloud's folder. */
    stateDir: string;
    /** Address where a process of this task gets the credentials of its role. */
    credentialsUrl: string;
    /** What runs in place of images' own code. */
    code: Code;
}

const READY_MS = 30_000;

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

    /** Starts the task and waits until it is healthy. Throws with what it said last when it is not. */
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
        let said = "";
        child.once("error", (error) => {
            said += error.message;
        });
        for (const output of [child.stdout, child.stderr]) {
            output?.pipe(log, { end: false });
            output?.on("data", (text) => {
                said = (said + text).slice(-2_000);
            });
        }
        const task = new AgentTask(child, gone, port, (container.stopTimeout ?? 30) * 1_000);
        try {
            await task.#healthy();
        } catch (error) {
            await task.stop();
            throw new Error(`the agent service ${(error as Error).message}\n${said.trimEnd()}`);
        }
        return task;
    }

    get isRunning(): boolean {
        return this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined;
    }

    get processId(): number | undefined {
        return this.#process.pid;
    }

    /** As ECS does: asks, waits for the stop timeout, ends. */
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
        const deadline = Date.now() + READY_MS;
        while (Date.now() < deadline) {
            if (!this.isRunning) {
                throw new Error(`ended with ${this.#process.signalCode ?? this.#process.exitCode}`);
            }
            const answer = await fetch(`${this.url}/health`).catch(() => undefined);
            if (answer?.ok) {
                return;
            }
            await sleep(100);
        }
        throw new Error(`was not healthy in ${READY_MS / 1_000} s`);
    }
}

/** What ECS reads by `ARN:JSON-KEY:STAGE:VERSION`, of which the stacks name the ARN and the version. */
function secretOf(valueFrom: string): GetSecretValueCommandInput {
    const [SecretId, VersionId] = valueFrom.split(":::");
    return { SecretId, VersionId };
}

async function environmentOf(
    definition: TaskDefinition,
    container: ContainerDefinition,
    { clients, around, credentialsUrl }: TaskOptions,
): Promise<Record<string, string>> {
    const deployed = Object.fromEntries(
        (container.environment ?? []).map(({ name = "", value = "" }) => [name, value]),
    );
    // The role that starts the task reads its secrets, not the one that the task works with.
    const starter = await assumeRole(clients, definition.executionRoleArn, "the agent service's start");
    const secretsManager = clients.secretsAs(starter);
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
        ...localVariables(deployed, around),
    };
}
