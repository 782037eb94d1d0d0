/** Keeps the agent service running as deployed: the desired count of tasks of its task definition. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, type TaskDefinition } from "@aws-sdk/client-ecs";
import { close, guarded, listen, newSecret, sendJson } from "../../standins/http.ts";
import { AgentTask } from "./agentTask.ts";
import type { Clients } from "./clients.ts";
import type { Launcher } from "./launcher.ts";
import { openLog } from "./logFile.ts";
import { type Code, codeOf, type Problems, repositoryOf } from "./overlay.ts";
import { assumeRole } from "./roles.ts";
import { keepTasks } from "./taskFile.ts";
import type { UpstreamEndpoints } from "./upstreamSettings.ts";

export interface AgentHostOptions {
    clients: Clients;
    endpoints: UpstreamEndpoints;
    cluster: string;
    service: string;
    launcher: Launcher;
    logDir: string;
    /** The local cloud's folder. */
    stateDir: string;
}

const POLL_MS = 2_000;

export class AgentHost {
    readonly #options: AgentHostOptions;
    readonly #log: Writable;
    /** As on ECS, anyone who knows the address gets the role's credentials. */
    readonly #credentials: Server;
    readonly #secret = newSecret();
    readonly #ended = new AbortController();
    #credentialsUrl = "";
    #taskRole: string | undefined;
    #tasks: AgentTask[] = [];
    #running: { definition: string; image: string } | undefined;
    #code: Code = {};
    #turn = 0;
    #polling: Promise<void> = Promise.resolve();
    #updating: Promise<void> = Promise.resolve();

    private constructor(options: AgentHostOptions) {
        this.#options = options;
        this.#log = openLog(join(options.logDir, `${options.service}.log`));
        this.#credentials = createServer(
            guarded({ secret: this.#secret }, async (_request: IncomingMessage, response: ServerResponse) => {
                try {
                    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await assumeRole(
                        options.clients,
                        this.#taskRole,
                        "the agent service",
                    );
                    sendJson(response, 200, {
                        AccessKeyId: accessKeyId,
                        SecretAccessKey: secretAccessKey,
                        Token: sessionToken,
                        Expiration: expiration.toISOString(),
                    });
                } catch (error) {
                    sendJson(response, 500, { message: (error as Error).message });
                }
            }),
        );
    }

    /** Starts the deployed service; throws when it does not start. Later deployments are noticed by polling. */
    static async start(options: AgentHostOptions): Promise<AgentHost> {
        const host = new AgentHost(options);
        host.#credentialsUrl = `http://127.0.0.1:${await listen(host.#credentials, 0)}/${host.#secret}`;
        try {
            await host.update();
        } catch (error) {
            await host.stop();
            throw error;
        }
        host.#polling = host.#poll();
        return host;
    }

    /** The address of a running task, round robin; undefined when none runs. */
    address(): string | undefined {
        const running = this.#tasks.filter((task) => task.isRunning);
        this.#turn += 1;
        return running[this.#turn % running.length]?.url;
    }

    async stop(): Promise<void> {
        this.#ended.abort();
        await this.#polling;
        await Promise.all(this.#tasks.map((task) => task.stop()));
        await close(this.#credentials);
        this.#log.end();
    }

    async #poll(): Promise<void> {
        const { signal } = this.#ended;
        while (!signal.aborted) {
            await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
            if (!signal.aborted) {
                await this.update().catch((error: Error) => this.#note(error.message));
            }
        }
    }

    /** Runs code in place of the image's own from now on; a service that does not start with it keeps the code before it. */
    async serve(code: Code): Promise<Problems> {
        const repository = repositoryOf(this.#running?.image ?? "");
        return await this.update(code).then(
            () => ({}),
            (error: Error) => ({ [repository]: error.message }),
        );
    }

    /** Brings the running tasks in line with the deployment, with code in place of the image's own; calls run one after the other. */
    async update(code?: Code): Promise<void> {
        const updated = this.#updating.catch(() => undefined).then(() => this.#update(code ?? this.#code));
        this.#updating = updated;
        await updated;
    }

    async #update(code: Code): Promise<void> {
        const { clients, cluster, service } = this.#options;
        const { services } = await clients.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
        const [found] = services ?? [];
        if (!found?.taskDefinition || found.status === "INACTIVE") {
            throw new Error(`there is no service ${service} in the cluster ${cluster}`);
        }
        const desired = found.desiredCount ?? 0;
        const { definition, image = "" } = this.#running ?? {};
        const isNew =
            found.taskDefinition !== definition || codeOf(code, image)?.folder !== codeOf(this.#code, image)?.folder;
        const kept = isNew ? [] : this.#tasks.filter((task) => task.isRunning).slice(0, desired);
        const old = this.#tasks.filter((task) => !kept.includes(task));
        if (kept.length < desired || isNew) {
            const { taskDefinition } = await clients.ecs.send(
                new DescribeTaskDefinitionCommand({ taskDefinition: found.taskDefinition }),
            );
            kept.push(...(await this.#startTasks(taskDefinition, desired - kept.length, code)));
            const [container] = taskDefinition?.containerDefinitions ?? [];
            this.#running = { definition: found.taskDefinition, image: container?.image ?? "" };
        }
        this.#code = code;
        this.#tasks = kept;
        keepTasks(this.#options.stateDir, runningPids([...kept, ...old]));
        // The new tasks are healthy by now; the old ones finish their requests.
        for (const task of old) {
            void task.stop();
        }
    }

    async #startTasks(definition: TaskDefinition | undefined, count: number, code: Code): Promise<AgentTask[]> {
        if (!definition) {
            throw new Error(`the task definition of ${this.#options.service} is not there`);
        }
        this.#taskRole = definition.taskRoleArn;
        const options = { ...this.#options, log: this.#log, credentialsUrl: this.#credentialsUrl, code };
        return Promise.all(Array.from({ length: count }, () => AgentTask.start(definition, options)));
    }

    #note(message: string): void {
        this.#log.write(`${JSON.stringify({ level: "ERROR", message })}\n`);
    }
}

function runningPids(tasks: AgentTask[]): number[] {
    return tasks.flatMap((task) => (task.isRunning && task.processId ? [task.processId] : []));
}
