import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck, DEFAULT_LOG_RETENTION_DAYS } from "../core/arguments.ts";
import { assumedBy, type Grantee, grant, type Permission, permit } from "../core/iam.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "../core/names.ts";
import { existing } from "../core/nodes.ts";
import { IMAGE_REF } from "../core/references.ts";
import { createBeforeDelete } from "../core/replacement.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";
import { fargateMemory } from "./fargate.ts";
import { createScaling, DEFAULT_COUNT, fewestTasks, isScaled, type NightStop } from "./scaling.ts";
import { createSecurityGroups } from "./securityGroups.ts";
import {
    createTaskDefinition,
    DEFAULT_CPU,
    DEFAULT_MEMORY,
    HEALTH_PATH,
    MIN_MEMORY,
    remainingForService,
    type Sidecar,
    type TaskFileSystem,
    type TaskImage,
    type TaskSecret,
} from "./task.ts";

/** Names of a service's parts, within AWS's limits: unique in the account and region. */
export interface AgentServiceNames {
    /** The cluster. @default `P-ecs-cluster-E` @example "shop" */
    cluster?: string;
    /**
     * The service, and what the names of its log streams begin with.
     *
     * @default `story-generator`; clusters share no names
     * @example "agent"
     */
    service?: string;
    /** The container within a task. @default `story-generator-container` @example "agent" */
    container?: string;
    /** The load balancer, 32 characters at most. @default `P-alb-E` @example "shop-agent" */
    loadBalancer?: string;
    /**
     * The target group, 32 characters at most.
     *
     * @default `P-tg-E`, with the port at its end for another than 8000
     * @example "shop-agent"
     */
    targetGroup?: string;
    /**
     * The family of the task definitions; one that is deployed keeps its own.
     *
     * @default `P-story-generator-E`
     * @example "shop-agent"
     */
    taskFamily?: string;
    /** The log group. @default `/ecs/P-E` @example "/shop/agent" */
    serviceLog?: string;
    /** The role of the running code. @default `P-ecs-task-E` @example "shop-agent-task" */
    taskRole?: string;
    /** The role by which ECS starts tasks. @default `P-ecs-task-execution-E` @example "shop-agent-execution" */
    taskExecutionRole?: string;
    /** The security group of the load balancer. @default `P-alb-E` @example "shop-balancer" */
    loadBalancerSecurityGroup?: string;
    /** The security group of the tasks. @default `P-ecs-service-E` @example "shop-agent" */
    serviceSecurityGroup?: string;
}

