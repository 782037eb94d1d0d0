/** That no public type of the package changes without being recorded, and named in the changelog. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { readChangelog } from "../../../automation/changelog.ts";
import { root } from "../../../local/lib/paths.ts";
import { type ApiReport, apiReport, compareApi, readApi } from "./api.ts";
import { pack } from "./packed.ts";

describe("The package's public types", () => {
    let report: ApiReport;

    before(async () => {
        const folder = mkdtempSync(join(tmpdir(), "story-42-api-"));
        try {
            await execa("tar", ["xzf", await pack(), "-C", folder, "--strip-components=1"]);
            report = apiReport(folder);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("are those of tests/snapshots/api.txt", () => {
        const { changed } = compareApi(readApi(), report, readChangelog(root));
        expect(changed, `${changed.join("\n")}\nRecord it: npm run api`).to.deep.equal([]);
    });

    it("are all there: every export, and what can be changed of a component's children", () => {
        expect(report["export index.d.cts"]?.split("\n")).to.include.members([
            "Story42",
            "StoryApiArgs",
            "ArgumentError",
        ]);
        expect(report["export automation.d.cts"]?.split("\n")).to.include.members(["StoryStacks", "StoryStack"]);
        expect(report["export testing.d.cts"]?.split("\n")).to.include.members(["runWithMocks"]);
        expect(report.StoryAuthArgs).to.contain("userPoolDomain?: Transform<aws.cognito.UserPoolDomainArgs>;");
        expect(report.StoryFunctionArgs).to.contain("/** Default: 512. */");
    });

    const changelog = (line: string) => `## Unreleased\n\n${line}\n\n## 1.0.0\n\n- \`Shelf\`, \`color\`\n`;
    const was = { Shelf: "interface Shelf {\n    color?: string;\n}", Book: "interface Book {\n}" };
    const { Book } = was;

    it("have to be named in the changelog where they change, or one of their members", () => {
        const is = { ...was, Shelf: "interface Shelf {\n    color: string;\n}" };
        const { changed, unnamed } = compareApi(was, is, changelog("- Something else."));
        expect(changed).to.deep.equal(["Shelf\n    - color?: string;\n    + color: string;"]);
        expect(unnamed).to.deep.equal(changed);
        for (const line of ["- **Breaking:** `Shelf` is another.", "- A `color` is required."]) {
            expect(compareApi(was, is, changelog(line)).unnamed, line).to.deep.equal([]);
        }
    });

    it("have to be named where they go and where they come", () => {
        expect(compareApi(was, { Book }, changelog("")).unnamed).to.have.length(1);
        expect(compareApi({ Book }, was, changelog("")).unnamed).to.have.length(1);
        expect(compareApi({ Book }, was, changelog("- `Shelf`")).unnamed).to.deep.equal([]);
        expect(compareApi(was, was, changelog(""))).to.deep.equal({ changed: [], unnamed: [] });
    });

    it("count by their defaults, too", () => {
        const shelf = (size: number) => `interface ShelfArgs {\n    /** Default: ${size}. */\n    size?: number;\n}`;
        const { unnamed } = compareApi({ ShelfArgs: shelf(5) }, { ShelfArgs: shelf(6) }, changelog(""));
        expect(unnamed).to.have.length(1);
        expect(
            compareApi({ ShelfArgs: shelf(5) }, { ShelfArgs: shelf(6) }, changelog("- `Shelf` grew.")).unnamed,
        ).to.deep.equal([]);
    });
});
