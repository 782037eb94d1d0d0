import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StoryAgentServiceArgs, TaskSecret } from "./agentService.ts";
import { tagsFor } from "./tags.ts";
import { transform } from "./transform.ts";

/** What the task definition is made with, beside the component's arguments. */
export interface TaskParts {
    family: string;
    /** What the names of the tasks' log streams begin with. */
    logStreamPrefix: string;
    container: string;
    logGroup: aws.cloudwatch.LogGroup;
    executionRole: aws.iam.Role;
    taskRole: aws.iam.Role;
    port: number;
    opts: pulumi.CustomResourceOptions;
}

/** What a task gets, in units of 1/1024 processor and in MB. */
export const DEFAULT_CPU = 512;
export const DEFAULT_MEMORY = 1024;
/** Seconds between SIGTERM and SIGKILL, in which running stories are saved; Fargate's most. */
const STOP_TIMEOUT_SECONDS = 120;

/** What a task of the agent service is: one container that can write nowhere but to `/tmp`. */
export function createTaskDefinition(name: string, args: StoryAgentServiceArgs, it: TaskParts): aws.ecs.TaskDefinition {
    const { cpu = DEFAULT_CPU, memory = DEFAULT_MEMORY } = args;
    return new aws.ecs.TaskDefinition(
        ...transform<aws.ecs.TaskDefinitionArgs>(
            args.transform?.taskDefinition,
            `${name}-task-definition`,
            {
                family: it.family,
                requiresCompatibilities: ["FARGATE"],
                networkMode: "awsvpc",
                cpu: String(cpu),
                memory: String(memory),
                runtimePlatform: {
                    operatingSystemFamily: "LINUX",
                    cpuArchitecture: args.architecture === "arm64" ? "ARM64" : "X86_64",
                },
                executionRoleArn: it.executionRole.arn,
                taskRoleArn: it.taskRole.arn,
                volumes: [{ name: "tmp" }],
                containerDefinitions: pulumi.jsonStringify([containerOf(args, it, cpu, memory)]),
                tags: tagsFor(args, it.family, args.tags),
            },
            // Revisions of a family that had another name before stay in it.
            { ...it.opts, ignoreChanges: ["family"] },
        ),
    );
}

function containerOf(args: StoryAgentServiceArgs, it: TaskParts, cpu: number, memory: number): object {
    const environment = { ...args.variables, PORT: String(it.port) };
    // Sorted, so that the order in which a program names them is no change.
    const sorted = <T>(record: Record<string, T>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
        name: it.container,
        image: args.image.ref,
        essential: true,
        cpu,
        memory,
        portMappings: [{ containerPort: it.port, hostPort: it.port, protocol: "tcp" }],
        environment: sorted<pulumi.Input<string>>(environment).map(([key, value]) => ({ name: key, value })),
        secrets: sorted<TaskSecret>(args.secrets ?? {}).map(([key, secret]) => ({
            name: key,
            valueFrom: referenceOf(secret),
        })),
        // The user that base images without a shell call nonroot.
        user: "65532:65532",
        healthCheck: {
            command: ["CMD", "node", "-e", healthProbe(it.port)],
            interval: 30,
            timeout: 5,
            retries: 3,
            startPeriod: 30,
        },
        privileged: false,
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
        mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
        stopTimeout: STOP_TIMEOUT_SECONDS,
        logConfiguration: {
            logDriver: "awslogs",
            options: {
                "awslogs-group": it.logGroup.name,
                "awslogs-region": aws.getRegionOutput({}, it.opts).region,
                "awslogs-stream-prefix": it.logStreamPrefix,
            },
        },
    };
}

/** What ECS reads a secret by: its ARN, JSON key, stage and version, the two in the middle left out. */
function referenceOf({ arn, versionId }: TaskSecret): pulumi.Output<string> {
    return pulumi.all([arn, versionId]).apply(([secret, version]) => (version ? `${secret}:::${version}` : secret));
}

/** Ends with 0 if the service says that it is well; the image has no other program than Node. */
function healthProbe(port: number): string {
    return `fetch("http://127.0.0.1:${port}/health").then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;
}
