import { z } from "zod";
import type { ImageName } from "../../../stacks/imageSources.ts";
import type { OperationResult } from "../../index.ts";
import { defineCommand } from "../command.ts";
import { PAUSED_TAG } from "../pausing.ts";
import { printProgress } from "../printProgress.ts";
import { type RunningFunction, type RunningService, runningFunctions, runningService } from "../running.ts";
import { table } from "../table.ts";

const image = z.strictObject({
    running: z.string().describe("The digest that runs, or that the next task gets."),
    built: z.string().describe("The digest that the stack's last up built or was given."),
    matches: z.boolean(),
    source: z
        .enum(["same", "changed", "elsewhere"])
        .optional()
        .describe(
            "With --source: whether the source has changed since it was built; elsewhere: the settings name the image.",
        ),
});

const result = z.strictObject({
    stack: z.string(),
    region: z.string(),
    site: z.string(),
    healthy: z.boolean(),
    functions: z.array(
        z.strictObject({
            name: z.string(),
            function: z.string(),
            image,
            state: z.string().describe("Lambda's own word."),
            healthy: z.boolean(),
            problem: z.string().optional(),
        }),
    ),
    service: z
        .strictObject({
            cluster: z.string(),
            service: z.string(),
            image,
            desired: z.int(),
            running: z.int(),
            pending: z.int(),
            paused: z.boolean().describe("Whether `story42 pause` stopped it."),
            healthy: z.boolean().describe("As many tasks as desired run, and none is unhealthy."),
            tasks: z.array(
                z.strictObject({ id: z.string(), digest: z.string(), status: z.string(), health: z.string() }),
            ),
        })
        .nullable()
        .describe("null for a stack without an agent service."),
});

interface Flags {
    source?: true;
}

/** Reports what runs. */
export const statusCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "status",
    about: "say what runs: image digests against the built ones, health, desired and running counts",
    help: "Asks AWS, not the stack's state. With --source it previews, too, which builds the images.",
    define: (command) => command.option("--source", "also say whether the source has changed since it was built"),
    result,
    async run({ stack, signal }, { source }) {
        const { story, deployed } = await stack();
        const { name, region, outputs, clients } = await deployed();
        const [functions, service, sources] = await Promise.all([
            runningFunctions(outputs, clients),
            runningService(outputs, clients),
            source ? imageSources(await story.preview({ signal, onEvent: printProgress })) : {},
        ]);
        const parts = {
            functions: functions.map((it) => functionStatus(it, sources)),
            service: service ? serviceStatus(service, sources) : null,
        };
        const healthy = parts.functions.every((one) => one.healthy) && (parts.service?.healthy ?? true);
        return { stack: name, region, site: outputs.website_url, healthy, ...parts };
    },
    text({ stack, region, site, functions, service }) {
        const short = (digest: string) => digest.slice(0, "sha256:".length + 12);
        const images = ({ running, built, matches, source }: z.output<typeof image>) => {
            const sourceText = source ? `, source ${source}` : "";
            return `${short(running)}${matches ? "" : ` (built: ${short(built)})`}${sourceText}`;
        };
        const rows = functions.map((one) => [one.name, one.state, images(one.image), one.problem ?? one.function]);
        if (service) {
            const counts = `${service.running} of ${service.desired} tasks${service.pending > 0 ? `, ${service.pending} pending` : ""}`;
            const paused = service.paused ? ", paused" : "";
            rows.push([
                "agent",
                service.healthy ? "Healthy" : "Unhealthy",
                images(service.image),
                `${service.service}: ${counts}${paused}`,
            ]);
            rows.push(
                ...service.tasks.map((task) => {
                    // ECS reports UNKNOWN for a task without a health check of its own.
                    const health = task.health === "UNKNOWN" ? task.status : task.health;
                    return ["", health, short(task.digest), `task ${task.id}`];
                }),
            );
        }
        return `${stack} in ${region}, ${site}\n${table(rows)}`;
    },
});

type Sources = Partial<Record<ImageName, "same" | "changed">>;

/** The images that are built from source, and whether the source has changed. */
function imageSources({ changes }: OperationResult): Sources {
    const built = Object.entries(changes).flatMap(([kind, resources]) =>
        resources
            .filter(({ type }) => type === "docker-build:index:Image")
            .map(({ name }) => [name, kind === "same" ? "same" : "changed"]),
    );
    const byResource: Record<string, "same" | "changed"> = Object.fromEntries(built);
    return {
        text: byResource["text-image-image"],
        image: byResource["image-image-image"],
        dataOps: byResource["data-ops-image-image"],
        agent: byResource["agent-image-image"],
    };
}

/** The `source` of an image's status; empty without --source. */
function sourceOf(name: ImageName, sources: Sources) {
    return Object.keys(sources).length > 0 ? { source: sources[name] ?? ("elsewhere" as const) } : {};
}

function functionStatus({ name, functionName, digest, built, state, problem }: RunningFunction, sources: Sources) {
    return {
        name,
        function: functionName,
        image: { running: digest, built, matches: digest === built, ...sourceOf(name, sources) },
        state,
        healthy: state !== "Failed" && !problem,
        ...(problem ? { problem } : {}),
    };
}

function serviceStatus({ cluster, name, service, digest, built, tasks }: RunningService, sources: Sources) {
    const { desiredCount: desired = 0, runningCount: running = 0, pendingCount: pending = 0, tags = [] } = service;
    return {
        cluster,
        service: name,
        image: {
            running: digest,
            built,
            matches: [digest, ...tasks.map((task) => task.digest)].every((it) => it === built),
            ...sourceOf("agent", sources),
        },
        desired,
        running,
        pending,
        paused: tags.some(({ key }) => key === PAUSED_TAG),
        healthy: running >= desired && tasks.every((task) => task.health !== "UNHEALTHY"),
        tasks,
    };
}
