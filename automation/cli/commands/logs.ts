import { setTimeout as sleep } from "node:timers/promises";
import {
    type FilteredLogEvent,
    FilterLogEventsCommand,
    ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { Argument, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import type { AwsClients } from "../clients.ts";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../exitCodes.ts";

const result = z
    .strictObject({
        time: z.iso.datetime(),
        stream: z.string(),
        message: z.string(),
    })
    .describe("One event; each is a line of its own.");
type LogLine = z.output<typeof result>;

interface Flags {
    since: number;
    follow?: true;
}

const logNames = ["text", "image", "data-ops", "agent", "api"] as const;
type LogName = (typeof logNames)[number];

const FOLLOW_MS = 2000;
/** Events can arrive late: following reads this much again. */
const LATE_MS = 30_000;
const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Shows the logs of a part of the stack. */
export const logsCommand = defineCommand<LogLine, Flags>({
    name: "logs",
    about: "show what a function, the agent service or the API writes to CloudWatch Logs",
    help: "With --json each event is a line of JSON.",
    define: (command) =>
        command
            .addArgument(new Argument("<name>", "whose").choices(logNames))
            .addOption(
                new Option("--since <duration>", "how far back: 30s, 10m, 2h or 7d")
                    .argParser(sinceMs)
                    .default(10 * unitsMs.m, "10m"),
            )
            .option("-f, --follow", "keep printing what is written, until you stop it"),
    result,
    streams: true,
    async run({ stack, signal, emit }, { since, follow }, name) {
        const { outputs, clients } = await (await stack()).deployed();
        const group = outputs.log_groups?.[name as LogName];
        if (!group) {
            const names = Object.keys(outputs.log_groups ?? {}).join(", ");
            throw new CommandFailure(
                "not_deployed",
                `This stack has no logs of ${name}, but of ${names || "nothing"}.`,
            );
        }
        const seen = new Set<string>();
        let from = Date.now() - since;
        for (;;) {
            for await (const event of eventsSince(group, from, clients)) {
                if (!seen.has(event.eventId ?? "")) {
                    seen.add(event.eventId ?? "");
                    emit(lineOf(event));
                }
                signal.throwIfAborted();
            }
            from = Math.max(from, Date.now() - LATE_MS);
            if (follow) {
                await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
            }
            // Following ends when it is stopped.
            if (!follow || signal.aborted) {
                return undefined;
            }
        }
    },
    text: ({ time, message }) => `${time} ${message}`,
});

async function* eventsSince(
    logGroupName: string,
    startTime: number,
    { logs }: AwsClients,
): AsyncGenerator<FilteredLogEvent> {
    let nextToken: string | undefined;
    do {
        const page = await logs
            .send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }))
            .catch((error) => {
                if (error instanceof ResourceNotFoundException) {
                    throw new CommandFailure(
                        "failed",
                        `The log group ${logGroupName} is gone; \`story42 refresh\` and \`up\` create it again.`,
                    );
                }
                throw error;
            });
        yield* page.events ?? [];
        nextToken = page.nextToken;
    } while (nextToken);
}

function lineOf({ timestamp, logStreamName, message }: FilteredLogEvent): LogLine {
    return {
        time: new Date(timestamp ?? 0).toISOString(),
        stream: logStreamName ?? "",
        message: (message ?? "").trimEnd(),
    };
}

function sinceMs(text: string): number {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
    if (!count) {
        throw new InvalidArgumentError("It takes a number and a unit: 30s, 10m, 2h or 7d.");
    }
    return Number(count) * unitsMs[unit as keyof typeof unitsMs];
}
