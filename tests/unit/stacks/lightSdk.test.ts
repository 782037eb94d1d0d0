import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";

const root = join(import.meta.dirname, "../../..");

const LIGHT = 'require("./stacks/lightSdk.cjs");';

/** The files that Node has loaded after a script, by a part of their paths. */
const loaded = (part: string) => `Object.keys(require.cache).filter((file) => file.includes("${part}")).length`;

async function printed(script: string, env: Record<string, string> = {}): Promise<string> {
    const { stdout } = await execa(process.execPath, ["-e", script], { cwd: root, env });
    return stdout;
}

describe("what Pulumi's SDK loads only to serialise functions", () => {
    for (const [name, part] of [
        ["npm's resolver", "@npmcli/arborist/lib/"],
        ["the TypeScript compiler", "/typescript.js"],
    ] as const) {
        it(`does not load ${name} with it`, async () => {
            const light = `${LIGHT} require("@pulumi/pulumi"); console.log(${loaded(part)} > 1 || ${loaded(part)})`;
            expect(await printed(light)).to.be.oneOf(["0", "1"]);
            const plain = `require("@pulumi/pulumi"); console.log(${loaded(part)} > 0)`;
            expect(await printed(plain)).to.equal("true");
        });
    }

    it("serialises functions as before", async () => {
        const script = `
            const { serializeFunction, computeCodePaths } = require("@pulumi/pulumi/runtime");
            const serialised = serializeFunction((a) => a + 1);
            Promise.all([serialised, computeCodePaths()]).then(([{ text }, paths]) => console.log(text, paths.size > 0));`;
        expect(await printed(LIGHT + script)).to.equal(await printed(script));
        expect(await printed(LIGHT + script))
            .to.contain("return (a) => a + 1")
            .and.match(/true$/);
    });
});

describe("the promises of Pulumi's SDK", () => {
    const script = `
        const { debuggablePromise, leakedPromises, promiseDebugString } = require("@pulumi/pulumi/runtime/debuggable");
        const pending = new Promise(() => {});
        debuggablePromise(pending, "made here");
        console.log(promiseDebugString(pending), leakedPromises()[0].size, new Error().stack.includes(" at "));`;

    it("have no stack traces, and are still counted when they leak", async () => {
        const text = await printed(LIGHT + script);
        expect(text).to.match(/made here\s+STACK_TRACE:\s+Error 1 true$/);
    });

    it("have them where leaks are looked for", async () => {
        expect(await printed(LIGHT + script, { PULUMI_DEBUG_PROMISE_LEAKS: "1" })).to.match(/Error\s+at /);
    });
});
