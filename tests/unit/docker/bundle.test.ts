/** How an image's code is bundled: its packages apart, with what the code imports of them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { BuildFailure, OutputFile } from "esbuild";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { Bundler } from "../../../docker/bundle.mjs";

const PACKAGES: Record<string, string> = {
    "node_modules/tools/package.json": '{"type":"module","exports":{".":"./index.js","./more":"./more.js"}}',
    "node_modules/tools/index.js": `export const one = 1; export const two = 2; export const big = "${"big".repeat(40)}";
export default "tools"; export { one as enum };`,
    "node_modules/tools/more.js": 'export { one as same } from "tools"; export const more = "more";',
    "node_modules/old/package.json": "{}",
    "node_modules/old/index.js": "exports.parse = (text) => require('node:path').basename(text);",
};

describe("the bundle of an image", () => {
    let root: string;
    let out: string;
    let bundler: { make(): Promise<{ files: OutputFile[]; inputs: string[] }>; close(): Promise<void> };
    const write = (files: Record<string, string>) => {
        for (const [path, text] of Object.entries(files)) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), text);
        }
    };
    const code = (text: string) => write({ "docker/data-ops/index.ts": text });
    const make = async () => {
        const { files } = await bundler.make();
        for (const { path, contents } of files) {
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, contents);
        }
        return new Map(files.map(({ path, contents }) => [relative(out, path), Buffer.from(contents).toString()]));
    };
    let runs = 0;
    /** What the bundle exports as `made`. */
    const made = async () => {
        await make();
        runs += 1;
        // A path of its own for each run, since Node keeps the modules that it has loaded.
        const linked = `${out}-${runs}`;
        symlinkSync(out, linked);
        return (await import(`${pathToFileURL(join(linked, "index.mjs"))}?${runs}`)).made;
    };

    beforeEach(async () => {
        root = mkdtempSync(join(tmpdir(), "story-42-bundle-"));
        out = join(root, "out");
        write(PACKAGES);
        code("export const made = 1;");
        bundler = await Bundler.open("data-ops", root, out, { logLevel: "silent" });
    });
    afterEach(async () => {
        await bundler.close();
        rmSync(root, { recursive: true });
    });

    for (const [how, text, expected] of [
        ["names", 'import { one, two as zwei } from "tools"; export const made = [one, zwei];', [1, 2]],
        ["the default", 'import tools, { one } from "tools"; export const made = [tools, one];', ["tools", 1]],
        ["members of a namespace", 'import * as t from "tools"; export const made = [t.one, t.enum];', [1, 1]],
        [
            "a namespace",
            'import * as t from "tools"; const all = { ...t }; export const made = [all.one, all.two];',
            [1, 2],
        ],
        [
            "a part of a package",
            'import { more, same } from "tools/more"; export const made = [more, same];',
            ["more", 1],
        ],
        ["CommonJS", 'import { parse } from "old"; export const made = parse("a/b");', "b"],
        ["what is handed on", 'export { one as made } from "tools";', 1],
        ["Node's own", 'import { basename } from "node:path"; export const made = basename("a/b");', "b"],
    ] as const) {
        it(`runs with ${how} imported`, async () => {
            code(text);
            expect(await made()).to.deep.equal(expected);
        });
    }

    it("has of packages what is imported, and no types", async () => {
        code('import { one, type Tool } from "tools"; import type { Old } from "old"; export const made = one;');
        const files = await make();
        expect([...files.keys()].filter((path) => path.endsWith(".mjs"))).to.have.members([
            "index.mjs",
            "packages/tools.mjs",
        ]);
        expect(files.get("packages/tools.mjs")).not.to.contain("bigbig");
        code('import * as t from "tools"; const pattern = /[a-t]/; export const made = [t.one, pattern];');
        expect((await make()).get("packages/tools.mjs")).not.to.contain("bigbig");
    });

    it("has the same packages after a change that imports the same, and others after one that does not", async () => {
        code('import { one } from "tools"; export const made = one;');
        const before = await make();
        code('import { one } from "tools"; export const made = one + 1;');
        const changed = await make();
        expect(changed.get("index.mjs")).not.to.equal(before.get("index.mjs"));
        expect(changed.get("packages/tools.mjs")).to.equal(before.get("packages/tools.mjs"));
        code('import { two } from "tools"; export const made = two;');
        expect(await made()).to.equal(2);
        code("export const made = 3;");
        expect([...(await make()).keys()].filter((path) => path.includes("packages/"))).to.deep.equal([]);
    });

    for (const [what, text, expected] of [
        ["a package that is not there", 'import { x } from "nowhere";\nx();', /Could not resolve "nowhere"/],
        [
            "what a package does not have",
            'import { three } from "tools";\nthree();',
            /"three", in docker\/data-ops\/index.ts$/,
        ],
        [
            "a package later",
            'export const made = await import("tools");',
            /"tools" has to be imported by an import statement/,
        ],
    ] as const) {
        it(`is refused where the code imports ${what}`, async () => {
            code(text);
            const failure: BuildFailure = await bundler.make().then(
                () => expect.fail("was bundled"),
                (error) => error,
            );
            expect(failure.errors.map((error) => error.text).join()).to.match(expected);
            expect(readdirSync(root)).not.to.include("out");
        });
    }

    it("says where code does not compile, and is made again when it does", async () => {
        code('import { one } from "tools";\nexport const made = one +;');
        const failure: BuildFailure = await bundler.make().catch((error) => error);
        expect(failure.errors.map(({ location }) => [location?.file, location?.line])).to.deep.equal([
            ["docker/data-ops/index.ts", 2],
        ]);
        code('import { one } from "tools";\nexport const made = one + 1;');
        expect(await made()).to.equal(2);
    });
});
