import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import manifest from "../../../package/package.json" with { type: "json" };
import { ministackCommand } from "../../kit/tools.ts";

const root = join(import.meta.dirname, "../../..");

describe("the commands as the documentation writes them", () => {
    let stateDir: string;

    before(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-commands-"));
    });

    after(() => rmSync(stateDir, { recursive: true, force: true }));

    const npm = (...args: string[]) =>
        execa("npm", ["run", "-s", ...args], { cwd: root, reject: false, env: { STORY42_STATE_DIR: stateDir } });

    it("npm run local -- pulumi ... is Pulumi's command line, once the local cloud runs", async () => {
        const { exitCode, stderr } = await npm("local", "--", "pulumi", "stack", "output", "--json");
        expect(stderr).to.include("The local cloud does not run. Start it: npm run local");
        expect(exitCode).to.equal(1);
    });

    it("story42 is the same command from a checkout's folder bin, wherever it is called", async () => {
        const { stdout, exitCode } = await execa("story42", ["--version"], {
            cwd: stateDir,
            env: { PATH: [join(root, "bin"), process.env.PATH].join(delimiter) },
        });
        expect(exitCode).to.equal(0);
        expect(stdout).to.equal(manifest.version);
    });

    it("npm run story42 uses the pulumi on the PATH, not npm's wrapper of that name", async () => {
        const bin = join(stateDir, "own bin");
        mkdirSync(bin);
        writeFileSync(join(bin, "pulumi"), '#!/bin/sh\n[ "$1" = version ] && echo v3.999.0\n', { mode: 0o755 });
        const { stdout } = await execa("npm", ["run", "-s", "story42", "--", "doctor", "--stack", "none"], {
            cwd: root,
            reject: false,
            env: { PATH: [bin, process.env.PATH].join(delimiter) },
        });
        expect(stdout).to.match(/^ok +Pulumi +3\.999\.0/m);
    });

    it("npm run local -- demo says which option is meant", async () => {
        const { exitCode, stderr } = await npm("local", "--", "demo");
        expect(stderr).to.equal(
            "There is no command demo. Did you mean --demo? There are up, down, status, env, logs, pulumi, story42.",
        );
        expect(exitCode).to.equal(2);
    });

    it("npm run local -- --help has the options of up, too", async () => {
        const { stdout } = await npm("local", "--", "--help");
        expect(stdout).to.include("--demo").and.include("--live").and.include("--model-server").and.not.include("[]");
    });

    it("npm run local -- story42 COMMAND --help helps, also where the command itself does not work", async () => {
        const { stdout, exitCode } = await npm("local", "--", "story42", "up", "--help");
        expect(exitCode).to.equal(0);
        expect(stdout).to.match(/^Usage: story42 up/);
    });

    for (const [command, instead] of [
        ["up", "npm run local"],
        ["logs text", "npm run local:logs"],
        ["status --source", "npm run local -- pulumi preview"],
    ] as const) {
        it(`npm run local -- story42 ${command} says what does it there, as wrong usage`, async () => {
            const { exitCode, stderr } = await npm("local", "--", "story42", ...command.split(" "));
            expect(stderr).to.include(instead);
            expect(exitCode).to.equal(2);
        });
    }

    it("npm run local -- --live google names the key that is missing, as wrong usage", async () => {
        const { exitCode, stderr } = await npm("local", "--", "--live", "google");
        expect(stderr.trim().split("\n").at(-1)).to.equal("--live google needs GEMINI_API_KEY in the environment");
        expect(exitCode).to.equal(2);
    });

    it("npm run local -- --model-server says at once that nobody answers there", async () => {
        const { exitCode, stderr } = await npm("local", "--", "--model-server", "http://127.0.0.1:1/v1#none");
        expect(stderr)
            .to.include("The model server at http://127.0.0.1:1/v1 can't be used: ")
            .and.include("ollama pull none");
        expect(exitCode).to.equal(1);
    });

    it("npm run local:status | head ends without an error", async () => {
        const { stderr } = await execa("bash", ["-c", "npm run -s local:status | true"], {
            cwd: root,
            reject: false,
            env: { STORY42_STATE_DIR: stateDir },
        });
        expect(stderr).to.equal("");
    });

    it("no document or message has npm ask the public registry for a name that is not ours", async () => {
        const { stdout } = await execa("git", ["grep", "-nE", "npx( -y| --yes)* story42", "--", ":!tests"], {
            cwd: root,
            reject: false,
        });
        expect(stdout).to.equal("");
    });

    it("npm run local -- --demo deploys with options", async () => {
        const { exitCode, stderr } = await npm("local", "--", "--demo", "--live", "nothing");
        expect(stderr).to.include("It takes bedrock, google, tts");
        expect(exitCode).to.equal(2);
    });

    it("for image in ... renews the digests of all base images, those that have none included", async () => {
        const folder = join(stateDir, "renewed");
        const dockerfiles = globSync("docker/*/Dockerfile", { cwd: root });
        expect(dockerfiles).to.have.length(4);
        for (const path of dockerfiles) {
            cpSync(join(root, path), join(folder, path));
        }
        // Docker, as far as the command asks it.
        const digest = `sha256:${"b".repeat(64)}`;
        mkdirSync(join(folder, "bin"));
        writeFileSync(
            join(folder, "bin/docker"),
            `#!/bin/sh\n[ "$1 $2 $3" = "buildx imagetools inspect" ] && echo ${digest}\n`,
        );
        chmodSync(join(folder, "bin/docker"), 0o755);
        const guide = readFileSync(join(root, "docs/guides.md"), "utf8");
        const [, loop = ""] = /^(for image in [\s\S]*?^done)$/m.exec(guide) ?? [];
        await execa("bash", ["-ec", loop], {
            cwd: folder,
            env: { PATH: `${join(folder, "bin")}:${process.env.PATH}` },
        });
        for (const path of dockerfiles) {
            const [before, after] = [root, folder].map((where) =>
                [...readFileSync(join(where, path), "utf8").matchAll(/^ARG \w+_IMAGE=([^@\n]+)(?:@(.*))?$/gm)].map(
                    ([, tag, pinned]) => ({ tag, pinned }),
                ),
            );
            expect(after).to.deep.equal(before?.map(({ tag }) => ({ tag, pinned: digest })));
            expect(after).to.have.length(2);
        }
    });

    it("aws ... calls operations that there are, with options that they have", async () => {
        const commands = ["*.md", "docs/**/*.md"]
            .flatMap((pattern) => globSync(pattern, { cwd: root }))
            .flatMap(awsCommands);
        expect(commands.map(({ words }) => words.slice(0, 2).join(" "))).to.include.members([
            "cloudwatch set-alarm-state",
            "bedrock-runtime converse",
        ]);
        const wrong = { page: "wrong.md", words: ["sts", "get-caller-identity", "--queri"] };
        // The AWS SDK for Python, from which the AWS command line makes its commands, comes with MiniStack.
        const { stdout } = await execa(await ministackCommand(), ["-c", CHECK], {
            input: JSON.stringify([...commands, wrong]),
        });
        expect(JSON.parse(stdout)).to.deep.equal(["wrong.md: aws sts get-caller-identity has no --queri"]);
    });
});

