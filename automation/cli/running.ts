/** The running functions and agent service of a stack, with the digests of their images. */
import {
    type Container,
    DescribeServicesCommand,
    DescribeTaskDefinitionCommand,
    DescribeTasksCommand,
    ListTasksCommand,
    type Service,
    type Task,
} from "@aws-sdk/client-ecs";
import { GetFunctionCommand } from "@aws-sdk/client-lambda";
import { LIVE_ALIAS } from "../../components/core/references.ts";
import type { AwsClients } from "./clients.ts";
import { CommandFailure } from "./exitCodes.ts";
import type { StackOutputs } from "./openStack.ts";

/** The outputs with functions' names, by the images' names in `image_refs`. */
const functionOutputs = {
    text: "text_function_name",
    image: "image_function_name",
    dataOps: "data_ops_function_name",
} as const;

/** A function that is deployed. */
export interface RunningFunction {
    name: keyof typeof functionOutputs;
    functionName: string;
    /** The digest of the image that its callers get. */
    digest: string;
    /** The digest that was built last, of `image_refs`. */
    built: string;
    state: string;
    /** Why it is not healthy; `undefined` when it is. */
    problem: string | undefined;
}

/** A task of the agent service. */
export interface RunningTask {
    id: string;
    digest: string;
    status: string;
    /** `HEALTHY`, `UNHEALTHY` or `UNKNOWN`. */
    health: string;
}

/** The agent service. */
export interface RunningService {
    cluster: string;
    name: string;
    service: Service;
    /** The digest that its next task gets. */
    digest: string;
    built: string;
    tasks: RunningTask[];
}

/** The digest of an image's reference, `ADDRESS@sha256:DIGEST`. */
export function digestOf(ref: string | undefined): string {
    return ref?.slice(ref.indexOf("@") + 1) ?? "";
}

/** The functions, as their callers get them: the version that the alias `live` names. */
export async function runningFunctions(outputs: StackOutputs, { lambda }: AwsClients): Promise<RunningFunction[]> {
    const names = Object.keys(functionOutputs) as (keyof typeof functionOutputs)[];
    return await Promise.all(
        names.map(async (name) => {
            const functionName = outputs[functionOutputs[name]];
            const found = await lambda.send(
                new GetFunctionCommand({ FunctionName: functionName, Qualifier: LIVE_ALIAS }),
            );
            const {
                State = "Active",
                StateReason,
                LastUpdateStatus,
                LastUpdateStatusReason,
            } = found.Configuration ?? {};
            const failed =
                LastUpdateStatus === "Failed" ? (LastUpdateStatusReason ?? "the last update failed") : undefined;
            return {
                name,
                functionName,
                digest: digestOf(found.Code?.ResolvedImageUri ?? found.Code?.ImageUri),
                built: digestOf(outputs.image_refs[name]),
                state: State,
                problem: State === "Failed" ? (StateReason ?? "it failed") : failed,
            };
        }),
    );
}

/** The agent service with its tasks; `undefined` for a stack without one. */
export async function runningService(outputs: StackOutputs, { ecs }: AwsClients): Promise<RunningService | undefined> {
    const { ecs_cluster_name: cluster, ecs_service_name: name } = outputs;
    if (!cluster || !name) {
        return undefined;
    }
    const service = await describeService(outputs, ecs);
    const { taskDefinition } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }),
    );
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: name }));
    const { tasks = [] } =
        taskArns.length > 0 ? await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })) : {};
    const [container] = taskDefinition?.containerDefinitions ?? [];
    return {
        cluster,
        name,
        service,
        digest: digestOf(container?.image),
        built: digestOf(outputs.image_refs.agent),
        tasks: tasks.map((task) => runningTask(task, container?.name)),
    };
}

function runningTask(task: Task, container: string | undefined): RunningTask {
    const own: Container | undefined = task.containers?.find(({ name }) => name === container);
    return {
        id: task.taskArn?.split("/").pop() ?? "",
        // ECS reports the digest once the image is pulled; until then, the reference has it.
        digest: own?.imageDigest ?? digestOf(own?.image),
        status: task.lastStatus ?? "UNKNOWN",
        health: task.healthStatus ?? "UNKNOWN",
    };
}

/**
 * The service's description by ECS.
 *
 * @throws {CommandFailure} when the stack has none, or it is gone
 */
export async function describeService(outputs: StackOutputs, ecs: AwsClients["ecs"]): Promise<Service> {
    const { ecs_cluster_name: cluster, ecs_service_name: name } = outputs;
    if (!cluster || !name) {
        throw new CommandFailure("no_agent_service", "The stack has no agent service (agentEnabled is false).");
    }
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name], include: ["TAGS"] }));
    const [found] = services ?? [];
    if (!found || found.status === "INACTIVE") {
        throw new CommandFailure(
            "no_agent_service",
            `The service ${name} is not in the cluster ${cluster}; somebody removed it. \`story42 refresh\` finds that out, and \`story42 up\` creates it again.`,
        );
    }
    return found;
}
