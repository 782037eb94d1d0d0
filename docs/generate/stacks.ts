/** The resources that two stacks register, without an engine or a cloud. */
import type { Registrations } from "../../tests/kit/monitor.ts";
import { runStack } from "../../tests/kit/program.ts";

/** A development stack with its defaults, and a production stack with all optional parts. */
export interface DocumentedStacks {
    dev: Registrations;
    prod: Registrations;
}

/** Runs the program for both. */
export async function documentedStacks(): Promise<DocumentedStacks> {
    const dev = await runStack({ environment: "dev" });
    const prod = await runStack({
        environment: "prod",
        production: true,
        guardrail: true,
        domainName: "example.com",
        enableCustomDomain: true,
        agentNightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "UTC" },
    });
    return { dev, prod };
}
