/**
 * Records the children of the components (`npm run snapshot`), unless that would hide a change that hurts users; and which
 * inputs replace a resource, where the AWS plugin with its schema is built here.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readChangelog } from "../../../automation/upgrade/changelog.ts";
import { root } from "../../../local/lib/paths.ts";
import { awsPlugin } from "../../../local/tools/awsPlugin.ts";
import { compareChildren } from "./check.ts";
import { recordChildren } from "./record.ts";
import { readSnapshot, writeReplacing, writeSnapshot } from "./snapshot.ts";

const schema = join(awsPlugin.folder, "schema.json");
if (existsSync(schema)) {
    writeReplacing(schema);
}
const children = await recordChildren();
const { problems, unrecorded } = compareChildren(readSnapshot(), children, readChangelog(root));
if (problems.length > 0) {
    console.error(`Not recorded:\n  - ${problems.join("\n  - ")}`);
    process.exit(1);
}
writeSnapshot(children);
console.log(unrecorded.length > 0 ? `Recorded:\n  - ${unrecorded.join("\n  - ")}` : "Nothing changed.");
