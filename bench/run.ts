/** `npm run bench`: measures the figures in the README and prints a table, then JSON. Fails when a limit is exceeded. */
import { cpus, totalmem } from "node:os";
import { measureAgentService } from "./agentService.ts";
import { measureBundles } from "./bundles.ts";
import { measureDeployment } from "./deployment.ts";
import { measureDev } from "./dev.ts";
import { measureFunctions } from "./functions.ts";
import { measureGateway } from "./gateway.ts";
import { measureLoad } from "./load.ts";
import { isWithin, type Row } from "./row.ts";
import { measureSite } from "./site.ts";

const parts: Record<string, () => Promise<Row[]>> = {
    bundles: measureBundles,
    functions: measureFunctions,
    service: measureAgentService,
    load: measureLoad,
    gateway: measureGateway,
    deployment: measureDeployment,
    dev: measureDev,
    site: measureSite,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0 || wanted.includes("--help")) {
    console.error(`Usage: npm run bench -- [${Object.keys(parts).join(" | ")}] ... (all when none is named)`);
    process.exit(wanted.includes("--help") ? 0 : 2);
}

const rows: Row[] = [];
for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) {
        console.error(`Measuring: ${name} ...`);
        rows.push(...(await measure()));
    }
}
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
console.log(`\n${machine}\n`);
console.log("| What | Measured | Limit |\n|---|---|---|");
for (const row of rows) {
    console.log(`| ${row.what} | ${row.measured} | ${row.limit}${isWithin(row) ? "" : " **exceeded**"} |`);
}
console.log(`\n${JSON.stringify({ machine, rows }, null, 2)}`);
const exceeded = rows.filter((row) => !isWithin(row));
if (exceeded.length > 0) {
    console.error(
        `\n${exceeded.length} of ${rows.length} exceed their limit: ${exceeded.map(({ what }) => what).join("; ")}`,
    );
}
process.exit(exceeded.length > 0 ? 1 : 0);
