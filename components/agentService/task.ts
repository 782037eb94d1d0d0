import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Grantee } from "../core/iam.ts";
import { type Tagged, tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** An image that tasks run. */
export interface TaskImage {
    /** The image by digest, `ADDRESS@sha256:DIGEST`. @example "registry.example.com/agent@sha256:..." */
    ref: pulumi.Input<string>;
    /** Lets `grantee` pull the image. Tasks wait for the policy that it returns, if any. */
    // biome-ignore lint/suspicious/noConfusingVoidType: an image that anybody may pull grants nothing, and returns nothing
    grantPull(grantee: Grantee): aws.iam.RolePolicy | void;
}

/** A secret that ECS reads. */
export interface TaskSecret {
    /** The secret's ARN. @example secret.arn */
    arn: pulumi.Output<string>;
    /**
     * The version that tasks get, so that a new one starts new tasks.
     *
     * @default whichever is current as a task starts
     * @example version.versionId
     */
    versionId?: pulumi.Output<string | undefined>;
}

/**
 * A container beside the service's own in each task, such as a collector of traces or a proxy. It shares the task's network,
 * so that `localhost` is the same for all, its role and its log group.
 */
export interface Sidecar {
    /** The container's name, which no other of the task has. @example "collector" */
    name: string;
    /**
     * The image that it runs, best by digest; one of a private repository needs `executionPermissions` for its pulling.
     *
     * @example "otel/collector@sha256:..."
     */
    image: pulumi.Input<string>;
    /** Its part of the task's memory, in MB. @example 128 */
    memory: number;
    /** Its part of the task's CPU, in units of 1/1024 processor. @default 0, what the others leave @example 64 */
    cpu?: number;
    /** Whether the task ends when it does. @default true @example false */
    essential?: boolean;
    /** The command that it runs instead of the image's own. @default that @example ["--config", "/etc/collector.yaml"] */
    command?: string[];
    /** Environment variables; not for secrets. @default none @example { TABLE: data.table.name } */
    variables?: Record<string, pulumi.Input<string>>;
    /**
     * Environment variables that ECS reads from Secrets Manager as a task starts.
     *
     * @default none
     * @example { API_KEY: data.ttsApiKey }
     */
    secrets?: Record<string, TaskSecret>;
    /** Who it runs as. @default as the image says @example "1000" */
    user?: string;
    /** Whether it can write nowhere. @default true @example false */
    readonlyRootFilesystem?: boolean;
}

/** A file system of EFS, which tasks see as a folder. It must let the service's security group in (`nodes`). */
export interface TaskFileSystem {
    /** Where tasks see it. @example "/data" */
    path: string;
    /** The file system's id. @example "fs-0123456789abcdef0" */
    fileSystemId: pulumi.Input<string>;
    /** The access point, which says whose files they are. @default none, the root as it is @example accessPoint.id */
    accessPointId?: pulumi.Input<string>;
}

/** The arguments of a task definition. */
export interface TaskInputs extends Tagged {
    image: Pick<TaskImage, "ref">;
    variables?: Record<string, pulumi.Input<string>>;
    secrets?: Record<string, TaskSecret>;
    cpu?: number;
    memory?: number;
    architecture?: "x86_64" | "arm64";
    health?: { path?: string; command?: string[] };
    user?: string;
    readonlyRootFilesystem?: boolean;
    sidecars?: Sidecar[];
    fileSystems?: TaskFileSystem[];
    transform?: { taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs> };
}

/** The resources and names that a task definition refers to. */
export interface TaskParts {
    parent: pulumi.Resource;
    family: string;
    /** What the names of the tasks' log streams begin with. */
    logStreamPrefix: string;
    container: string;
    logGroup: aws.cloudwatch.LogGroup;
    executionRole: aws.iam.Role;
    taskRole: aws.iam.Role;
    port: number;
}

/** The default size of a task, in units of 1/1024 processor and in MB. */
export const DEFAULT_CPU = 512;
export const DEFAULT_MEMORY = 1024;
/** The default path of health checks. */
export const HEALTH_PATH = "/health";
/** The least memory that is left to the service beside sidecars, in MB: what Node needs to start. */
export const MIN_MEMORY = 128;
/** Seconds between SIGTERM and SIGKILL, in which running stories are saved; Fargate's maximum. */
const STOP_TIMEOUT_SECONDS = 120;

/** Creates the task definition of the agent service: by default one container that can write to `/tmp` only. */
export function createTaskDefinition(name: string, args: TaskInputs, parts: TaskParts): aws.ecs.TaskDefinition {
    const { cpu = DEFAULT_CPU, memory = DEFAULT_MEMORY } = args;
    return child(
        parts.parent,
        aws.ecs.TaskDefinition,
        `${name}-task-definition`,
        args.transform?.taskDefinition,
        {
            family: parts.family,
            requiresCompatibilities: ["FARGATE"],
            networkMode: "awsvpc",
            cpu: String(cpu),
            memory: String(memory),
            runtimePlatform: {
                operatingSystemFamily: "LINUX",
                cpuArchitecture: args.architecture === "arm64" ? "ARM64" : "X86_64",
            },
            executionRoleArn: parts.executionRole.arn,
            taskRoleArn: parts.taskRole.arn,
            volumes: [{ name: "tmp" }, ...(args.fileSystems ?? []).map(volumeOf)],
            containerDefinitions: pulumi.jsonStringify([
                containerOf(args, parts),
                ...(args.sidecars ?? []).map((sidecar) => sidecarOf(sidecar, parts)),
            ]),
            tags: tagsFor(args, parts.family),
        },
        // Revisions of a family that had another name before stay in parts.
        { ignoreChanges: ["family"] },
    );
}

/** The CPU and memory of a task that remain for the service's own container beside sidecars. */
export function remainingForService({ cpu = DEFAULT_CPU, memory = DEFAULT_MEMORY, sidecars = [] }: TaskInputs) {
    return {
        cpu: sidecars.reduce((left, sidecar) => left - (sidecar.cpu ?? 0), cpu),
        memory: sidecars.reduce((left, sidecar) => left - sidecar.memory, memory),
    };
}

function containerOf(args: TaskInputs, parts: TaskParts): object {
    const { path = HEALTH_PATH, command = ["CMD", "node", "-e", healthProbe(parts.port, path)] } = args.health ?? {};
    return {
        name: parts.container,
        image: args.image.ref,
        essential: true,
        ...remainingForService(args),
        portMappings: [{ containerPort: parts.port, hostPort: parts.port, protocol: "tcp" }],
        ...environmentOf({ ...args.variables, PORT: String(parts.port) }, args.secrets),
        // The user that base images without a shell call nonroot.
        user: args.user ?? "65532:65532",
        ...(command.length > 0
            ? { healthCheck: { command, interval: 30, timeout: 5, retries: 3, startPeriod: 30 } }
            : {}),
        privileged: false,
        readonlyRootFilesystem: args.readonlyRootFilesystem ?? true,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
        mountPoints: [{ name: "tmp", path: "/tmp" }, ...(args.fileSystems ?? []).map(named)].map(({ name, path }) => ({
            sourceVolume: name,
            containerPath: path,
            readOnly: false,
        })),
        stopTimeout: STOP_TIMEOUT_SECONDS,
        logConfiguration: logsOf(parts),
    };
}

/** A volume's name, by which a container mounts it. */
function named({ path }: TaskFileSystem, index: number): { name: string; path: string } {
    return { name: `efs-${index + 1}`, path };
}

function volumeOf(fileSystem: TaskFileSystem, index: number): aws.types.input.ecs.TaskDefinitionVolume {
    const { fileSystemId, accessPointId } = fileSystem;
    return {
        name: named(fileSystem, index).name,
        efsVolumeConfiguration: {
            fileSystemId,
            transitEncryption: "ENABLED",
            authorizationConfig: accessPointId === undefined ? undefined : { accessPointId },
        },
    };
}

function sidecarOf(sidecar: Sidecar, parts: TaskParts): object {
    const { variables = {}, secrets, readonlyRootFilesystem = true, essential = true, cpu = 0, ...given } = sidecar;
    return {
        ...given,
        essential,
        cpu,
        ...environmentOf(variables, secrets),
        privileged: false,
        readonlyRootFilesystem,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
        logConfiguration: logsOf(parts),
    };
}

/** The environment of a container. Sorted, so that another order in the program is no change. */
function environmentOf(variables: Record<string, pulumi.Input<string>>, secrets: Record<string, TaskSecret> = {}) {
    const sorted = <T>(record: Record<string, T>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
        environment: sorted(variables).map(([key, value]) => ({ name: key, value })),
        secrets: sorted(secrets).map(([key, secret]) => ({ name: key, valueFrom: referenceOf(secret) })),
    };
}

function logsOf({ logGroup, logStreamPrefix, parent }: TaskParts): object {
    return {
        logDriver: "awslogs",
        options: {
            "awslogs-group": logGroup.name,
            "awslogs-region": aws.getRegionOutput({}, { parent }).region,
            "awslogs-stream-prefix": logStreamPrefix,
        },
    };
}

/** The reference by which ECS reads a secret: ARN, JSON key, stage and version; the two in the middle are left empty. */
function referenceOf({ arn, versionId }: TaskSecret): pulumi.Output<string> {
    return pulumi.all([arn, versionId]).apply(([secret, version]) => (version ? `${secret}:::${version}` : secret));
}

/** A program that exits with 0 if the health path answers OK; the image has no other program than Node. */
function healthProbe(port: number, path: string): string {
    return `fetch("http://127.0.0.1:${port}${path}").then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;
}
