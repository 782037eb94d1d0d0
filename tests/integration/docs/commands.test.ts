import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { ministackCommand } from "../tools.ts";

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
        const python = join(dirname(await ministackCommand()), "venv/bin/python");
        const { stdout } = await execa(python, ["-c", CHECK], { input: JSON.stringify([...commands, wrong]) });
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