/** The words of each command of the AWS command line on a page, without the values of its options. */
function awsCommands(page: string): { page: string; words: string[] }[] {
    const text = readFileSync(join(root, page), "utf8").replaceAll("\\\n", " ");
    const code = [...text.matchAll(/```sh\n([\s\S]*?)```|`(aws [^`]+)`/g)].map(
        ([, block, inline]) => block ?? inline ?? "",
    );
    return code
        .flatMap((one) => [...one.matchAll(/(?<![\w./-])aws ([a-z0-9-]+) ([a-z0-9-]+)([^\n]*)/g)])
        .map(([, service = "", command = "", rest = ""]) => ({
            page,
            // What comes after a pipe, or after the parenthesis that a command stands in, is another command's.
            words: [service, command, ...(rest.split(/ \| |\$\(aws |"\)/)[0]?.match(/(?<= )--[a-z][a-z-]*/g) ?? [])],
        }));
}

/** Says of each command what AWS does not have of it. */
const CHECK = `
import json, sys
import botocore.session
from botocore import xform_name

session = botocore.session.get_session()
everywhere = {"--query", "--output", "--region", "--profile"}
problems = []
for one in json.load(sys.stdin):
    service, command, *options = one["words"]
    said = f"aws {service} {command}"
    # These two are the command line's own.
    if service == "s3" or said == "aws logs tail":
        continue
    try:
        model = session.get_service_model(service)
    except Exception:
        problems.append(f'{one["page"]}: there is no aws {service}')
        continue
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in names:
        problems.append(f'{one["page"]}: there is no {said}')
        continue
    shape = model.operation_model(names[command]).input_shape
    known = {"--" + xform_name(name, "-") for name in (shape.members if shape else [])}
    problems += [f'{one["page"]}: {said} has no {option}' for option in options if option not in known | everywhere]
print(json.dumps(problems))
`;
