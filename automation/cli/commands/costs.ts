import { type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { COUNTERS, type Counters, dayOf, storyUsage, sumOf, tokensOf, usageOf } from "../../../contract/usage.ts";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../exitCodes.ts";
import { table } from "../table.ts";

const GROUPS = ["day", "person", "model", "story", "stack"] as const;
type Group = (typeof GROUPS)[number];
const MAX_DAYS = 400;
const DAY_MS = 86_400_000;

const sums = z.strictObject({
    ...storyUsage.shape,
    unended_calls: z.int().describe("Calls that are under way, or whose process died before they ended."),
});

const result = z.strictObject({
    stack: z.string(),
    from: z.string().describe("The first day, UTC."),
    to: z.string().describe("The last day, today."),
    by: z.enum(GROUPS),
    groups: z
        .array(z.strictObject({ name: z.string(), ...sums.shape }))
        .describe("The dearest first; days in their order. A person is named by the id of the user pool."),
    total: sums,
});
type Costs = z.output<typeof result>;
type Sums = z.output<typeof sums>;

interface Flags {
    by: Group;
    days: number;
}

/** Reports the usage of stories and its costs. */
export const costsCommand = defineCommand<Costs, Flags>({
    name: "costs",
    about: "say what models, pictures, speech, searches and functions were used for, and what that cost",
    help: "By the stack's own ledger and its prices, not AWS's bill: what runs by the hour is not in it. A call whose price is unknown is counted, and not as zero USD.",
    define: (command) =>
        command
            .addOption(new Option("--by <what>", "what is added up").choices(GROUPS).default("day", "day"))
            .addOption(new Option("--days <count>", "days, today included").argParser(daysIn).default(30, "30")),
    result,
    async run({ stack, signal }, { by, days }) {
        const { name, outputs, clients } = await (await stack()).deployed();
        if (!outputs.usage_table_name) {
            throw new CommandFailure("not_deployed", "This stack keeps no ledger yet; `story42 up` makes it.");
        }
        const dates = Array.from({ length: days }, (_, ago) => dayOf(new Date(Date.now() - ago * DAY_MS))).reverse();
        const rows: Row[] = [];
        for (const day of dates) {
            rows.push(...(await rowsOf(clients.dynamo, outputs.usage_table_name, day)));
            signal.throwIfAborted();
        }
        const nameOf = (row: Row) => (by === "stack" ? name : row[by]);
        const groups = [...new Set(rows.map(nameOf))].map((group) => ({
            name: group,
            ...sumsOf(rows.filter((row) => nameOf(row) === group)),
        }));
        groups.sort((one, other) => (by === "day" ? one.name.localeCompare(other.name) : other.usd - one.usd));
        return { stack: name, from: dates[0] as string, to: dates.at(-1) as string, by, groups, total: sumsOf(rows) };
    },
    text({ stack, from, to, by, groups, total }) {
        const line = (name: string, it: Sums) => [
            name,
            `${it.usd.toFixed(4)} USD`,
            `${it.calls} calls`,
            `${tokensOf(it)} tokens`,
            `${it.pictures} pictures`,
            `${Math.round(it.speech_seconds)} s of speech`,
            `${it.searches} searches`,
            unknowns(it),
        ];
        const rows = [...groups.map(({ name, ...groupSums }) => line(name, groupSums)), line("all", total)];
        return `${stack}, ${from} to ${to}, by ${by}\n${table(rows)}`;
    },
});

/** The calls that the sum of USD does not include, in words. */
function unknowns({ unpriced_calls, unmetered_calls, unended_calls }: Sums): string {
    return [
        ...(unpriced_calls > 0 ? [`${unpriced_calls} calls without a known price`] : []),
        ...(unmetered_calls > 0 ? [`${unmetered_calls} that did not say what they used`] : []),
        ...(unended_calls > 0 ? [`${unended_calls} without an end`] : []),
    ].join(", ");
}

interface Row extends Counters {
    day: string;
    person: string;
    model: string;
    story: string;
    open: number;
}

async function rowsOf(client: DynamoDBClient, TableName: string, day: string): Promise<Row[]> {
    const rows: Row[] = [];
    const pages = paginateQuery(
        { client },
        {
            TableName,
            IndexName: "DayIndex",
            KeyConditionExpression: "#day = :day",
            ExpressionAttributeNames: { "#day": "day" },
            ExpressionAttributeValues: { ":day": { S: day } },
        },
    );
    for await (const { Items = [] } of pages) {
        for (const { user_id, story, model, open_calls, ...item } of Items) {
            const counted = Object.fromEntries(COUNTERS.map((name) => [name, Number(item[name]?.N ?? 0)])) as Counters;
            const [person = "", storyId = "", modelId = ""] = [user_id?.S, story?.S, model?.S];
            rows.push({ ...counted, day, person, story: storyId, model: modelId, open: open_calls?.SS?.length ?? 0 });
        }
    }
    return rows;
}

function sumsOf(rows: readonly Row[]): Sums {
    return { ...usageOf(sumOf(rows)), unended_calls: rows.reduce((sum, { open }) => sum + open, 0) };
}

function daysIn(text: string): number {
    const days = Number(text);
    if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
        throw new InvalidArgumentError(`It takes a whole number from 1 to ${MAX_DAYS}.`);
    }
    return days;
}
