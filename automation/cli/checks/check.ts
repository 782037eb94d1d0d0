import { z } from "zod";
import type { Surroundings } from "./environment.ts";

export const findingSchema = z.strictObject({
    status: z.enum(["ok", "todo", "unknown"]),
    found: z.string().describe("What is there."),
    todo: z.string().optional().describe("What to do about it."),
});

/** What a check found. */
export type Finding = z.output<typeof findingSchema>;

/** One thing that a deployment stands on. */
export interface Check {
    name: string;
    look(surroundings: Surroundings): Promise<Finding>;
}

export const ok = (found: string): Finding => ({ status: "ok", found });
export const todo = (found: string, what: string): Finding => ({ status: "todo", found, todo: what });
export const unknown = (found: string): Finding => ({ status: "unknown", found });