/** Arguments of {@link StoryAgentService}. */
export interface StoryAgentServiceArgs extends NamingArgs {
    /** Whether there is a service at all; false makes nothing. @default true @example false */
    enabled?: boolean;
    /** The image that tasks run, by digest, and how it may be pulled. `StoryImage` is one. @example image */
    image: TaskImage;
    /**
     * Where it runs: tasks in the public subnets, the balancer in the isolated ones. `StoryNetwork` is one.
     *
     * @example network
     */
    network: {
        /** The VPC's id, `vpc-...`. @example network.vpcId */
        vpcId: pulumi.Input<string>;
        /** Subnets with a route to the internet, in which each task has a public address. @example ["subnet-0a"] */
        publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
        /** Subnets of the balancer, at least two in different zones. @example ["subnet-0c", "subnet-0d"] */
        isolatedSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
        /**
         * Subnets with a way to the internet through a NAT gateway, in which tasks run without a public address.
         *
         * @default tasks run in the public ones
         * @example ["subnet-0e"]
         */
        privateSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
    };
    /** Environment variables; not for secrets. @default none beside `PORT` @example { TABLE: data.table.name } */
    variables?: Record<string, pulumi.Input<string>>;
    /**
     * Environment variables that ECS reads from Secrets Manager as a task starts.
     *
     * @default none
     * @example { API_KEY: data.ttsApiKey }
     */
    secrets?: Record<string, TaskSecret>;
    /**
     * Tasks that run, 0 to 100, which `autoscaling` moves between its bounds; 0 stops the service.
     *
     * @default 1
     * @example 2
     */
    desiredCount?: number;
    /**
     * Fewest and most tasks as load comes and goes.
     *
     * @default no autoscaling, `desiredCount` holds
     * @example { min: 1, max: 4 }
     */
    autoscaling?: { min: number; max: number };
    /**
     * Stops the service at night.
     *
     * @default it runs all day
     * @example { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" }
     */
    nightStop?: NightStop;
    /** CPU of a task in units of 1/1024 processor, as Fargate has them. @default 512 @example 1024 */
    cpu?: number;
    /** Memory of a task in MB, as Fargate has it for `cpu`. @default 1024 @example 2048 */
    memory?: number;
    /** The processor, which must be the image's. @default `x86_64` @example "arm64" */
    architecture?: "x86_64" | "arm64";
    /** The port that the container listens on. @default 8000 @example 8080 */
    port?: number;
    /**
     * How the health of a task is checked.
     *
     * @default Node in the container requests `/health`, and so does the balancer
     * @example { path: "/ready", command: [] }
     */
    health?: {
        /**
         * The path that the balancer requests, and the container's own check if there is no `command`.
         *
         * @default `/health`
         * @example "/ready"
         */
        path?: string;
        /**
         * The health check that ECS runs in the container every 30 seconds, which exits with 0 for healthy: `CMD` and a
         * program with its arguments, or `CMD-SHELL` and a line. With an empty list, only the balancer checks.
         *
         * @default `node` requests `path`
         * @example ["CMD", "/app/check"]
         */
        command?: string[];
    };
    /**
     * Who the container runs as: `UID`, `UID:GID` or a name in the image.
     *
     * @default `65532:65532`, often called nonroot
     * @example "1000:1000"
     */
    user?: string;
    /** Whether the container can write nowhere but to `/tmp`. @default true @example false */
    readonlyRootFilesystem?: boolean;
    /**
     * Containers beside the service's own in each task.
     *
     * @default none
     * @example [{ name: "collector", image: "otel/collector@sha256:...", memory: 128 }]
     */
    sidecars?: Sidecar[];
    /**
     * File systems of EFS in the service's own container.
     *
     * @default none
     * @example [{ path: "/data", fileSystemId: "fs-0123456789abcdef0" }]
     */
    fileSystems?: TaskFileSystem[];
    /**
     * Runs tasks on spare capacity, up to 70 % cheaper, which AWS takes back with two minutes' notice.
     *
     * @default false
     * @example true
     */
    spot?: boolean;
    /**
     * Puts the balancer in the public subnets, where everybody reaches it at port 443. No DNS record is made.
     *
     * @default it is internal, and CloudFront alone reaches it, at port 80
     * @example { certificateArn }
     */
    publicAccess?: {
        /** The ARN of an issued certificate for the name, in the service's region. @example certificate.arn */
        certificateArn: pulumi.Input<string>;
    };
    /**
     * Permissions of ECS to start tasks, beside pulling `image`, logging and reading `secrets`.
     *
     * @default nothing
     * @example [{ actions: ["ecr:BatchGetImage"], resources: [repository.arn] }]
     */
    executionPermissions?: Permission[];
    /** Days that logs are kept, as CloudWatch Logs allows. @default 30 @example 90 */
    logRetentionDays?: number;
    /** A customer key for logs, and the one that `secrets` are encrypted with. @default AWS's own @example key.arn */
    kmsKeyArn?: pulumi.Input<string>;
    /** Metrics per task in Container Insights (about 3 USD a month for a task). @default false @example true */
    containerInsights?: boolean;
    /** The bucket that takes the balancer's access log. @default no access log @example logs.bucketName */
    accessLogBucket?: pulumi.Input<string>;
    /** Refuse to delete the balancer. @default false @example true */
    deletionProtection?: boolean;
    /** Pulumi refuses to delete the balancer, in the preview already. @default false @example true */
    protect?: boolean;
    /** Wait until the service is steady, so that an update whose tasks do not start fails. @default true @example false */
    waitForSteadyState?: boolean;
    /** Other names than those that project and environment make. @default none @example { cluster: "shop" } */
    names?: AgentServiceNames;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        cluster?: Transform<aws.ecs.ClusterArgs>;
        logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
        executionRole?: Transform<aws.iam.RoleArgs>;
        taskRole?: Transform<aws.iam.RoleArgs>;
        taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>;
        loadBalancerSecurityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
        serviceSecurityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
        loadBalancer?: Transform<aws.lb.LoadBalancerArgs>;
        targetGroup?: Transform<aws.lb.TargetGroupArgs>;
        listener?: Transform<aws.lb.ListenerArgs>;
        service?: Transform<aws.ecs.ServiceArgs>;
        scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
        scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>;
        scheduledAction?: Transform<aws.appautoscaling.ScheduledActionArgs>;
        capacityProviders?: Transform<aws.ecs.ClusterCapacityProvidersArgs>;
        ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
        egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
    };
}

