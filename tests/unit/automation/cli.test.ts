import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { commands } from "../../../automation/cli/commands.ts";
import { CommandFailure, exitCodes } from "../../../automation/cli/exitCodes.ts";
import { explain } from "../../../automation/cli/explain.ts";
import { createProgram, runCommandLine } from "../../../automation/cli/program.ts";
import { table } from "../../../automation/cli/table.ts";
import {
    CancelledError,
    CredentialsError,
    NoSuchStackError,
    ProtectedDataError,
    ProviderError,
    SettingsError,
    StackLockedError,
} from "../../../automation/index.ts";

const never = new AbortController().signal;

/** Runs the command line in this process, with what it writes. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const { stdout, stderr } = process;
    const [writeOut, writeErr] = [stdout.write, stderr.write];
    const [out, err]: [string[], string[]] = [[], []];
    stdout.write = (text) => out.push(String(text)) > 0;
    stderr.write = (text) => err.push(String(text)) > 0;
    try {
        return { code: await runCommandLine(args, never), out: out.join(""), err: err.join("") };
    } finally {
        stdout.write = writeOut;
        stderr.write = writeErr;
    }
}

describe("story42's help", () => {
    it("names every command and every exit code, on stdout", async () => {
        const { code, out, err } = await run("--help");
        expect(code).to.equal(exitCodes.done);
        expect(err).to.equal("");
        for (const { name } of commands) {
            expect(out).to.match(new RegExp(`^  ${name} `, "m"));
        }
        for (const exitCode of Object.values(exitCodes)) {
            expect(out).to.match(new RegExp(`^  ${exitCode} +\\w`, "m"));
        }
    });

    for (const { name, changes } of commands) {
        // Without it, adopt shows its plan and changes nothing.
        const hasYes = changes === true || name === "adopt";
        it(`of ${name} has --json and --stack, and ${hasYes ? "" : "no "}--yes`, async () => {
            const { code, out } = await run(name, "--help");
            expect(code).to.equal(exitCodes.done);
            expect(out)
                .to.match(/^ +--json /m)
                .and.to.match(/^ +--stack <name> /m);
            expect(/^ +--yes /m.test(out)).to.equal(hasYes);
        });
    }

    it("is what a call without a command gets, as wrong usage", async () => {
        const { code, out, err } = await run();
        expect({ code, out }).to.deep.equal({ code: exitCodes.usage, out: "" });
        expect(err).to.match(/^Usage: story42/);
    });

    it("tells defaults in the units in which they are given", async () => {
        expect((await run("logs", "--help")).out).to.match(/\(default:\s+10m\)/);
    });

    it("tells the version", async () => {
        expect((await run("--version")).out).to.match(/^\d+\.\d+\.\d+\n$/);
    });
});

describe("story42 called wrongly", () => {
    for (const [what, args, pattern] of [
        ["an unknown command", ["frobnicate"], /unknown command 'frobnicate'/],
        ["a misspelt command", ["statsu"], /Did you mean status\?/],
        ["an unknown option", ["status", "--frob"], /unknown option '--frob'/],
        ["--yes where nothing changes", ["status", "--yes"], /unknown option '--yes'/],
        ["an option without its value", ["status", "--stack"], /argument missing/],
        ["a missing argument", ["logs"], /missing required argument 'name': text, image, data-ops, agent, api/],
        [
            "an argument that is none of the choices",
            ["completion", "tcsh"],
            /^'tcsh' is none of bash, zsh, fish, powershell/,
        ],
        ["a folder that is not there", ["status", "--project", "/nonexistent"], /^There is no folder \/nonexistent\./],
        ["too many arguments", ["status", "more"], /too many arguments/],
        ["a wrong duration", ["logs", "text", "--since", "soon"], /30s, 10m, 2h or 7d/],
        ["a password as an argument", ["token", "--password", "x"], /unknown option '--password'/],
    ] as const) {
        it(`ends with 2 for ${what}, in words on stderr`, async () => {
            const { code, out, err } = await run(...args);
            expect({ code, out }).to.deep.equal({ code: exitCodes.usage, out: "" });
            expect(err).to.match(pattern);
        });
    }

    it("shows where in the code an error comes from with --debug alone", async () => {
        const args = ["status", "--project", "/nonexistent"];
        expect((await run(...args)).err).not.to.match(/\n +at /);
        expect((await run(...args, "--debug")).err).to.match(/\n +at openStack /);
    });

    it("tells programs as JSON on stdout, with a code", async () => {
        const { code, out, err } = await run("logs", "nobody", "--json");
        expect(code).to.equal(exitCodes.usage);
        expect(JSON.parse(out).error.code).to.equal("usage");
        expect(err).to.contain("nobody");
    });
});

describe("story42 outside of a checkout", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-cli-"));
        const pulumi = join(folder, "pulumi");
        const answers = `[ "$1" = version ] && echo v3.259.0 && exit; echo "error: no stack named 'dev' found" >&2; exit 255`;
        writeFileSync(pulumi, `#!/bin/sh\n${answers}\n`);
        chmodSync(pulumi, 0o755);
        process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
        delete process.env.PULUMI_STACK;
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    /** What a command answers there, as JSON. */
    const answer = async (...args: string[]) => {
        const { code, out } = await run(...args, "--project", folder, "--json");
        return { exit: code, ...JSON.parse(out).error };
    };
    const other = () => writeFileSync(join(folder, "Pulumi.yaml"), "runtime: nodejs\nname: shop\n");

    it("asks for the stack, and says what folder that is", async () => {
        const plain = await answer("outputs");
        expect(plain).to.include({ exit: exitCodes.failed, code: "no_stack" });
        expect(plain.message).to.contain("has no Pulumi.yaml").and.to.contain("--stack NAME");
        other();
        expect((await answer("preview")).message).to.contain("is the Pulumi project shop, not story-42");
    });

    it("says that a stack has no settings, in its own words", async () => {
        const plain = await answer("preview", "--stack", "dev");
        expect(plain).to.include({ exit: exitCodes.usage, code: "settings_wrong" });
        expect(plain.message)
            .to.contain("has no Pulumi.dev.yaml")
            .and.not.to.match(/projectFolder|opened/);
        other();
        const foreign = await answer("preview", "--stack", "dev");
        expect(foreign).to.include({ exit: exitCodes.usage, code: "settings_wrong" });
        expect(foreign.message).to.contain("is the Pulumi project shop").and.to.contain("--project");
    });

    it("refuses a site that is not there", async () => {
        const site = join(folder, "nowhere");
        const refused = await answer("preview", "--stack", "dev", "--site", site);
        expect(refused).to.include({ exit: exitCodes.usage, code: "usage" });
        expect(refused.message).to.contain(site);
    });
});

