/** The npm package: what is in it, and that every kind of program can use it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { expect } from "chai";
import { execa } from "execa";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { readChangelog } from "../../../automation/upgrade/changelog.ts";
import { apiReport, compareApi, readApi } from "../../kit/package/api.ts";
import { installInto, nodes, pack, root } from "../../kit/packed.ts";

describe("The package", function () {
    this.timeout(300_000);
    const work = mkdtempSync(join(tmpdir(), "story-42-package-"));
    let tarball: string;
    let packed: string;
    let files: string[];
    let manifest: {
        license: string;
        dependencies: Record<string, string>;
        peerDependencies: Record<string, string>;
        bin?: Record<string, string>;
    };

    before(async () => {
        tarball = await pack();
        await installInto(work);
        packed = join(work, "node_modules/@tech42/story-42");
        files = readdirSync(packed, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(packed.length + 1))
            .sort();
        manifest = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
    });
    after(() => rmSync(work, { recursive: true }));

    const textOf = (file: string) => readFileSync(join(packed, file), "utf8");
    const scripts = () => files.filter((file) => file.endsWith(".cjs"));

    it("has compiled JavaScript, declarations, source maps, documents and nothing else", () => {
        const others = files.filter((file) => !/^lib\/[\w-]+(\.d\.cts|\.cjs|\.cjs\.map)$/.test(file));
        // Of the local cloud: what Python runs, and what the AWS plugin is built from.
        const ofLocalCloud = /^lib\/(serveMiniStack\.py$|awsProvider\/)/;
        expect(others.filter((file) => !/^(docs|examples)\//.test(file) && !ofLocalCloud.test(file))).to.deep.equal([
            "AGENTS.md",
            "API_DOCUMENTATION.md",
            "CHANGELOG.md",
            "LICENSE",
            "PulumiPlugin.yaml",
            "README.md",
            "THIRD_PARTY_LICENSES",
            "llms.txt",
            "package.json",
            "schema.json",
        ]);
        expect(manifest.license).to.equal("UNLICENSED");
        expect(textOf("LICENSE")).to.match(/© Tech42 Consulting\. All rights reserved\./);
    });

    it("has maps that carry their sources, and each map that a file names", () => {
        const named = files
            .filter((file) => /\.c[jt]s$/.test(file))
            .flatMap((file) =>
                [...textOf(file).matchAll(/^\/\/# sourceMappingURL=(.*)$/gm)].map(([, map]) => `lib/${map}`),
            );
        expect(files).to.include.members(named);
        for (const file of scripts()) {
            if (!files.includes(`${file}.map`)) {
                // Other people's code, the bundler's few helpers, or an entry that only hands on what another has.
                expect(textOf(file), file).to.not.match(/^\/\/ (?!node_modules)[\w/.-]+\.ts$/m);
                continue;
            }
            const map = JSON.parse(textOf(`${file}.map`));
            expect(textOf(file), file).to.match(new RegExp(`//# sourceMappingURL=${basename(file)}\\.map\\s*$`));
            expect(map.sourcesContent, file).to.have.length(map.sources.length);
            expect(map.sourcesContent, file).not.to.include(null);
        }
    });

    it("has the licences of all the code that is compiled in, each one that allows it", () => {
        const compiledIn = scripts().flatMap((file) =>
            [...textOf(file).matchAll(/^\/\/ .*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)].map(
                ([, name = ""]) => name,
            ),
        );
        const listed = [...textOf("THIRD_PARTY_LICENSES").matchAll(/^(\S+) \d\S* \((.+)\)$/gm)];
        expect(listed.map(([, name]) => name)).to.include.members(["commander", "mime", "@aws-sdk/client-ec2"]);
        expect(listed.map(([, name]) => name)).to.include.members(compiledIn);
        expect(new Set(listed.map(([, , license]) => license))).to.deep.equal(new Set(["Apache-2.0", "ISC", "MIT"]));
    });

    it("has a README of its own, and whatever its pages lead to or its command line names", () => {
        expect(textOf("README.md")).to.match(/^# Story-42 as a package\n/);
        const pages = files.filter((file) => file.endsWith(".md"));
        const broken = pages.flatMap((page) => {
            const prose = textOf(page).replaceAll(/```[\s\S]*?```/g, "");
            const links = [...prose.matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => String(link));
            return links
                .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(packed, dirname(page), link)))
                .map((link) => `${page}: ${link}`);
        });
        expect(broken).to.deep.equal([]);
        expect(pages).to.include.members(["docs/components/StoryApi.md", "docs/testing.md", "docs/automation.md"]);
        expect(files).to.include("docs/cli-schema.json");
        const index = [...textOf("llms.txt").matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => String(link));
        expect(index).to.include.members(["AGENTS.md", "README.md", "docs/components/StoryApi.md", "schema.json"]);
        expect(index.filter((link) => !files.includes(link))).to.deep.equal([]);
    });

    it("depends on what its code loads, and on nothing more", () => {
        const loaded = new Set<string>();
        for (const file of files.filter((name) => /\.(cjs|d\.cts)$/.test(name))) {
            for (const [, name = ""] of textOf(file).matchAll(/(?:\brequire\(|\bfrom |\bimport\()"([^."][^"]*)"/g)) {
                loaded.add(
                    name
                        .split("/")
                        .slice(0, name.startsWith("@") ? 2 : 1)
                        .join("/"),
                );
            }
        }
        const packages = [...loaded].filter((name) => !name.startsWith("node:") && !builtinModules.includes(name));
        expect(packages).to.have.members([
            ...Object.keys(manifest.dependencies),
            ...Object.keys(manifest.peerDependencies),
        ]);
        expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith("@pulumi/"))).to.deep.equal([]);
    });

    it("holds to what publint asks of a package", async () => {
        const { messages } = await publint({ pkgDir: packed, strict: true });
        expect(messages.map((message) => formatMessage(message, manifest))).to.deep.equal([]);
    });

    it("has types that every way of resolving modules finds, and that say what is run", async () => {
        const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
        expect(analysis).to.have.property("types");
        expect("problems" in analysis && analysis.problems).to.deep.equal([]);
    });

    it("has the public types that tests/snapshots/api.txt records", () => {
        const report = apiReport(packed);
        const { changed } = compareApi(readApi(), report, readChangelog(root));
        expect(changed, `${changed.join("\n")}\nRecord it: npm run api`).to.deep.equal([]);
        const exported = (entry: string) => report[`export ${entry}.d.cts`]?.split("\n");
        expect(exported("index")).to.include.members(["Story42", "StoryApiArgs", "ArgumentError"]);
        expect(exported("automation")).to.include.members(["StoryStacks", "StoryStack"]);
        expect(exported("testing")).to.include.members(["runWithMocks"]);
        expect(report.StoryAuthArgs).to.contain("userPoolDomain?: Transform<aws.cognito.UserPoolDomainArgs>;");
        expect(report.StoryFunctionArgs).to.contain("/** Default: 512. */");
    });

    describe("in a program", () => {
        const write = (name: string, text: string) => {
            writeFileSync(join(work, name), text);
            return join(work, name);
        };

        it("is one implementation, imported or required, by each Node", async () => {
            const program = write(
                "both.mjs",
                `import { createRequire } from "node:module";
                 import * as imported from "@tech42/story-42";
                 import * as driver from "@tech42/story-42/automation";
                 const require = createRequire(import.meta.url);
                 const required = require("@tech42/story-42");
                 const requiredDriver = require("@tech42/story-42/automation");
                 const differing = (one, other) => Object.keys(other).filter((name) => one[name] !== other[name]);
                 let error;
                 try { new imported.StoryNetwork("network", { project: "p", environment: "e" }); } catch (thrown) { error = thrown; }
                 console.log(JSON.stringify({
                     differing: [...differing(imported, required), ...differing(driver, requiredDriver)],
                     names: Object.keys(required).length > 10 && Object.keys(requiredDriver).length > 2,
                     sameError: error instanceof required.ArgumentError && error instanceof imported.ArgumentError,
                     acrossEntries: driver.SettingsError === required.SettingsError,
                 }));`,
            );
            for (const node of await nodes()) {
                const { stdout } = await execa(node.path, [program]);
                expect(JSON.parse(stdout), node.version).to.deep.equal({
                    differing: [],
                    names: true,
                    sameError: true,
                    acrossEntries: true,
                });
            }
        });

        it("is tested as docs/testing.md shows", async () => {
            const [, example = ""] =
                /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs/testing.md"), "utf8")) ?? [];
            const program = write("example.test.mjs", example);
            for (const node of await nodes()) {
                const { stdout } = await execa(node.path, ["--test", program]);
                expect(stdout, node.version).to.match(/pass 2\n/);
            }
        });

        it("does nothing when it is loaded", async () => {
            const program = write(
                "load.cjs",
                sideEffects([
                    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
                    ...scripts()
                        .filter((file) => /^\/\/ node_modules\//m.test(textOf(file)))
                        .map((file) => join(packed, file)),
                ]),
            );
            for (const node of await nodes()) {
                const { stdout } = await execa(node.path, [program]);
                expect(JSON.parse(stdout), node.version).to.deep.equal([]);
            }
        });

        const consumer = `
            import * as pulumi from "@pulumi/pulumi";
            import { ArgumentError, Story42, StoryData, StoryNetwork, type StoryDataArgs, type Story42Args } from "@tech42/story-42";
            import { StoryStacks, type StoryStack } from "@tech42/story-42/automation";
            export const network = new StoryNetwork("network", { project: "p", environment: "e", availabilityZones: ["a", "b"] });
            export const id: pulumi.Output<string> = network.vpcId;
            export const isKnown = (error: unknown) => error instanceof ArgumentError && error.problems.length;
            export const args: StoryDataArgs = { project: "p", environment: "e", googleApiKey: "k", ttsApiKey: pulumi.secret("k"), corsOrigins: [] };
            export const data: StoryData = new StoryData("data", { ...args, transform: { sessionsTable: { readCapacity: 5 } } });
            export type Both = [Story42, Story42Args["images"], StoryStacks, StoryStack];
            // @ts-expect-error: the types are there, and not \`any\`
            new StoryNetwork("network", { project: 42 });
        `;
        const { ModuleKind, ModuleResolutionKind, ScriptTarget } = ts;
        const ways = [
            ["as Pulumi's templates did (node10)", "cts", ModuleKind.CommonJS, ModuleResolutionKind.Node10],
            ["as an ES module by node16", "mts", ModuleKind.Node16, ModuleResolutionKind.Node16],
            ["as CommonJS by nodenext", "cts", ModuleKind.NodeNext, ModuleResolutionKind.NodeNext],
            ["for a bundler", "mts", ModuleKind.ESNext, ModuleResolutionKind.Bundler],
        ] as const;
        for (const [title, extension, module, moduleResolution] of ways) {
            it(`is typed ${title}`, () => {
                const program = ts.createProgram([write(`consumer.${extension}`, consumer)], {
                    module,
                    moduleResolution,
                    target: ScriptTarget.ES2022,
                    strict: true,
                    noEmit: true,
                    esModuleInterop: true,
                    skipLibCheck: false,
                    types: [],
                });
                // What is checked is this package's own declarations, not those of the packages that it names.
                const declarations = program
                    .getSourceFiles()
                    .filter(({ fileName }) => /consumer\.|story-42\/lib\//.test(fileName));
                expect(declarations.length).to.be.greaterThan(2);
                const problems = [
                    ...program.getOptionsDiagnostics(),
                    ...declarations.flatMap((file) => [
                        ...program.getSyntacticDiagnostics(file),
                        ...program.getSemanticDiagnostics(file),
                    ]),
                ];
                expect(ts.formatDiagnostics(problems, host)).to.equal("");
            });
        }
    });

    it("has the command line story42", async () => {
        const { bin } = JSON.parse(textOf("package.json"));
        const story42 = (...args: string[]) =>
            execa(process.execPath, [join(packed, bin.story42), ...args, "--json"], { reject: false });
        const { stdout, exitCode, stderr } = await story42("completion", "bash");
        expect(exitCode, stderr).to.equal(0);
        expect(JSON.parse(stdout).script).to.contain("story42 complete");
        expect((await story42("frobnicate")).exitCode).to.equal(2);
    });

    it("is of the size that it prints", () => {
        const bytes = files.reduce((sum, file) => sum + readFileSync(join(packed, file)).length, 0);
        const size = readFileSync(tarball).length;
        console.log(
            `      ${files.length} files, ${Math.round(size / 1024)} KiB packed, ${Math.round(bytes / 1024)} KiB unpacked`,
        );
        expect(size).to.be.lessThan(1344 * 1024);
    });
});

