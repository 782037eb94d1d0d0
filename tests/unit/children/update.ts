/** Records the children of the components (`npm run snapshot`), unless that would hide a change that hurts users. */
import { compareChildren } from "./check.ts";
import { recordChildren } from "./record.ts";
import { readChangelog, readSnapshot, writeSnapshot } from "./snapshot.ts";

const children = await recordChildren();
const { problems, unrecorded } = compareChildren(readSnapshot(), children, readChangelog());
if (problems.length > 0) {
    console.error(`Not recorded:\n  - ${problems.join("\n  - ")}`);
    process.exit(1);
}
writeSnapshot(children);
console.log(unrecorded.length > 0 ? `Recorded:\n  - ${unrecorded.join("\n  - ")}` : "Nothing changed.");
