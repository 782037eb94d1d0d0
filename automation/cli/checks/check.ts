import { z } from "zod";
import type { CheckEnvironment } from "./environment.ts";

export const findingSchema = z.strictObject({
    status: z.enum(["ok", "todo", "unknown"]),
    found: z.string().describe("What is there."),
    todo: z.string().optional().describe("What to do about it."),
});

/** What a check found. */
export type Finding = z.output<typeof findingSchema>;

/** A check of one prerequisite of a deployment. */
export interface Check {
    name: string;
    look(environment: CheckEnvironment): Promise<Finding>;
}

export const ok = (found: string): Finding => ({ status: "ok", found });
export const todo = (found: string, what: string): Finding => ({ status: "todo", found, todo: what });
export const unknown = (found: string): Finding => ({ status: "unknown", found });
