/** `story42 eval` as it is typed in a checkout; `npm run eval` is the same. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

const repository = join(import.meta.dirname, "../../..");
const worse = join(repository, "tests/kit/eval/worsePrompts.ts");
const own = join(repository, "docker/story-text-regen/prompts.ts");

describe("story42 eval", function () {
    this.timeout(60_000);
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-eval-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function run(...args: string[]) {
        const child = spawn(process.execPath, ["automation/cli/main.ts", "eval", ...args], { cwd: repository });
        let [stdout, stderr] = ["", ""];
        child.stdout.on("data", (data) => {
            stdout += data;
        });
        child.stderr.on("data", (data) => {
            stderr += data;
        });
        const ended = once(child, "close");
        return { child, stderr: () => stderr, end: ended.then(([code]) => ({ code, stdout, stderr })) };
    }

    it("ends with 3 for prompts that write worse, with tables in Markdown, or JSON", async () => {
        const args = ["--against", own, "--prompts", worse];
        const { code, stdout, stderr } = await (await run(...args)).end;
        expect(code, stderr).to.equal(3);
        expect(stdout).to.match(/\| drop +\|/);
        const { code: same, stdout: json } = await (await run(...args, "--json")).end;
        expect(same).to.equal(3);
        const { verdict, grades, table } = JSON.parse(json);
        expect(verdict).to.equal("drop");
        expect(`${table}\n`).to.equal(stdout);
        expect(grades[1].comparison.verdict).to.equal("drop");
        expect(grades[0].tokens.in).to.be.greaterThan(0);
    });

    it("judges pictures where it is asked to, and again from what was recorded", async () => {
        const file = join(folder, "pictures.jsonl");
        const asked = ["--against", own, "--wishes", "18", "--pictures", "--json"];
        const first = await (await run(...asked, "--record", file)).end;
        expect(first.code, first.stderr).to.equal(0);
        const { judge, grades } = JSON.parse(first.stdout);
        expect(judge.of.picture).to.equal(4);
        expect(grades[0].picture.of).to.be.above(9);
        expect(grades[0].picture.mean).to.be.within(3, 5);
        expect(grades[1].picture.comparison.verdict).to.equal("no change");
        const again = await (await run(...asked, "--recorded", file)).end;
        expect(again).to.include({ code: 0, stdout: first.stdout });
    });

    it("grades the prompts of pictures where it is asked to, and ends with 3 for worse ones", async () => {
        const images = join(repository, "docker/story-image-regen/prompts.ts");
        const worseImages = join(repository, "tests/kit/eval/worseImagePrompts.ts");
        const asked = ["--writer", "pictures", "--against", images, "--prompts", worseImages];
        const { code, stdout, stderr } = await (await run(...asked)).end;
        expect(code, stderr).to.equal(3);
        expect(stdout).to.match(/\| no change +\|/);
        expect(stdout).to.match(/: pictures .*\| drop +\|/);
    });

    it("grades the agents' prompts where it is asked to", async () => {
        const agents = join(repository, "docker/story-generator/agents/prompts.ts");
        const asked = ["--writer", "agents", "--against", agents, "--wishes", "10"];
        const { code, stdout, stderr } = await (await run(...asked)).end;
        expect(code, stderr).to.equal(0);
        expect(stdout)
            .to.match(/\| no change +\|/)
            .and.contain("10 of 10");
        const other = await (await run(...asked, "--prompts", own)).end;
        expect(other.code).to.equal(2);
        expect(other.stderr).to.contain("are not like those of docker/story-generator/agents/prompts.ts");
    });

    it("ends with 0 for the same prompts, and again from what was recorded, asking nobody", async () => {
        const file = join(folder, "answers.jsonl");
        const first = await (await run("--against", own, "--wishes", "12", "--record", file)).end;
        expect(first.code, first.stderr).to.equal(0);
        const again = await (await run("--against", own, "--wishes", "12", "--recorded", file)).end;
        expect(again).to.include({ code: 0, stdout: first.stdout });
        const changed = await (await run("--against", own, "--wishes", "12", "--prompts", worse, "--recorded", file))
            .end;
        expect(changed.code).to.equal(1);
        expect(changed.stderr).to.contain("Record it anew with --record");
    });

    for (const [args, said] of [
        [["--wishes", "none"], "It takes a whole number from 1."],
        [["--live", "--recorded", "x"], "option '--live' cannot be used with option '--recorded <file>'"],
        [["--project", "docs"], "--project names a checkout of Story-42"],
        [["--model-server", "http://127.0.0.1:1"], "--model-server is http://127.0.0.1:1; it takes URL#MODEL"],
        [["--against", "no-such-commit"], "no-such-commit is neither a file nor a commit"],
        [["--prompts", "package.json"], "package.json is no module with prompts"],
    ] as const) {
        it(`ends with 2 for ${args.join(" ")}, and says what is wrong`, async () => {
            const { code, stderr } = await (await run(...args)).end;
            expect(code).to.equal(2);
            expect(stderr).to.contain(said);
        });
    }

    it("compares with the prompts that were committed last, unless told otherwise, and has no verdict on one wish", async () => {
        const { code, stdout, stderr } = await (await run("--wishes", "1")).end;
        expect(code, stderr).to.equal(1);
        expect(stdout).to.contain("HEAD (").and.contain("too few wishes");
    });

    it("stops when it is told to, while a model server thinks", async () => {
        const server = createServer(() => {}).listen(0, "127.0.0.1");
        try {
            await once(server, "listening");
            const { port } = server.address() as AddressInfo;
            const asked = once(server, "request");
            const { child, end } = await run("--model-server", `http://127.0.0.1:${port}/v1#slow`);
            await asked;
            child.kill("SIGINT");
            const { code, stderr } = await end;
            expect(code, stderr).to.equal(130);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });
});
