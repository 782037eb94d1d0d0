/** What keeps count of what is used, put together from the environment. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { prices } from "../../../contract/prices.ts";
import { bounds } from "../../../contract/usage.ts";
import { Bounded } from "./bounds.ts";
import { Ledger } from "./ledger.ts";
import { Meter } from "./meter.ts";
import { usageMetrics } from "./metrics.ts";

const json = <Schema extends z.ZodType>(schema: Schema) =>
    z
        .string()
        .default("{}")
        .transform((text, context) => {
            try {
                return JSON.parse(text) as unknown;
            } catch {
                context.addIssue({ code: "custom", message: "must be JSON" });
                return z.NEVER;
            }
        })
        .pipe(schema);

/** The variables about it. */
export const usageVariables = {
    PROJECT: z.string().min(1).default("story-42"),
    /** The ledger's table; without it nothing is counted, nor bounded by what was used. */
    USAGE_TABLE: z.string().min(1).optional(),
    /** Prices that go before those of the table, by model. */
    PRICES: json(prices),
    /** What bounds persons, the stack and runs, by name; 0, or no word of it, is none. */
    BOUNDS: json(bounds),
};

/** Keeps count of what is used, and within bounds. */
export interface Usage {
    ledger: Ledger;
    meter: Meter;
    bounded: Bounded;
}

export interface UsageOptions {
    dynamo: DynamoDBDocumentClient;
    environment: {
        PROJECT: string;
        USAGE_TABLE?: string;
        PRICES: z.infer<typeof prices>;
        BOUNDS: z.infer<typeof bounds>;
    };
    stackEnvironment: string;
    region: string;
    memoryGb?: number;
    onError: (error: unknown, about: object) => void;
}

export function createUsage(options: UsageOptions): Usage | undefined {
    const { USAGE_TABLE: table, PROJECT: project, PRICES: own, BOUNDS } = options.environment;
    if (table === undefined) {
        return undefined;
    }
    const { dynamo, region, memoryGb, onError, stackEnvironment: environment } = options;
    const ledger = new Ledger(dynamo, table);
    return {
        ledger,
        meter: new Meter({
            ledger,
            pricing: { region, own, memoryGb },
            onUsed: usageMetrics({ project, environment }),
            onError,
        }),
        bounded: new Bounded({ ledger, bounds: BOUNDS, onError: (error) => onError(error, {}) }),
    };
}
