import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { agentRoutes } from "../../../contract/agentRoutes.ts";

describe("the API's description", () => {
    it("names every route of the agent service", () => {
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
