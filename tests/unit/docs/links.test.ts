import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { commands } from "../../../automation/cli/commands.ts";
import { operations } from "../../../contract/operations.ts";
import { settingsList } from "../../../stacks/settings.ts";

/** What people read, wherever it lies. */
const pages = ["*.md", "docs/**/*.md", "examples/**/*.md"].flatMap((pattern) =>
    globSync(pattern, { exclude: (name) => String(name).includes("node_modules") }),
);

const textOf = (path: string) => readFileSync(path, "utf8");

describe("the documentation", () => {
    it("links to files and headings that are there", () => {
        expect(pages).to.include.members(["README.md", "docs/settings.md", "docs/components/StoryData.md"]);
        const broken = pages.flatMap((page) =>
            linksOf(page)
                .filter((link) => !isThere(page, link))
                .map((link) => `${page}: ${link}`),
        );
        expect(broken).to.deep.equal([]);
    });

    it("names npm scripts that there are", () => {
        const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
        const own = pages.filter((page) => !page.startsWith("examples/"));
        const named = own.flatMap((page) =>
            [...textOf(page).matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name),
        );
        expect(named).to.include("local");
        expect([...new Set(named)].filter((name) => !(String(name) in scripts))).to.deep.equal([]);
    });

    it("sets settings that there are", () => {
        const command = /pulumi config (?:set|rm) (?:--secret |--path |-s \w+ )*'?(?:story-42:)?([a-zA-Z]\w*)/g;
        // An example is a program of its own, with settings of its own.
        const own = pages.filter((page) => !page.startsWith("examples/"));
        const named = own.flatMap((page) => [...textOf(page).matchAll(command)].map(([, name]) => String(name)));
        const known = [...Object.keys(settingsList), "aws", "KEY"];
        expect(named).to.include.members(["adminEmail", "googleApiKey", "tech42TtsApiUrl", "tech42TtsApiKey"]);
        expect([...new Set(named)].filter((name) => !known.includes(name))).to.deep.equal([]);
    });

    it("reads outputs that a stack has, and runs commands that story42 has", () => {
        const own = pages.filter((page) => !page.startsWith("examples/")).map(textOf);
        const named = (pattern: RegExp) => [
            ...new Set(own.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => String(name)))),
        ];
        const outputs = named(/pulumi stack output ([a-z]\w+)/g);
        const known = [
            ...textOf("stacks/outputs.ts").matchAll(/^ +(\w+):/gm),
            ...operations.map(({ path }) => [path, `${path.slice(1).replaceAll("-", "_")}_endpoint`]),
        ].map(([, name]) => name);
        expect(outputs).to.include.members(["website_url", "generate_topics_ideas_endpoint"]);
        expect(outputs.filter((name) => !known.includes(name))).to.deep.equal([]);
        const ran = named(/^(?:.*\$\()?story42 ([a-z]+)/gm);
        expect(ran).to.include.members(["doctor", "token", "pause"]);
        expect(ran.filter((name) => !commands.some((one) => one.name.split(" ")[0] === name))).to.deep.equal([]);
    });

    it("says in the README how to set every required setting", () => {
        const required = Object.entries(settingsList).filter(
            ([key, { schema }]) => key !== "environment" && !schema.safeParse(undefined).success,
        );
        // Each stack's file has the project's name.
        const missing = required.filter(
            ([key]) => key !== "projectName" && !new RegExp(`pulumi config set .*${key}`).test(textOf("README.md")),
        );
        expect(missing.map(([key]) => key)).to.deep.equal([]);
    });
});

/** Links and pictures of a page that lead into the repository. */
function linksOf(page: string): string[] {
    const prose = textOf(page).replaceAll(/```[\s\S]*?```/g, "");
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => String(link));
    return links.filter((link) => !/^[a-z]+:/.test(link));
}

function isThere(page: string, link: string): boolean {
    const [path = "", heading] = link.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    return existsSync(file) && (heading === undefined || headingsOf(file).includes(heading));
}

/** The headings as GitHub makes anchors of them. */
function headingsOf(file: string): string[] {
    return [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        String(heading)
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
    );
}