type Args = Named<StoryAgentServiceArgs>;

const DEFAULT_PORT = 8000;
const SPOT = "FARGATE_SPOT";
/** TLS 1.2 and 1.3, as AWS recommends for listeners (ELB user guide, "Security policies for your Application Load Balancer"). */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/**
 * The agent service on ECS Fargate behind an internal load balancer, which CloudFront alone reaches. About 18 USD a month
 * for a task of the default size, 17 for the balancer, 4 for the task's public address (there is no NAT gateway).
 *
 * The container must listen for HTTP at `port` of every address, and answer `GET /health` with 200 within 5 seconds
 * (`health`); have Node, with which ECS requests that (`health.command`); run as the user 65532 (`user`), without Linux
 * capabilities, and write to `/tmp` alone (`readonlyRootFilesystem`); end within 120 seconds of SIGTERM; keep idle
 * connections longer than the balancer's 125 seconds; and send something every 60 seconds of an answer, or CloudFront
 * ends it.
 */
export class StoryAgentService extends pulumi.ComponentResource implements Grantee {
    readonly granteeName: string;
    /** Tasks that run at least while the service is awake; 0 when it is not enabled. */
    readonly desiredCount: number;
    /** Whether Container Insights counts the tasks. */
    readonly containerInsights: boolean;
    /** Whether the service stops at night. */
    readonly nightStop: boolean;
    /** The resources of the service; undefined when it is not enabled. */
    readonly nodes: AgentServiceNodes | undefined;

    constructor(name: string, given: StoryAgentServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryAgentService", name, {}, opts);
        this.granteeName = `${name}-task`;
        this.desiredCount = (args.enabled ?? true) ? fewestTasks(args) : 0;
        this.containerInsights = args.containerInsights ?? false;
        this.nightStop = args.nightStop !== undefined;
        if (args.enabled ?? true) {
            this.nodes = this.#create(name, args);
        }
        this.registerOutputs({
            clusterName: this.nodes?.cluster.name,
            serviceName: this.nodes?.service.name,
            loadBalancerArn: this.nodes?.loadBalancer.arn,
        });
    }

    /** The role of the running code, which grants go to. */
    get role(): aws.iam.Role {
        if (!this.nodes) {
            throw new Error("a StoryAgentService that is not enabled has no role; check `nodes` before granting to it");
        }
        return this.nodes.taskRole;
    }

    /** The cluster's name. Fails where the service is not enabled. */
    get clusterName(): pulumi.Output<string> {
        return this.#enabled.cluster.name;
    }

    /** The service's name. Fails where the service is not enabled. */
    get serviceName(): pulumi.Output<string> {
        return this.#enabled.service.name;
    }

    /** The last part of the load balancer's ARN, as CloudWatch names it. Fails where the service is not enabled. */
    get loadBalancerArnSuffix(): pulumi.Output<string> {
        return this.#enabled.loadBalancer.arnSuffix;
    }

    /** The last part of the target group's ARN, as CloudWatch names it. Fails where the service is not enabled. */
    get targetGroupArnSuffix(): pulumi.Output<string> {
        return this.#enabled.targetGroup.arnSuffix;
    }

