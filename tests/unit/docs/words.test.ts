import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";

/** The words that the table of CONTRIBUTING.md has under "Not", each with those to use in its place. */
function unwantedWords(): { word: string; instead: string }[] {
    const [, table = ""] = readFileSync("CONTRIBUTING.md", "utf8").split("| Word | Means | Not |");
    const rows = table.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm);
    return [...rows].flatMap(([, instead = "", unwanted = ""]) =>
        [...unwanted.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => ({ word, instead })),
    );
}

/** A word as it stands in code; `...` at either end is the rest of a longer name. */
const inCode = (word: string) => new RegExp(`\\b${word.replace("...", String.raw`\w+`)}\\b`);

describe("The words of CONTRIBUTING.md", () => {
    it("are used in all code, and those that it has under Not in none", () => {
        const files = execFileSync("git", ["ls-files", "*.ts", "*.tsx", "*.mjs", "*.cjs"], { encoding: "utf8" });
        const sources = files
            .trim()
            .split("\n")
            .map((path) => ({ path, text: readFileSync(path, "utf8") }));
        const unwanted = unwantedWords();
        expect(unwanted.map(({ word }) => word)).to.include.members(["MOST_...", "doWithout"]);
        const found = unwanted.flatMap(({ word, instead }) =>
            sources
                .filter(({ path, text }) => !path.endsWith("docs/words.test.ts") && inCode(word).test(text))
                .map(({ path }) => `${path}: ${word}; it is called ${instead}`),
        );
        expect(found).to.deep.equal([]);
    });

    it("find a name that is not to be used, and no other", () => {
        expect(inCode("MOST_...").test("const MOST_BYTES = 5;")).to.equal(true);
        expect(inCode("..._ABREAST").test("CALLS_ABREAST")).to.equal(true);
        for (const other of ["ALMOST_BYTES", "// at MOST", "MOST_"]) {
            expect(inCode("MOST_...").test(other), other).to.equal(false);
        }
    });
});
