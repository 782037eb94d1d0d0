/** That nothing which users' states hold is renamed, moved or removed unnoticed. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { readChangelog } from "../../../automation/upgrade/changelog.ts";
import { root } from "../../../local/lib/paths.ts";
import * as library from "../../../stacks/index.ts";
import { compareChildren } from "./check.ts";
import { everything, madeByAnother } from "./everything.ts";
import { minimal } from "./minimal.ts";
import { byDefault, recordChildren, type Snapshot } from "./record.ts";
import { replacingInputs } from "./replacing.ts";
import { readSnapshot } from "./snapshot.ts";

describe("the children of the components", () => {
    let children: Snapshot;

    before(async function () {
        this.timeout(60_000);
        children = await recordChildren();
    });

    it("are known by the same names as before, and have the same inputs where another one is a break", () => {
        const { problems } = compareChildren(readSnapshot(), children, readChangelog(root));
        expect(problems, problems.join("\n")).to.deep.equal([]);
    });

    it("are all recorded in tests/snapshots/children.json", () => {
        const { unrecorded } = compareChildren(readSnapshot(), children, readChangelog(root));
        expect(unrecorded, `${unrecorded.join("\n")}\nRecord it: npm run snapshot`).to.deep.equal([]);
    });

    it("are those of every component that the library exports", () => {
        const components = Object.entries(library)
            .filter(([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource)
            .map(([name]) => name);
        expect([...Object.keys(everything), ...Object.keys(madeByAnother)]).to.have.members(components);
        expect(Object.keys(minimal)).to.have.members(Object.keys(everything));
        for (const [component, maker] of Object.entries(madeByAnother)) {
            expect(children[maker]?.map(({ type }) => type)).to.include(`story42:index:${component}`);
        }
    });

    it("have with them the defaults that arguments promise, and what replaces them", () => {
        const inputsOf = (component: string, name: string) =>
            children[component]?.find((child) => child.name === name && child.inputs)?.inputs;
        expect(inputsOf(byDefault("StoryLambdas"), "lambdas-text-function")).to.include({
            memorySize: 512,
            timeout: 900,
        });
        expect(inputsOf(byDefault("StoryLambdas"), "lambdas-text-log-group")).to.deep.equal({ retentionInDays: 30 });
        expect(inputsOf("StoryAuth", "auth-user-pool")).to.have.keys("schemas", "usernameAttributes");
        expect(inputsOf("StoryAgentService", "agent-target-group")).to.deep.equal({
            port: 8000,
            protocol: "HTTP",
            targetType: "ip",
            vpcId: "vpc-1",
        });
    });

    it("include those that the official awsx makes of a network", () => {
        const ofVpc = children.StoryNetwork?.filter(({ parents }) => parents[1] === "awsx:ec2:Vpc network-vpc");
        expect(ofVpc?.map(({ name }) => name)).to.include.members(["network-vpc", "network-vpc-public-1"]);
    });
});

/** A component of one table, as a version of the library has it. */
class Shelf extends pulumi.ComponentResource {
    constructor(name: string, opts: pulumi.ComponentResourceOptions, table: TableOf) {
        super("story42:index:Shelf", name, {}, opts);
        const parent = table.under ? new pulumi.ComponentResource(table.under, name, {}, { parent: this }) : this;
        const { aliases } = table;
        new AnyResource(
            table.type ?? "aws:dynamodb/table:Table",
            `${name}-${table.suffix}`,
            { name: table.physicalName ?? "shelf-dev", ...table.inputs },
            {
                parent,
                aliases: typeof aliases === "function" ? aliases(this) : aliases,
                ignoreChanges: table.keepsName ? ["name"] : [],
            },
        );
    }
}

/** A resource of any type. */
class AnyResource extends pulumi.CustomResource {}

interface TableOf {
    suffix: string;
    physicalName?: string;
    type?: string;
    under?: string;
    keepsName?: boolean;
    inputs?: Record<string, unknown>;
    aliases?: pulumi.Alias[] | ((shelf: pulumi.Resource) => pulumi.Alias[]);
}

