/** Updates the report of the package's public types (`npm run api`), provided that the changelog names the changes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readChangelog } from "../../../automation/upgrade/changelog.ts";
import { root } from "../../../local/lib/paths.ts";
import { apiReport, compareApi, readApi, writeApi } from "./api.ts";

const folder = mkdtempSync(join(tmpdir(), "story-42-api-"));
try {
    await execa(process.execPath, ["package/build.ts", folder], { cwd: root, stdio: "inherit" });
    const report = apiReport(folder);
    const { changed, unnamed } = compareApi(readApi(), report, readChangelog(root));
    if (unnamed.length > 0) {
        const advice =
            'Add a line to CHANGELOG.md under "Unreleased" that names each, or one of its members, in backticks.';
        console.error(`Not recorded:\n  ${unnamed.join("\n  ")}\n${advice}`);
        process.exitCode = 1;
    } else {
        writeApi(report);
        console.log(changed.length > 0 ? `Recorded:\n  ${changed.join("\n  ")}` : "Nothing changed.");
    }
} finally {
    rmSync(folder, { recursive: true });
}
