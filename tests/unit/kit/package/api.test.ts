import { expect } from "chai";
import { compareApi } from "../../../kit/package/api.ts";

describe("The changes of the package's public types", () => {
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
