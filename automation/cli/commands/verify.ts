import { z } from "zod";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { runningFunctions, runningService } from "../running.ts";
import { table } from "../table.ts";

const result = z.strictObject({
    stack: z.string(),
    ok: z.boolean(),
    images: z.array(
        z.strictObject({
            image: z.string().describe("Its name in the output image_refs."),
            runs: z.enum(["function", "service", "task"]).describe("A service's is what its next task gets."),
            name: z.string().describe("The function's or service's name, or the task's id."),
            running: z.string(),
            built: z.string(),
            ok: z.boolean(),
        }),
    ),
});

/** Checks that the running images are the built ones. */
export const verifyCommand = defineCommand<z.output<typeof result>>({
    name: "verify",
    about: "check that the digest that each function and task runs is the one that was built",
    help: "Ends with 3 when one differs.",
    result,
    async run({ stack }) {
        const { name, outputs, clients } = await (await stack()).deployed();
        const [functions, service] = await Promise.all([
            runningFunctions(outputs, clients),
            runningService(outputs, clients),
        ]);
        const compared = [
            ...functions.map((it) => ({
                ...it,
                image: it.name as string,
                runs: "function" as const,
                name: it.functionName,
            })),
            ...(service ? [{ ...service, image: "agent", runs: "service" as const }] : []),
            ...(service?.tasks ?? []).map((task) => ({
                image: "agent",
                runs: "task" as const,
                name: task.id,
                digest: task.digest,
                built: service?.built ?? "",
            })),
        ];
        const images = compared.map(({ image, runs, name, digest, built }) => ({
            image,
            runs,
            name,
            running: digest,
            built,
            // An unknown digest counts as different.
            ok: digest !== "" && digest === built,
        }));
        return { stack: name, ok: images.every(({ ok }) => ok), images };
    },
    text({ ok, images }) {
        const rows = images.map((it) => [
            it.ok ? "ok" : "differs",
            it.runs,
            it.name,
            it.ok ? it.running : `${it.running || "unknown"} runs, ${it.built || "nothing"} was built`,
        ]);
        const advice = ok
            ? ""
            : "\n\n`story42 up` deploys what was built; a change by hand shows after `story42 refresh`.";
        return table(rows) + advice;
    },
    exitCode: ({ ok }) => (ok ? exitCodes.done : exitCodes.refused),
});