    get #enabled(): AgentServiceNodes {
        return existing(this.nodes, "service: `enabled` is false");
    }

    #create(name: string, args: Args): AgentServiceNodes {
        const names = { ...physicalNames(args), ...args.names };
        const { cluster, capacity } = this.#createCluster(name, args, names.cluster);
        const logGroup = this.#createLogGroup(name, args, names.serviceLog);
        const taskRole = this.#createRole(name, args, "task", names.taskRole);
        const executionRole = this.#createRole(name, args, "execution", names.taskExecutionRole);
        const permissions = this.#grantExecution(name, args, executionRole, logGroup);
        const taskDefinition = createTaskDefinition(name, args, {
            parent: this,
            family: names.taskFamily,
            logStreamPrefix: names.service,
            container: names.container,
            logGroup,
            executionRole,
            taskRole,
            port: args.port ?? DEFAULT_PORT,
        });
        const groups = createSecurityGroups(this, name, {
            ...args,
            port: args.port ?? DEFAULT_PORT,
            isPublic: args.publicAccess !== undefined,
            names,
        });
        const loadBalancer = this.#createLoadBalancer(name, args, names.loadBalancer, groups.balancer);
        const targetGroup = this.#createTargetGroup(name, args, args.names?.targetGroup ?? targetGroupName(args));
        const listener = this.#createListener(name, args, loadBalancer, targetGroup);
        const service = this.#createService(name, args, {
            serviceName: names.service,
            container: names.container,
            cluster,
            taskDefinition,
            securityGroup: groups.service,
            targetGroup,
            // A service can't use a target group without a listener, and a task can't start before its role may pull its
            // image, read its secrets and log; no output expresses either dependency.
            dependsOn: [listener, ...permissions, ...(args.spot ? [capacity] : [])],
        });
        createScaling(this, name, args, { cluster, service });
        return {
            cluster,
            service,
            taskDefinition,
            taskRole,
            executionRole,
            logGroup,
            loadBalancer,
            listener,
            targetGroup,
            loadBalancerSecurityGroup: groups.balancer,
            serviceSecurityGroup: groups.service,
        };
    }

    #createCluster(
        name: string,
        args: Args,
        clusterName: string,
    ): { cluster: aws.ecs.Cluster; capacity: aws.ecs.ClusterCapacityProviders } {
        const cluster = child(this, aws.ecs.Cluster, `${name}-cluster`, args.transform?.cluster, {
            name: clusterName,
            // AWS's default. If it were left out, an existing value would stay, and each refresh would report it.
            configuration: { executeCommandConfiguration: { logging: "DEFAULT" } },
            settings: [{ name: "containerInsights", value: args.containerInsights ? "enabled" : "disabled" }],
            tags: tagsFor(args, clusterName),
        });
        const capacity = child(
            this,
            aws.ecs.ClusterCapacityProviders,
            `${name}-capacity-providers`,
            args.transform?.capacityProviders,
            { clusterName: cluster.name, capacityProviders: args.spot ? ["FARGATE", SPOT] : ["FARGATE"] },
        );
        return { cluster, capacity };
    }

    #createLogGroup(name: string, args: Args, logGroupName: string): aws.cloudwatch.LogGroup {
        return child(this, aws.cloudwatch.LogGroup, `${name}-log-group`, args.transform?.logGroup, {
            name: logGroupName,
            retentionInDays: args.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
            kmsKeyId: args.kmsKeyArn,
            tags: tagsFor(args, logGroupName),
        });
    }

    #createRole(name: string, args: Args, kind: "task" | "execution", roleName: string): aws.iam.Role {
        return child(this, aws.iam.Role, `${name}-${kind}-role`, args.transform?.[`${kind}Role`], {
            name: roleName,
            description: kind === "task" ? "What the agent service may do" : "What ECS may do to start a task",
            // Amazon ECS developer guide, "Amazon ECS task IAM role".
            assumeRolePolicy: assumedBy("ecs-tasks.amazonaws.com"),
            tags: tagsFor(args, roleName),
        });
    }

    #grantExecution(
        name: string,
        args: Args,
        role: aws.iam.Role,
        logGroup: aws.cloudwatch.LogGroup,
    ): aws.iam.RolePolicy[] {
        const grantee: Grantee = { role, granteeName: `${name}-execution` };
        const pulling = args.image.grantPull(grantee) ?? [];
        const secrets = [args, ...(args.sidecars ?? [])].flatMap((container) =>
            Object.values<TaskSecret>(container.secrets ?? {}).map((secret) => secret.arn),
        );
        const more = permit(grantee, args.executionPermissions, { parent: this }) ?? [];
        const logs = grant(
            grantee,
            "logs",
            [
                {
                    Effect: "Allow",
                    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                    Resource: pulumi.interpolate`${logGroup.arn}:*`,
                },
            ],
            { parent: this },
        );
        if (secrets.length === 0) {
            return [logs].concat(pulling, more);
        }
        const key = args.kmsKeyArn;
        const reading = grant(
            grantee,
            "secrets",
            [
                { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: secrets },
                ...(key ? [{ Effect: "Allow" as const, Action: ["kms:Decrypt"], Resource: key }] : []),
            ],
            { parent: this },
        );
        return [logs, reading].concat(pulling, more);
    }

    #createLoadBalancer(
        name: string,
        args: Args,
        loadBalancerName: string,
        securityGroup: aws.ec2.SecurityGroup,
    ): aws.lb.LoadBalancer {
        return child(
            this,
            aws.lb.LoadBalancer,
            `${name}-load-balancer`,
            args.transform?.loadBalancer,
            {
                name: loadBalancerName,
                loadBalancerType: "application",
                internal: !args.publicAccess,
                subnets: args.publicAccess ? args.network.publicSubnetIds : args.network.isolatedSubnetIds,
                securityGroups: [securityGroup.id],
                // Less than the 130 seconds for which the service keeps a connection: a balancer that used a connection
                // while the service closes it would answer 502. Streams send a comment every 15 seconds.
                idleTimeout: 125,
                dropInvalidHeaderFields: true,
                desyncMitigationMode: "defensive",
                enableDeletionProtection: args.deletionProtection ?? false,
                accessLogs: args.accessLogBucket
                    ? { bucket: args.accessLogBucket, prefix: "alb", enabled: true }
                    : undefined,
                tags: tagsFor(args, loadBalancerName),
            },
            { protect: args.protect, ...createBeforeDelete },
        );
    }

    #createTargetGroup(name: string, args: Args, targetGroupName: string): aws.lb.TargetGroup {
        return child(
            this,
            aws.lb.TargetGroup,
            `${name}-target-group`,
            args.transform?.targetGroup,
            {
                name: targetGroupName,
                port: args.port ?? DEFAULT_PORT,
                protocol: "HTTP",
                targetType: "ip",
                vpcId: args.network.vpcId,
                // Seconds for which the balancer keeps the streams of a task that is being replaced. ECS then stops the task,
                // which has `stopTimeout` to save the stories that still run.
                deregistrationDelay: 120,
                healthCheck: {
                    path: args.health?.path ?? HEALTH_PATH,
                    matcher: "200",
                    interval: 30,
                    timeout: 5,
                    healthyThreshold: 2,
                    unhealthyThreshold: 3,
                },
                tags: tagsFor(args, targetGroupName),
            },
            { ...createBeforeDelete },
        );
    }

    #createListener(
        name: string,
        args: Args,
        loadBalancer: aws.lb.LoadBalancer,
        targetGroup: aws.lb.TargetGroup,
    ): aws.lb.Listener {
        return child(this, aws.lb.Listener, `${name}-listener`, args.transform?.listener, {
            loadBalancerArn: loadBalancer.arn,
            ...(args.publicAccess
                ? {
                      port: 443,
                      protocol: "HTTPS",
                      sslPolicy: TLS_POLICY,
                      certificateArn: args.publicAccess.certificateArn,
                  }
                : // Inside the VPC, from CloudFront's own network interfaces; TLS of viewers ends at CloudFront.
                  { port: 80, protocol: "HTTP" }),
            defaultActions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
            tags: tagsFor(args, `${args.project}-agent-${args.environment}`),
        });
    }

    #createService(name: string, args: Args, parts: ServiceParts): aws.ecs.Service {
        const scaled = isScaled(args);
        return child(
            this,
            aws.ecs.Service,
            `${name}-service`,
            args.transform?.service,
            {
                name: parts.serviceName,
                cluster: parts.cluster.arn,
                taskDefinition: parts.taskDefinition.arn,
                ...(args.spot
                    ? { capacityProviderStrategies: [{ capacityProvider: SPOT, weight: 1 }] }
                    : { launchType: "FARGATE" }),
                platformVersion: "LATEST",
                desiredCount: args.desiredCount ?? DEFAULT_COUNT,
                deploymentMinimumHealthyPercent: 100,
                deploymentMaximumPercent: 200,
                deploymentCircuitBreaker: { enable: true, rollback: true },
                waitForSteadyState: args.waitForSteadyState ?? true,
                healthCheckGracePeriodSeconds: 60,
                networkConfiguration: {
                    subnets: args.network.privateSubnetIds ?? args.network.publicSubnetIds,
                    securityGroups: [parts.securityGroup.id],
                    assignPublicIp: args.network.privateSubnetIds === undefined,
                },
                loadBalancers: [
                    {
                        targetGroupArn: parts.targetGroup.arn,
                        containerName: parts.container,
                        containerPort: args.port ?? DEFAULT_PORT,
                    },
                ],
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                tags: tagsFor(args, parts.serviceName),
            },
            {
                dependsOn: parts.dependsOn,
                // While autoscaling or the night schedule sets the count, an update does not change it, unless it is 0.
                ignoreChanges: scaled ? ["desiredCount"] : [],
            },
        );
    }
}

