import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import manifest from "../../../package/package.json" with { type: "json" };
import { root } from "../../kit/packed.ts";
import type { ScriptExample } from "./example.ts";

export const systemNode = true;

/** The commands of docs/own-program.md, by what they say. */
const expected: Record<string, RegExp> = {
    "npx --no story42 local -- pulumi stack init trial": /Local cloud: MiniStack at .*Created stack 'trial'/s,
    "npx --no story42 local -- pulumi config set --secret googleApiKey any": /^$/,
    "npx --no story42 local -- pulumi up --yes --skip-preview": /tableName: "orders-story-sessions-trial".* created/s,
    "npx --no story42 local -- node tables.js": /^Tables: orders-story-sessions-trial$/m,
    "npx --no story42 local status": /^emulator +healthy.*\ngateway +healthy +http:\/\/127\.0\.0\.1:\d+/m,
    "npx --no story42 local down": /all that was deployed is gone/,
};

export const run: ScriptExample["run"] = async ({ folder, env }) => {
    linkCommand(folder);
    // A person's own, with what must not count: an account, an endpoint and a backend elsewhere.
    const person = {
        ...Object.fromEntries(
            Object.entries(process.env).filter(([name]) => !/^(AWS_|PULUMI_|STORY42_STATE_DIR)/.test(name)),
        ),
        PATH: (env.PATH ?? "")
            .split(delimiter)
            .filter((path) => !path.startsWith(root))
            .join(delimiter),
        AWS_PROFILE: "somebody",
        AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9",
        PULUMI_BACKEND_URL: "s3://no-such-bucket",
    };
    const shell = (line: string) =>
        execa("sh", ["-c", line], {
            cwd: folder,
            env: person,
            extendEnv: false,
            reject: false,
            all: true,
            stdin: "ignore",
        });
    const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs/own-program.md"), "utf8")) ?? [];
    const lines = block.trim().split("\n");
    expect(lines).to.deep.equal(Object.keys(expected));
    try {
        for (const line of lines.slice(0, -1)) {
            const { exitCode, all } = await shell(line);
            expect(exitCode, `${line}\n${all}`).to.equal(0);
            expect(all, line).to.match(expected[line] ?? /^/);
        }
        expect((await shell("npx --no story42 local -- no-such-program")).exitCode).to.equal(127);
        const signalled = "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.1; done";
        expect((await shell(`npx --no story42 local -- sh -c "${signalled.replace("$", "\\$")}"`)).exitCode).to.equal(
            9,
        );
    } finally {
        const down = lines.at(-1) ?? "";
        const { exitCode, all } = await shell(down);
        expect(exitCode, all).to.equal(0);
        expect(all).to.match(expected[down] ?? /^/);
    }
    const left = await shell("npx --no story42 local status");
    expect(left.exitCode).to.equal(1);
    expect(left.all).to.equal("emulator   stopped\ngateway    stopped");
    expect(existsSync(join(folder, ".story42/passphrase"))).to.equal(true);
    expect(existsSync(join(folder, ".story42/backend"))).to.equal(false);
};

/** Puts the package's command where npm puts it. */
function linkCommand(folder: string): void {
    const packed = dirname(createRequire(join(folder, "package.json")).resolve(`${manifest.name}/package.json`));
    const commands = join(folder, "node_modules/.bin");
    mkdirSync(commands, { recursive: true });
    symlinkSync(join(packed, manifest.bin.story42), join(commands, "story42"));
}