describe("story42's completion", () => {
    it("knows commands, their options and the choices of an argument", async () => {
        expect(await completions("st")).to.deep.equal(["status"]);
        expect(await completions("com")).to.deep.equal(["completion"]);
        expect(await completions("up", "--")).to.include.members(["--stack", "--json", "--yes"]);
        expect(await completions("logs", "")).to.deep.equal(["text", "image", "data-ops", "agent", "api"]);
    });

    it("has a script for each shell, which asks story42", async () => {
        for (const shell of ["bash", "zsh", "fish", "powershell"]) {
            const { out } = await run("completion", shell, "--json");
            const { script } = JSON.parse(out);
            expect(script).to.contain("story42 complete");
        }
    });

    it("has a script for bash that can be read twice", async () => {
        const { out } = await run("completion", "bash");
        const shell = await execa("bash", ["-c", `${out}\n${out}`]);
        expect(shell.stderr).to.equal("");
    });

    it("lists the commands that the package has beside the driver's", () => {
        const listed = [{ name: "local", about: "run a program of one's own" }];
        expect(createProgram(never, { code: 0 }, listed).helpInformation()).to.match(/^ {2}local +run a program/m);
    });

    it("is no command that the help lists beside the one that prints the script", () => {
        expect(createProgram(never).helpInformation()).not.to.match(/^ {2}complete /m);
    });

    async function completions(...words: string[]): Promise<string[]> {
        const lines: string[] = [];
        const { log } = console;
        console.log = (line: string) => lines.push(line);
        try {
            await runCommandLine(["complete", "--", ...words], never);
        } finally {
            console.log = log;
        }
        return lines.map((line) => line.split("\t")[0] ?? "").filter((line) => !line.startsWith(":"));
    }
});

describe("an error of story42", () => {
    const table = {
        urn: "urn:pulumi:dev::story-42::aws:dynamodb/table:Table::data-table",
        type: "aws:dynamodb/table:Table",
        name: "data-table",
    };
    const account = { done: [], notDone: [{ ...table, kind: "create" as const, properties: [] }] };
    const loss = { ...table, kind: "delete" as const, properties: [], why: "the program has it no more" };

    for (const [error, code, exitCode, words] of [
        [new CommandFailure("not_deployed", "nothing yet"), "not_deployed", 1, "nothing yet"],
        [new SettingsError(["adminEmail is missing"]), "settings_wrong", 2, "adminEmail is missing"],
        [new ProtectedDataError("dev", [loss], "advice"), "data_protected", 3, "--replace-or-delete"],
        [new StackLockedError("dev", "ann@host (pid 7)", undefined), "stack_locked", 1, "ann@host (pid 7)"],
        [new NoSuchStackError("dev"), "no_stack", 1, "There is no stack dev"],
        [new CredentialsError("aws", "none"), "credentials_missing", 1, "aws sso login"],
        [new CancelledError("up of dev", account), "cancelled", 130, "1 not"],
        [
            new ProviderError([{ ...table, step: "create", reasons: ["no room"], output: ["said before"] }], account),
            "resource_failed",
            1,
            "no room",
        ],
        [
            Object.assign(new Error("not allowed to"), { name: "AccessDeniedException" }),
            "access_denied",
            1,
            "not allowed to",
        ],
        [Object.assign(new Error("no"), { name: "CredentialsProviderError" }), "credentials_missing", 1, "AWS_PROFILE"],
        [new Error("anything else"), "failed", 1, "anything else"],
    ] as const) {
        it(`is ${code} (${exitCode}) for ${error.name}: ${words}`, () => {
            const { result, message, exitCode: code1 } = explain(error, never);
            expect({ code: result.error.code, exitCode: code1 }).to.deep.equal({ code, exitCode });
            expect(message).to.contain(words);
        });
    }

    it("names the resources for programs", () => {
        const { result } = explain(new ProtectedDataError("dev", [loss], "advice"), never);
        expect(result.error.details).to.deep.equal({ resources: [table] });
    });

    it("ends with 130 once the person has stopped, whatever failed by that", () => {
        expect(explain(new Error("aborted"), AbortSignal.abort())).to.include({ exitCode: 130, message: "Stopped." });
    });
});

describe("a table of story42", () => {
    it("aligns its columns and leaves no blanks at the end", () => {
        expect(
            table([
                ["a", "long"],
                ["bcd", "x"],
            ]),
        ).to.equal("a    long\nbcd  x");
    });
});