/** The resources of a service that is enabled. */
export interface AgentServiceNodes {
    /** The cluster, which holds this service alone. */
    cluster: aws.ecs.Cluster;
    /** The service, which keeps tasks running. */
    service: aws.ecs.Service;
    /** The task definition: image, variables, secrets, size. */
    taskDefinition: aws.ecs.TaskDefinition;
    /** The role of the running code. */
    taskRole: aws.iam.Role;
    /** The role by which ECS starts tasks. */
    executionRole: aws.iam.Role;
    /** Where tasks log. */
    logGroup: aws.cloudwatch.LogGroup;
    /** The load balancer, which a VPC origin of CloudFront leads to, or everybody where `publicAccess` is given. */
    loadBalancer: aws.lb.LoadBalancer;
    /** Its listener, on port 80, or 443 for `publicAccess`. */
    listener: aws.lb.Listener;
    /** The target group of the tasks, which checks their health. */
    targetGroup: aws.lb.TargetGroup;
    /** The security group of the load balancer. */
    loadBalancerSecurityGroup: aws.ec2.SecurityGroup;
    /** The security group of the tasks. */
    serviceSecurityGroup: aws.ec2.SecurityGroup;
}

/**
 * The target group's name. It has the port, except the default one: another port replaces the group, and both exist until
 * the listener uses the new one, since AWS deletes no group that is in use.
 */
