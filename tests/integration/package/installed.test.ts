/** The npm package as npm installs it, in a folder of its own and with the Node that the machine has for everybody. */
import {
    copyFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, extname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { nodes, pack, tarballName } from "../../kit/packed.ts";
import { pulumiCommand } from "../../kit/tools.ts";

/** What loads a package in ways of its own. */
const LOADERS = [
    "esbuild@0.28.2",
    "jest@30.5.2",
    "ts-node@10.9.2",
    "tsx@4.23.15",
    "vitest@5.1.1",
    "@types/node@24.19.2",
    "typescript@5.9.3",
    "typescript-oldest@npm:typescript@5.0.4",
    "typescript-newest@npm:typescript@7.0.2",
];
const QUIET = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel", "error"];

describe("The package, installed by npm", function () {
    this.timeout(600_000);
    const work = mkdtempSync(join(tmpdir(), "story-42-installed-"));
    const tarball = `./${tarballName}`;
    let node: string;
    let env: Record<string, string>;

    /** Runs a command in the folder as a person does it: nothing of this checkout is on the PATH. */
    const run = (command: string, ...args: string[]) => execa(command, args, { cwd: work, env });
    const npm = (...args: string[]) => run("npm", ...args);
    const program = (name: string) => join(work, "node_modules/.bin", name);
    const write = (name: string, text: string) => {
        mkdirSync(dirname(join(work, name)), { recursive: true });
        writeFileSync(join(work, name), text);
    };

    before(async () => {
        node = (await nodes()).at(-1)?.path ?? process.execPath;
        const own = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
        env = { PATH: [dirname(node), ...own].join(delimiter) };
        write("package.json", JSON.stringify({ private: true, scripts: { which: "node -p process.version" } }));
        copyFileSync(await pack(), join(work, tarballName));
        await npm("install", "--engine-strict", ...QUIET, tarball);
    });
    after(() => rmSync(work, { recursive: true, force: true }));

    it("leaves the machine's Node as it is, and brings no command but story42", async () => {
        const { stdout: outside } = await run("node", "-p", "process.version");
        const { stdout: inside } = await npm("run", "--silent", "which");
        expect(inside).to.equal(outside);
        const commands = readdirSync(join(work, "node_modules/.bin"));
        expect(commands).to.include("story42").and.to.not.include("node");
        const ours = commands.filter((name) => realpathSync(program(name)).includes("story-42/lib"));
        expect(ours).to.deep.equal(["story42"]);
        expect((await run(program("story42"), "--version")).stdout).to.match(/^\d+\.\d+\.\d+$/);
    });

    it("brings what types need beside Pulumi's packages, and nothing for the driver or the command line", async () => {
        const { stdout } = await npm("ls", "--json", "--long", "@tech42/story-42");
        const installed = JSON.parse(stdout).dependencies["@tech42/story-42"];
        const needed = Object.keys(installed._dependencies).filter((name) => !(name in installed.peerDependencies));
        expect(needed).to.deep.equal(["zod"]);
        for (const field of ["devDependencies", "optionalDependencies", "scripts", "overrides"]) {
            expect(installed[field] ?? {}, field).to.deep.equal({});
        }
    });

    it("takes a Pulumi package for images that is older than the one it is tested with", async () => {
        const other = join(work, "older");
        mkdirSync(other);
        write("older/package.json", JSON.stringify({ private: true }));
        const wanted = ["@pulumi/docker-build@0.0.21", join("..", tarballName)];
        await execa("npm", ["install", "--package-lock-only", ...QUIET, ...wanted], { cwd: other, env });
        expect(existsSync(join(other, "package-lock.json"))).to.equal(true);
    });

    it("is found by its field main, too, which leads to the components", async () => {
        const { stdout } = await run("node", "-p", 'Object.keys(require("./node_modules/@tech42/story-42")).join()');
        expect(stdout.split(",")).to.include.members(["StoryNetwork", "Story42", "ArgumentError"]);
    });

    describe("loads", () => {
        before(() => npm("install", ...QUIET, tarball, ...LOADERS));

        const names = {
            "@tech42/story-42": "{ ArgumentError, StoryNetwork }",
            "@tech42/story-42/automation": "{ StoryStacks }",
            "@tech42/story-42/testing": "{ runWithMocks }",
        };
        const imports = Object.entries(names).map(([from, what]) => `import ${what} from "${from}";`);
        const requires = Object.entries(names).map(([from, what]) => `const ${what} = require("${from}");`);
        const use = `
            const run = async () => {
                const zones = { availabilityZones: ["us-east-1a", "us-east-1b"] };
                const { mocks } = await runWithMocks(() => new StoryNetwork("n", { project: "p", environment: "e", ...zones }));
                const refused = await runWithMocks(() => new StoryNetwork("n", { project: "p", environment: "E" }))
                    .catch((error: unknown) => error instanceof ArgumentError);
                return [mocks.ofType("awsx:ec2:Vpc").length, refused, typeof new StoryStacks().open].join();
            };`;
        const plain = use.replace(": unknown", "");
        const expected = "1,true,function";
        const test = `test("it", async () => expect(await run()).toBe("${expected}"), 60_000);`;
        const say = "void run().then((said) => console.log(said));";

        it("in Jest", async () => {
            write("jest/it.test.js", [...requires, plain, test].join("\n"));
            const { stderr } = await run(program("jest"), "--rootDir", "jest");
            expect(stderr).to.match(/Tests: +1 passed, 1 total/);
        });

        it("in Vitest", async () => {
            write("vitest/it.test.ts", ['import { expect, test } from "vitest";', ...imports, use, test].join("\n"));
            const { stdout } = await run(program("vitest"), "run", "--root", "vitest", "--reporter", "tap-flat");
            expect(stdout).to.match(/^ok 1 - it.test.ts > it/m);
        });

        for (const file of ["tsx.ts", "tsx.mts"]) {
            it(`in tsx (${extname(file)})`, async () => {
                write(file, [...imports, use, say].join("\n"));
                expect((await run(program("tsx"), file)).stdout).to.equal(expected);
            });
        }

        it("in ts-node, which checks its types", async () => {
            const compilerOptions = {
                module: "commonjs",
                moduleResolution: "node10",
                strict: true,
                esModuleInterop: true,
            };
            write(
                "ts-node/tsconfig.json",
                JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true } }),
            );
            write("ts-node/it.ts", [...imports, use, say].join("\n"));
            expect((await run(program("ts-node"), "ts-node/it.ts")).stdout).to.equal(expected);
        });

        for (const version of ["typescript-oldest", "typescript-newest"]) {
            it(`in ${version}, which finds no fault with its declarations`, async () => {
                write("types.mts", [...imports, use].join("\n"));
                const options = ["--strict", "--target", "es2022", "--types", "node", "--module", "node16", "--noEmit"];
                const { stdout } = await execa(
                    node,
                    [`node_modules/${version}/bin/tsc`, ...options, "--skipLibCheck", "false", "types.mts"],
                    { cwd: work, reject: false },
                );
                // Those of Node itself are too new for the oldest.
                const problems = stdout.split("\n").filter((line) => /^types\.mts|story-42/.test(line));
                expect(problems).to.deep.equal([]);
                expect(stdout).to.not.match(/^error/m);
            });
        }

        it("in a bundle, which says what to do where a stack's program can't be started from it", async () => {
            write(
                "service.ts",
                `import { StoryError, StoryStacks } from "@tech42/story-42/automation";
                const settings = ${JSON.stringify(SETTINGS)};
                void new StoryStacks().open("dev", { settings, siteContent: "../site" }).preview().catch((error) => {
                    console.log(error instanceof StoryError ? JSON.stringify([error.name, error.advice]) : error);
                });`,
            );
            await run(program("esbuild"), "service.ts", "--bundle", "--platform=node", "--outfile=bundle/service.cjs");
            write("site/index.html", "<!doctype html><title>A site</title>");
            mkdirSync(join(work, "backend"));
            const pulumi = await pulumiCommand();
            const { stdout } = await execa(node, ["service.cjs"], {
                cwd: join(work, "bundle"),
                env: {
                    ...env,
                    PATH: [dirname(pulumi), env.PATH].join(delimiter),
                    PULUMI_BACKEND_URL: `file://${join(work, "backend")}`,
                    PULUMI_CONFIG_PASSPHRASE: "test",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                },
            });
            const [name, advice] = JSON.parse(stdout);
            expect(name).to.equal("SetUpError");
            expect(advice).to.contain("--external:@tech42/story-42");
        });
    });
});

const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/any@sha256:${"a".repeat(64)}`;

/** As few as a stack can have that is made of built images. */
const SETTINGS = {
    region: "us-east-1",
    projectName: "shop",
    environment: "dev",
    adminEmail: "admin@example.com",
    tech42TtsApiUrl: "https://tts.example.com",
    googleApiKey: "a-google-api-key",
    tech42TtsApiKey: "a-tts-api-key",
    images: { text: image, image, dataOps: image, agent: image },
};
