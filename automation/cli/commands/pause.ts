import { z } from "zod";
import { defineCommand } from "../command.ts";
import { pauseService, resumeService } from "../pausing.ts";
import { confirmed } from "../terminal.ts";

const result = z.strictObject({
    stack: z.string(),
    cluster: z.string(),
    service: z.string(),
    from: z.int().describe("Desired tasks before."),
    to: z.int().describe("Desired tasks now."),
    tasks: z.int().describe("The number of tasks that resume goes, or went, back to."),
    scaling: z
        .enum(["suspended", "resumed", "none", "unknown"])
        .describe("Autoscaling and the night schedule; unknown where an emulator has no such service."),
});

const nextUp = `What \`up\` does to a paused service: where something else counts the tasks (\`agentNightStop\`, scaling), it
deploys and leaves the service stopped. Elsewhere the stack counts them: an \`up\` that changes the service leaves it stopped
too, and the next one, which has seen that, starts it again.`;

/** Stops the agent service. */
export const pauseCommand = defineCommand<z.output<typeof result>>({
    name: "pause",
    about: "stop the agent service: no tasks until it is resumed; stories that are being made are finished or saved first",
    help: `Sets the desired count to 0, suspends autoscaling and the night schedule, and keeps the number of tasks as a tag of
the service. Tasks end within about four minutes.\n\n${nextUp}`,
    changes: true,
    result,
    async run({ stack, yes, signal }) {
        const { name, outputs, clients } = await (await stack()).deployed();
        await confirmed(`Stop the agent service of ${name}? Nobody can make stories until it is resumed.`, yes, signal);
        return { stack: name, ...(await pauseService(outputs, clients)) };
    },
    text: ({ service, tasks }) => `${service} is paused; \`story42 resume\` goes back to ${tasksInWords(tasks)}.`,
});

/** Starts the agent service again. */
export const resumeCommand = defineCommand<z.output<typeof result>>({
    name: "resume",
    about: "start a paused agent service with as many tasks as before",
    help: `Autoscaling and the night schedule continue; a service that is resumed at night runs until the next stop.\n\n${nextUp}`,
    changes: true,
    result,
    async run({ stack, yes, signal }) {
        const { name, outputs, clients } = await (await stack()).deployed();
        await confirmed(`Start the agent service of ${name}?`, yes, signal);
        return { stack: name, ...(await resumeService(outputs, clients)) };
    },
    text: ({ service, to }) => `${service} is to have ${tasksInWords(to)}; \`story42 status\` says when they run.`,
});

function tasksInWords(count: number): string {
    if (count === 0) {
        return "its schedule";
    }
    return count === 1 ? "1 task" : `${count} tasks`;
}
