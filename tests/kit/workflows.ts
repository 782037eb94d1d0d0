import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { root } from "../../local/lib/paths.ts";

/** A step of a workflow of GitHub Actions. */
export interface Step {
    name?: string;
    uses?: string;
    run?: string;
    env?: Record<string, string>;
}

/** The parts of a workflow that tests read. */
export interface Workflow {
    permissions?: Record<string, string>;
    jobs: Record<string, { env?: Record<string, string>; steps: Step[] }>;
}

/** @param path from the checkout, for example `docs/workflows/deploy.yml` */
export function readWorkflow(path: string): Workflow {
    return parse(readFileSync(join(root, path), "utf8"));
}

/**
 * Runs a step of a job as GitHub does: with bash, which stops at the first error.
 *
 * @param variables the environment, with values for the expressions of the workflow's variables
 */
export async function runStep(path: string, name: string, cwd: string, variables: Record<string, string>) {
    const jobs = Object.values(readWorkflow(path).jobs);
    const job = jobs.find(({ steps }) => steps.some((step) => step.name === name));
    const step = job?.steps.find((one) => one.name === name);
    if (!step?.run) {
        throw new Error(`${path} has no step ${name} that runs something`);
    }
    const written = Object.entries({ ...job?.env, ...step.env });
    const literal = written.filter(([, value]) => !value.includes("${{"));
    const missing = written.filter(([key, value]) => value.includes("${{") && variables[key] === undefined);
    if (missing.length > 0) {
        throw new Error(`${path}, ${name}: nothing is given for ${missing.map(([key]) => key).join(", ")}`);
    }
    const env = { ...Object.fromEntries(literal), ...variables };
    return await execa("bash", ["-e", "-c", step.run], { cwd, env, all: true, reject: false });
}
