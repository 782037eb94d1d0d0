/** Usage counting, configured from the environment. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { prices } from "../../../contract/prices.ts";
import { bounds } from "../../../contract/usage.ts";
import { jsonVariable } from "../environment.ts";
import { Bounded } from "./bounds.ts";
import { Ledger } from "./ledger.ts";
import { Meter } from "./meter.ts";
import { usageMetrics } from "./metrics.ts";

/** The environment variables for usage counting. */
export const usageVariables = {
    PROJECT: z.string().min(1).default("story-42"),
    /** The ledger's table; without it usage is neither counted nor bounded. */
    USAGE_TABLE: z.string().min(1).optional(),
    /** Prices by model that override the built-in price table. */
    PRICES: jsonVariable(prices),
    /** Bounds of persons, the stack and runs, by name; 0 or a missing name: no bound. */
    BOUNDS: jsonVariable(bounds),
};

/** Counts usage and enforces bounds. */
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
