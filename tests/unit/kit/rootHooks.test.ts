import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

const hooks = join(import.meta.dirname, "../../kit/rootHooks.ts");
const VARIABLE = "STORY42_LEFT_BY_A_TEST";

describe("The environment of a test", () => {
    const { PATH } = process.env;
    const kept = process.env;

    beforeEach(() => {
        expect(process.env).to.equal(kept);
        expect(process.env).to.include({ PATH }).and.not.have.property(VARIABLE);
    });
    for (const time of ["first", "second"]) {
        it(`has nothing that another test has set, nor lacks what it has taken away, the ${time} time`, () => {
            process.env[VARIABLE] = "left";
            delete process.env.PATH;
        });
        it(`is the process's own, whatever a test has put there, the ${time} time`, () => {
            process.env = { [VARIABLE]: "left" };
        });
    }

    it("has nothing after a file that was set in it, and nothing of a person's account at any time", () => {
        const script = `
            const { mochaHooks } = await import(${JSON.stringify(hooks)});
            const found = { ...process.env };
            process.env.${VARIABLE} = "left by before";
            mochaHooks.beforeEach();
            mochaHooks.afterEach();
            const within = { ...process.env };
            mochaHooks.afterAll();
            console.log(JSON.stringify([found, within, process.env]));`;
        const env = { ...process.env, AWS_PROFILE: "a-person", AWS_ACCESS_KEY_ID: "a-key", AWS_REGION: "eu-west-1" };
        const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { env });
        const [found, within, after] = JSON.parse(printed.toString());
        expect(Object.keys(found).filter((name) => name.startsWith("AWS_"))).to.have.members([
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_EC2_METADATA_DISABLED",
        ]);
        expect(found).to.include({ AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/dev/null", PATH });
        expect(within[VARIABLE]).to.equal("left by before");
        expect(after).to.deep.equal(found);
    });
});
