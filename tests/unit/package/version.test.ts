import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { changelogLines, readChangelog } from "../../../automation/upgrade/changelog.ts";
import { root } from "../../../local/lib/paths.ts";
import manifest from "../../../package.json" with { type: "json" };

describe("npm run release:version", function () {
    this.timeout(60_000);
    let checkout: string;

    before(() => {
        checkout = mkdtempSync(join(tmpdir(), "story-42-version-"));
        const files = [
            "CHANGELOG.md",
            "package.json",
            "package-lock.json",
            "package/package.json",
            "package/version.ts",
        ];
        for (const file of [...files, ".changeset/config.json", ".changeset/changelog.mjs"]) {
            mkdirSync(dirname(join(checkout, file)), { recursive: true });
            cpSync(join(root, file), join(checkout, file));
        }
        symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
    });
    after(() => rmSync(checkout, { recursive: true }));

    const json = (file: string) => JSON.parse(readFileSync(join(checkout, file), "utf8"));

    it("puts what waits into the changelog, word by word, and raises every version", async () => {
        const line = "**Breaking:** `site-bucket` is another,\nand replaced.";
        writeFileSync(join(checkout, ".changeset/brave-cats.md"), `---\n"${manifest.name}": major\n---\n\n${line}\n`);
        const before = changelogLines(readFileSync(join(checkout, "CHANGELOG.md"), "utf8"));
        await execa("git", ["init", "--quiet"], { cwd: checkout });
        await execa(process.execPath, ["package/version.ts"], { cwd: checkout });
        const version = `${Number(manifest.version.split(".")[0]) + 1}.0.0`;
        const [first, ...rest] = changelogLines(readChangelog(checkout));
        expect(first).to.deep.equal({ version, text: "**Breaking:** `site-bucket` is another, and replaced." });
        expect(rest).to.deep.equal(before);
        const lock = json("package-lock.json");
        const versions = [json("package.json"), json("package/package.json"), lock, lock.packages[""]];
        expect(versions.map((one) => one.version)).to.deep.equal(versions.map(() => version));
        expect(lock).to.deep.equal({
            ...JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")),
            version,
            packages: lock.packages,
        });
    });
});