describe("the check of the components' children", () => {
    const shelf = (table: TableOf, defaults = false) => {
        const makers = { Shelf: (opts: pulumi.ComponentResourceOptions) => new Shelf("shelf", opts, table) };
        return defaults ? recordChildren({}, makers) : recordChildren(makers);
    };
    const compare = async (was: TableOf, is: TableOf, ...lines: string[]) =>
        compareChildren(await shelf(was), await shelf(is), changelog(lines));
    const changelog = (lines: string[]) =>
        [
            "# Changelog",
            "",
            "## Unreleased",
            "",
            "### Changed",
            "",
            ...lines,
            "",
            "## 1.0.0",
            "",
            "- `shelf-rows`",
        ].join("\n");
    const renamed = "- The table `shelf-books` is\n  `shelf-rows` now.";

    it("finds nothing where nothing changed", async () => {
        expect(await compare({ suffix: "books" }, { suffix: "books" })).to.deep.equal({ problems: [], unrecorded: [] });
    });

    it("refuses a renamed child without an alias, and says what to write", async () => {
        const { problems } = await compare({ suffix: "books" }, { suffix: "rows" }, renamed);
        expect(problems).to.have.length(1);
        expect(problems[0])
            .to.contain("Shelf: `shelf-books` (aws:dynamodb/table:Table, in story42:index:Shelf shelf) was renamed")
            .and.to.contain('aliases: [{ name: "shelf-books" }]')
            .and.to.contain("CHANGELOG.md");
    });

    it("refuses one with an alias of another name", async () => {
        const { problems } = await compare(
            { suffix: "books" },
            { suffix: "rows", aliases: [{ name: "book" }] },
            renamed,
        );
        expect(problems.join()).to.contain("was renamed");
    });

    it("refuses one with an alias that the changelog does not name, in whatever other section it does", async () => {
        const aliased = { suffix: "rows", aliases: [{ name: "shelf-books" }] };
        const { problems } = await compare({ suffix: "books" }, aliased, "- The table `shelf-books` has a new name.");
        expect(problems).to.have.length(1);
        expect(problems[0])
            .to.contain("The alias is there: add a line")
            .and.to.contain("`shelf-books` and `shelf-rows`");
    });

    it("accepts one with an alias and a line in the changelog, and has it recorded", async () => {
        const aliased = { suffix: "rows", aliases: [{ name: "shelf-books" }] };
        const { problems, unrecorded } = await compare({ suffix: "books" }, aliased, renamed);
        expect(problems).to.deep.equal([]);
        expect(unrecorded.join()).to.contain("`shelf-rows`");
    });

    it("refuses a moved child without an alias, and accepts one with it", async () => {
        const line = "- `shelf-books` is in a group of its own.";
        const was = { suffix: "books" };
        const moved = { suffix: "books", under: "story42:index:Group" };
        expect((await compare(was, moved, line)).problems.join())
            .to.contain("was moved")
            .and.to.contain("parent: story42:index:Shelf shelf");
        const aliased = { ...moved, aliases: (parent: pulumi.Resource) => [{ parent }] };
        expect((await compare(was, aliased, line)).problems).to.deep.equal([]);
    });

    it("refuses another type without an alias, and accepts one with it", async () => {
        const line = "- `shelf-books` is a table of another kind.";
        const was = { suffix: "books" };
        const typed = { suffix: "books", type: "aws:dynamodb/globalTable:GlobalTable" };
        expect((await compare(was, typed, line)).problems.join()).to.contain('type: "aws:dynamodb/table:Table"');
        const aliased = { ...typed, aliases: [{ type: "aws:dynamodb/table:Table" }] };
        expect((await compare(was, aliased, line)).problems).to.deep.equal([]);
    });

    it("refuses to take an alias away again", async () => {
        const was = { suffix: "rows", aliases: [{ name: "shelf-books" }] };
        const { problems } = await compare(was, { suffix: "rows" }, "- `shelf-rows` lost something.");
        expect(problems.join()).to.contain(
            "has lost its alias story42:index:Shelf$aws:dynamodb/table:Table::shelf-books",
        );
    });

    it("accepts another name in AWS, and a removal, as announced breaks alone", async () => {
        const named = { suffix: "books", physicalName: "shelf-2-dev" };
        const quiet = "- `shelf-books` is another.";
        const loud = "- **Breaking:** `shelf-books` is another.";
        const { problems } = await compare({ suffix: "books" }, named, quiet);
        expect(problems.join()).to.contain("was shelf-dev in AWS, and is shelf-2-dev now");
        expect((await compare({ suffix: "books" }, named, loud)).problems).to.deep.equal([]);
        const before = await shelf({ suffix: "books" });
        const after: Snapshot = { Shelf: (before.Shelf ?? []).slice(0, 1) };
        expect(compareChildren(before, after, changelog([quiet])).problems.join()).to.contain("was removed");
        expect(compareChildren(before, after, changelog([loud])).problems).to.deep.equal([]);
    });

    it("accepts another name in AWS of one that keeps what it had, as long as it does", async () => {
        const keeping = { suffix: "books", physicalName: "shelf-2-dev", keepsName: true };
        const { problems, unrecorded } = await compare({ suffix: "books" }, keeping);
        expect(problems).to.deep.equal([]);
        expect(unrecorded.join()).to.contain("keeps an earlier name in AWS");
        const lost = await compare(keeping, { ...keeping, keepsName: false });
        expect(lost.problems.join()).to.contain("does not keep an earlier name in AWS");
    });

    it("refuses another value of an input that replaces, unless a break is announced", async () => {
        const was = { suffix: "books", inputs: { hashKey: "title", billingMode: "PAY_PER_REQUEST" } };
        const is = { suffix: "books", inputs: { hashKey: "isbn", billingMode: "PROVISIONED" } };
        const { problems } = await compare(was, is, "- `shelf-books` is another.");
        expect(problems).to.have.length(1);
        expect(problems[0])
            .to.contain(
                '`shelf-books` (aws:dynamodb/table:Table, in story42:index:Shelf shelf) had hashKey "title", and has "isbn"',
            )
            .and.to.contain("replaces it in every stack");
        const announced = await compare(was, is, "- **Breaking:** `shelf-books` is another.");
        expect(announced.problems).to.deep.equal([]);
        expect(announced.unrecorded.join()).to.contain("hashKey").and.not.to.contain("billingMode");
        const lost = await compare(was, { suffix: "books" });
        expect(lost.problems.join()).to.contain('had hashKey "title", and has none');
    });

    it("refuses another default until the changelog names whose", async () => {
        const was = await shelf({ suffix: "books", inputs: { readCapacity: 5, tags: { kind: "book" } } }, true);
        const is = await shelf({ suffix: "books", inputs: { readCapacity: 10, tags: { kind: "volume" } } }, true);
        const { problems } = compareChildren(was, is, changelog([]));
        expect(problems).to.have.length(1);
        expect(problems[0]).to.contain("Shelf by default").and.to.contain("had readCapacity 5, and has 10. Add a line");
        const named = compareChildren(was, is, changelog(["- **Breaking:** `shelf-books` reads more."]));
        expect(named.problems).to.deep.equal([]);
        expect(named.unrecorded).to.have.length(1);
    });

    it("takes from a provider's schema which inputs replace, by themselves or by a part", () => {
        const replacing = { willReplaceOnChanges: true };
        const found = replacingInputs({
            resources: {
                "a:b:Shelf": {
                    inputProperties: {
                        color: {},
                        wood: replacing,
                        boards: { items: { $ref: "#/types/a:b%2FBoard:Board" } },
                        feet: { additionalProperties: { $ref: "#/types/a:b:Foot" } },
                    },
                },
                "a:b:Book": { inputProperties: { title: {} } },
            },
            types: {
                "a:b/Board:Board": { properties: { width: replacing } },
                "a:b:Foot": { properties: { next: { $ref: "#/types/a:b:Foot" } } },
            },
        });
        expect(found).to.deep.equal({ "a:b:Shelf": ["boards", "wood"] });
    });

    it("accepts a line that names several children at once", async () => {
        const aliased = { suffix: "rows", aliases: [{ name: "shelf-books" }] };
        expect((await compare({ suffix: "books" }, aliased, "- All `*-books` are `*-rows`.")).problems).to.deep.equal(
            [],
        );
        expect((await compare({ suffix: "books" }, aliased, "- All `*-books` are `*-row`.")).problems).to.have.length(
            1,
        );
    });

    it("takes new children as they come, and has them recorded", async () => {
        const after = await shelf({ suffix: "books" });
        const before: Snapshot = { Shelf: (after.Shelf ?? []).slice(0, 1) };
        const { problems, unrecorded } = compareChildren(before, after, changelog([]));
        expect(problems).to.deep.equal([]);
        expect(unrecorded.join()).to.contain("`shelf-books`").and.to.contain("is new");
    });
});
