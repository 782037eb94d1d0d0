/** Runs images from their registry with the deployment's settings, makes a story with them, and checks the containers. */

import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { operations } from "../../contract/operations.ts";
import { keepRuntime } from "../../local/background/runtime.ts";
import type { BroughtUp } from "../../local/commands/up.ts";
import { makeDemo } from "../../local/demo/demo.ts";
import type { Screen } from "../../local/lib/screen.ts";
import { OPERATOR } from "../../local/runtime/clients.ts";
import { Containers } from "../../local/runtime/containers.ts";
import type { Report } from "./report.ts";

export interface ExerciseOptions {
    stateDir: string;
    built: BroughtUp;
    /** Receives the findings. */
    report: Report;
    screen: Screen;
    signal: AbortSignal;
}

/** The last REST API operation of a story; it must be recorded. */
const LAST_OPERATION = "/generate-story-image";

/** Throws when a part does not start or answer; problems of running containers go into the report. */
export async function exerciseImages({ stateDir, built, report, screen, signal }: ExerciseOptions): Promise<void> {
    const step = screen.step("Starting the images from the registry");
    try {
        const running = await keepRuntime({ stateDir, live: [], containers: true, signal });
        step.done("the service is healthy, each function waits for events");
        await makeDemo({ url: running.url, user: running.user, folder: join(stateDir, "demo"), screen, signal });
    } catch (error) {
        step.failed("not all of them run");
        throw error;
    }
    await invokeDataOperations(built, screen);
    await lookAtContainers(new Containers(join(stateDir, "containers"), built.endpoint), report, screen);
}

/** Calls the data operations directly; the story uses only the two other functions and the service. */
async function invokeDataOperations({ endpoint, outputs }: BroughtUp, screen: Screen): Promise<void> {
    const step = screen.step("Data operations");
    const region = String(outputs.region?.value);
    const lambda = new LambdaClient({ endpoint, region, credentials: OPERATOR });
    const route = operations.find(({ path }) => path === LAST_OPERATION)?.route;
    const event = { operation: "query_sessions", route };
    try {
        const { Payload, FunctionError } = await lambda.send(
            new InvokeCommand({
                FunctionName: String(outputs.data_ops_function_name?.value),
                Qualifier: "live",
                Payload: JSON.stringify(event),
            }),
        );
        const text = Buffer.from(Payload ?? []).toString("utf8");
        const { result } = JSON.parse(text) as { result?: { sessions: unknown[] } };
        if (FunctionError || !result || result.sessions.length === 0) {
            throw new Error(`query_sessions found no session of the story just made: ${text}`);
        }
        step.done("query_sessions finds the session that was just made");
    } catch (error) {
        step.failed("query_sessions does not answer as it should");
        throw error;
    } finally {
        lambda.destroy();
    }
}

/** Prints the capabilities of a process in a container as JSON. */
const PROBE = `
const fs = require("node:fs");
const outcome = (folder) => {
    try {
        fs.writeFileSync(folder + "/probe", "");
        fs.rmSync(folder + "/probe");
        return "written";
    } catch (error) {
        return error.code;
    }
};
console.log(JSON.stringify({ uid: process.getuid(), root: outcome(""), own: outcome(process.cwd()), tmp: outcome("/tmp") }));
`;

async function lookAtContainers(containers: Containers, report: Report, screen: Screen): Promise<void> {
    const step = screen.step("Looking at what runs");
    const running = await containers.running();
    for (const image of Object.values(report)) {
        const container = running.find(({ ref }) => ref === image.ref);
        if (!container) {
            image.problems.push("no container of it runs");
            continue;
        }
        const seen = JSON.parse(await containers.execute(container.id, ["node", "--eval", PROBE]));
        if (seen.uid === 0) {
            image.problems.push("it runs as root");
        }
        if (seen.root !== "EROFS" || seen.own !== "EROFS" || seen.tmp !== "written") {
            image.problems.push(`its root is not read-only, or /tmp can't be written to: ${JSON.stringify(seen)}`);
        }
        image.ran = `read-only, uid ${seen.uid}`;
    }
    step.done(`${running.length} containers`);
}
