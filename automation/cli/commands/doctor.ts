import { z } from "zod";
import { credentialsCheck, regionCheck } from "../checks/account.ts";
import { type Check, type Finding, findingSchema } from "../checks/check.ts";
import { CheckEnvironment } from "../checks/environment.ts";
import { pictureModelCheck, textModelsCheck } from "../checks/models.ts";
import { namesCheck } from "../checks/names.ts";
import { quotasCheck } from "../checks/quotas.ts";
import { settingsCheck, stackCheck } from "../checks/stack.ts";
import { builderCheck, nodeCheck, pulumiCheck } from "../checks/tools.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { table } from "../table.ts";

const result = z.strictObject({
    ok: z.boolean().describe("Nothing has to be done; what could not be told does not count."),
    checks: z.array(findingSchema.extend({ check: z.string() })),
});

const checks: readonly Check[] = [
    nodeCheck,
    pulumiCheck,
    stackCheck,
    settingsCheck,
    credentialsCheck,
    regionCheck,
    quotasCheck,
    builderCheck,
    namesCheck,
    textModelsCheck,
    pictureModelCheck,
];

/** Checks the prerequisites of a deployment. */
export const doctorCommand = defineCommand<z.output<typeof result>>({
    name: "doctor",
    about: "check tools, versions, credentials, quotas, builder, region, names and models before a deployment",
    help: "Each is ok or comes with what to do. Changes nothing. Ends with 3 when something has to be done.",
    result,
    async run({ stack, signal }) {
        const environment = new CheckEnvironment(stack);
        const findings = [];
        for (const { name, look } of checks) {
            signal.throwIfAborted();
            findings.push({ check: name, ...(await lookAt(look, environment)) });
        }
        return { ok: findings.every(({ status }) => status !== "todo"), checks: findings };
    },
    text({ checks }) {
        const lines = table(checks.map(({ check, status, found }) => [status, check, found])).split("\n");
        return checks.map(({ todo }, index) => [lines[index], ...(todo ? [indented(todo)] : [])].join("\n")).join("\n");
    },
    exitCode: ({ ok }) => (ok ? exitCodes.done : exitCodes.refused),
});

/** Runs one check; its finding is "unknown" when the check itself fails. */
async function lookAt(look: Check["look"], environment: CheckEnvironment): Promise<Finding> {
    try {
        return await look(environment);
    } catch (error) {
        return { status: "unknown", found: `can't be told: ${(error as Error).message}` };
    }
}

function indented(todo: string): string {
    return todo.replaceAll(/^/gm, "      ");
}
