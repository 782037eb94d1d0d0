import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { agentRoutes } from "../../../contract/agentRoutes.ts";
import { documents } from "../../../contract/documents.ts";

describe("the API's documents", () => {
    for (const [path, text] of Object.entries(documents())) {
        it(`${path} is what the contract says (npm run docs:api writes it)`, () => {
            expect(readFileSync(path, "utf8") === text).to.equal(true);
        });
    }

    it("name every route of the agent service", () => {
        const folder = "docker/story-generator/routes";
        const sources = readdirSync(folder)
            .map((name) => readFileSync(`${folder}/${name}`, "utf8"))
            .join("\n");
        const last = (path: string) =>
            path
                .replaceAll(/\{(\w+)\}/g, ":")
                .split("/")
                .filter((part) => part && part !== ":")
                .at(-1) ?? "/";
        const missing = agentRoutes.filter(({ path }) => !sources.includes(last(path)));
        expect(missing.map(({ path }) => path)).to.deep.equal([]);
    });
});
