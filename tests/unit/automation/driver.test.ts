/** The driver with command lines that only look like Pulumi's. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import {
    CancelledError,
    CredentialsError,
    EngineError,
    SettingsError,
    SetUpError,
    StoryStacks,
} from "../../../automation/index.ts";
import { failure } from "../../kit/automation/world.ts";

const settings = {
    region: "us-east-1",
    projectName: "driven",
    environment: "dev",
    adminEmail: "a@example.com",
    googleApiKey: "google-key-value",
    tech42TtsApiUrl: "https://tts.example.com",
    tech42TtsApiKey: "tts-key-value",
    images: Object.fromEntries(
        ["text", "image", "dataOps", "agent"].map((name) => [
            name,
            `registry.example.com/${name}@sha256:${"a".repeat(64)}`,
        ]),
    ),
};

describe("The driver", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-driver-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    /** A command line that answers its version, and anything else as the script does. */
    function pulumi(version: string, script = "exit 1"): string {
        const path = join(folder, "pulumi");
        writeFileSync(path, `#!/bin/sh\nif [ "$1" = version ]; then echo '${version}'; exit; fi\n${script}\n`);
        chmodSync(path, 0o755);
        return path;
    }
    const stacks = (version: string, script?: string, concurrency?: number) =>
        new StoryStacks({ pulumiCommand: pulumi(version, script), concurrency });

    it("names a command line that is too old, and the version that is needed", async () => {
        const error = await failure(stacks("v3.50.0").names(), SetUpError);
        expect(error.message).to.contain("is Pulumi 3.50.0; 3.248.0 or later is needed");
        await failure(stacks("v3.50.0").open("dev", { settings }).preview(), SetUpError);
    });

    it("refuses a program that is no Pulumi", async () => {
        for (const said of ["", "hello", "GNU coreutils 9.5"]) {
            const error = await failure(stacks(said, "exit 0").open("dev", { settings }).preview(), SetUpError);
            expect(error.message).to.contain("is no Pulumi");
        }
    });

    it("takes a version of whoever built Pulumi", async () => {
        for (const version of ["v3.248.0", "3.260.1", "v4.0.0", "v3.259.0-alpha.1700000000"]) {
            await failure(stacks(version, "echo 'error: anything else' >&2; exit 255").names(), EngineError);
        }
    });

    const backends: [string, abstract new (...args: never[]) => Error][] = [
        ["error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", CredentialsError],
        ['error: unable to open state directory "file:///b": stat /b: no such file or directory', SetUpError],
        [
            'error: read ".pulumi/meta.yaml": blob (code=NotFound): operation error S3: GetObject, NoSuchBucket',
            SetUpError,
        ],
    ];
    for (const [said, Class] of backends) {
        it(`takes "${said.slice(0, 50)}..." of any operation for a ${Class.name}`, async () => {
            const script = `echo '${said}' >&2; exit 255`;
            await failure(stacks("v3.259.0", script).names(), Class);
            mkdirSync(join(folder, "site"));
            writeFileSync(join(folder, "site/index.html"), "");
            const stack = stacks("v3.259.0", script).open("dev", { settings, siteContent: join(folder, "site") });
            for (const operation of ["preview", "up", "refresh", "history", "unlock"] as const) {
                const error = await failure<Error>(stack[operation](), Class);
                expect((error as SetUpError).advice).to.not.contain("recorded");
            }
        });
    }

    it("refuses a site that is not built", async () => {
        mkdirSync(join(folder, "empty"));
        for (const siteContent of [join(folder, "nowhere"), join(folder, "empty")]) {
            const missing = "echo \"error: no stack named 'dev' found\" >&2; exit 255";
            const stack = stacks("v3.259.0", missing).open("dev", { settings, siteContent });
            expect((await failure(stack.preview(), SetUpError)).message).to.contain(siteContent);
        }
    });

    it("says that a folder is another project's, where settings are looked for", async () => {
        writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
        writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
        const missing = "echo \"error: no stack named 'dev' found\" >&2; exit 255";
        const options = { pulumiCommand: pulumi("v3.259.0", missing), projectFolder: folder };
        const error = await failure(new StoryStacks(options).open("dev").settings(), SettingsError);
        expect(error.message).to.contain("is the Pulumi project shop, and story-42's is needed");
    });

    it("says that a stack's file can't be read", async () => {
        writeFileSync(join(folder, "Pulumi.yaml"), '{"name": "story-42", "runtime": "nodejs"}');
        writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: [unclosed\n");
        const options = { pulumiCommand: pulumi("v3.259.0"), projectFolder: folder };
        const error = await failure(new StoryStacks(options).open("dev").preview(), SettingsError);
        expect(error.message).to.contain("Pulumi.dev.yaml can't be read");
    });

    it("holds each preview to the policy packs that are given", async () => {
        const log = join(folder, "log");
        const script = `echo "$*" >> '${log}'
            case "$1 $2" in "stack export") echo '{}';; preview*) echo 'error: refused by a policy' >&2; exit 1;; esac`;
        mkdirSync(join(folder, "site"));
        writeFileSync(join(folder, "site/index.html"), "");
        const options = { pulumiCommand: pulumi("v3.259.0", script), policyPacks: [join(folder, "a"), "b"] };
        const stack = new StoryStacks(options).open("dev", { settings, siteContent: join(folder, "site") });
        expect((await failure(stack.preview(), EngineError)).message).to.contain("refused by a policy");
        const [previewed] = /^preview .*/m.exec(readFileSync(log, "utf8")) ?? [];
        expect(previewed).to.contain(`--policy-pack ${join(folder, "a")} --policy-pack ${resolve("b")}`);
    });

    it("lets an operation that waits for its turn be aborted at once", async () => {
        const [begun, go] = [join(folder, "begun"), join(folder, "go")];
        const script = `touch '${begun}'; while [ ! -e '${go}' ]; do sleep 0.05; done; exit 1`;
        const one = stacks("v3.259.0", script, 1);
        const first = one.open("first").refresh();
        while (!existsSync(begun)) {
            await sleep(20);
        }
        for (const name of ["first", "second"]) {
            const stop = new AbortController();
            const waiting = one.open(name).refresh({ signal: stop.signal });
            stop.abort();
            expect((await failure(waiting, CancelledError)).account).to.deep.equal({ done: [], notDone: [] });
        }
        expect(await Promise.race([first.catch(() => "ended"), "runs"])).to.equal("runs");
        writeFileSync(go, "");
        await failure(first, EngineError);
    });

    it("runs what changes one stack one after the other, and what changes others meanwhile", async () => {
        const log = join(folder, "log");
        // Each takes until the other stack's has begun; two of one stack at once would be seen in the log.
        const script = `name=$(echo "$*" | grep -o 'stack-[ab]' | head -1)
            echo "begin $name" >> '${log}'
            while ! grep -q 'begin stack-a' '${log}' || ! grep -q 'begin stack-b' '${log}'; do sleep 0.05; done
            echo "end $name" >> '${log}'; exit 1`;
        const many = stacks("v3.259.0", script, 4);
        await Promise.allSettled(["stack-a", "stack-a", "stack-b", "stack-b"].map((name) => many.open(name).refresh()));
        const lines = readFileSync(log, "utf8").trim().split("\n");
        for (const name of ["stack-a", "stack-b"]) {
            const own = lines.filter((line) => line.endsWith(name)).map((line) => line.split(" ")[0]);
            expect(own.length).to.be.at.least(4);
            expect(own).to.deep.equal(own.map((_, index) => (index % 2 === 0 ? "begin" : "end")));
        }
    });
});