function targetGroupName(args: Args): string {
    const { targetGroup } = physicalNames(args);
    const port = args.port ?? DEFAULT_PORT;
    return port === DEFAULT_PORT ? targetGroup : `${targetGroup.slice(0, 26)}-${port}`;
}

interface ServiceParts {
    serviceName: string;
    container: string;
    cluster: aws.ecs.Cluster;
    taskDefinition: aws.ecs.TaskDefinition;
    securityGroup: aws.ec2.SecurityGroup;
    targetGroup: aws.lb.TargetGroup;
    dependsOn: pulumi.Resource[];
}

function checked(name: string, given: StoryAgentServiceArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StoryAgentService", name, args);
    const names = { ...physicalNames(args), ...args.names };
    const { autoscaling, nightStop, cpu = DEFAULT_CPU, memory = DEFAULT_MEMORY } = args;
    const memories = fargateMemory[cpu] ?? [];
    const balancerSubnets = args.network.isolatedSubnetIds;
    const containers = [names.container, ...(args.sidecars ?? []).map((sidecar) => sidecar.name)];
    for (const [index, sidecar] of (args.sidecars ?? []).entries()) {
        check
            .integer(`sidecars[${index}].memory`, sidecar.memory, { min: 6, max: memory, unit: "MB" })
            .integer(`sidecars[${index}].cpu`, sidecar.cpu, { min: 0, max: cpu });
    }
    const paths = (args.fileSystems ?? []).map(({ path }) => path);
    for (const [index, path] of paths.entries()) {
        check.matches(`fileSystems[${index}].path`, path, /^\/[^:\s]+$/, "an absolute path such as /data");
    }
    const left = remainingForService(args);
    check
        .that(
            left.memory >= MIN_MEMORY && left.cpu >= 0,
            `sidecars leave the service ${left.memory} MB and ${left.cpu} units of CPU; it needs ${MIN_MEMORY} MB or more`,
        )
        .that(
            new Set(containers).size === containers.length,
            `sidecars and the service have a name twice (${containers.join(", ")}); each container must have its own`,
        )
        .required("image.ref", args.image.ref)
        .required("image.grantPull", args.image.grantPull)
        .that(
            !Array.isArray(balancerSubnets) || balancerSubnets.length >= 2,
            "network.isolatedSubnetIds has fewer than two ids; a balancer needs two subnets or more, in different zones",
        )
        .add(nameProblems("loadBalancer", "names.loadBalancer", names.loadBalancer))
        .add(nameProblems("targetGroup", "names.targetGroup", args.names?.targetGroup ?? targetGroupName(args)))
        .add(nameProblems("cluster", "names.cluster", names.cluster))
        .add(nameProblems("role", "names.taskExecutionRole", names.taskExecutionRole))
        .add(nameProblems("role", "names.taskRole", names.taskRole))
        .add(nameProblems("logGroup", "names.serviceLog", names.serviceLog))
        .add(nameProblems("taskFamily", "names.taskFamily", names.taskFamily))
        .add(nameProblems("securityGroup", "names.loadBalancerSecurityGroup", args.names?.loadBalancerSecurityGroup))
        .add(nameProblems("securityGroup", "names.serviceSecurityGroup", args.names?.serviceSecurityGroup))
        .matches("image.ref", args.image?.ref, IMAGE_REF, "an image by digest, ADDRESS@sha256:DIGEST")
        .integer("desiredCount", args.desiredCount, { min: 0, max: 100, unit: "tasks" })
        .oneOf("cpu", cpu, Object.keys(fargateMemory).map(Number))
        .that(
            memories.length === 0 || memories.includes(memory),
            `memory is ${memory}; for cpu ${cpu} Fargate has ${memories[0]} to ${memories.at(-1)} MB: ${memories.join(", ")}`,
        )
        .retentionDays("logRetentionDays", args.logRetentionDays)
        .integer("port", args.port, { min: 1, max: 65_535 })
        .oneOf("architecture", args.architecture, ["x86_64", "arm64"])
        .integer("autoscaling.min", autoscaling?.min, { min: 0, max: 100, unit: "tasks" })
        .integer("autoscaling.max", autoscaling?.max, { min: 1, max: 100, unit: "tasks" })
        .that(
            !autoscaling || autoscaling.min <= autoscaling.max,
            `autoscaling.min is ${autoscaling?.min} and autoscaling.max is ${autoscaling?.max}; min must not be above max`,
        )
        .that(
            !nightStop || autoscaling !== undefined,
            "nightStop is given without autoscaling; the schedule sets autoscaling's bounds: give both",
        )
        .matches("nightStop.stop", nightStop?.stop, /^cron\(.+\)$/, "cron(minute hour day month weekday year)")
        .matches("nightStop.start", nightStop?.start, /^cron\(.+\)$/, "cron(minute hour day month weekday year)")
        .that(
            new Set(["/tmp", ...paths]).size === paths.length + 1,
            `fileSystems has a path twice, or /tmp (${paths.join(", ")}); each must have its own`,
        )
        .matches("health.path", args.health?.path, /^\/[^\s"\\]*$/, "a path such as /health")
        .that(
            !args.health?.command?.length || ["CMD", "CMD-SHELL"].includes(args.health.command[0] ?? ""),
            "health.command must begin with CMD or CMD-SHELL, or be empty",
        )
        .that(!("PORT" in (args.variables ?? {})), "variables has PORT; the argument `port` sets it")
        .done();
    return args;
}
