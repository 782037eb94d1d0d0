/** Speed of the site's pages on Lighthouse's phone on slow 4G, as it estimates them. */
import { AuditedSite, auditedPages } from "../tests/kit/lighthouse/auditedSite.ts";
import { median, type Row } from "./row.ts";

const RUNS = 3;

/** A row of scores and one of times for each page. */
export async function measureSite(): Promise<Row[]> {
    const site = await AuditedSite.open();
    try {
        const rows: Row[] = [];
        for (const name of Object.keys(auditedPages) as (keyof typeof auditedPages)[]) {
            const scores: number[] = [];
            const paints: number[] = [];
            const shifts: number[] = [];
            for (let run = 0; run < RUNS; run += 1) {
                const { categories, largestPaintMs, shift } = await site.audit(name, ["performance"]);
                scores.push(categories.get("performance")?.score ?? Number.NaN);
                paints.push(largestPaintMs);
                shifts.push(shift);
            }
            const what = `site: ${name} on a slow phone, median of ${RUNS}`;
            rows.push(
                { what: `${what}: performance`, measured: String(median(scores)), limit: "at least 95" },
                {
                    what: `${what}: largest paint, shift`,
                    measured: `${(median(paints) / 1000).toFixed(1)} s, ${median(shifts).toFixed(2)}`,
                    limit: "2.5 s, 0.05",
                },
            );
        }
        return rows;
    } finally {
        await site.close();
    }
}
