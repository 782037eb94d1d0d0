import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "../../..");

/** The files of npm's resolver that Node has loaded after a script. */
const LOADED = 'Object.keys(require.cache).filter((file) => file.includes("@npmcli/arborist/lib/")).length';

async function printed(script: string): Promise<string> {
    const { stdout } = await execa(process.execPath, ["-e", script], { cwd: root });
    return stdout;
}

describe("npm's resolver, which Pulumi's SDK has", () => {
    it("is not loaded with the SDK", async () => {
        const script = `require("./stacks/deferredResolver.cjs"); require("@pulumi/pulumi");`;
        expect(await printed(`require("@pulumi/pulumi"); console.log(${LOADED} > 1)`)).to.equal("true");
        expect(await printed(`${script} console.log(${LOADED})`)).to.equal("1");
    });

    it("is the SDK's own as soon as it is used", async () => {
        const real = 'require(require.resolve("@npmcli/arborist", { paths: [require.resolve("@pulumi/pulumi")] }))';
        const script = `require("./stacks/deferredResolver.cjs"); const { Arborist } = ${real};`;
        expect(await printed(`${script} console.log(Arborist.name, ${LOADED} > 1)`)).to.equal("Arborist true");
    });
});
