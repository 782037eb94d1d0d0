/** What traces add to a call's p99, measured beside calls without them. */
import { estimate, mean } from "../eval/statistics.ts";
import { median, quantile, type Row } from "./row.ts";

/** Node compiles what runs often in the first rounds, which do not count. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 20;
const LIMIT = "1.03 times";

/** The times of the calls of one round, in milliseconds. */
export interface Round {
    off: number[];
    on: number[];
}

/** Measures both in turn, so that a change of the machine's speed meets both; each is the first in every other round. */
export async function measureRounds(calls: Record<keyof Round, () => Promise<number[]>>): Promise<Round[]> {
    const rounds: Round[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
        const first = round % 2 === 0 ? await calls.off() : undefined;
        const on = await calls.on();
        rounds.push({ off: first ?? (await calls.off()), on });
    }
    return rounds.slice(WARM_UP_ROUNDS);
}

/**
 * Two figures that have to keep the limit, since p99 itself is uncertain by a tenth on a machine that does other things too:
 * what a median call takes longer, added to the p99 without traces, which finds what each call costs; and the lower end of
 * the 95 % confidence interval of the p99s' ratio, which finds what only some calls wait for. The third figure is that
 * ratio: the geometric mean over the rounds.
 */
export function growthRow(what: string, rounds: Round[]): Row {
    const p99 = (times: number[]) => quantile(times, 0.99);
    const added = mean(rounds.map(({ off, on }) => median(on) - median(off)));
    const ratio = estimate(rounds.map(({ off, on }) => Math.log(p99(on) / p99(off))));
    const figures = [1 + added / p99(rounds.flatMap(({ off }) => off)), Math.exp(ratio.low), Math.exp(ratio.mean)];
    return {
        what: `${what}: p99 with traces by that without: by the median call, at least, as measured`,
        measured: figures.map((figure) => `${figure.toFixed(3)} times`).join(", "),
        limit: `${LIMIT}, ${LIMIT}`,
    };
}
