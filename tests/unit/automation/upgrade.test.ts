import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { commands } from "../../../automation/cli/commands.ts";
import type { ChangeKind, Changes } from "../../../automation/engine/changes.ts";
import { changelogLines, isBreaking, namesResource, readChangelog } from "../../../automation/upgrade/changelog.ts";
import { linesAfter, upgradeLosses } from "../../../automation/upgrade/losses.ts";

const changelog = `# Changelog

What the lines mean: \`data-sessions-table\`.

## Unreleased

### Changed

- **Breaking:** the table
  \`data-sessions-table\` is replaced.

## [1.10.0] - 2030-01-01

- \`auth-user-pool\` is mentioned alone.
- **Breaking:** all \`*-images-*\` are replaced.

### Security

- A line.

## 1.9.0

- **Breaking:** \`site-distribution\` is replaced.
`;
const lines = changelogLines(changelog);

describe("The changelog", () => {
    it("has lines by version, each without the breaks and headings in it", () => {
        expect(lines).to.deep.equal([
            { version: "Unreleased", text: "**Breaking:** the table `data-sessions-table` is replaced." },
            { version: "1.10.0", text: "`auth-user-pool` is mentioned alone." },
            { version: "1.10.0", text: "**Breaking:** all `*-images-*` are replaced." },
            { version: "1.10.0", text: "A line." },
            { version: "1.9.0", text: "**Breaking:** `site-distribution` is replaced." },
        ]);
        expect(lines.map(isBreaking)).to.deep.equal([true, false, true, false, true]);
    });

    it("names resources one by one or by a pattern, and no others", () => {
        const line = { version: "1.0.0", text: "`api.v1` and `*-images-*`, not data-table" };
        const named = ["api.v1", "data-images-bucket", "site-file-images-x/y"].map((name) => namesResource(line, name));
        expect(named).to.deep.equal([true, true, true]);
        const others = ["apixv1", "api.v12", "images-bucket", "data-table"].map((name) => namesResource(line, name));
        expect(others).to.deep.equal([false, false, false, false]);
    });

    it("of a checkout has what waits in .changeset as well", () => {
        const folder = mkdtempSync(join(tmpdir(), "story-42-changelog-"));
        try {
            writeFileSync(join(folder, "CHANGELOG.md"), changelog);
            expect(changelogLines(readChangelog(folder))).to.deep.equal(lines);
            mkdirSync(join(folder, ".changeset"));
            writeFileSync(join(folder, ".changeset/config.json"), "{}");
            const change = '---\n"@tech42/story-42": minor\n---\n\n**Breaking:** `site-bucket`\nis replaced.\n';
            writeFileSync(join(folder, ".changeset/brave-cats.md"), change);
            const [first, ...rest] = changelogLines(readChangelog(folder));
            expect(first).to.deep.equal({ version: "Unreleased", text: "**Breaking:** `site-bucket` is replaced." });
            expect(rest).to.deep.equal(lines);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

/** Changes of resources, given by `KIND TYPE NAME`. */
function changes(...given: string[]): Changes {
    const all: Changes = { create: [], update: [], replace: [], delete: [], import: [], same: [] };
    for (const one of given) {
        const [kind, type = "", name = ""] = one.split(" ");
        const urn = `urn:pulumi:dev::story-42::${type}::${name}`;
        all[kind as ChangeKind].push({ kind: kind as ChangeKind, type, name, urn, properties: [] });
    }
    return all;
}

describe("What an upgrade takes", () => {
    const found = (given: readonly string[], from = lines) =>
        upgradeLosses(changes(...given), from).map(({ change, announced }) => [change.name, announced?.version]);

    it("is what is replaced or deleted, each with the breaking line that names it", () => {
        const given = [
            "replace aws:dynamodb/table:Table data-sessions-table",
            "replace aws:cognito/userPool:UserPool auth-user-pool",
            "delete aws:s3/bucket:Bucket data-images-bucket",
            "update aws:kms/key:Key key-key",
            "create aws:kms/key:Key other-key",
        ];
        expect(found(given)).to.deep.equal([
            ["data-sessions-table", "Unreleased"],
            ["auth-user-pool", undefined],
            ["data-images-bucket", "1.10.0"],
        ]);
    });

    it("is not what is made anew for each change, nor a component", () => {
        const given = [
            "replace aws:ecs/taskDefinition:TaskDefinition agent-task-definition",
            "replace aws:apigateway/deployment:Deployment api-deployment",
            "delete aws:s3/bucketObjectv2:BucketObjectv2 site-file-assets/index-1.js",
            "delete story42:index:StoryAgentService agent",
        ];
        expect(found(given)).to.deep.equal([]);
    });

    it("counts lines after the version that deployed the stack alone", () => {
        const given = [
            "replace aws:cloudfront/distribution:Distribution site-distribution",
            "replace aws:s3/bucket:Bucket data-images-bucket",
            "replace aws:dynamodb/table:Table data-sessions-table",
        ];
        const from = (version: string) => found(given, linesAfter(lines, version)).map(([, announced]) => announced);
        expect(from("1.8.0")).to.deep.equal(["1.9.0", "1.10.0", "Unreleased"]);
        expect(from("1.9.0")).to.deep.equal([undefined, "1.10.0", "Unreleased"]);
        expect(from("1.10.0")).to.deep.equal([undefined, undefined, "Unreleased"]);
    });

    it("is a table for people, which says what nothing names", () => {
        const command = commands.find(({ name }) => name === "upgrade-check");
        const loss = { kind: "replace", type: "a:b:C", urn: "u", properties: ["hashKey"] };
        const announced = { version: "1.1.0", line: "**Breaking:** `table`" };
        const losses = [
            { ...loss, name: "table", announced },
            { ...loss, name: "pool", announced: null },
        ];
        const text = command?.text({ stack: "dev", ok: false, losses }) ?? "";
        expect(text).to.match(/^replace {2}table {2}a:b:C: hashKey {2}1\.1\.0: \*\*Breaking:\*\* `table`$/m);
        expect(text)
            .to.match(/^replace {2}pool {3}a:b:C: hashKey {2}not named$/m)
            .and.to.contain("Stay on the version");
        expect(command?.exitCode?.({ stack: "dev", ok: false, losses })).to.equal(3);
        expect(command?.exitCode?.({ stack: "dev", ok: true, losses: [] })).to.equal(0);
        expect(command?.text({ stack: "dev", ok: true, losses: [] })).to.equal("Nothing is replaced or deleted.");
    });
});
