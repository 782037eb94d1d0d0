import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { pluginVariables } from "../../../../local/cloud/pluginVariables.ts";
import { root } from "../../../../local/lib/paths.ts";

const SWITCH = "VCR_MODE";

describe("The AWS plugin's variables for an emulator", () => {
    it("let it not wait, and reach names below loopback's address", () => {
        const variables = pluginVariables("http://127.0.0.1:4566");
        expect(variables).to.include({ [SWITCH]: "REPLAY_ONLY", HTTP_PROXY: "http://127.0.0.1:4566" });
    });

    for (const endpoint of [
        "https://sts.amazonaws.com",
        "http://127.0.0.1.example.com:4566",
        "http://localhost.example.com",
        "http://10.0.0.1:4566",
        "http://127.0.0.1@example.com",
        "http://0.0.0.0:4566",
    ]) {
        it(`are refused for ${endpoint}`, () => {
            expect(() => pluginVariables(endpoint)).to.throw(`${endpoint} is not on this machine`);
        });
    }

    it("stand nowhere else in the project", () => {
        const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
            .split("\0")
            .filter(Boolean);
        const naming = files.filter((file) => readFileSync(join(root, file), "utf8").includes(SWITCH));
        expect(naming.filter((file) => file !== relative(root, import.meta.filename))).to.deep.equal([
            "local/cloud/pluginVariables.ts",
        ]);
    });
});