const host: ts.FormatDiagnosticsHost = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n",
};

/** A program that loads the package and prints what the package did besides; what it stands on is loaded before. */
function sideEffects(standsOn: string[]): string {
    return `
        for (const name of ${JSON.stringify(standsOn)}) require(name);
        require("@pulumi/pulumi/automation");
        require("@pulumi/pulumi/automation/errors.js");
        const did = [];
        const watch = (object, method, what) => {
            const original = object[method];
            object[method] = function (...args) { did.push(what + " " + String(args[0])); return original.apply(this, args); };
        };
        const pulumi = require("@pulumi/pulumi");
        for (const method of ["allConfig", "getConfig", "getProject", "getStack", "invoke", "call"]) watch(pulumi.runtime, method, method);
        for (const method of ["registerResource", "readResource", "registerResourceOutputs"]) watch(require("@pulumi/pulumi/runtime/resource.js"), method, method);
        watch(require("node:net").Socket.prototype, "connect", "connect");
        watch(require("node:net").Server.prototype, "listen", "listen");
        const children = require("node:child_process");
        for (const method of ["spawn", "spawnSync", "fork", "exec", "execFile", "execFileSync"]) watch(children, method, method);
        for (const event of ["on", "once", "addListener"]) watch(process, event, "process." + event);
        const { env } = process;
        Object.defineProperty(process, "env", { value: new Proxy(env, {
            get: (_, key) => { if (!/^NODE_|^WATCH_/.test(String(key))) did.push("env " + String(key)); return env[key]; },
            has: (_, key) => { did.push("env " + String(key)); return key in env; },
            ownKeys: () => { did.push("env"); return Reflect.ownKeys(env); },
        }) });
        const open = process.getActiveResourcesInfo().length;
        require("@tech42/story-42");
        require("@tech42/story-42/automation");
        Object.defineProperty(process, "env", { value: env });
        if (process.getActiveResourcesInfo().length > open) did.push("left something open");
        console.log(JSON.stringify(did));
    `;
}
